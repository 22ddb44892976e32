"""What goes over HTTP about corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from service.article import Correction
from service.corrections.proposals import Proposal
from service.corrections.records import MAX_AUTHOR, MAX_CHARACTERS
from service.http.schemas.requests import Encodable

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
    """The English that a sentence should have: of a sentence of a `translation`, by its id, or of
    a `source`."""

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
        str | None, Field(max_length=100, description="the id of a sentence of it: `b2.1`")
    ] = None
    source: Annotated[
        Encodable | None,
        Field(max_length=MAX_CHARACTERS, description="the sentence itself, in Indonesian"),
    ] = None
    target: Annotated[
        Encodable,
        Field(min_length=1, max_length=MAX_CHARACTERS, description="what it is in English"),
    ]
    author: Annotated[
        Encodable | None,
        Field(max_length=MAX_AUTHOR, description="by default the name of the key"),
    ] = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        by_id = self.translation is not None and self.sentence is not None
        part = (self.translation is not None) != (self.sentence is not None)
        if part or by_id == (self.source is not None):
            raise ValueError(
                "say which sentence is corrected: either `translation` and `sentence`, their ids, "
                "or `source`, the sentence itself"
            )
        return self


class CorrectionOut(BaseModel):
    """A correction; the newest of a sentence that is not withdrawn is used. Times are UTC."""

    id: str
    source: str
    target: str
    machine: Annotated[str | None, Field(description="the English that it replaced")]
    context: Annotated[
        str | None,
        Field(description="the sentence before it; a correction with `he` or `she` needs the same"),
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
    """A term that a correction suggests for a glossary."""

    source: str
    target: str
    machine: Annotated[str, Field(description="what the machine had in its place")]


class CorrectionMade(CorrectionOut):
    """A correction that was just kept, and what a second pair of eyes would say."""

    flags: Annotated[
        list[str],
        Field(description="what the guards would say of it, as of a sentence; it is kept anyway"),
    ]
    proposals: list[ProposalOut]

    @classmethod
    def made(
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
    """Corrections, those that came last first."""

    corrections: list[CorrectionOut]
    next: Annotated[
        int | None, Field(description="`before` of the next page; null on the last one")
    ]
