"""Whatever a client sends, the interface answers as it says it does."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from naughty import NaughtyEngine
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.app import create_app
from service.desk import desk_around
from service.settings import load_settings


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("interface")
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("KABAR_")}
    options = load_settings(data_dir=Path(folder), max_characters=3000, log_level="error")
    os.environ.update(kept)
    desk = desk_around(NaughtyEngine(), options)
    application = create_app(options, desk)
    # Loaded by hand: the lifespan belongs to the server.
    application.state.kabar.loaded = desk
    yield application
    desk.close()


@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/v1/translations", "POST"),
        ("/v1/summaries", "POST"),
        ("/healthz", "GET"),
        ("/readyz", "GET"),
        ("/v1/models", "GET"),
    ],
)
def test_every_answer_is_one_that_is_documented(path: str, method: str, app: Any) -> None:
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]

    @given(case=operation.as_strategy())
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        case.call_and_validate(
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ]
        )

    check()
