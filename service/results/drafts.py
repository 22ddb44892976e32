"""The JSON of the events that come before a result."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.results.answers import FactOut
from service.translation.drafts import Draft


class DraftOut(BaseModel):
    """A sentence as soon as it is translated, without the glossary's terms."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    target: str
    confidence: Annotated[
        float | None, AfterValidator(lambda value: None if value is None else round(value, 4))
    ]
    flags: list[str]
    facts: list[FactOut]
    done: Annotated[int, Field(description="translated sentences so far")]
    total: Annotated[int, Field(description="sentences to translate")]

    @classmethod
    def of(cls, draft: Draft, done: int, total: int) -> Self:
        result = draft.result()
        return cls(
            id=draft.id,
            target=result.target,
            confidence=result.confidence,
            flags=list(result.flags),
            facts=[FactOut.model_validate(fact) for fact in result.facts],
            done=done,
            total=total,
        )
