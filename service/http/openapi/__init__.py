"""The OpenAPI description of the service.

FastAPI makes it from routes and models. This package adds an example of each request and answer,
and a description of each property that has none of its own.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

from service.http.openapi.descriptions import BY_NAME, BY_PLACE, PARAMETERS

# Made with `python -m scripts.openapi_examples`, and run by a test.
_EXAMPLES = "examples.json"


def complete(app: FastAPI) -> None:
    """Complete the description of an application, when it is first asked for."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = completed(made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a description with examples, and with all properties described."""
    for name, model in schema["components"]["schemas"].items():
        for field, described in model.get("properties", {}).items():
            # The models of a name in several modules have the module before it.
            place = f"{name.rsplit('__', 1)[-1]}.{field}"
            if (text := BY_PLACE.get(place) or BY_NAME.get(field)) is not None:
                described.setdefault("description", text)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            _describe_parameters(operation)
            _add_examples(operation, f"{method.upper()} {path}")
    return schema


@cache
def examples() -> dict[str, dict[str, Any]]:
    """Return the examples by operation: `request` and `response`.

    An answer of a second media type has a key of its own, such as
    `POST /v1/translations text/event-stream`.
    """
    text = files(__package__).joinpath(_EXAMPLES).read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def _describe_parameters(operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in PARAMETERS:
            parameter.setdefault("description", PARAMETERS[parameter["name"]])


def _add_examples(operation: dict[str, Any], name: str) -> None:
    example = examples().get(name, {})
    if "request" in example:
        _put(operation.get("requestBody", {}), example["request"])
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            continue
        for media, content in response.get("content", {}).items():
            if (other := examples().get(f"{name} {media}")) is not None:
                content.setdefault("example", other["response"])
        if "response" in example:
            _put(response, example["response"])


def _put(body: dict[str, Any], example: Any) -> None:
    """Add an example to the first media type that has none."""
    for content in body.get("content", {}).values():
        if "example" not in content and "examples" not in content:
            content["example"] = example
            return
