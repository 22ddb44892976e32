"""JSON schemas without references."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


def inlined(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a model, without references.

    FastAPI would not find the referenced models of a body that a route reads by itself.
    """
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return resolved(parts[value["$ref"].rsplit("/", 1)[1]])
            return {name: resolved(part) for name, part in value.items()}
        return [resolved(part) for part in value] if isinstance(value, list) else value

    found: dict[str, Any] = resolved(schema)
    return found
