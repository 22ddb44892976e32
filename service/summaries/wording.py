"""One bullet, worded so that it reads well alone: its speaker named, its day dated, and no longer
than need be.

In: the sentences of an article, which of them the bullet stands for, and its text, English or
Indonesian. Out: the text, what was done to it, and what was added that its sentence does not say:
names and dates from elsewhere in the article, which a check of its facts has to allow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from service.article import FactStatus
from service.checks.compare import facts_of, is_readable
from service.summaries.days import resolved
from service.summaries.receipts import stands_in
from service.summaries.shorten import shortened
from service.summaries.spans import inside_quotation
from service.summaries.speakers import named
from service.text.lexicon.numbers import Language

Change = Literal["day", "speaker", "shortened"]


@dataclass(frozen=True, slots=True)
class Worded:
    """The text of a bullet and what was `changed`. `added` are the parts of it that stand in
    another sentence or were computed, as written. `witness` is the index of the sentence that
    names the speaker. `unresolved`: alone, nobody can tell whose words it is, or of whom it
    speaks."""

    text: str
    changed: tuple[Change, ...] = ()
    added: tuple[str, ...] = ()
    witness: int | None = None
    unresolved: bool = False


def worded(
    article: Sequence[tuple[int, str]],
    index: int,
    text: str,
    language: Language,
    published: date | None = None,
    *,
    limit: int | None = None,
) -> Worded:
    """The bullet of `article[index]`; its sentences stand with the number of their paragraph.

    `text` is its English, or the sentence itself where `language` is `id`. A sentence from the
    middle of a quotation stays as it is. The text may still be over the limit (characters)
    afterwards.
    """
    paragraph, source = article[index]
    if not is_readable(source, text):
        return Worded(text)
    beside = [n for n, (number, _) in enumerate(article) if number == paragraph]
    if inside_quotation([article[n][1] for n in beside], beside.index(index)):
        return Worded(text, unresolved=True)
    changed: list[Change] = []
    added: list[str] = []
    witness = None
    speaker = named(article, index, text, language)
    unresolved = speaker.unresolved
    if speaker.name is not None:
        if invented(source, text, speaker.text, [speaker.name], language):
            unresolved = True
        else:
            text, witness = speaker.text, speaker.witness
            added.append(speaker.name)
            changed.append("speaker")
    sentences = [sentence for _, sentence in article]
    own = text if language == "id" else source
    day = resolved(own, text, published, language, sentences)
    if day.text != text and not invented(source, text, day.text, day.added, language):
        text = day.text
        added += day.added
        changed.insert(0, "day")
    versions = shortened(text, language, source=source, added=added, limit=limit)
    if len(versions) > 1:
        text = versions[-1]
        changed.append("shortened")
    if day.added and not any(part in text for part in day.added):
        changed = [change for change in changed if change != "day"]
    added = [part for part in added if part in text]
    return Worded(text, tuple(changed), tuple(added), witness, unresolved)


def invented(
    source: str, before: str, after: str, added: Sequence[str], language: Language = "en"
) -> list[str]:
    """Facts that a changed English text has and neither its source, nor the text before, nor what
    was `added` to it."""
    if language == "id":
        return []
    known = {fact.target.text for fact in facts_of(source, before) if fact.target is not None}
    return [
        fact.target.text
        for fact in facts_of(source, after)
        if fact.status is FactStatus.INVENTED
        and fact.target is not None
        and fact.target.text not in known
        and not stands_in(fact, after, added)
    ]
