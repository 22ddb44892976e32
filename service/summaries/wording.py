"""The wording of a bullet that is read without its article.

In: the sentences of an article, the index of one, and its text, English or Indonesian. Out: the
text with its speaker named and its day dated, shortened; and the names and dates that were added
from elsewhere in the article. A check of its facts has to allow these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from service.article import FactStatus
from service.checks.compare import facts_of, is_readable
from service.summaries.attribution import Attribution, name_speaker
from service.summaries.dates import DatedText, with_date
from service.summaries.shortening import shorter_versions
from service.summaries.spans import is_inside_quotation
from service.summaries.support import is_added
from service.text.lexicon.numbers import Language

Change = Literal["day", "speaker", "shortened"]


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of a bullet and its changes.

    `added` are the parts of the text that come from another sentence or were computed, as written.
    `name_index` is the index of the sentence that gives the speaker's name. `unresolved`: a reader
    cannot tell who speaks, or about whom.
    """

    text: str
    changed: tuple[Change, ...] = ()
    added: tuple[str, ...] = ()
    name_index: int | None = None
    unresolved: bool = False


def standalone_wording(
    article: Sequence[tuple[int, str]],
    index: int,
    text: str,
    language: Language,
    published: date | None = None,
    *,
    limit: int | None = None,
) -> Wording:
    """Return the wording of `article[index]` that can be read alone.

    `article` are its sentences, each with the number of its paragraph. `text` is the English of
    the sentence, or the sentence itself where `language` is `id`. A sentence from the middle of a
    quotation stays as it is. The text may still be over the limit (characters).
    """
    paragraph, source = article[index]
    if not is_readable(source, text):
        return Wording(text)
    same_paragraph = [n for n, (number, _) in enumerate(article) if number == paragraph]
    if is_inside_quotation([article[n][1] for n in same_paragraph], same_paragraph.index(index)):
        return Wording(text, unresolved=True)
    speaker = name_speaker(article, index, text, language)
    if speaker.name is not None and invented_facts(
        source, text, speaker.text, [speaker.name], language
    ):
        speaker = Attribution(text, unresolved=True)
    dated = _dated(article, source, speaker.text, language, published)
    added = [*([] if speaker.name is None else [speaker.name]), *dated.added]
    *longer, final = shorter_versions(dated.text, language, source=source, added=added, limit=limit)
    changes: dict[Change, bool] = {
        "day": dated.text != speaker.text
        and (not dated.added or any(part in final for part in dated.added)),
        "speaker": speaker.name is not None,
        "shortened": bool(longer),
    }
    return Wording(
        final,
        tuple(name for name, made in changes.items() if made),
        tuple(part for part in added if part in final),
        speaker.name_index,
        speaker.unresolved,
    )


def _dated(
    article: Sequence[tuple[int, str]],
    source: str,
    text: str,
    language: Language,
    published: date | None,
) -> DatedText:
    """Return the text with its date, unless that invents a fact."""
    sentences = [sentence for _, sentence in article]
    dated = with_date(text if language == "id" else source, text, published, language, sentences)
    if dated.text == text or invented_facts(source, text, dated.text, dated.added, language):
        return DatedText(text)
    return dated


def invented_facts(
    source: str, before: str, after: str, added: Sequence[str], language: Language = "en"
) -> list[str]:
    """Return the facts of a changed English text that come from nowhere.

    They are neither in its source, nor in the text `before`, nor in the parts that were `added`.
    """
    if language == "id":
        return []
    known = {fact.target.text for fact in facts_of(source, before) if fact.target is not None}
    return [
        fact.target.text
        for fact in facts_of(source, after)
        if fact.status is FactStatus.INVENTED
        and fact.target is not None
        and fact.target.text not in known
        and not is_added(fact, after, added)
    ]
