"""The options of a request: glossaries, terms and the rest."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from service.glossary.terms import MAX_CHARACTERS, Case, Term, term_of
from service.http.schemas.articles import require_unicode
from service.scheduling.request import Lane

# In one request.
MAX_GLOSSARIES = 20
MAX_TERMS = 500


class TermIn(BaseModel):
    """A term, with the fields of a row in a glossary file."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        str,
        Field(max_length=MAX_CHARACTERS, pattern=r"[A-Za-z0-9]", description="the Indonesian term"),
        AfterValidator(require_unicode),
    ]
    target: Annotated[
        str,
        Field(
            max_length=MAX_CHARACTERS,
            pattern=r"^[^|]*[A-Za-z0-9][^|]*(\|[^|]*[A-Za-z0-9][^|]*)*$",
            description="the English; alternatives separated by `|`, the preferred one first",
        ),
        AfterValidator(require_unicode),
    ]
    case: Annotated[
        Case, Field(description="`any`: capitals do not matter; `exact`: only as written")
    ] = Case.ANY

    @model_validator(mode="after")
    def _usable(self) -> Self:
        term_of(self.source, self.target, self.case)
        return self


class Glossaries(BaseModel):
    """The glossaries of a request."""

    glossary: Annotated[
        Annotated[list[str], Field(fail_fast=True)] | None,
        Field(
            max_length=MAX_GLOSSARIES,
            description="names of the glossaries to apply; earlier ones take precedence. Default: "
            "those of the service. An empty list: no glossary",
        ),
    ] = None

    @property
    def glossary_names(self) -> tuple[str, ...] | None:
        return None if self.glossary is None else tuple(self.glossary)


class Terms(BaseModel):
    """The terms that a request brings along."""

    terms: Annotated[
        list[TermIn],
        Field(
            max_length=MAX_TERMS,
            fail_fast=True,
            description="terms for this request; they take precedence over the glossaries",
        ),
    ] = []

    @property
    def own_terms(self) -> tuple[Term, ...]:
        return tuple(term_of(t.source, t.target, t.case) for t in self.terms)


class Options(Glossaries, Terms):
    """The options of a translation or a summary."""

    model_config = ConfigDict(extra="forbid")

    lane: Annotated[
        Lane | None,
        Field(description="the urgency of the request (default: the lane of the key, or `normal`)"),
    ] = None
    deterministic: Annotated[
        bool,
        Field(
            description="translate each sentence alone: slower, and other requests never change "
            "the result"
        ),
    ] = False
    strict: Annotated[
        bool,
        Field(description="answer 422, with the result attached, if any part of it has a flag"),
    ] = False
    strict_language: Annotated[
        bool, Field(description="refuse text that is neither Indonesian nor English")
    ] = False
