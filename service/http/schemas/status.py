"""What the service says of itself, and of errors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue


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
