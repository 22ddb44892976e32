"""What goes over HTTP and what `--format json` prints: the same objects.

Requests refuse fields they do not know. Responses are made from the pipeline's own data.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator

from service.article import Block, Kind, Sentence
from service.documents.manuscript import Manuscript
from service.errors import TooLarge
from service.pipeline import Translation
from service.summaries import Language, Summary
from service.ticket import Lane

_EXAMPLE: dict[str, JsonValue] = {
    "headline": "Banjir Rendam Ratusan Rumah di Demak",
    "body": [
        "DEMAK, WARTASENJA.com - Banjir merendam 1.240 rumah di tiga desa, Selasa (18/2/2025).",
        '"Air mulai surut sejak pagi," kata Kepala BPBD Demak, Agus Nugroho.',
    ],
}


# What `Article._one_form` asks for, for clients that read the schema.
_FORMS: dict[str, JsonValue] = {
    "anyOf": [
        {
            "required": ["text"],
            "properties": {
                "text": {"type": "string"},
                "headline": {"type": "null"},
                "body": {"type": "null"},
            },
        },
        {
            "required": ["headline"],
            "properties": {"headline": {"type": "string"}, "text": {"type": "null"}},
        },
        {
            "required": ["body"],
            "properties": {"body": {"type": ["string", "array"]}, "text": {"type": "null"}},
        },
    ]
}


def _encodable(text: str) -> str:
    """JSON may escape half of a surrogate pair, which is no character."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} is half of a surrogate pair, which is no Unicode text: "
            f"send the whole character or leave it out"
        ) from None
    return text


_Text = Annotated[str, AfterValidator(_encodable)]


class Options(BaseModel):
    """How an article is worked on."""

    model_config = ConfigDict(extra="forbid")

    lane: Annotated[
        Lane | None,
        Field(description="how urgent it is; by default as the key says, or `normal`"),
    ] = None
    deterministic: Annotated[
        bool,
        Field(
            description="translate every sentence on its own: slower, and the same whatever "
            "else is being translated"
        ),
    ] = False


class Article(BaseModel):
    """An article: as pasted from a page in `text`, or in parts in `headline` and `body`."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_FORMS)

    text: Annotated[_Text | None, Field(description="the article as plain text")] = None
    headline: Annotated[_Text | None, Field(description="with `body`: the headline")] = None
    body: Annotated[
        _Text | list[_Text] | None, Field(description="the paragraphs, as a list or as one text")
    ] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        parts = self.headline is not None or self.body is not None
        if parts == (self.text is not None):
            raise ValueError(
                "give the article either as `text`, or as `headline` and `body` (either may be "
                "left out)"
            )
        return self

    def manuscript(self, limit: int) -> Manuscript:
        """The article as sent. Raises `TooLarge` over `limit` characters."""
        if self.text is not None:
            sent = Manuscript.pasted(self.text)
        else:
            sent = Manuscript.in_parts(self.headline, self.body or "")
        if sent.characters > limit:
            raise TooLarge(
                f"the article has {sent.characters} characters and the limit is {limit}: send it "
                f"in parts, translate it with `kabar translate FILE`, which has no limit, or raise "
                f"KABAR_MAX_CHARACTERS"
            )
        return sent


class TranslationRequest(Article):
    """An article to translate."""

    model_config = ConfigDict(json_schema_extra=_FORMS | {"examples": [_EXAMPLE]})

    options: Options = Options()


class SummaryRequest(Article):
    """An article to summarize."""

    model_config = ConfigDict(json_schema_extra=_FORMS | {"examples": [_EXAMPLE | {"bullets": 2}]})

    bullets: Annotated[int, Field(ge=1, le=7, description="the most bullets wanted")] = 3
    language: Annotated[Language, Field(description="of the bullets")] = "en"
    options: Options = Options()


class SentenceOut(BaseModel):
    """A sentence of the source and its English; offsets in characters of the block's source."""

    id: str
    source: str
    target: str
    start: int
    end: int
    confidence: float | None
    flags: list[str]

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
        )


class BlockOut(BaseModel):
    """A block of the article, in the order of the source."""

    id: str
    kind: Kind
    source: str
    target: str
    sentences: list[SentenceOut]

    @classmethod
    def of(cls, block: Block) -> Self:
        return cls(
            id=block.id,
            kind=block.kind,
            source=block.source,
            target=block.target,
            sentences=[SentenceOut.of(sentence) for sentence in block.sentences],
        )


class FurnitureOut(BaseModel):
    """Page furniture that was set aside and not translated."""

    id: str
    source: str


class Report(BaseModel):
    """How the sentences came about, and what a reader should look at."""

    sentences: int
    sentences_translated: int
    sentences_reused: int
    sentences_failed: int
    warnings: list[str]


class TranslationOut(BaseModel):
    """A translated article."""

    id: str
    headline: str | None
    text: str
    blocks: list[BlockOut]
    furniture: list[FurnitureOut]
    report: Report
    signature: dict[str, object]
    cached: Annotated[bool, Field(description="true where no sentence had to be translated")]
    timings: Annotated[dict[str, float], Field(description="seconds")]

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
            text=translation.text,
            blocks=[BlockOut.of(block) for block in story],
            furniture=[FurnitureOut(id=block.id, source=block.source) for block in furniture],
            report=Report(
                sentences=sum(len(block.sentences) for block in story),
                sentences_translated=translation.sentences_translated,
                sentences_reused=translation.sentences_reused,
                sentences_failed=translation.sentences_failed,
                warnings=translation_warnings(translation),
            ),
            signature=translation.signature,
            cached=asked > 0 and translation.sentences_reused == asked,
            timings=_rounded(translation.seconds),
        )


class BulletOut(BaseModel):
    """One bullet, with the ids and the text of the source sentences that support it."""

    text: str
    sources: list[str]
    source_text: list[str]
    flags: list[str]


class SummaryOut(BaseModel):
    """The bullets of an article."""

    id: str
    headline: str | None
    bullets: list[BulletOut]
    report: Report
    signature: dict[str, object]
    cached: Annotated[bool, Field(description="true where no sentence had to be translated")]
    timings: Annotated[dict[str, float], Field(description="seconds")]

    @classmethod
    def of(cls, summary: Summary, id: str) -> Self:
        asked = summary.sentences_translated + summary.sentences_reused + summary.sentences_failed
        warnings = [_WARNINGS[flag].format("headline") for flag in summary.headline_flags]
        for bullet in summary.bullets:
            warnings += [_WARNINGS[flag].format(bullet.sources[0]) for flag in bullet.flags]
        if not summary.bullets:
            warnings.append("the article has no sentence to make a bullet of")
        return cls(
            id=id,
            headline=summary.headline,
            bullets=[
                BulletOut(
                    text=bullet.text,
                    sources=list(bullet.sources),
                    source_text=list(bullet.source_text),
                    flags=list(bullet.flags),
                )
                for bullet in summary.bullets
            ],
            report=Report(
                sentences=len(summary.bullets),
                sentences_translated=summary.sentences_translated,
                sentences_reused=summary.sentences_reused,
                sentences_failed=summary.sentences_failed,
                warnings=warnings,
            ),
            signature=summary.signature,
            cached=asked > 0 and summary.sentences_reused == asked,
            timings=_rounded(summary.seconds),
        )


class ModelOut(BaseModel):
    """A model of the catalogue, and whether it can be used at once."""

    id: str
    task: str
    source: str
    summary: str
    licence: str
    size_mb: int
    ready: bool


class ModelsOut(BaseModel):
    """The models of the catalogue."""

    models: list[ModelOut]


class Health(BaseModel):
    """That the process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether requests can be served, and what is less than perfect."""

    ready: bool
    detail: str
    signature: dict[str, object] | None = None
    warnings: list[str] = []


class Problem(BaseModel):
    """An error, as `application/problem+json` (RFC 9457)."""

    type: Annotated[str, Field(description="a stable name, for programs")]
    title: str
    status: int
    detail: Annotated[str, Field(description="what happened and what to do about it")]
    request_id: str


def translation_warnings(translation: Translation) -> list[str]:
    """What somebody who prints the result should know first."""
    blocks = translation.article.blocks
    warnings = []
    if not blocks:
        warnings.append("there is nothing to translate: the text is empty")
    elif all(block.kind is Kind.FURNITURE for block in blocks):
        warnings.append(
            "there is nothing to translate: every line was taken for page furniture and is "
            "listed under `furniture`"
        )
    for block in blocks:
        for sentence in block.sentences:
            warnings += [_WARNINGS[flag].format(sentence.id) for flag in sentence.flags]
    return warnings


_WARNINGS = {
    "failed": "sentence {}: the engine failed on it; the source stands in its place; try again",
    "untranslated": "sentence {}: the model gave no translation; the source stands in its place",
    "unfinished": "sentence {}: the translation was ended by the length limit; compare it",
    "figures": "sentence {}: left as it was, with figures written the Indonesian way; compare it",
    "split": "sentence {}: longer than the model's window, so translated in parts; compare it",
    "short": "sentence {}: the translation is much shorter than the source; compare it",
    "long": "sentence {}: the translation is much longer than the source; compare it",
}


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in seconds.items()}
