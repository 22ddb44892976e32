"""The HTTP interface in this process, with a fake engine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.results.results import Results
from service.runtime import Runtime, runtime_around
from service.settings import load_settings

PROBLEM_FIELDS = {"type", "title", "status", "detail", "request_id"}


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine()


@pytest.fixture
def client(engine: NaughtyEngine, tmp_path: Path) -> Iterator[TestClient]:
    settings = load_settings(data_dir=tmp_path, max_characters=2000)
    runtime = runtime_around(engine, settings)
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def problem(response: Any) -> tuple[int, str, str]:
    """Return status, type and detail of an error, after a check of its format."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == PROBLEM_FIELDS
    assert body["status"] == response.status_code
    assert body["request_id"] == response.headers["x-request-id"]
    return body["status"], body["type"], body["detail"]


def test_an_article_as_text(client: TestClient) -> None:
    text = "Banjir Rendam Demak\n\nBanjir merendam 12 rumah. Air surut.\n\nADVERTISEMENT"
    body = client.post("/v1/translations", json={"text": text}).json()
    assert set(body) == {
        "id", "headline", "published", "text", "html", "markdown", "language", "blocks",
        "furniture", "repairs", "report", "signature", "cached", "timings",
    }  # fmt: skip
    assert body["headline"] == "[Banjir] [Rendam] [Demak]"
    assert body["text"].endswith("[Banjir] [merendam] [12] [rumah.] [Air] [surut.]")
    assert body["furniture"] == [{"id": "b3", "source": "ADVERTISEMENT"}]
    assert body["blocks"][1]["sentences"][1] == {
        "id": "b2.2",
        "source": "Air surut.",
        "target": "[Air] [surut.]",
        "start": 26,
        "end": 36,
        "confidence": 0.6065,
        "flags": [],
        "facts": [],
        "terms": [],
    }
    (fact,) = body["blocks"][1]["sentences"][0]["facts"]
    assert fact == {
        "kind": "number",
        "status": "kept",
        "source": {"text": "12", "start": 16, "end": 18},
        "target": {"text": "12", "start": 21, "end": 23},
    }
    assert body["report"] == {
        "sentences": 3,
        "sentences_translated": 3,
        "sentences_reused": 0,
        "sentences_failed": 0,
        "sentences_corrected": 0,
        "warnings": [],
    }
    assert body["cached"] is False
    again = client.post("/v1/translations", json={"text": text}).json()
    assert again["cached"] is True
    assert again["id"] == body["id"]


@pytest.mark.parametrize(
    "body", [["Satu tiba.", "Dua pergi."], "Satu tiba.\n\nDua pergi."], ids=["list", "text"]
)
def test_an_article_in_parts(body: object, client: TestClient) -> None:
    answer = client.post("/v1/translations", json={"headline": "Tiga Tidur", "body": body}).json()
    assert [(b["kind"], b["target"]) for b in answer["blocks"]] == [
        ("headline", "[Tiga] [Tidur]"),
        ("paragraph", "[Satu] [tiba.]"),
        ("paragraph", "[Dua] [pergi.]"),
    ]


def test_a_summary(client: TestClient, engine: NaughtyEngine) -> None:
    paragraphs = [
        "Banjir merendam empat kecamatan Demak sejak Selasa.",
        "Sebanyak 124 rumah di empat kecamatan terendam banjir.",
        "Pemerintah Demak membuka 23 titik pengungsian korban banjir.",
    ]
    request = {"headline": "Banjir Rendam Demak", "body": paragraphs, "bullets": 1}
    body = client.post("/v1/summaries", json=request).json()
    assert set(body) == {
        "id", "headline", "headline_flags", "line", "language", "bullets", "refused", "text",
        "html", "markdown", "report", "signature", "cached", "timings",
    }  # fmt: skip
    (bullet,) = body["bullets"]
    assert set(bullet) == {
        "text", "sources", "source_text", "target_text", "changed", "facts", "flags",
    }  # fmt: skip
    assert bullet["source_text"][0] in paragraphs
    assert len(engine.asked) == 2


@pytest.mark.parametrize(
    ("content", "status", "slug", "detail"),
    [
        (b"nonsense", 400, "not-json", 'send an object such as {"text": "..."}'),
        (b"\xff\xfe{", 400, "not-json", 'send an object such as {"text": "..."}'),
        (b"", 422, "invalid-request", "the body: field required"),
        (b"[]", 422, "invalid-request", "the body: input should be a valid dictionary"),
        (b"{}", 422, "invalid-request", "send the article as `text`"),
        (b'{"text": 5}', 422, "invalid-request", "text: input should be a valid string"),
        (b'{"text": "a\\ud800"}', 422, "invalid-request", "character 1 is half of a surrogate"),
        (b'{"text": "a", "body": "b"}', 422, "invalid-request", "send the article as `text`"),
        (b'{"text": "a", "fast": 1}', 422, "invalid-request", "the field `fast` is unknown"),
        (b'{"body": ["a", 1]}', 422, "invalid-request", "body"),
    ],
)
def test_a_bad_body(
    content: bytes, status: int, slug: str, detail: str, client: TestClient
) -> None:
    response = client.post(
        "/v1/translations", content=content, headers={"content-type": "application/json"}
    )
    got = problem(response)
    assert got[:2] == (status, slug)
    assert detail in got[2]


@pytest.mark.parametrize("bullets", [0, 8, "many"])
def test_a_bad_number_of_bullets(bullets: object, client: TestClient) -> None:
    response = client.post("/v1/summaries", json={"text": "a", "bullets": bullets})
    assert problem(response)[:2] == (422, "invalid-request")


def test_an_article_over_the_limit_is_refused(client: TestClient, engine: NaughtyEngine) -> None:
    response = client.post("/v1/translations", json={"text": "a" * 2002})
    status, slug, detail = problem(response)
    assert (status, slug) == (413, "too-large")
    assert "has 2002 characters and the limit is 2000" in detail
    assert engine.batches == []


def chunks(count: int) -> Iterator[bytes]:
    yield b'{"text": "'
    for _ in range(count):
        yield b"a" * 10_000
    yield b'"}'


@pytest.mark.parametrize("content", [b"x" * 16_001, chunks(5)], ids=["announced", "chunked"])
def test_a_body_over_the_limit_is_refused_unread(content: Any, client: TestClient) -> None:
    response = client.post(
        "/v1/translations", content=content, headers={"content-type": "application/json"}
    )
    status, slug, detail = problem(response)
    assert (status, slug) == (413, "too-large")
    assert "the limit of 16000 bytes" in detail


@pytest.mark.parametrize("text", ["", "  \n ", "ADVERTISEMENT"])
def test_nothing_to_translate_is_answered_with_a_warning(text: str, client: TestClient) -> None:
    response = client.post("/v1/translations", json={"text": text})
    assert response.status_code == 200
    (warning,) = response.json()["report"]["warnings"]
    assert warning.startswith("there is nothing to translate: ")


def test_flags_become_warnings(client: TestClient) -> None:
    body = client.post("/v1/translations", json={"text": "CUT a b c d e f g."}).json()
    assert body["report"]["warnings"] == [
        "b1.1: the translation is much shorter than the source; compare it: «short»",
        "b1.1: a part of the source seems not to be translated; compare it with the source: "
        "«short»",
    ]


@pytest.mark.parametrize("text", ["RAISE", "DROP"])
def test_an_engine_that_fails_is_an_error_and_the_next_request_is_served(
    text: str, client: TestClient
) -> None:
    response = client.post("/v1/translations", json={"text": f"{text} a b."})
    assert problem(response)[:2] == (500, "engine-failed")
    assert client.post("/v1/translations", json={"text": "Satu."}).status_code == 200


@pytest.mark.parametrize(
    ("owner", "name", "expected"),
    [
        (NaughtyEngine, "translate", "engine-failed"),
        (Results, "_make", "internal-error"),
    ],
)
def test_an_unexpected_fault_shows_no_traceback(
    owner: type, name: str, expected: str, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, *given: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(owner, name, broken)
    response = client.post("/v1/translations", json={"text": "Satu."})
    status, slug, detail = problem(response)
    assert (status, slug) == (500, expected)
    assert "secret detail" not in detail


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/v1/translations", 405, "method-not-allowed"),
    ],
)
def test_wrong_paths_and_methods(
    method: str, path: str, status: int, slug: str, client: TestClient
) -> None:
    assert problem(client.request(method, path))[:2] == (status, slug)


def test_a_valid_request_id_is_used(client: TestClient) -> None:
    assert client.get("/healthz", headers={"x-request-id": "desk-7"}).headers["x-request-id"] == (
        "desk-7"
    )
    strange = client.get("/healthz", headers={"x-request-id": "a b\tc"}).headers["x-request-id"]
    assert len(strange) == 32


def test_health_and_models(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["signature"]["engine"] == "naughty"
    listed = {model["id"]: model["ready"] for model in client.get("/v1/models").json()["models"]}
    assert listed == {
        "kabar-id-en": False,
        "opus-mt-id-en": False,
        "nllb-200-distilled-600m": False,
        "m2m100-418m": False,
        "bart-large-cnn": False,
        "distilbart-cnn-12-6": False,
        "pegasus-cnn-dailymail": False,
        "mt5-multilingual-xlsum": False,
    }


def test_before_the_model_is_loaded(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    app = create_app(Runtime(settings))
    client = TestClient(app)  # not entered, so that nothing loads
    response = client.post("/v1/translations", json={"text": "Satu."})
    assert problem(response)[:2] == (503, "not-ready")
    assert response.headers["retry-after"] == "5"
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    assert client.get("/healthz").status_code == 200


def test_a_broken_cache_is_a_warning_and_fails_no_request(tmp_path: Path) -> None:
    (tmp_path / "cache.sqlite3").mkdir()
    settings = load_settings(data_dir=tmp_path)
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime)) as client:
        assert client.post("/v1/translations", json={"text": "Satu."}).status_code == 200
        (warning,) = client.get("/readyz").json()["warnings"]
    assert "goes on without it" in warning
    runtime.close()


def test_the_interface_describes_itself(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    own = {path for path in schema["paths"] if path.startswith("/v1/")}
    assert own | {"/healthz", "/readyz", "/metrics"} == {
        "/v1/articles", "/v1/feeds", "/v1/translations", "/v1/translations/{id}",
        "/v1/summaries", "/v1/summaries/{id}",
        "/v1/summaries/feed",
        "/v1/jobs", "/v1/jobs/{id}", "/v1/jobs/{id}/results", "/v1/usage", "/v1/models",
        "/v1/corrections", "/v1/corrections/{id}",
        "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    assert "application/problem+json" in json.dumps(
        schema["paths"]["/v1/translations"]["post"]["responses"]["413"]
    )
    assert client.get("/docs").status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/jobs", "GET, POST"),
        ("/v1/jobs/job_1", "DELETE, GET"),
        ("/v1/translations", "POST"),
        ("/v1/corrections", "GET, POST"),
        ("/healthz", "GET"),
    ],
)
def test_allow_names_every_method(path: str, allowed: str, client: TestClient) -> None:
    response = client.request("PATCH", path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
