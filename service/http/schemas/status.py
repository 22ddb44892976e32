"""The service's status, its models, and errors."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue


class ModelOut(BaseModel):
    """A model of the catalogue; `ready`: it can be used at once."""

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
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Whether the service accepts requests, and its warnings."""

    ready: bool
    detail: str
    signature: dict[str, object] | None = None
    warnings: list[str] = []


class Problem(BaseModel):
    """An error, as `application/problem+json` (RFC 9457)."""

    type: Annotated[str, Field(description="a stable name, for programs")]
    title: str
    status: int
    detail: Annotated[str, Field(description="the error, and what to do")]
    request_id: str
    result: Annotated[
        dict[str, JsonValue] | None,
        Field(description="only for `doubtful`: the translation or summary with its flags"),
    ] = None
