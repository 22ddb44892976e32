"""The OpenAPI description is complete, and its examples are true."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from scripts.openapi_examples import WITHOUT, run
from service.http.app import create_app
from service.http.openapi import examples
from service.runtime import Runtime, runtime_around
from service.settings import load_settings
from service.storage.key_records import Permission


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    runtime = runtime_around(NaughtyEngine(), load_settings(data_dir=tmp_path))
    yield runtime
    runtime.close()


@pytest.fixture
def schema(runtime: Runtime) -> Any:
    return create_app(runtime).openapi()


def test_every_property_and_parameter_is_described(schema: Any) -> None:
    without = [
        f"{name}.{field}"
        for name, model in schema["components"]["schemas"].items()
        for field, described in model.get("properties", {}).items()
        if not described.get("description")
    ]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            parameters = operation.get("parameters", [])
            named = [f"{method} {path}: {one['name']}" for one in parameters]
            without += [
                name
                for name, one in zip(named, parameters, strict=True)
                if not one.get("description")
            ]
    assert without == []


def test_every_operation_has_examples(schema: Any) -> None:
    without = []
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            name = f"{method.upper()} {path}"
            bodies = [operation["requestBody"]] if "requestBody" in operation else []
            answers = operation["responses"].items()
            bodies += [body for code, body in answers if code in ("200", "201", "202")]
            without += [
                name
                for body in bodies
                if not any({"example", "examples"} & set(c) for c in body["content"].values())
            ]
    assert set(without) == WITHOUT


def test_the_examples_are_true(runtime: Runtime) -> None:
    _, token = runtime.keys.create("newsletter", may=[Permission.CORRECT])
    known = examples()
    with TestClient(create_app(runtime)) as client:
        for step, example, response in run(client, token):
            assert response.is_success, (step.name, response.text)
            expected = known.pop(step.name) if step.name in known else None
            assert expected is not None, step.name
            assert set(example) == set(expected), step.name
            assert differences(example.get("response"), expected.get("response")) == [], step.name
    assert known == {}


def differences(found: Any, expected: Any, place: str = "") -> list[str]:
    """Return the places at which two answers have other fields or types."""
    if found is None or expected is None:
        return []
    if isinstance(found, dict) and isinstance(expected, dict):
        if place.endswith((".signature", ".timings", ".decoding")):
            return []
        if set(found) != set(expected):
            return [f"{place}: {sorted(set(found) ^ set(expected))}"]
        return [
            line
            for name in found
            for line in differences(found[name], expected[name], f"{place}.{name}")
        ]
    if isinstance(found, list) and isinstance(expected, list):
        return differences(found[0], expected[0], f"{place}[0]") if found and expected else []
    number = int | float
    same = isinstance(found, number) and isinstance(expected, number)
    return [] if same or type(found) is type(expected) else [f"{place}: {found!r}, {expected!r}"]
