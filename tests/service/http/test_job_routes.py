"""Jobs over HTTP."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from naughty import NaughtyEngine
from serving import Serving, serving, until

from service.jobs import runner
from service.jobs.webhook import verify
from service.settings import load_settings

THREE = {"articles": [{"text": f"Nomor {n} tiba."} for n in range(3)]}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry failed work without much waiting."""
    monkeypatch.setattr(runner, "_DEFER_DELAYS", (0.05, 0.1))
    monkeypatch.setattr(runner, "_PAUSE_DELAYS", (0.05, 0.1))


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine(parallel_batches=1)


@pytest.fixture
def service(engine: NaughtyEngine, tmp_path: Path) -> Iterator[Serving]:
    with serving(engine, load_settings(data_dir=tmp_path, webhook_private=True)) as service:
        yield service
        engine.release.set()


def post(service: Serving, body: Any, **headers: str) -> httpx2.Response:
    return httpx2.post(f"{service.address}/v1/jobs", json=body, headers=headers, timeout=20)


def lines(service: Serving, id: str, query: str = "") -> list[dict[str, Any]]:
    answer = httpx2.get(f"{service.address}/v1/jobs/{id}/results{query}", timeout=20)
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def state(service: Serving, id: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{service.address}/v1/jobs/{id}").json()
    return found


def test_a_job_from_start_to_end(service: Serving) -> None:
    made = post(service, THREE)
    assert made.status_code == 202
    job = made.json()
    assert made.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["kind"], job["total"], job["position"]) == ("translation", 3, 0)
    results = lines(service, job["id"])
    assert [(row["index"], row["outcome"], row["result"]["text"]) for row in results] == [
        (0, "done", "[Nomor] [0] [tiba.]"),
        (1, "done", "[Nomor] [1] [tiba.]"),
        (2, "done", "[Nomor] [2] [tiba.]"),
    ]
    ended = state(service, job["id"])
    assert (ended["state"], ended["done"], ended["failed"]) == ("done", 3, 0)
    # an equal request finds the result of the job
    answer = httpx2.post(f"{service.address}/v1/translations", json=THREE["articles"][0])
    assert (answer.json()["cached"], answer.json()["id"]) == (True, results[0]["result"]["id"])


def test_results_start_at_an_index(service: Serving) -> None:
    id = post(service, THREE).json()["id"]
    assert [row["index"] for row in lines(service, id, "?from=2")] == [2]
    assert lines(service, id, "?from=3") == []


def test_results_are_streamed_while_the_job_runs(service: Serving, engine: NaughtyEngine) -> None:
    engine.release.clear()
    job = post(service, THREE).json()
    assert lines(service, job["id"], "?follow=false") == []
    until(lambda: state(service, job["id"])["state"] == "running")
    with httpx2.stream(
        "GET", f"{service.address}/v1/jobs/{job['id']}/results", timeout=20
    ) as answer:
        engine.release.set()
        rows = [json.loads(line) for line in answer.iter_lines()]
    assert [row["index"] for row in rows] == [0, 1, 2]


def test_lines_with_options_in_the_query(service: Serving) -> None:
    answer = httpx2.post(
        f"{service.address}/v1/jobs?kind=summary&bullets=1&language=id",
        content=b'{"text": "Banjir merendam rumah di Demak."}\n\n{"body": ["Air surut."]}\n',
        headers={"content-type": "application/x-ndjson"},
    )
    assert answer.status_code == 202
    results = lines(service, answer.json()["id"])
    assert [row["result"]["bullets"][0]["text"] for row in results] == [
        "Banjir merendam rumah di Demak.",
        "Air surut.",
    ]


def test_a_failed_article_does_not_fail_the_others(service: Serving, engine: NaughtyEngine) -> None:
    job = post(service, {"articles": [{"text": "Satu."}, {"text": "RAISE."}]}).json()
    good, bad = lines(service, job["id"])
    assert engine.asked.count("RAISE.") >= 3
    assert good["outcome"] == "done"
    assert (bad["outcome"], bad["error"]["type"]) == ("failed", "engine-failed")
    assert bad["error"]["status"] == 500
    ended = state(service, job["id"])
    assert (ended["state"], ended["done"], ended["failed"]) == ("done", 1, 1)


def test_cancelling(service: Serving, engine: NaughtyEngine) -> None:
    engine.release.clear()
    job = post(service, THREE).json()
    until(lambda: engine.started == 1)
    gone = httpx2.delete(f"{service.address}/v1/jobs/{job['id']}")
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    engine.release.set()
    assert lines(service, job["id"]) == []
    assert state(service, job["id"])["state"] == "cancelled"


def test_an_idempotency_key_returns_the_job_or_a_conflict(service: Serving) -> None:
    one = post(service, THREE, **{"idempotency-key": "k"})
    assert post(service, THREE, **{"idempotency-key": "k"}).json()["id"] == one.json()["id"]
    other = post(service, {"articles": [{"text": "Lain."}]}, **{"idempotency-key": "k"})
    assert (other.status_code, other.json()["type"]) == (409, "conflict")
    assert post(service, THREE).json()["id"] != one.json()["id"]


@pytest.mark.parametrize(
    ("content", "type_", "status", "said"),
    [
        (b'{"articles": []}', "application/json", 422, "articles: list should have at least 1"),
        (b'{"articles": [{}]}', "application/json", 422, "send the article as `text`"),
        (b'{"articles": [{"text": "a", "x": 1}]}', "application/json", 422, "the field `articles"),
        (b"{", "application/json", 400, "is not valid JSON"),
        (b"", "application/json", 400, "is not valid JSON"),
        (b'{"text": "a"}\nnonsense\n', "application/x-ndjson", 400, "line 2 is not valid JSON"),
        (b"[1]\n", "application/x-ndjson", 422, "articles.0"),
        (b"\n", "application/jsonl", 422, "at least 1"),
        (b'{"text": "a"}\n' * 1001, "application/jsonl", 422, "at most 1000"),
        (b"a,b", "text/csv", 415, "the media type of the body is text/csv"),
        (b"\xff\xfe", "application/json", 400, "is not valid JSON"),
        (
            b'{"articles": [{"text": "a"}], '
            b'"webhook": {"url": "ftp://a", "secret": "0123456789abcdef"}}',
            "application/json",
            422,
            "http",
        ),
    ],
)  # fmt: skip
def test_bad_bodies(content: bytes, type_: str, status: int, said: str, service: Serving) -> None:
    answer = httpx2.post(
        f"{service.address}/v1/jobs", content=content, headers={"content-type": type_}
    )
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_an_article_over_the_limit_refuses_the_job(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, max_characters=10)
    with serving(NaughtyEngine(), settings) as service:
        answer = post(service, {"articles": [{"text": "a" * 11}]})
        assert (answer.status_code, answer.json()["type"]) == (413, "too-large")
        assert httpx2.get(f"{service.address}/v1/jobs").json() == {"jobs": []}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_job(method: str, service: Serving) -> None:
    answer = httpx2.request(method, f"{service.address}/v1/jobs/job_0")
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
    answer = httpx2.get(f"{service.address}/v1/jobs/job_0/results")
    assert answer.status_code == 404


def test_options_in_the_body_take_precedence_over_the_query(service: Serving) -> None:
    address = f"{service.address}/v1/jobs?kind=summary&bullets=1"
    kinds = [
        httpx2.post(address, json=body).json()["kind"]
        for body in (THREE, {**THREE, "kind": "translation"})
    ]
    assert kinds == ["summary", "translation"]


def test_a_signed_webhook_reports_the_end(service: Serving) -> None:
    calls: list[tuple[str, bytes]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            calls.append((self.headers["kabar-signature"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    secret = "0123456789abcdef"
    url = f"http://127.0.0.1:{receiver.server_port}/done"
    job = post(service, {**THREE, "webhook": {"url": url, "secret": secret}}).json()
    until(lambda: calls, seconds=15)
    until(lambda: state(service, job["id"])["webhook"]["state"] == "delivered")
    receiver.shutdown()
    thread.join()
    receiver.server_close()
    signature, body = calls[0]
    assert verify(secret, signature, body)
    assert not verify(secret + "x", signature, body)
    told = json.loads(body)
    assert (told["id"], told["state"], told["done"]) == (job["id"], "done", 3)


def test_a_webhook_to_a_private_address_is_refused(tmp_path: Path) -> None:
    with serving(NaughtyEngine(), load_settings(data_dir=tmp_path)) as service:
        webhook = {"url": "http://127.0.0.1:9/", "secret": "0123456789abcdef"}
        answer = post(service, {**THREE, "webhook": webhook})
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid-request")
        assert httpx2.get(f"{service.address}/v1/jobs").json() == {"jobs": []}


def test_a_job_continues_at_the_next_start(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    engine = NaughtyEngine(parallel_batches=1)
    engine.release.clear()
    with serving(engine, settings) as service:
        id = post(service, THREE).json()["id"]
        until(lambda: engine.started == 1)
        engine.release.set()
        until(lambda: state(service, id)["done"] >= 1)
    with serving(NaughtyEngine(), settings) as service:
        assert [row["index"] for row in lines(service, id)] == [0, 1, 2]
        assert state(service, id)["state"] == "done"
