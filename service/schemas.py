"""What goes over HTTP and what `--format json` prints: the same objects.

Requests refuse fields they do not know. Responses are made from the pipeline's own data.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
    model_validator,
)

from service import render
from service.article import Article as ReadArticle
from service.article import Block, Kind, Repair, Sentence
from service.documents.manuscript import Manuscript
from service.errors import TooLarge
from service.facts.ledger import Fact, Place, Status
from service.glossary.draft import Use
from service.glossary.terms import MOST_CHARACTERS, Case, Term, term_of
from service.language import doubts
from service.pipeline import Translation
from service.summaries import Language, Summary
from service.ticket import Lane

# Of one request.
MOST_GLOSSARIES = 20
MOST_TERMS = 500

_EXAMPLE: dict[str, JsonValue] = {
    "headline": "Banjir Rendam Ratusan Rumah di Demak",
    "body": [
        "DEMAK, WARTASENJA.com - Banjir merendam 1.240 rumah di tiga desa, Selasa (18/2/2025).",
        '"Air mulai surut sejak pagi," kata Kepala BPBD Demak, Agus Nugroho.',
    ],
}


# The parts of an article that is sent in parts.
_PARTS = ("headline", "deck", "byline", "dateline", "published", "body", "captions")


def _form(name: str, kind: JsonValue, *absent: str) -> dict[str, JsonValue]:
    nothing: dict[str, JsonValue] = {other: {"type": "null"} for other in absent}
    return {"required": [name], "properties": {name: {"type": kind}, **nothing}}


# What `Article._one_form` asks for, for clients that read the schema.
_FORMS: dict[str, JsonValue] = {
    "anyOf": [
        _form("text", "string", "html", *_PARTS),
        _form("html", "string", "text", *_PARTS),
        _form("headline", "string", "text", "html"),
        _form("body", ["string", "array"], "text", "html"),
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

_DATE = re.compile(
    r"\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)


def _dated(text: str) -> str:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "send a date (`2025-02-18`) or a date and time (`2025-02-18T07:30:00+07:00`) of "
            "ISO 8601"
        ) from None
    return text


_Date = Annotated[
    str,
    AfterValidator(_dated),
    WithJsonSchema({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
]


class TermIn(BaseModel):
    """A term of a newsroom, as a row of a glossary file has it."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        str,
        Field(max_length=MOST_CHARACTERS, pattern=r"[A-Za-z0-9]", description="in Indonesian"),
        AfterValidator(_encodable),
    ]
    target: Annotated[
        str,
        Field(
            max_length=MOST_CHARACTERS,
            pattern=r"^[^|]*[A-Za-z0-9][^|]*(\|[^|]*[A-Za-z0-9][^|]*)*$",
            description="in English; alternatives parted by `|`, the preferred one first",
        ),
        AfterValidator(_encodable),
    ]
    case: Annotated[
        Case, Field(description="`exact`: only with capitals and small letters as written")
    ] = Case.ANY

    @model_validator(mode="after")
    def _usable(self) -> Self:
        term_of(self.source, self.target, self.case)
        return self


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
    strict: Annotated[
        bool,
        Field(description="answer 422 where anything has a flag, with the result attached"),
    ] = False
    strict_language: Annotated[
        bool, Field(description="refuse what is in neither Indonesian nor English")
    ] = False
    glossary: Annotated[
        list[str] | None,
        Field(
            max_length=MOST_GLOSSARIES,
            description="names of the glossaries that apply, those before over those after; by "
            "default those of the service, and with an empty list none",
        ),
    ] = None
    terms: Annotated[
        list[TermIn],
        Field(max_length=MOST_TERMS, description="terms of this request, over the glossaries"),
    ] = []

    @property
    def glossary_names(self) -> tuple[str, ...] | None:
        return None if self.glossary is None else tuple(self.glossary)

    @property
    def own_terms(self) -> tuple[Term, ...]:
        return tuple(term_of(t.source, t.target, t.case) for t in self.terms)


class Article(BaseModel):
    """An article: as pasted from a page in `text`, as `html`, or in parts: `headline` and `body`,
    and what else there is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_FORMS)

    text: Annotated[_Text | None, Field(description="the article as plain text")] = None
    html: Annotated[
        _Text | None, Field(description="the article as HTML: a page, or the part that holds it")
    ] = None
    headline: Annotated[_Text | None, Field(description="with `body`: the headline")] = None
    deck: Annotated[_Text | None, Field(description="what stands below the headline")] = None
    byline: Annotated[_Text | None, Field(description="such as `Penulis: Rina Wijaya`")] = None
    dateline: Annotated[_Text | None, Field(description="such as `DEMAK, WARTASENJA.com -`")] = None
    published: Annotated[
        _Date | None, Field(description="a date, or a date and time; comes back as it is")
    ] = None
    body: Annotated[
        _Text | list[_Text] | None, Field(description="the paragraphs, as a list or as one text")
    ] = None
    captions: Annotated[list[_Text] | None, Field(description="of pictures")] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        given = [name for name in _PARTS if getattr(self, name) is not None]
        forms = [name for name in ("text", "html") if getattr(self, name) is not None]
        if len(forms) + bool(given) != 1:
            said = " and ".join(f"`{name}`" for name in (forms + given)) or "nothing"
            raise ValueError(
                f"give the article either as `text`, or as `html`, or in parts as `headline` and "
                f"`body` (either may be left out): {said} was given"
            )
        if given and not {"headline", "body"} & set(given):
            raise ValueError(f"`{given[0]}` needs a `headline` or a `body` beside it")
        return self

    def manuscript(self, limit: int) -> Manuscript:
        """The article as sent. Raises `TooLarge` over `limit` characters."""
        if self.text is not None:
            sent = Manuscript.pasted(self.text)
        elif self.html is not None:
            sent = Manuscript.marked_up(self.html)
        else:
            sent = Manuscript.in_parts(
                self.headline,
                self.body or "",
                deck=self.deck,
                byline=self.byline,
                dateline=self.dateline,
                published=self.published,
                captions=self.captions or (),
            )
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


class PlaceOut(BaseModel):
    """A part of a sentence; offsets in characters of it."""

    text: str
    start: int
    end: int

    @classmethod
    def of(cls, place: Place) -> Self:
        return cls(text=place.written, start=place.start, end=place.end)


class FactOut(BaseModel):
    """A number, a date or a quotation, and what became of it in English."""

    kind: str
    status: Status
    source: Annotated[PlaceOut | None, Field(description="null where it was invented")]
    target: Annotated[PlaceOut | None, Field(description="null where it is missing")]

    @classmethod
    def of(cls, fact: Fact) -> Self:
        return cls(
            kind=fact.kind,
            status=fact.status,
            source=None if fact.source is None else PlaceOut.of(fact.source),
            target=None if fact.target is None else PlaceOut.of(fact.target),
        )


class TermOut(BaseModel):
    """A term of a glossary in a sentence; offsets in characters of the sentence's source."""

    source: str
    target: Annotated[str, Field(description="as it came out, or, not applied, as it should")]
    start: int
    end: int
    applied: bool

    @classmethod
    def of(cls, use: Use) -> Self:
        return cls(**asdict(use))


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
    def of(cls, article: ReadArticle) -> Self | None:
        guess = article.language
        if guess is None:
            return None
        return cls(code=guess.code, name=guess.name, confidence=guess.confidence)


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
    warnings: list[str]


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
    cached: Annotated[bool, Field(description="true where no sentence had to be translated")]
    timings: Annotated[dict[str, float], Field(description="seconds")]

    @property
    def flagged(self) -> list[str]:
        """The ids of the sentences that have flags."""
        return [s.id for block in self.blocks for s in block.sentences if s.flags]

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
    headline_flags: list[str]
    bullets: list[BulletOut]
    language: Annotated[
        LanguageOut | None,
        Field(description="of the article; null where there is too little text to tell"),
    ]
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
        warnings = [_WARNINGS[flag].format("headline") for flag in summary.headline_flags]
        for bullet in summary.bullets:
            warnings += [_WARNINGS[flag].format(bullet.sources[0]) for flag in bullet.flags]
        warnings += _language_warnings(summary.article)
        if not summary.bullets:
            warnings.append("the article has no sentence to make a bullet of")
        return cls(
            id=id,
            headline=summary.headline,
            headline_flags=list(summary.headline_flags),
            bullets=[
                BulletOut(
                    text=bullet.text,
                    sources=list(bullet.sources),
                    source_text=list(bullet.source_text),
                    flags=list(bullet.flags),
                )
                for bullet in summary.bullets
            ],
            language=LanguageOut.of(summary.article),
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
    result: Annotated[
        dict[str, JsonValue] | None,
        Field(description="of `doubtful` alone: the translation or summary, flags and all"),
    ] = None


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
    warnings += _language_warnings(translation.article)
    for block in blocks:
        for sentence in block.sentences:
            warnings += [_WARNINGS[flag].format(sentence.id) for flag in sentence.flags]
    return warnings


def _language_warnings(article: ReadArticle) -> list[str]:
    return [f"{doubt}: its English is not to be trusted" for doubt in doubts(article)]


_WARNINGS = {
    "failed": "sentence {}: the engine failed on it; the source stands in its place; try again",
    "untranslated": "sentence {}: the model gave no translation; the source stands in its place",
    "unfinished": "sentence {}: the translation was ended by the length limit; compare it",
    "loop": "sentence {}: the translation repeats itself; compare it",
    "prompt": "sentence {}: the translation holds words of the model's prompt; compare it",
    "echo": "sentence {}: the translation is the source again; translate it by hand",
    "foreign": "sentence {}: the translation is still in Indonesian; translate it by hand",
    "script": "sentence {}: the translation has letters of a writing that the source lacks",
    "number_missing": "sentence {}: a number of the source is missing; see its facts",
    "number_invented": "sentence {}: a number is not in the source; see its facts",
    "name_missing": "sentence {}: a name of the source is missing; see its facts",
    "name_invented": "sentence {}: a name is not in the source; see its facts",
    "dropped": "sentence {}: a part of the source seems not to be translated; compare it",
    "quotation": "sentence {}: a quotation is missing or made up; see its facts",
    "figures": "sentence {}: left as it was, with figures written the Indonesian way; compare it",
    "term_missing": "sentence {}: a term of the glossary, or a part that is to stand as it is, did "
    "not come out in its place; see its terms, and compare it",
    "split": "sentence {}: longer than the model's window, so translated in parts; compare it",
    "short": "sentence {}: the translation is much shorter than the source; compare it",
    "long": "sentence {}: the translation is much longer than the source; compare it",
}


def _rounded(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in seconds.items()}
