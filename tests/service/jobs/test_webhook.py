"""Webhook calls to a real HTTP server on loopback."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service.errors import InvalidRequest
from service.jobs import webhook as webhook_module
from service.jobs.addresses import is_public
from service.jobs.records import Job, Outcome, Webhook, WebhookState
from service.jobs.store import JobStore
from service.jobs.tables import JobsUnusable
from service.jobs.webhook import WebhookSender, check_url, send, sign, verify

SECRET = "rahasia dapur"
BODY = b'{"id":"job_1"}'


class Receiver:
    """Answers with `statuses`, then with 200, and records the requests."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.statuses: list[int] = []
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.hold = threading.Event()
        self.hold.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers), body))
                receiver.hold.wait(10)
                status = receiver.statuses.pop(0) if receiver.statuses else 200
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


class Clock:
    """A clock that moves only when a test sets it."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[JobStore]:
    store = JobStore(tmp_path / "jobs.sqlite3", clock)
    yield store
    store.close()


@pytest.fixture
def start(store: JobStore) -> Iterator[Callable[..., WebhookSender]]:
    """Start a sender on the store; it ends with the test."""
    senders = []

    def start() -> WebhookSender:
        sender = WebhookSender(store.deliveries, allow_private=True)
        senders.append(sender)
        sender.start()
        return sender

    yield start
    for sender in senders:
        sender.close()


def make(store: JobStore, url: str, count: int = 1) -> Job:
    hook = Webhook(url, SECRET)
    return store.create(None, "translation", {}, [b"{}"] * count, [1] * count, hook)[0]


def finish(store: JobStore, job: Job) -> None:
    for number in range(job.total):
        store.record(job.number, number, Outcome.DONE, b"{}")


def state(store: JobStore, job: Job) -> tuple[WebhookState | None, str | None]:
    now = store.find(job.id, None)
    return now.webhook_state, now.webhook_reason


def until(true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def sent(url: str, allow_private: bool = True, tls: ssl.SSLContext | None = None) -> str | None:
    trusted = tls or httpx2.create_ssl_context()
    return asyncio.run(send(Webhook(url, SECRET), BODY, 1000, trusted, allow_private))


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Resolve host names to these addresses, and return the names.

    Each look-up has one of the answers, in order.
    """
    asked = []
    waiting = list(answers)

    def getaddrinfo(host: str, *rest: Any, **more: Any) -> list[Any]:
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in waiting.pop(0)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_signature_is_the_hmac_of_time_and_body() -> None:
    digest = hmac.new(b"s", b'1700000000.{"id":"job_1"}', hashlib.sha256).hexdigest()
    assert sign("s", BODY, 1700000000) == f"t=1700000000,v1={digest}"
    # Computed with: printf %s '1700000000.{"id":"job_1"}' | openssl dgst -sha256 -hmac s
    assert digest == "e80313e3bce1fb389c4b0dce5fb39e68c4b7f9b6243bcfe982a391ae91e6918b"


def test_verify_accepts_only_genuine_calls() -> None:
    header = sign(SECRET, BODY, 1000)
    assert verify(SECRET, header, BODY, 300, lambda: 1300)
    assert verify(SECRET, header, BODY, 300, lambda: 700)
    assert verify(SECRET, header.replace(",", " , "), BODY, 300, lambda: 1000)
    assert not verify(SECRET, header, BODY, 300, lambda: 1301)
    assert not verify(SECRET, header, BODY, 300, lambda: 699)
    assert not verify("another", header, BODY, 300, lambda: 1000)
    assert not verify(SECRET, header, BODY + b" ", 300, lambda: 1000)
    assert not verify(SECRET, header.replace("t=1000", "t=1001"), BODY, 300, lambda: 1000)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1000",
        "v1=00",
        "t=,v1=",
        "t=1000,v1=é",
        "t=-1,v1=00",
        "t=١,v1=00",
        "t=1e3,v1=0",
        ",,=",
    ],
)
def test_verify_refuses_malformed_signatures(header: str) -> None:
    assert not verify(SECRET, header, BODY, 300, lambda: 1000)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0/",
        "https://localhost/",
        "http://10.1.2.3:8080/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://240.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fec0::1]/",
        "http://[ff0e::1]/",
        "http://[2001:db8::1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:7f00:1::]/",
        "http://[64:ff9b::10.0.0.1]/",
        "http://[64:ff9b:1::1]/",
    ],
)
def test_an_address_that_is_not_public_is_refused(url: str) -> None:
    with pytest.raises(InvalidRequest, match="give one that is public"):
        check_url(url, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://1.1.1.1/hook",
        "http://8.8.8.8:8080/a?b=c",
        "https://[2606:4700:4700::1111]/",
        "https://[::ffff:8.8.8.8]/",
    ],
)
def test_a_public_address_is_accepted(url: str) -> None:
    check_url(url, allow_private=False)


def test_a_public_address_behind_a_translating_gateway_is_public() -> None:
    assert is_public(ip_address("64:ff9b::8.8.8.8"))
    assert not is_public(ip_address("64:ff9b::192.168.0.1"))


def test_a_private_address_is_accepted_if_allowed() -> None:
    check_url("http://127.0.0.1:8000/", allow_private=True)


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("", "must begin with https://"),
        ("hook.example/path", "must begin with https://"),
        ("ftp://1.1.1.1/", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("http:///path", "must begin with https://"),
        ("https://[::1", "cannot be read"),
        ("https://1.1.1.1/\n", "cannot be read"),
        ("https://name:password@1.1.1.1/", "user or password"),
        ("https://1.1.1.1:99999/", "from 1 to 65535"),
        ("https://1.1.1.1:0/", "from 1 to 65535"),
        ("https://1.1.1.1/" + "a" * 2000, "over 2000 characters"),
        ("https://" + "a" * 70 + ".example/", "was not found"),
    ],
)
def test_an_invalid_url_is_refused_with_advice(url: str, advice: str) -> None:
    for allow_private in (False, True):
        with pytest.raises(InvalidRequest, match=advice):
            check_url(url, allow_private)


def test_a_host_that_also_has_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, ["93.184.215.14"], ["93.184.215.14", "10.0.0.1"])
    check_url("https://hook.example/", allow_private=False)
    with pytest.raises(InvalidRequest, match=r"hook\.example is on a private"):
        check_url("https://hook.example/", allow_private=False)


def test_an_unknown_host_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*arguments: Any, **more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(InvalidRequest, match=r"hook\.example was not found: correct it"):
        check_url("https://hook.example/", allow_private=False)


def test_the_request_that_is_sent(receiver: Receiver) -> None:
    assert sent(f"http://127.0.0.1:{receiver.port}/a/b?c=d") is None
    ((path, headers, body),) = receiver.requests
    assert (path, body) == ("/a/b?c=d", BODY)
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == f"kabar/{version('kabar')}"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert headers["Kabar-Signature"].startswith("t=1000,v1=")
    assert verify(SECRET, headers["Kabar-Signature"], body, 300, lambda: 1000)


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
def test_other_statuses_than_2xx_are_failures(status: int, receiver: Receiver) -> None:
    receiver.statuses = [status]
    reason = f"the answer was {status} instead of 200"
    assert sent(f"http://127.0.0.1:{receiver.port}/") == reason
    # Redirects are not followed.
    assert len(receiver.requests) == 1


def test_a_refused_connection_is_a_failure() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        reason = sent(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert reason is not None
    assert reason.startswith("the connection failed: ")


def test_a_slow_answer_times_out_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_module, "_TIMEOUT", 0.4)
    closed = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    connection.sendall(b"X-Slow: 1\r\n")
                    time.sleep(0.05)
            except OSError:
                closed.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,), daemon=True)
        thread.start()
        reason = sent(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert closed.wait(5)
        thread.join()
    assert reason == "there was no answer within 0.4 seconds"


def test_the_body_of_the_answer_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_module, "_TIMEOUT", 2)

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while connection.recv(65536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,), daemon=True)
        thread.start()
        assert sent(f"http://127.0.0.1:{listener.getsockname()[1]}/") is None
        thread.join()


def test_the_host_is_resolved_once_for_check_and_connection(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolving(monkeypatch, ["127.0.0.1"])
    assert sent(f"http://hook.example:{receiver.port}/") is None
    assert asked == ["hook.example"]
    assert receiver.requests[0][1]["Host"] == f"hook.example:{receiver.port}"


def test_a_host_that_becomes_private_before_the_call_is_refused(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://hook.example:{receiver.port}/"
    asked = resolving(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    check_url(url, allow_private=False)
    reason = sent(url, allow_private=False)
    assert reason is not None
    assert "hook.example is on a private" in reason
    assert asked == ["hook.example", "hook.example"]
    assert receiver.requests == []


def test_the_next_address_is_tried_if_one_refuses_the_connection(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No server listens on the first, which is also a loopback address.
    resolving(monkeypatch, ["127.0.0.2", "127.0.0.1"])
    assert sent(f"http://hook.example:{receiver.port}/") is None
    assert len(receiver.requests) == 1


def test_the_proxies_of_the_environment_are_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert sent(f"http://127.0.0.1:{receiver.port}/") is None


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_tls_certificate_must_match_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
            "-subj", "/CN=hook.example", "-addext", "subjectAltName=DNS:hook.example",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    names = []
    serving.sni_callback = lambda connection, name, context: names.append(name)
    trusting = ssl.create_default_context(cafile=certificate)
    resolving(monkeypatch, ["127.0.0.1"], ["127.0.0.1"], ["127.0.0.1"])
    with contextlib.closing(Receiver(serving)) as receiver:
        assert sent(f"https://hook.example:{receiver.port}/", tls=trusting) is None
        reason = sent(f"https://other.example:{receiver.port}/", tls=trusting)
        untrusted = sent(f"https://hook.example:{receiver.port}/")
    assert reason is not None
    assert "other.example" in reason
    assert untrusted is not None
    assert "certificate" in untrusted.lower()
    assert names == ["hook.example", "other.example", "hook.example"]
    assert len(receiver.requests) == 1


def test_the_webhook_is_called_once(
    store: JobStore, start: Callable[..., WebhookSender], receiver: Receiver
) -> None:
    job = make(store, f"http://127.0.0.1:{receiver.port}/", 3)
    store.record(job.number, 0, Outcome.DONE, b"{}")
    store.record(job.number, 1, Outcome.FAILED, b"{}")
    sender = start()
    assert store.deliveries.due(10) == []
    store.record(job.number, 2, Outcome.DONE, b"{}")
    sender.wake()
    until(lambda: state(store, job) == ("delivered", None))
    sender.wake()
    time.sleep(0.1)
    ((_, headers, body),) = receiver.requests
    assert json.loads(body) == {"id": job.id, "state": "done", "total": 3, "done": 2, "failed": 1}
    assert verify(SECRET, headers["Kabar-Signature"], body, 300, lambda: 1000)


def test_a_cancelled_job_calls_the_webhook(
    store: JobStore, start: Callable[..., WebhookSender], receiver: Receiver
) -> None:
    job = make(store, f"http://127.0.0.1:{receiver.port}/", 3)
    start()
    store.cancel(job.id, None)  # without a wake-up, as from another process
    until(lambda: receiver.requests, 2)
    assert json.loads(receiver.requests[0][2])["state"] == "cancelled"


def test_failures_are_retried_on_schedule_across_restarts_and_given_up(
    tmp_path: Path, clock: Clock, receiver: Receiver
) -> None:
    receiver.statuses = [500, 501, 502, 503, 504, 410]
    path = tmp_path / "jobs.sqlite3"
    store = JobStore(path, clock)
    job = make(store, f"http://127.0.0.1:{receiver.port}/")
    finish(store, job)
    store.close()
    for tries, wait in enumerate([10, 60, 300, 1800, 7200], 1):
        store = JobStore(path, clock)
        sender = WebhookSender(store.deliveries, allow_private=True)
        sender.start()
        failed = ("waiting", f"the answer was {499 + tries} instead of 200")

        def has_failed(store: JobStore = store, failed: tuple[str, str] = failed) -> bool:
            return state(store, job) == failed

        until(has_failed)
        clock.time += wait - 1
        assert store.deliveries.due(10) == []
        sender.close()
        store.close()
        assert len(receiver.requests) == tries
        clock.time += 1
    store = JobStore(path, clock)
    sender = WebhookSender(store.deliveries, allow_private=True)
    sender.start()
    until(lambda: state(store, job) == ("given up", "the answer was 410 instead of 200"))
    clock.time += 100_000
    assert store.deliveries.due(10) == []
    assert len(receiver.requests) == 6
    sender.close()
    store.close()


def test_a_call_that_succeeds_after_a_failure_has_no_reason(
    store: JobStore,
    start: Callable[..., WebhookSender],
    receiver: Receiver,
    clock: Clock,
) -> None:
    receiver.statuses = [500]
    job = make(store, f"http://127.0.0.1:{receiver.port}/")
    finish(store, job)
    sender = start()
    until(lambda: state(store, job) == ("waiting", "the answer was 500 instead of 200"))
    clock.time += 10
    sender.wake()
    until(lambda: state(store, job) == ("delivered", None))


def test_an_address_that_became_private_is_not_called(store: JobStore, receiver: Receiver) -> None:
    job = make(store, f"http://127.0.0.1:{receiver.port}/")
    finish(store, job)
    sender = WebhookSender(store.deliveries)
    sender.start()
    until(lambda: state(store, job)[1] is not None)
    sender.close()
    assert "give one that is public" in str(state(store, job)[1])
    assert receiver.requests == []


def test_slow_receivers_do_not_block_each_other(
    store: JobStore, start: Callable[..., WebhookSender], receiver: Receiver
) -> None:
    receiver.hold.clear()
    jobs = [make(store, f"http://127.0.0.1:{receiver.port}/{n}") for n in range(10)]
    for job in jobs:
        finish(store, job)
    start()
    until(lambda: len(receiver.requests) == 8)
    receiver.hold.set()
    until(lambda: all(state(store, job)[0] == "delivered" for job in jobs))
    assert sorted(path for path, _, _ in receiver.requests) == [f"/{n}" for n in range(10)]


@pytest.mark.alone
def test_close_does_not_wait_for_a_slow_receiver(
    store: JobStore, start: Callable[..., WebhookSender], receiver: Receiver
) -> None:
    receiver.hold.clear()
    job = make(store, f"http://127.0.0.1:{receiver.port}/")
    finish(store, job)
    sender = start()
    until(lambda: receiver.requests)
    began = time.monotonic()
    sender.close()
    assert time.monotonic() - began < 2
    assert state(store, job) == ("waiting", None)
    receiver.hold.set()
    start()
    until(lambda: state(store, job) == ("delivered", None))


def test_a_temporary_error_of_the_store_does_not_repeat_the_call(
    store: JobStore,
    start: Callable[..., WebhookSender],
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_module, "_STORE_RETRY_DELAY", 0.02)
    delivered = store.deliveries.succeeded
    faults = 3

    def faulty(job: int) -> None:
        nonlocal faults
        if faults:
            faults -= 1
            raise JobsUnusable("the disk is full: free some space")
        delivered(job)

    monkeypatch.setattr(store.deliveries, "succeeded", faulty)
    job = make(store, f"http://127.0.0.1:{receiver.port}/")
    finish(store, job)
    start()
    until(lambda: state(store, job) == ("delivered", None))
    assert len(receiver.requests) == 1


@pytest.mark.alone
def test_wake_and_close_at_the_same_time(store: JobStore) -> None:
    for _ in range(20):
        sender = WebhookSender(
            store.deliveries, allow_private=True, tls=ssl.create_default_context()
        )
        sender.start()

        def has_started(sender: WebhookSender = sender) -> bool:
            return sender._loop is not None

        until(has_started)
        time.sleep(0.01)
        began = time.monotonic()
        sender.wake()
        sender.close()
        assert time.monotonic() - began < 2


def test_close_works_before_start(store: JobStore) -> None:
    sender = WebhookSender(store.deliveries)
    sender.wake()
    sender.close()
