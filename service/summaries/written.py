"""Bullets in a model's own sentences, each with the sentences of the articles that it rests on.

In: a writer, and the sentences of a story. Out: those of the writer's sentences that the story
supports, and those that are refused. A writer may write what nobody said: what is not found in the
sentences cited, and what takes away from them what must not be lost, is no bullet.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from models.checkpoints.support import supporting
from models.checkpoints.support import unsupported as not_found
from models.checkpoints.writer import SummaryOptions, SummaryWriter
from models.errors import EngineFailed, UnsupportedCheckpoint
from service.article import Fact
from service.checks.quotations import quotations
from service.summaries.candidates import DOUBTFUL
from service.summaries.english import English
from service.summaries.receipts import bullet_facts, unsupported
from service.summaries.records import Bullet, Given, Language, Refused, Source, Wishes
from service.summaries.story import Chosen
from service.summaries.wording import Worded
from service.text.lexicon.function_words import NEGATIONS

log = structlog.get_logger()

# The least share of a sentence's content words that has to be found in the sentences it cites.
THRESHOLD = 0.6

_ENGLISH, _INDONESIAN = {"en", "eng"}, {"id", "ind"}

# So many words of a quotation, in a row, are somebody's own: without marks they are nobody's.
_OWN_WORDS = 4

_WORD = re.compile(r"[^\W_]+")
# What opens with one of these is about whoever the sentence before names, which may be gone.
_PRONOUN = re.compile(
    r"\W*(?:he|she|they|it|his|her|their|its|ia|dia|mereka|beliau|keduanya)\b", re.IGNORECASE
)
# That something is denied, and that it is said or thought by somebody, may not be lost.
_DENIED = re.compile(
    rf"\b(?:{'|'.join((*NEGATIONS['en'], *NEGATIONS['id']))})\b|n['’]t\b",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:said|says?|told|according|claim\w*|alleg\w*|accus\w*|suspect\w*|reported(?:ly)?"
    r"|(?-i:may)|might|could|kata(?:nya)?|mengatakan|menyatakan|menyebut\w*|ujar(?:nya)?|menurut\w*"
    r"|tutur(?:nya)?|ungkap(?:nya)?|mengungkap\w*|mengklaim|diduga|dugaan|terduga|dituduh"
    r"|tersangka|kabarnya|konon|mungkin)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence of the writer's that passed the checks, the sentences that it rests on, in their
    order, and their English where that was wanted."""

    cited: tuple[Chosen, ...]
    given: tuple[Given | None, ...]
    english: tuple[Worded, ...]
    indonesian: tuple[Worded, ...]
    flags: tuple[str, ...]

    @property
    def at(self) -> tuple[int, int]:
        return self.cited[0].at

    def wordings(self, language: Language) -> tuple[Worded, ...]:
        """Those of the language, of both the English ones."""
        return self.indonesian if language == "id" else self.english

    def bullet(self, way: Worded, indonesian: Worded | None) -> Bullet:
        """The bullet in one of its wordings, and in Indonesian too where that is asked for."""
        sources = [one.cited(given) for one, given in zip(self.cited, self.given, strict=True)]
        facts: tuple[Fact, ...] = ()
        if way in self.english:
            facts = bullet_facts([one.source for one in self.cited], way.text)
        there = {one.place for one in self.cited}
        witnesses = self.cited[0].witnesses(indonesian)
        sources += [one for one in witnesses if (one.article, one.id) not in there]
        return Bullet(
            text=way.text,
            sources=tuple(sources),
            indonesian=None if indonesian is None else indonesian.text,
            changed=("written",),
            facts=facts,
            flags=self.flags,
        )


@dataclass(frozen=True, slots=True)
class Writing:
    """What came of the writer: sentences that passed, in the writer's order, and those refused
    before the last of them. `failure` says what went wrong, where it wrote nothing for that."""

    kept: tuple[Written, ...] = ()
    refused: tuple[Refused, ...] = ()
    failure: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Draft:
    """A sentence as the writer wrote it: its number, from 1, the sentences of the story that it
    rests on, and why it cannot stand for them."""

    number: int
    text: str
    cited: tuple[Chosen, ...]
    reason: str | None

    def refused(self, reasons: Sequence[str], target: str | None) -> Refused:
        return Refused(Source(0, f"w{self.number}", self.text, target), tuple(reasons))


def language_read(code: str | None) -> Literal["en", "id"]:
    """The language that a summarizer reads and writes, by a model's own code for it; none is the
    article's own. Raises `UnsupportedCheckpoint` where that is another one."""
    primary = re.split(r"[-_]", code or "id")[0].lower()
    if primary not in _ENGLISH | _INDONESIAN:
        raise UnsupportedCheckpoint(
            f"the summarizer reads {code!r}; Kabar has Indonesian and English for it to read"
        )
    return "en" if primary in _ENGLISH else "id"


def write(
    writer: SummaryWriter,
    options: SummaryOptions,
    story: Sequence[Chosen],
    english: English,
    wishes: Wishes,
) -> Writing:
    """At most as many sentences as bullets are wanted, all articles read as one text. Where the
    writer fails there are none, and no error.

    Raises as `English.of` does.
    """
    language = language_read(writer.language)
    read = [one.source for one in story]
    if language == "en":
        read = [given.target for given in english.of(story)]
    began = time.perf_counter()
    try:
        (sentences,) = writer.summarize([read], options) if read else [[]]
    except EngineFailed as error:
        log.warning("the summarizer failed", error=error.detail)
        failure = f"the summarizer failed, so the bullets are sentences chosen: {error.detail}"
        return Writing(failure=failure, seconds=time.perf_counter() - began)
    seconds = time.perf_counter() - began
    drafts = [_draft(n, text, story, read) for n, text in enumerate(sentences, 1)]
    if language == "id" and wishes.language != "id":
        sound = [draft for draft in drafts if draft.reason is None]
        # Asked for together with the sentences they cite, which are wanted too.
        english.of(
            list({one.place: one for draft in sound for one in draft.cited}.values()),
            [draft.text for draft in sound],
        )
    kept: list[Written] = []
    refused: list[Refused] = []
    for draft in drafts:
        if len(kept) == wishes.bullets:
            break
        made = _finished(draft, language, english, wishes)
        if isinstance(made, Written):
            kept.append(made)
        else:
            refused.append(made)
    return Writing(tuple(kept), tuple(refused), None, seconds)


def _draft(number: int, text: str, story: Sequence[Chosen], read: Sequence[str]) -> _Draft:
    places, share = supporting(text, read)
    beside = [read[place] for place in places]
    reason = None
    if share < THRESHOLD or not_found(text, beside):
        reason = "unsupported"
    elif _loses(text, beside):
        reason = "lost"
    elif _PRONOUN.match(text):
        reason = "unresolved"
    return _Draft(number, text, tuple(story[place] for place in places), reason)


def _finished(
    draft: _Draft, language: Literal["en", "id"], english: English, wishes: Wishes
) -> Written | Refused:
    """The draft in the languages that are wanted, or why it is no bullet."""
    if draft.reason is not None:
        return draft.refused([draft.reason], None)
    indonesian: tuple[Worded, ...] = ()
    if wishes.language != "en":
        indonesian = (Worded(draft.text),)
        if language == "en":
            indonesian = draft.cited[0].indonesian(tight=wishes.tight)
    if wishes.language == "id":
        return Written(draft.cited, (None,) * len(draft.cited), (), indonesian, ())
    given = english.of(draft.cited)
    target, flags = draft.text, [flag for one in given for flag in one.flags]
    if language == "id":
        (own,) = english.of((), [draft.text])
        if doubtful := [flag for flag in own.flags if flag in DOUBTFUL]:
            return draft.refused(doubtful, own.target)
        target, flags = own.target, []
    if unsupported([one.source for one in draft.cited], target):
        return draft.refused(["unsupported"], target)
    doubted = tuple(dict.fromkeys(flag for flag in flags if flag in DOUBTFUL))
    return Written(draft.cited, tuple(given), (Worded(target),), indonesian, doubted)


def _loses(text: str, sources: Sequence[str]) -> bool:
    """Whether it says something of its sources without what they say it with: who says so, that
    it is denied, or the marks of a quotation; or puts into marks what is not said so there."""
    whole = " ".join(sources)
    if any(pattern.search(whole) and not pattern.search(text) for pattern in (_DENIED, _SAID)):
        return True
    inside, outside = _quoted(text)
    theirs = [quotation for source in sources for quotation in _quoted(source)[0]]
    return any(not _within(one, map(_words, sources)) for one in inside) or any(
        _within(quotation[n : n + _OWN_WORDS], [outside])
        for quotation in theirs
        for n in range(len(quotation) - _OWN_WORDS + 1)
    )


def _quoted(text: str) -> tuple[list[list[str]], list[str]]:
    """The words of each quotation, and those of what is left."""
    spans = [(one.start, one.end) for one in quotations(text)]
    left = text
    for start, end in reversed(spans):
        left = f"{left[:start]} {left[end:]}"
    return [_words(text[start:end]) for start, end in spans], _words(left)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _within(words: Sequence[str], texts: Iterable[Sequence[str]]) -> bool:
    """Whether one of the texts has these words in a row."""
    wanted = f" {' '.join(words)} "
    return any(wanted in f" {' '.join(text)} " for text in texts)
