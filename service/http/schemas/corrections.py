"""The bodies of requests and responses for corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from service.article import Correction
from service.corrections.proposals import Proposal
from service.corrections.validation import MAX_AUTHOR, MAX_CHARACTERS
from service.http.schemas.articles import UnicodeText

_EXAMPLE: dict[str, JsonValue] = {
    "source": "Air mulai surut sejak pagi.",
    "target": "The water has been receding since the morning.",
    "author": "Rina",
}


def _form(*names: str) -> dict[str, JsonValue]:
    others = {"translation", "sentence", "source"} - set(names)
    return {
        "required": list(names),
        "properties": {
            **{name: {"type": "string"} for name in names},
            **{name: {"type": "null"} for name in sorted(others)},
        },
    }


class CorrectionRequest(BaseModel):
    """The correct English of a sentence in a `translation`, or of a `source`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "anyOf": [_form("translation", "sentence"), _form("source")],
            "examples": [_EXAMPLE],
        },
    )

    translation: Annotated[
        str | None, Field(max_length=100, description="the id of a translation")
    ] = None
    sentence: Annotated[
        str | None, Field(max_length=100, description="the id of a sentence in it, such as `b2.1`")
    ] = None
    source: Annotated[
        UnicodeText | None,
        Field(max_length=MAX_CHARACTERS, description="the Indonesian sentence"),
    ] = None
    target: Annotated[
        UnicodeText,
        Field(min_length=1, max_length=MAX_CHARACTERS, description="its English"),
    ]
    author: Annotated[
        UnicodeText | None,
        Field(max_length=MAX_AUTHOR, description="the author; of a key, always its name"),
    ] = None

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        by_id = self.translation is not None and self.sentence is not None
        part = (self.translation is not None) != (self.sentence is not None)
        if part or by_id == (self.source is not None):
            raise ValueError(
                "the request does not name one sentence: send either the ids `translation` and "
                "`sentence`, or the sentence itself in `source`"
            )
        return self


class CorrectionOut(BaseModel):
    """A correction.

    Of several for a sentence, the newest that is not withdrawn applies. Times are UTC.
    """

    id: str
    source: str
    target: str
    machine: Annotated[str | None, Field(description="the English that it replaces")]
    context: Annotated[
        str | None,
        Field(
            description="the sentence before it; a correction with `he` or `she` applies only "
            "after the same sentence"
        ),
    ]
    author: str
    created: datetime
    withdrawn: datetime | None
    withdrawn_by: str | None

    @classmethod
    def of(cls, correction: Correction) -> Self:
        return cls(
            id=correction.id,
            source=correction.source,
            target=correction.target,
            machine=correction.machine,
            context=correction.context,
            author=correction.author,
            created=correction.created,
            withdrawn=correction.withdrawn,
            withdrawn_by=correction.withdrawn_by,
        )


class ProposalOut(BaseModel):
    """A term for a glossary, proposed from a correction."""

    source: str
    target: str
    machine: Annotated[str, Field(description="the machine's English for it")]


class CorrectionMade(CorrectionOut):
    """A new correction, with its flags and proposed terms."""

    flags: Annotated[
        list[str],
        Field(description="flags that the checks find in its English; it applies regardless"),
    ]
    proposals: list[ProposalOut]

    @classmethod
    def new(
        cls, correction: Correction, flags: Sequence[str], proposals: Sequence[Proposal]
    ) -> Self:
        return cls(
            **CorrectionOut.of(correction).model_dump(),
            flags=list(flags),
            proposals=[
                ProposalOut(source=p.source, target=p.target, machine=p.machine) for p in proposals
            ],
        )


class CorrectionsOut(BaseModel):
    """Corrections, newest first."""

    corrections: list[CorrectionOut]
    next: Annotated[
        int | None, Field(description="`before` for the next page; null on the last page")
    ]
