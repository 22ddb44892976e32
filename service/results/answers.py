"""The JSON of a translation.

It is the answer to `POST /v1/translations` and the output of `kabar translate --format json`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.article import (
    Article,
    Block,
    FactStatus,
    Kind,
    LanguageGuess,
    Sentence,
)
from service.documents import rendering as render
from service.documents.fragments import FragmentForm
from service.results.changes import Change, SentenceChange
from service.results.warnings import translation_warnings
from service.translation.records import Translation


class _Record(BaseModel):
    """A model that reads its fields from a record."""

    model_config = ConfigDict(from_attributes=True)


class TextSpanOut(_Record):
    """A part of a sentence; offsets are in characters of the sentence."""

    text: str
    start: int
    end: int


class FactOut(_Record):
    """A number, date, name or quotation, and its counterpart in English."""

    kind: str
    status: FactStatus
    source: Annotated[TextSpanOut | None, Field(description="null if it is invented")]
    target: Annotated[TextSpanOut | None, Field(description="null if it is missing")]


class TermOut(_Record):
    """A glossary term in a sentence.

    Offsets are in characters of the sentence's source.
    """

    source: str
    target: Annotated[
        str,
        Field(description="the English in the sentence; the preferred English if not `applied`"),
    ]
    start: int
    end: int
    applied: bool


class EditOut(_Record):
    """The correction that is the English of a sentence."""

    id: str
    author: str
    created: datetime


class SentenceOut(_Record):
    """A sentence and its English.

    Offsets are in characters of the block's source.
    """

    id: str
    source: str
    target: str
    start: int
    end: int
    confidence: Annotated[
        float | None, AfterValidator(lambda value: None if value is None else round(value, 4))
    ]
    flags: list[str]
    facts: list[FactOut]
    terms: list[TermOut]
    correction: Annotated[
        EditOut | None,
        Field(
            exclude_if=lambda edit: edit is None,
            description="only if the English is an editor's",
        ),
    ] = None


class BlockOut(_Record):
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
            description="its code, only if it is not Indonesian; English stays as it is",
        ),
    ] = None


class LanguageOut(_Record):
    """The language of the article, and the confidence from 0 to 1."""

    code: str
    name: str
    confidence: float

    @classmethod
    def of(cls, article: Article) -> Self | None:
        guess = article.language
        return None if guess is None else cls.model_validate(guess)

    def guess(self) -> LanguageGuess:
        return LanguageGuess(self.code, self.name, self.confidence)


class FurnitureOut(_Record):
    """Page furniture, which is not translated."""

    id: str
    source: str


class RepairOut(_Record):
    """A repair of a badly scraped text.

    `before` was at `start`, in characters of the text that was sent; `blocks` have `after` instead.
    """

    kind: Annotated[str, Field(description="`encoding`, `invisible`, `line`, `word` or `space`")]
    before: str
    after: str
    start: int


class Report(BaseModel):
    """The counts of the sentences, and the warnings for a reader."""

    sentences: int
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    sentences_corrected: Annotated[int, Field(description="sentences with an editor's correction")]
    warnings: list[str]


class ChangeOut(BaseModel):
    """The change of a sentence since the previous version."""

    change: Change
    id: Annotated[str | None, Field(description="in this version; null if it is gone")]
    previous_id: Annotated[str | None, Field(description="null if it is new")]
    previous_source: Annotated[str | None, Field(description="only if it was changed or is gone")]
    previous_target: Annotated[str | None, Field(description="only if it was changed or is gone")]

    @classmethod
    def of(cls, sentence: SentenceChange) -> Self:
        current, previous = sentence.current, sentence.previous
        shown = previous if sentence.change is not Change.SAME else None
        return cls(
            change=sentence.change,
            id=current.id if current else None,
            previous_id=previous.id if previous else None,
            previous_source=shown.source if shown else None,
            previous_target=shown.target if shown else None,
        )


class ChangesOut(BaseModel):
    """The changes since the previous version: counts, then all sentences.

    A sentence that is gone is at its old place.
    """

    previous: Annotated[str, Field(description="the id of the previous translation")]
    same: int
    changed: int
    new: int
    gone: int
    sentences: list[ChangeOut]

    @classmethod
    def of(cls, previous: str, sentences: Sequence[SentenceChange]) -> Self:
        counts = Counter(sentence.change for sentence in sentences)
        return cls(
            previous=previous,
            same=counts[Change.SAME],
            changed=counts[Change.CHANGED],
            new=counts[Change.NEW],
            gone=counts[Change.GONE],
            sentences=[ChangeOut.of(sentence) for sentence in sentences],
        )


class TranslationOut(BaseModel):
    """A translated article."""

    id: str
    headline: str | None
    published: Annotated[str | None, Field(description="as it was sent")]
    text: Annotated[str, Field(description="the whole article in English")]
    html: Annotated[
        str, Field(description="the same in HTML; for `html` input, that document in English")
    ]
    markdown: Annotated[str, Field(description="the same in Markdown")]
    blocks: list[BlockOut]
    furniture: list[FurnitureOut]
    repairs: list[RepairOut]
    language: Annotated[
        LanguageOut | None, Field(description="null if the text is too short to tell")
    ]
    report: Report
    signature: dict[str, object]
    changes: Annotated[
        ChangesOut | None,
        Field(
            exclude_if=lambda changes: changes is None,
            description="only if the request names a previous version",
        ),
    ] = None
    cached: Annotated[bool, Field(description="true if no sentence had to be translated")]
    timings: Annotated[dict[str, float], Field(description="seconds")]

    def article(self) -> Article:
        """Return the source article, without its furniture and markup."""
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

    def fragment(self, form: FragmentForm) -> str:
        """Return the English of a fragment, in its form."""
        if form == "text":
            return self.text
        # XML knows no `&nbsp;`.
        return self.html if form == "html" else self.html.replace("&nbsp;", "\u00a0")

    @property
    def sentences(self) -> list[SentenceOut]:
        """The sentences of all blocks, in order."""
        return [sentence for block in self.blocks for sentence in block.sentences]

    @property
    def flagged(self) -> list[str]:
        """The ids of the sentences that have flags."""
        return [sentence.id for sentence in self.sentences if sentence.flags]

    @classmethod
    def of(cls, translation: Translation, id: str) -> Self:
        blocks = translation.article.blocks
        furniture = [block for block in blocks if block.kind is Kind.FURNITURE]
        visible = [block for block in blocks if block.kind is not Kind.FURNITURE]
        total = (
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
            blocks=[BlockOut.model_validate(block) for block in visible],
            furniture=[FurnitureOut.model_validate(block) for block in furniture],
            repairs=[RepairOut.model_validate(repair) for repair in translation.article.repairs],
            language=LanguageOut.of(translation.article),
            report=Report(
                sentences=sum(len(block.sentences) for block in visible),
                sentences_translated=translation.sentences_translated,
                sentences_reused=translation.sentences_reused,
                sentences_failed=translation.sentences_failed,
                sentences_corrected=translation.sentences_corrected,
                warnings=translation_warnings(translation),
            ),
            signature=translation.signature,
            cached=total > 0 and translation.sentences_reused == total,
            timings=rounded(translation.seconds),
        )


def rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in seconds.items()}
