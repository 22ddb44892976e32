"""All checks of schemathesis for every operation, against a real server."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from naughty import NaughtyEngine
from schemathesis.specs.openapi.checks import positive_data_acceptance
from serving import Serving, serving

from service.settings import load_settings

TOKEN: list[str] = []
OPERATIONS = [
    ("/v1/translations", "POST"),
    ("/v1/translations/{id}", "GET"),
    ("/v1/articles", "POST"),
    ("/v1/feeds", "POST"),
    ("/v1/summaries", "POST"),
    ("/v1/summaries/{id}", "GET"),
    ("/v1/summaries/feed", "GET"),
    ("/v1/corrections", "POST"),
    ("/v1/corrections", "GET"),
    ("/v1/corrections/{id}", "GET"),
    ("/v1/corrections/{id}", "DELETE"),
    ("/v1/jobs", "POST"),
    ("/v1/jobs", "GET"),
    ("/v1/jobs/{id}", "GET"),
    ("/v1/jobs/{id}", "DELETE"),
    ("/v1/jobs/{id}/results", "GET"),
    ("/v1/usage", "GET"),
    ("/v1/models", "GET"),
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("interface")
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("KABAR_")}
    options = load_settings(data_dir=folder, max_characters=3000, log_level="error")
    os.environ.update(kept)
    with serving(NaughtyEngine(), options) as service:
        _, token = service.state.runtime.keys.create("tester")
        TOKEN.append(token)
        yield service


@pytest.fixture(scope="module")
def schema(service: Serving) -> Any:
    return schemathesis.openapi.from_url(f"{service.address}/openapi.json", timeout=120)


def test_every_operation_is_tested(schema: Any) -> None:
    operations = [one.ok() for one in schema.get_all_operations()]
    # The real clients test the interfaces of other services.
    found = {
        (one.path, one.method.upper())
        for one in operations
        if not {"deepl", "libretranslate"} & set(one.tags)
    }
    assert found == set(OPERATIONS)


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_response_is_documented(path: str, method: str, schema: Any) -> None:
    @given(case=schema[path][method].as_strategy())
    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        # The schema does not say which addresses are public, which glossaries and translations
        # exist, which strings are text, and which English has flags.
        assume(not (isinstance(case.body, dict) and case.body.get("webhook")))
        body = case.body if isinstance(case.body, dict) else {}
        options = body.get("options")
        assume(not (isinstance(options, dict) and options.get("glossary")))
        assume(not body.get("glossary") and not (case.query or {}).get("glossary"))
        assume(not (body.get("previous") or body.get("translation")))
        if path == "/v1/corrections" and method == "POST":
            assume(all(_is_text(value) for value in body.values()))
        response = case.call(headers={"Authorization": f"Bearer {TOKEN[0]}"})
        # The schema of XML does not say what a feed is.
        flagged = response.status_code == 422 and response.json()["type"] in (
            "doubtful",
            "invalid-feed",
        )
        case.validate_response(
            response, excluded_checks=[positive_data_acceptance] if flagged else []
        )

    check()


def _is_text(value: Any) -> bool:
    """Return whether a string is text: not blank, no control characters."""
    return not isinstance(value, str) or (
        bool(value.split()) and not re.search(r"[\x00-\x1f\x7f\ufffe\uffff]", value)
    )
