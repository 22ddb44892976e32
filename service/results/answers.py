"""What is made of an article, as it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field

from service.article import (
    Article,
    Block,
    Correction,
    Fact,
    FactStatus,
    Kind,
    LanguageGuess,
    Repair,
    Sentence,
    TermUse,
    TextSpan,
)
from service.documents import rendering as render
from service.results.changes import Change, Step
from service.results.warnings import WARNINGS, language_warnings, translation_warnings
from service.summaries import forms
from service.summaries.make import Bullet, Source, Summary
from service.translation.records import Translation


class TextSpanOut(BaseModel):
    """A part of a sentence; offsets in characters of it."""

    text: str
    start: int
    end: int

    @classmethod
    def of(cls, span: TextSpan) -> Self:
        return cls(text=span.text, start=span.start, end=span.end)


class FactOut(BaseModel):
    """A number, a date or a quotation, and what became of it in English."""

    kind: str
    status: FactStatus
    source: Annotated[TextSpanOut | None, Field(description="null where it was invented")]
    target: Annotated[TextSpanOut | None, Field(description="null where it is missing")]

    @classmethod
    def of(cls, fact: Fact) -> Self:
        return cls(
            kind=fact.kind,
            status=fact.status,
            source=None if fact.source is None else TextSpanOut.of(fact.source),
            target=None if fact.target is None else TextSpanOut.of(fact.target),
        )


class TermOut(BaseModel):
    """A term of a glossary in a sentence; offsets in characters of the sentence's source."""

    source: str
    target: Annotated[str, Field(description="as it came out, or, not applied, as it should")]
    start: int
    end: int
    applied: bool

    @classmethod
    def of(cls, use: TermUse) -> Self:
        return cls(**asdict(use))


class EditOut(BaseModel):
    """The correction that a sentence's English is of."""

    id: str
    author: str
    created: datetime

    @classmethod
    def of(cls, correction: Correction) -> Self:
        return cls(id=correction.id, author=correction.author, created=correction.created)


class SentenceOut(BaseModel):
    """A sentence of the source and its English; offsets in characters of the block's source."""

    id: str
    source: str
    target: str
    start: int
    end: int
    confidence: float | None
    flags: list[str]
    facts: list[FactOut]
    terms: list[TermOut]
    correction: Annotated[
        EditOut | None,
        Field(
            exclude_if=lambda edit: edit is None,
            description="only where an editor's English stands",
        ),
    ] = None

    @classmethod
    def of(cls, sentence: Sentence) -> Self:
        confidence = sentence.confidence
        return cls(
            id=sentence.id,
            source=sentence.source,
            target=sentence.target,
            start=sentence.start,
            end=sentence.end,
            confidence=None if confidence is None else round(confidence, 4),
            flags=list(sentence.flags),
            facts=[FactOut.of(fact) for fact in sentence.facts],
            terms=[TermOut.of(use) for use in sentence.terms],
            correction=None if sentence.correction is None else EditOut.of(sentence.correction),
        )


class BlockOut(BaseModel):
    """A block of the article, in the order of the source."""

    id: str
    kind: Kind
    source: str
    target: str
    sentences: list[SentenceOut]
    language: Annotated[
        str | None,
        Field(
            exclude_if=lambda code: code is None,
            description="its code, only where it is not Indonesian; English stays as it is",
        ),
    ] = None

    @classmethod
    def of(cls, block: Block) -> Self:
        return cls(
            id=block.id,
            kind=block.kind,
            source=block.source,
            target=block.target,
            sentences=[SentenceOut.of(sentence) for sentence in block.sentences],
            language=block.language,
        )


class LanguageOut(BaseModel):
    """The language of the article, and how sure that is, from 0 to 1."""

    code: str
    name: str
    confidence: float

    @classmethod
    def of(cls, article: Article) -> Self | None:
        guess = article.language
        if guess is None:
            return None
        return cls(code=guess.code, name=guess.name, confidence=guess.confidence)

    def guess(self) -> LanguageGuess:
        return LanguageGuess(self.code, self.name, self.confidence)


class FurnitureOut(BaseModel):
    """Page furniture that was set aside and not translated."""

    id: str
    source: str


class RepairOut(BaseModel):
    """What was mended in a badly scraped text before it was read: `before` stood at `start`, in
    characters of the text that was sent, and `after` stands in its place in `blocks`."""

    kind: Annotated[str, Field(description="`encoding`, `invisible`, `word` or `space`")]
    before: str
    after: str
    start: int

    @classmethod
    def of(cls, repair: Repair) -> Self:
        return cls(kind=repair.kind, before=repair.before, after=repair.after, start=repair.start)


class Report(BaseModel):
    """How the sentences came about, and what a reader should look at."""

    sentences: int
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: Annotated[
        int, Field(description="those whose English is an editor's correction")
    ]
    warnings: list[str]


class ChangeOut(BaseModel):
    """What became of a sentence since the previous version."""

    change: Change
    id: Annotated[str | None, Field(description="in this version; null where it is gone")]
    previous_id: Annotated[str | None, Field(description="null where it is new")]
    previous_source: Annotated[str | None, Field(description="where it was changed or is gone")]
    previous_target: Annotated[str | None, Field(description="where it was changed or is gone")]

    @classmethod
    def of(cls, step: Step) -> Self:
        shown = step.before if step.change is not Change.SAME else None
        return cls(
            change=step.change,
            id=step.now.id if step.now else None,
            previous_id=step.before.id if step.before else None,
            previous_source=shown.source if shown else None,
            previous_target=shown.target if shown else None,
        )


class ChangesOut(BaseModel):
    """What this version changed in the previous one: how many sentences of each sort, and each of
    them in order, those that are gone where they stood."""

    previous: Annotated[str, Field(description="the id of its translation")]
    same: int
    changed: int
    new: int
    gone: int
    sentences: list[ChangeOut]

    @classmethod
    def of(cls, previous: str, steps: Sequence[Step]) -> Self:
        counts = Counter(step.change for step in steps)
        return cls(
            previous=previous,
            same=counts[Change.SAME],
            changed=counts[Change.CHANGED],
            new=counts[Change.NEW],
            gone=counts[Change.GONE],
            sentences=[ChangeOut.of(step) for step in steps],
        )


class TranslationOut(BaseModel):
    """A translated article."""

    id: str
    headline: str | None
    published: Annotated[str | None, Field(description="as it was sent")]
    text: Annotated[str, Field(description="the whole article in English")]
    html: Annotated[
        str, Field(description="the same; of `html` the same document with the English in it")
    ]
    markdown: Annotated[str, Field(description="the same")]
    blocks: list[BlockOut]
    furniture: list[FurnitureOut]
    repairs: list[RepairOut]
    language: Annotated[
        LanguageOut | None, Field(description="null where there is too little text to tell")
    ]
    report: Report
    signature: dict[str, object]
    changes: Annotated[
        ChangesOut | None,
        Field(
            exclude_if=lambda changes: changes is None,
            description="only where a previous version was named",
        ),
    ] = None
    cached: Annotated[bool, Field(description="true where no sentence had to be translated")]
    timings: Annotated[dict[str, float], Field(description="seconds")]

    def article(self) -> Article:
        """The article that it was made from, without its furniture and markup."""
        return Article(
            tuple(
                Block(
                    block.id,
                    block.kind,
                    block.source,
                    "\n\n",
                    tuple(Sentence(s.id, s.source, s.start, s.end) for s in block.sentences),
                    language=block.language,
                )
                for block in self.blocks
            ),
            language=None if self.language is None else self.language.guess(),
            published=self.published,
        )

    @property
    def sentences(self) -> list[SentenceOut]:
        """Those of all blocks, in order."""
        return [sentence for block in self.blocks for sentence in block.sentences]

    @property
    def flagged(self) -> list[str]:
        """The ids of the sentences that have flags."""
        return [sentence.id for sentence in self.sentences if sentence.flags]

    @classmethod
    def of(cls, translation: Translation, id: str) -> Self:
        blocks = translation.article.blocks
        furniture = [block for block in blocks if block.kind is Kind.FURNITURE]
        story = [block for block in blocks if block.kind is not Kind.FURNITURE]
        asked = (
            translation.sentences_translated
            + translation.sentences_reused
            + translation.sentences_failed
        )
        return cls(
            id=id,
            headline=translation.headline,
            published=translation.article.published,
            text=translation.text,
            html=render.html(translation.article),
            markdown=render.markdown(translation.article),
            blocks=[BlockOut.of(block) for block in story],
            furniture=[FurnitureOut(id=block.id, source=block.source) for block in furniture],
            repairs=[RepairOut.of(repair) for repair in translation.article.repairs],
            language=LanguageOut.of(translation.article),
            report=Report(
                sentences=sum(len(block.sentences) for block in story),
                sentences_translated=translation.sentences_translated,
                sentences_reused=translation.sentences_reused,
                sentences_failed=translation.sentences_failed,
                sentences_corrected=translation.sentences_corrected,
                warnings=translation_warnings(translation),
            ),
            signature=translation.signature,
            cached=asked > 0 and translation.sentences_reused == asked,
            timings=_rounded(translation.seconds),
        )


class BulletOut(BaseModel):
    """One bullet, and the sentences of the source that support it: their ids (with the number of
    their article, from 1, where there are several: `2:b3.1`), their text, and the English of the
    whole sentences, where English was asked for."""

    text: str
    indonesian: Annotated[
        str | None,
        Field(
            exclude_if=lambda text: text is None,
            description="the same in Indonesian, where `both` languages were asked for",
        ),
    ] = None
    sources: list[str]
    source_text: list[str]
    target_text: list[str] | None
    changed: Annotated[
        list[str],
        Field(
            description="what was done to the sentence so that it stands alone: `day`, `speaker`, "
            "`shortened`, or `written`: by a model, in its own words"
        ),
    ]
    facts: Annotated[
        list[FactOut],
        Field(description="of the bullet; offsets are in `source_text`, joined by blanks"),
    ]
    flags: list[str]

    @classmethod
    def of(cls, bullet: Bullet, several: bool) -> Self:
        targets = [source.target for source in bullet.sources]
        return cls(
            text=bullet.text,
            indonesian=bullet.indonesian,
            sources=[_source_id(source, several) for source in bullet.sources],
            source_text=[source.text for source in bullet.sources],
            target_text=None if None in targets else [target or "" for target in targets],
            changed=list(bullet.changed),
            facts=[FactOut.of(fact) for fact in bullet.facts],
            flags=list(bullet.flags),
        )


class RefusedOut(BaseModel):
    """A sentence that was chosen and made no bullet, so that another took its place, and why: the
    flags of its English; `unsupported`, where the bullet says what the source does not; `lost`,
    where it lacks a denial, or who says or thinks it; `unresolved`, where nobody can tell of whom
    it speaks. A sentence that a model wrote has `w` and its number for its id."""

    source: str
    source_text: str
    reasons: list[str]


class SummaryOut(BaseModel):
    """The bullets of an article, or of several about one event."""

    id: str
    headline: str | None
    headline_flags: list[str]
    line: Annotated[
        str | None, Field(description="the news in one line of fewer than 110 characters")
    ]
    bullets: list[BulletOut]
    refused: list[RefusedOut]
    language: Annotated[
        LanguageOut | None,
        Field(description="of the article; null where there is too little text to tell"),
    ]
    text: Annotated[str, Field(description="the bullets as plain text")]
    html: Annotated[str, Field(description="headline, line and bullets as a fragment of HTML")]
    markdown: Annotated[str, Field(description="the same as Markdown")]
    report: Report
    signature: dict[str, object]
    cached: Annotated[bool, Field(description="true where no sentence had to be translated")]
    timings: Annotated[dict[str, float], Field(description="seconds")]

    @property
    def flagged(self) -> list[str]:
        """The ids of the sentences whose bullets have flags, and `headline` where it has any."""
        flagged = ["headline"] if self.headline_flags else []
        return flagged + [s for bullet in self.bullets if bullet.flags for s in bullet.sources]

    @classmethod
    def of(cls, summary: Summary, id: str) -> Self:
        asked = summary.sentences_translated + summary.sentences_reused + summary.sentences_failed
        several = len(summary.articles) > 1
        printed = _printed(summary, several)
        return cls(
            id=id,
            headline=summary.headline,
            headline_flags=list(summary.headline_flags),
            line=summary.line,
            bullets=[BulletOut.of(bullet, several) for bullet in summary.bullets],
            refused=[
                RefusedOut(
                    source=_source_id(refused.source, several),
                    source_text=refused.source.text,
                    reasons=list(refused.reasons),
                )
                for refused in summary.refused
            ],
            language=LanguageOut.of(summary.articles[0]),
            text=forms.plain(replace(printed, headline=None, one_line=None)),
            html=forms.html(printed),
            markdown=forms.markdown(printed),
            report=Report(
                sentences=len(summary.bullets),
                sentences_translated=summary.sentences_translated,
                sentences_reused=summary.sentences_reused,
                sentences_failed=summary.sentences_failed,
                sentences_corrected=summary.sentences_corrected,
                warnings=_summary_warnings(summary),
            ),
            signature=summary.signature,
            cached=asked > 0 and summary.sentences_reused == asked,
            timings=_rounded(summary.seconds),
        )


def _printed(summary: Summary, several: bool) -> forms.Printed:
    return forms.Printed(
        headline=summary.headline,
        one_line=summary.line,
        points=tuple(
            forms.Point(
                bullet.text, tuple(_source_id(source, several) for source in bullet.sources)
            )
            for bullet in summary.bullets
        ),
        language="id" if summary.wishes.language == "id" else "en",
    )


def _source_id(source: Source, several: bool) -> str:
    return f"{source.article + 1}:{source.id}" if several else source.id


def _summary_warnings(summary: Summary) -> list[str]:
    warnings = [WARNINGS[flag].format("headline") for flag in summary.headline_flags]
    several = len(summary.articles) > 1
    for bullet in summary.bullets:
        place = _source_id(bullet.sources[0], several)
        warnings += [WARNINGS[flag].format(place) for flag in bullet.flags]
    for refused in summary.refused:
        place, reasons = _source_id(refused.source, several), ", ".join(refused.reasons)
        warnings.append(f"sentence {place} was chosen and makes no bullet: {reasons}")
    for article in summary.articles:
        warnings += language_warnings(article)
    warnings += summary.warnings
    if not summary.bullets:
        warnings.append(
            "no bullet fits into the room there is"
            if summary.crowded
            else "the article has no sentence to make a bullet of"
        )
    return warnings


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in seconds.items()}
