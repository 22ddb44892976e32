"""Results by id, equal requests, disconnects and overload."""

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import httpx2
import pytest
from naughty import NaughtyEngine
from serving import Serving, serving, until

from service.documents.manuscript import Manuscript
from service.errors import LimitReached
from service.results.order import Order
from service.scheduling.request import Lane, RequestContext
from service.settings import load_settings

TEXT = "Banjir merendam 12 rumah. Air surut."


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine(parallel_batches=1)


@pytest.fixture
def service(engine: NaughtyEngine, tmp_path: Path) -> Iterator[Serving]:
    with serving(engine, load_settings(data_dir=tmp_path)) as service:
        yield service
        engine.release.set()


def post(service: Serving, body: Any, path: str = "translations") -> httpx2.Response:
    return httpx2.post(f"{service.address}/v1/{path}", json=body, timeout=20)


@pytest.mark.parametrize("path", ["translations", "summaries"])
def test_a_result_is_found_by_its_id_with_an_etag(path: str, service: Serving) -> None:
    made = post(service, {"text": TEXT}, path).json()
    address = f"{service.address}/v1/{path}/{made['id']}"
    found = httpx2.get(address)
    assert found.status_code == 200
    assert {**found.json(), "cached": False, "report": made["report"], "timings": 0} == {
        **made, "timings": 0,
    }  # fmt: skip
    etag = found.headers["etag"]
    assert httpx2.get(address).content == found.content
    for tags in (etag, f'W/{etag}, "other"', "*"):
        again = httpx2.get(address, headers={"if-none-match": tags})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert httpx2.get(address, headers={"if-none-match": '"other"'}).status_code == 200


def test_an_unknown_id_gets_advice(service: Serving) -> None:
    made = post(service, {"text": TEXT}).json()
    for path in (f"summaries/{made['id']}", "translations/nothing"):
        answer = httpx2.get(f"{service.address}/v1/{path}")
        assert answer.status_code == 404
        assert "post its article again" in answer.json()["detail"]


def test_equal_texts_come_from_the_cache_also_with_other_line_ends(
    service: Serving, engine: NaughtyEngine
) -> None:
    first = post(service, {"text": "Kafe itu ramai.\nAir surut."}).json()
    assert (first["cached"], first["report"]["sentences_translated"]) == (False, 2)
    for text in ("Kafe itu ramai.\nAir surut.", "Kafe itu ramai. \r\nAir surut.\n\n"):
        again = post(service, {"text": text}).json()
        assert again["id"] == first["id"]
        assert again["cached"] is True
        assert again["report"]["sentences_reused"] == 2
        assert again["report"]["sentences_translated"] == 0
        assert again["text"] == first["text"]
    assert sorted(engine.asked) == ["Air surut.", "Kafe itu ramai."]


@pytest.mark.parametrize(
    "other",
    [
        {"text": TEXT + "!"},
        {"body": [TEXT]},
        {"text": TEXT, "options": {"deterministic": True}},
    ],
)
def test_text_and_options_change_the_id(other: Any, service: Serving) -> None:
    assert post(service, other).json()["id"] != post(service, {"text": TEXT}).json()["id"]


def test_the_lane_does_not_change_a_result(service: Serving) -> None:
    made = post(service, {"text": TEXT}).json()
    again = post(service, {"text": TEXT, "options": {"lane": "breaking"}}).json()
    assert (again["id"], again["cached"]) == (made["id"], True)


def test_a_result_survives_a_restart(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with serving(NaughtyEngine(), settings) as before:
        made = post(before, {"text": TEXT}).json()
    engine = NaughtyEngine()
    with serving(engine, settings) as after:
        assert httpx2.get(f"{after.address}/v1/translations/{made['id']}").status_code == 200
        assert post(after, {"text": TEXT}).json()["cached"] is True
    assert engine.asked == []


def test_without_a_cache_everything_is_translated_again(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    with serving(engine, load_settings(data_dir=tmp_path, cache=False)) as service:
        made = [post(service, {"text": "Satu."}).json() for _ in range(2)]
        assert [one["cached"] for one in made] == [False, False]
        answer = httpx2.get(f"{service.address}/v1/translations/{made[0]['id']}")
        assert answer.status_code == 404
    assert engine.asked == ["Satu.", "Satu."]


def test_fifty_equal_requests_cost_one_inference(service: Serving, engine: NaughtyEngine) -> None:
    engine.release.clear()
    with ThreadPoolExecutor(50) as pool:
        calls = [pool.submit(post, service, {"text": TEXT}) for _ in range(50)]
        until(lambda: service.state.runtime.results.waiting == 50)
        engine.release.set()
        answers = [call.result() for call in calls]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["text"] for answer in answers} == {
        "[Banjir] [merendam] [12] [rumah.] [Air] [surut.]"
    }
    assert sorted(engine.asked) == ["Air surut.", "Banjir merendam 12 rumah."]


@pytest.mark.alone
def test_health_answers_while_the_engine_works(service: Serving, engine: NaughtyEngine) -> None:
    engine.release.clear()
    with ThreadPoolExecutor(30) as pool:
        calls = [pool.submit(post, service, {"text": f"Nomor {n} tiba."}) for n in range(30)]
        # Thirty clients in this process take seconds to start.
        until(lambda: service.state.runtime.results.waiting == 30, seconds=20)
        until(lambda: engine.started == 1)
        with httpx2.Client(base_url=service.address) as client:
            seconds = [client.get("/healthz").elapsed.total_seconds() for _ in range(20)]
        assert engine.started == 1  # still in its first batch
        engine.release.set()
        assert {call.result().status_code for call in calls} == {200}
    # The first ones compete with thirty clients that are in the same process.
    assert median(seconds) < 0.25


def open_request(service: Serving, text: str) -> socket.socket:
    """Send a request without waiting for the response."""
    body = json.dumps({"text": text}).encode()
    connection = socket.create_connection(("127.0.0.1", service.port))
    connection.sendall(
        b"POST /v1/translations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    return connection


def test_a_hundred_disconnects_free_their_reservations(
    service: Serving, engine: NaughtyEngine
) -> None:
    engine.release.clear()
    blocking = open_request(service, "Nomor satu.")
    until(lambda: engine.started == 1)
    connections = [open_request(service, f"Pergi {n}.") for n in range(100)]
    admission = service.state.require_dispatcher().admission
    until(lambda: admission.requests == 101)
    for connection in connections:
        connection.close()
    until(lambda: admission.requests == 1)
    # Their threads must wake up before their sentences leave the queue.
    until(lambda: len(service.state.runtime.loaded.queue._lanes) == 0)
    engine.release.set()
    assert post(service, {"text": "Tiba."}).status_code == 200
    assert engine.asked == ["Nomor satu.", "Tiba."]
    blocking.close()


def test_a_disconnect_does_not_cancel_an_equal_request(
    service: Serving, engine: NaughtyEngine
) -> None:
    engine.release.clear()
    with ThreadPoolExecutor() as pool:
        going = open_request(service, TEXT)
        until(lambda: service.state.require_dispatcher().admission.requests == 1)
        staying = pool.submit(post, service, {"text": TEXT})
        until(lambda: service.state.runtime.results.waiting == 2)
        going.close()
        until(lambda: service.state.runtime.results.waiting == 1)
        engine.release.set()
        assert staying.result().status_code == 200


@pytest.mark.alone
def test_overload_is_refused_at_once_and_accepted_requests_finish(tmp_path: Path) -> None:
    engine = NaughtyEngine(parallel_batches=1)
    settings = load_settings(data_dir=tmp_path, queue_seconds=2.0)
    with serving(engine, settings) as service:
        _overload(service, engine)


def test_a_little_work_is_admitted_with_any_queue_limit(tmp_path: Path) -> None:
    engine = NaughtyEngine(parallel_batches=1)
    settings = load_settings(data_dir=tmp_path, queue_seconds=0.001)
    with serving(engine, settings) as service, ThreadPoolExecutor() as pool:
        engine.release.clear()
        running = pool.submit(post, service, {"text": "Satu."})
        until(lambda: engine.started == 1)
        other = pool.submit(post, service, {"text": "Dua."})
        until(lambda: other.done() or service.state.require_dispatcher().admission.requests == 2)
        engine.release.set()
        assert [call.result().status_code for call in (running, other)] == [200, 200]


def _overload(service: Serving, engine: NaughtyEngine) -> None:
    engine.release.clear()
    long = "Banjir merendam rumah. " * 60
    with ThreadPoolExecutor(40) as pool:
        calls = [pool.submit(post, service, {"text": f"{long} {n}."}) for n in range(40)]
        until(lambda: sum(call.done() for call in calls) > 30)
        early = [call.result() for call in calls if call.done()]
        assert {answer.status_code for answer in early} == {429}
        assert median(answer.elapsed.total_seconds() for answer in early) < 2
        refused = early[0].json()
        assert refused["type"] == "busy"
        seconds = early[0].headers["retry-after"]
        assert f"try again in {seconds} seconds" in refused["detail"]
        # more urgent work is still admitted
        urgent = {"text": "Gempa.", "options": {"lane": "breaking"}}
        breaking = pool.submit(post, service, urgent)
        engine.release.set()
        assert breaking.result().status_code == 200
        late = [call.result().status_code for call in calls]
    assert set(late) == {200, 429}
    assert post(service, {"text": "Tiba."}).status_code == 200


def test_a_request_that_times_out_continues_at_the_next_attempt(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    settings = load_settings(data_dir=tmp_path, request_seconds=0.2)
    with serving(engine, settings) as service:
        engine.release.clear()
        answer = post(service, {"text": "Satu."})
        assert (answer.status_code, answer.json()["type"]) == (503, "timed-out")
        engine.release.set()
        until(lambda: post(service, {"text": "Satu."}).status_code == 200)


def test_a_stalled_engine_leaves_the_rest_alive(service: Serving, engine: NaughtyEngine) -> None:
    engine.release.clear()
    stalled = open_request(service, "Diam.")
    until(lambda: engine.started == 1)
    assert httpx2.get(f"{service.address}/readyz").status_code == 200
    assert httpx2.get(f"{service.address}/metrics").status_code == 200
    stalled.close()


def test_new_requests_are_refused_during_a_shutdown(service: Serving) -> None:
    post(service, {"text": TEXT})
    service.state.draining = True
    for answer in (
        post(service, {"text": TEXT}),
        post(service, {"text": "Lain."}),
        post(service, {"articles": [{"text": "Lain."}]}, "jobs"),
        httpx2.get(f"{service.address}/readyz"),
    ):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
    assert httpx2.get(f"{service.address}/healthz").status_code == 200


def test_a_disconnect_in_the_middle_of_the_body_is_not_a_fault(
    service: Serving, capfd: pytest.CaptureFixture[str]
) -> None:
    connection = socket.create_connection(("127.0.0.1", service.port))
    connection.sendall(
        b"POST /v1/translations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b'Content-Length: 1000\r\n\r\n{"text": "Sa'
    )
    connection.close()
    until(lambda: "status=503" in capfd.readouterr().err)
    assert post(service, {"text": TEXT}).status_code == 200
    captured = capfd.readouterr()
    assert "unexpected" not in captured.err + captured.out


def test_a_dead_thread_is_reported(service: Serving) -> None:
    queue = service.state.runtime.loaded.queue
    queue._threads.append(threading.Thread())  # never started
    ready = httpx2.get(f"{service.address}/readyz")
    assert ready.status_code == 503
    assert "start the service again" in ready.json()["detail"]
    queue._threads.pop()


def test_refusal_of_one_caller_does_not_reach_another_of_the_same_work(
    service: Serving, engine: NaughtyEngine
) -> None:
    order = Order("translation", (Manuscript.from_text("Air surut."),))
    dispatcher = service.state.require_dispatcher()
    joined = threading.Event()

    def over_limit() -> None:
        assert joined.wait(5)
        raise LimitReached("the key alice has used its characters")

    engine.release.clear()
    with ThreadPoolExecutor() as pool:
        refused = pool.submit(dispatcher.get_or_make, order, Lane.NORMAL, over_limit)
        until(lambda: engine.started == 1)
        _, pending = dispatcher.get_or_make(order, Lane.NORMAL, lambda: None)
        joined.set()
        with pytest.raises(LimitReached):
            refused.result(5)
        engine.release.set()
        assert pending.result(RequestContext()).translation().text == "[Air] [surut.]"


def test_work_with_a_later_deadline_does_not_move_that_of_a_caller(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    with serving(engine, load_settings(data_dir=tmp_path, request_seconds=0.3)) as service:
        engine.release.clear()
        order = Order("translation", (Manuscript.from_text("Air surut."),))
        with ThreadPoolExecutor() as pool:
            # A job, for instance, has no deadline.
            patient = pool.submit(service.state.runtime.results.result, order, RequestContext())
            until(lambda: engine.started == 1)
            answer = post(service, {"text": "Air surut."})
            assert (answer.status_code, answer.json()["type"]) == (503, "timed-out")
            engine.release.set()
            assert patient.result(5).translation().text == "[Air] [surut.]"
