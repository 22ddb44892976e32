"""Sentences as they are done, over a real connection."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from event_streams import events
from held import HeldEngine
from serving import Serving, serving, until

from service.http import event_stream
from service.results.drafts import DraftOut
from service.settings import load_settings

TEXT = "Banjir Rendam Demak\n\nBanjir merendam 12 rumah. Air surut.\n\nADVERTISEMENT"
ACCEPT = {"Accept": "text/event-stream"}


@pytest.fixture
def engine() -> HeldEngine:
    return HeldEngine()


@pytest.fixture
def service(engine: HeldEngine, tmp_path: Path) -> Iterator[Serving]:
    with serving(engine, load_settings(data_dir=tmp_path)) as service:
        yield service
        engine.go.set()


def stream(service: Serving, body: Any) -> list[tuple[str, Any]]:
    address = f"{service.address}/v1/translations"
    with httpx2.stream("POST", address, json=body, headers=ACCEPT, timeout=60) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["x-accel-buffering"] == "no"
        return list(events(answer.iter_lines()))


def test_article_sentences_and_result(service: Serving) -> None:
    found = stream(service, {"text": TEXT})
    assert [name for name, _ in found] == ["article", *["sentence"] * 3, "result"]
    article, result = found[0][1], found[-1][1]
    assert [block["id"] for block in article["blocks"]] == ["b1", "b2"]
    assert article["furniture"] == [{"id": "b3", "source": "ADVERTISEMENT"}]
    drafts = sorted((data for name, data in found if name == "sentence"), key=lambda d: d["id"])
    assert {draft["done"] for draft in drafts} == {1, 2, 3}
    assert [(draft["id"], draft["target"], draft["total"]) for draft in drafts] == [
        ("b1.1", "[Banjir] [Rendam] [Demak]", 3),
        ("b2.1", "[Banjir] [merendam] [12] [rumah.]", 3),
        ("b2.2", "[Air] [surut.]", 3),
    ]
    assert drafts[1]["flags"] == []
    assert [fact["status"] for fact in drafts[1]["facts"]] == ["kept"]
    address = f"{service.address}/v1/translations/{result['id']}"
    kept = httpx2.get(address).json()
    assert (result["cached"], kept["cached"]) == (False, True)
    assert (result["blocks"], result["text"]) == (kept["blocks"], kept["text"])


def test_a_sentence_comes_before_the_article_is_done(service: Serving, engine: HeldEngine) -> None:
    body = {"text": "Air surut. TUNGGU sebentar.", "options": {"deterministic": True}}
    address = f"{service.address}/v1/translations"
    with httpx2.stream("POST", address, json=body, headers=ACCEPT, timeout=60) as answer:
        found = events(answer.iter_lines())
        assert next(found)[0] == "article"
        name, draft = next(found)
        assert (name, draft["target"], draft["done"]) == ("sentence", "[Air] [surut.]", 1)
        # The other sentence is still with the engine. A second caller hears of both.
        late: list[tuple[str, Any]] = []
        second = threading.Thread(target=lambda: late.extend(stream(service, body)))
        second.start()
        until(lambda: service.state.runtime.results.waiting == 2, seconds=30)
        engine.go.set()
        assert [name for name, _ in found] == ["sentence", "result"]
        second.join(60)
    assert [name for name, _ in late] == ["article", "sentence", "sentence", "result"]
    assert sorted(engine.asked) == ["Air surut.", "TUNGGU sebentar."]


def test_a_sentence_in_parts_comes_once(service: Serving) -> None:
    words = [f"satu{n}" for n in range(100)]
    found = stream(service, {"text": f"Kata {', '.join(words)} selesai."})
    drafts = [data for name, data in found if name == "sentence"]
    assert [(draft["id"], draft["done"], draft["total"]) for draft in drafts] == [("b1.1", 1, 1)]
    assert drafts[0]["flags"] == found[-1][1]["blocks"][0]["sentences"][0]["flags"] == ["split"]


def test_equal_sentences_come_each(service: Serving) -> None:
    found = stream(service, {"text": "Air surut. Warga pulang. Air surut."})
    drafts = {data["id"]: data["target"] for name, data in found if name == "sentence"}
    assert drafts == {
        "b1.1": "[Air] [surut.]",
        "b1.2": "[Warga] [pulang.]",
        "b1.3": "[Air] [surut.]",
    }


def test_a_kept_result_comes_alone(service: Serving) -> None:
    made = httpx2.post(f"{service.address}/v1/translations", json={"text": TEXT}).json()
    ((name, result),) = stream(service, {"text": TEXT})
    assert (name, result["id"], result["cached"]) == ("result", made["id"], True)


@pytest.mark.parametrize(
    ("text", "options", "slug", "status"),
    [
        ("RAISE sekarang.", {}, "engine-failed", 500),
        ("Kafe LOOP itu ramai.", {"strict": True}, "doubtful", 422),
        ("Selamat pagi.", {"glossary": ["tidak-ada"]}, "", 422),
    ],
)
def test_errors(text: str, options: Any, slug: str, status: int, service: Serving) -> None:
    body = {"text": text, "options": options}
    if not slug:  # known before the first event: an ordinary answer
        address = f"{service.address}/v1/translations"
        answer = httpx2.post(address, json=body, headers=ACCEPT)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        return
    name, problem = stream(service, body)[-1]
    assert (name, problem["type"], problem["status"]) == ("error", slug, status)
    assert problem["request_id"]
    assert ("result" in problem) == (slug == "doubtful")


def test_an_unexpected_error_is_an_event(
    service: Serving, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("Air surut.")

    monkeypatch.setattr(DraftOut, "of", fail)
    name, problem = stream(service, {"text": TEXT})[-1]
    assert (name, problem["type"], problem["status"]) == ("error", "internal-error", 500)
    assert "surut" not in json.dumps(problem)
    assert "unexpected error" in logged


def test_a_comment_keeps_the_connection_open_and_time_ends(
    engine: HeldEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "_KEEPALIVE_SECONDS", 0.2)
    with serving(engine, load_settings(data_dir=tmp_path, request_seconds=2)) as service:
        found = stream(service, {"text": "TUNGGU sebentar."})
        engine.go.set()
    assert [name for name, _ in found[:3]] == ["article", ":", ":"]
    name, problem = found[-1]
    assert (name, problem["type"], problem["status"]) == ("error", "timed-out", 503)


def test_two_hundred_departing_callers_cancel_their_work(
    service: Serving, engine: HeldEngine
) -> None:
    def connect(number: int) -> socket.socket:
        body = json.dumps({"text": f"TUNGGU nomor {number}."}).encode()
        connection = socket.create_connection(("127.0.0.1", service.port), 60)
        head = (
            "POST /v1/translations HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body)
        return connection

    callers = [connect(number) for number in range(200)]
    dispatcher = service.state.dispatcher
    assert dispatcher is not None
    until(lambda: service.state.unanswered > 20, seconds=60)
    for caller in callers:
        caller.close()
    until(lambda: service.state.runtime.results.waiting == 0, seconds=60)
    engine.go.set()
    until(lambda: dispatcher.admission.requests == 0, seconds=60)
    until(lambda: service.state.unanswered == 0, seconds=60)
    assert len(engine.asked) < 100
