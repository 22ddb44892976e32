"""The client `kabar`, against a real server."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from naughty import NaughtyEngine
from serving import Serving, serving

import kabar
from kabar._lines import LineReader
from service.settings import load_settings

ARTICLE = {"headline": "Banjir Surut", "body": ["Banjir merendam 12 rumah.", "Warga pulang."]}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Serving]:
    with serving(NaughtyEngine(), load_settings(data_dir=tmp_path)) as service:
        yield service


@pytest.fixture
def client(service: Serving) -> Iterator[kabar.Client]:
    with kabar.Client(service.address) as client:
        yield client


def answering(*answers: httpx2.Response | Exception) -> tuple[kabar.Client, list[httpx2.Request]]:
    """Return a client whose service gives these answers, and its requests."""
    requests: list[httpx2.Request] = []
    left = list(answers)

    def handle(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return kabar.Client("http://service", transport=httpx2.MockTransport(handle)), requests


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(time, "sleep", found.append)
    return found


def problem(status: int, type: str, **headers: str) -> httpx2.Response:
    body = {"type": type, "title": "", "status": status, "detail": "do this", "request_id": "r1"}
    return httpx2.Response(status, json=body, headers=headers)


def test_a_translation(client: kabar.Client) -> None:
    result = client.translate(ARTICLE, terms={"warga": "residents"})
    assert result.headline == "[Banjir] [Surut]"
    assert [block.kind for block in result.blocks] == ["headline", "paragraph", "paragraph"]
    sentence = result.sentences[1]
    assert sentence.source == "Banjir merendam 12 rumah."
    assert [(fact.kind, fact.status) for fact in sentence.facts] == [("number", "kept")]
    assert client.translation(result.id) == result.model_copy(
        update={"cached": True, "report": client.translation(result.id).report}
    )
    assert client.translate("Air surut.").text == "[Air] [surut.]"


def test_a_summary(client: kabar.Client) -> None:
    summary = client.summarize(ARTICLE, bullets=1, language="en")
    assert len(summary.bullets) == 1
    assert summary.bullets[0].sources
    assert client.summary(summary.id).bullets == summary.bullets
    made = client.translate(ARTICLE)
    assert client.summarize(translation=made.id, bullets=1).bullets
    assert client.summarize([ARTICLE, "Air di Demak surut hari ini."], bullets=2).bullets


def test_corrections(client: kabar.Client) -> None:
    made = client.translate("Air surut.")
    first = client.correct(
        "The water is receding.", translation=made.id, sentence="b1.1", author="Rina"
    )
    assert client.translate("Air surut.").text == "The water is receding."
    client.correct("Water.", source="Air.", author="Rina")
    assert [one.target for one in client.corrections()] == ["Water.", "The water is receding."]
    assert client.withdraw(first.id, "Rina").withdrawn is not None
    assert client.translate("Air surut.").text == "[Air] [surut.]"


def test_a_job_with_progress(client: kabar.Client) -> None:
    articles: list[Any] = [ARTICLE, {"html": "<p>Air surut.</p>"}, "RAISE banjir."]
    job = client.start_job(articles)
    assert client.start_job(articles).id == job.id
    seen: list[float] = []
    ended = client.wait_for_job(
        job, lambda found: seen.append(found.progress), poll_seconds=0.1, timeout=120
    )
    assert (ended.state, ended.done, ended.failed) == ("done", 2, 1)
    assert seen[-1] == 1.0
    results = list(client.job_results(job.id))
    assert [result.outcome for result in results] == ["done", "done", "failed"]
    assert isinstance(results[1].result, kabar.Translation)
    assert results[1].result.html == "<p>[Air] [surut.]</p>"
    assert results[2].error is not None
    assert [result.index for result in client.job_results(ended, start=1)] == [1, 2]
    assert client.cancel_job(job.id).state == "done"


def test_a_stream_ends_with_the_translation(client: kabar.Client) -> None:
    *before, last = client.stream("Air surut. Warga pulang.")
    assert [event.kind for event in before] == ["article", "sentence", "sentence"]
    assert {event.data["target"] for event in before[1:]} == {"[Air] [surut.]", "[Warga] [pulang.]"}
    assert before[2].data["done"] == before[2].data["total"] == 2
    assert last.kind == "result"
    assert last.translation is not None
    assert last.translation.text == "[Air] [surut.] [Warga] [pulang.]"


def test_events_of_a_stream() -> None:
    result = {"id": "0", "text": "Water.", "html": "", "markdown": "", "blocks": []}
    lines = [
        "event: article\ndata: {}\n\n",
        ": keep-alive\n\n",
        'event: sentence\ndata: {"id": "b1.1"}\n\n',
        f"event: result\ndata: {json.dumps(result)}\n\n",
    ]
    headers = {"content-type": "text/event-stream; charset=utf-8"}
    client, requests = answering(httpx2.Response(200, text="".join(lines), headers=headers))
    events = list(client.stream("Air."))
    assert [event.kind for event in events] == ["article", "sentence", "result"]
    assert events[1].data == {"id": "b1.1"}
    assert events[2].translation is not None
    assert "text/event-stream" in requests[0].headers["accept"]
    client, _ = answering(httpx2.Response(200, text="".join(lines[:3]), headers=headers))
    with pytest.raises(kabar.ServiceUnreachable, match="broke off"):
        list(client.stream("Air."))
    error = 'event: error\ndata: {"type": "timed-out", "status": 503, "detail": "again"}\n\n'
    client, _ = answering(httpx2.Response(200, text=error, headers=headers))
    with pytest.raises(kabar.RequestRefused, match="again") as caught:
        list(client.stream("Air."))
    assert (caught.value.status, caught.value.type) == (503, "timed-out")


def test_a_fault_in_a_stream(client: kabar.Client) -> None:
    with pytest.raises(kabar.RequestRefused) as caught:
        list(client.stream("RAISE surut."))
    assert (caught.value.status, caught.value.type) == (500, "engine-failed")


@pytest.mark.parametrize("size", [1, 1000])
def test_lines_end_at_line_feeds_alone(size: int) -> None:
    text = "data: a\u2028b\x85c\r\n\nd\u00e9"
    sent, reader = text.encode(), LineReader()
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    lines = [line for piece in pieces for line in reader.feed(piece)] + reader.end()
    assert lines == ["data: a\u2028b\x85c\r", "", "d\u00e9"]


def test_keys_and_usage(service: Serving) -> None:
    _, token = service.state.runtime.keys.create("desk", characters_per_day=100)
    with kabar.Client(service.address) as without:
        with pytest.raises(kabar.RequestRefused, match="no key") as caught:
            without.translate("Air.")
        assert (caught.value.status, caught.value.type) == (401, "unauthorized")
    with kabar.Client(service.address, token) as client:
        client.translate("Air surut.")
        usage = client.usage()
        assert (usage.key, usage.characters_per_day) == ("desk", 100)
        assert usage.today == {"requests": 2, "characters": 10}


def test_a_strict_request_has_its_result(client: kabar.Client) -> None:
    with pytest.raises(kabar.RequestRefused) as caught:
        client.translate("EMPTY banjir merendam 12 rumah.", strict=True)
    assert (caught.value.status, caught.value.type) == (422, "doubtful")
    assert caught.value.result is not None


def test_retry_after_is_honored(waits: list[float]) -> None:
    done = httpx2.Response(200, json={"key": "k", "lane": "normal", "requests_per_minute": None,
                                      "characters_per_day": None, "today": {}})  # fmt: skip
    busy = problem(429, "busy", **{"retry-after": "7"})
    client, requests = answering(busy, problem(503, "not-ready"), done)
    assert client.usage().key == "k"
    assert len(requests) == 3
    assert waits[0] == 7.0
    assert 0.7 <= waits[1] <= 1.0


def test_refusals_that_are_not_retried(waits: list[float]) -> None:
    for answer, type in (
        (problem(422, "invalid-request"), "invalid-request"),
        (problem(429, "limit-reached", **{"retry-after": "5000"}), "limit-reached"),
        (problem(500, "internal-error"), "internal-error"),
        (httpx2.Response(502, text="<html>Bad Gateway</html>"), "http-error"),
    ):
        client, requests = answering(answer)
        with pytest.raises(kabar.RequestRefused) as caught:
            client.translate("Air.")
        assert caught.value.type == type
        assert len(requests) == 1
    assert waits == []


def test_a_busy_service_is_given_up_at_last(waits: list[float]) -> None:
    client, requests = answering(*[problem(429, "busy", **{"retry-after": "1"})] * 5)
    with pytest.raises(kabar.RequestRefused) as caught:
        client.translate("Air.")
    assert caught.value.retry_after == 1.0
    assert (len(requests), len(waits)) == (5, 4)


def test_lost_connections(waits: list[float]) -> None:
    result = {"id": "0", "text": "Water.", "html": "", "markdown": "", "blocks": []}
    lost = httpx2.ReadError("lost")
    client, requests = answering(lost, httpx2.Response(200, json=result))
    assert client.translate("Air.").text == "Water."
    assert len(requests) == 2
    # a correction may have been added
    client, requests = answering(lost)
    with pytest.raises(kabar.ServiceUnreachable, match="does not answer"):
        client.correct("Water.", source="Air.", author="Rina")
    assert len(requests) == 1


def test_results_go_on_after_an_interruption(waits: list[float]) -> None:
    job = {"id": "job_1", "kind": "translation", "state": "running", "total": 2, "done": 0,
           "failed": 0}  # fmt: skip
    lines = [json.dumps({"index": n, "outcome": "failed", "error": {}}) for n in range(2)]
    interrupted = json.dumps({"outcome": "interrupted", "from": 1})
    client, requests = answering(
        httpx2.Response(200, json=job),
        httpx2.Response(200, text=f"{lines[0]}\n{interrupted}\n"),
        httpx2.Response(200, text=f"{lines[1]}\n"),
    )
    assert [result.index for result in client.job_results("job_1")] == [0, 1]
    assert requests[2].url.params["from"] == "1"


def test_the_asynchronous_client(service: Serving) -> None:
    async def use() -> None:
        async with kabar.AsyncClient(service.address) as client:
            several = await asyncio.gather(*(client.translate(f"Air {n}.") for n in range(5)))
            assert [one.text for one in several] == [f"[Air] [{n}.]" for n in range(5)]
            assert (await client.summarize(ARTICLE, bullets=1)).bullets
            events = [event async for event in client.stream("Air surut.")]
            assert events[-1].translation is not None
            await client.correct("Water.", source="Air.", author="Rina")
            assert [one.target async for one in client.corrections()] == ["Water."]
            job = await client.start_job(["Air surut.", "Warga pulang."])
            ended = await client.wait_for_job(job, poll_seconds=0.1, timeout=120)
            assert ended.progress == 1.0
            results = [result async for result in client.job_results(job)]
            assert [result.index for result in results] == [0, 1]
            with pytest.raises(kabar.RequestRefused):
                await client.translation("0" * 64)

    asyncio.run(use())


def test_the_signature_of_a_webhook() -> None:
    body, secret, now = b'{"id":"job_1"}', "a secret of the desk", int(time.time())

    def signed(at: int, key: str = secret) -> str:
        mac = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256)
        return f"t={at},v1={mac.hexdigest()}"

    assert kabar.verify_webhook(signed(now), body, secret)
    wrong: list[Any] = [signed(now - 400), signed(now, "other"), "", "t=1,v1=0"]
    assert [kabar.verify_webhook(one, body, secret) for one in wrong] == [False] * 4
    assert not kabar.verify_webhook(signed(now), b"{}", secret)
