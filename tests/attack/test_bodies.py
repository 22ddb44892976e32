"""Bodies that take more memory, time or answer than their bytes."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from key_files import environment
from naughty import NaughtyEngine
from serving import Serving, serving

from service.http.bodies import MAX_VALUES
from service.http.routes.jobs import MAX_BYTES
from service.http.schemas.jobs import MAX_JOB_VALUES
from service.settings import load_settings

JSON = {"content-type": "application/json"}
LINES = {"content-type": "application/x-ndjson"}

# Stated in docs/security.md: the memory for a body, as a multiple of the limit of bodies.
MULTIPLE = 10


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Serving]:
    with serving(NaughtyEngine(), load_settings(data_dir=tmp_path)) as service:
        yield service


def fields(count: int) -> str:
    return "{" + ",".join(f'"f{n}":1' for n in range(count)) + "}"


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("/v1/translations", fields(90_000), "over 50 fields"),
        ("/v1/translations", fields(40), "the field `f9` is unknown"),
        ("/v1/translations", '{"body": [' + "1," * 500_000 + "1]}", "over 20000 values"),
        ("/v1/translations", '{"body": [' + "1," * 15_000 + "1]}", "valid string"),
        ("/v1/translations", '{"' + "a" * 1_000_000 + '": 1}', "is unknown"),
        ("/v1/summaries", '{"articles": [' + "{}," * 500_000 + "{}]}", "over 20000 values"),
        ("/v1/jobs", '{"articles": [' + "{}," * 4_000_000 + "{}]}", "over 200000 values"),
        ("/v1/jobs", '{"articles": [' + "{}," * 90_000 + "{}]}", "no article"),
        ("/v1/jobs", '{"articles": [' + (fields(50) + ",") * 900 + "{}]}", "is unknown"),
        ("/v1/corrections", '{"a": [' + "[]," * 500_000 + "[]]}", "over 20000 values"),
    ],
    ids=["fields", "ten", "numbers", "paragraphs", "name", "articles", "job", "job-articles",
         "job-fields", "correction"],
)  # fmt: skip
def test_the_answer_to_a_wrong_body_is_short(
    path: str, body: str, detail: str, service: Serving
) -> None:
    response = httpx2.post(f"{service.address}{path}", content=body, headers=JSON, timeout=120)
    assert response.status_code == 422
    assert detail in response.json()["detail"]
    assert len(response.content) < 4000


def test_ten_mistakes_are_told(service: Serving) -> None:
    body = fields(40)
    detail = httpx2.post(f"{service.address}/v1/translations", content=body, headers=JSON).json()
    assert detail["detail"].count("is unknown") == 10
    assert detail["detail"].endswith("; and 30 more")


@pytest.mark.alone
def test_health_is_answered_while_a_wrong_body_is_read(service: Serving) -> None:
    body = '{"articles": [' + "{}," * 5_000_000 + "{}]}"
    done = threading.Event()

    def post() -> None:
        for content in (body, body.replace("{}", "[]")):
            httpx2.post(f"{service.address}/v1/jobs", content=content, headers=JSON, timeout=120)
        done.set()

    thread = threading.Thread(target=post)
    thread.start()
    waits = []
    with httpx2.Client() as client:
        while not done.is_set():
            began = time.perf_counter()
            assert client.get(f"{service.address}/healthz").status_code == 200
            waits.append(time.perf_counter() - began)
            time.sleep(0.01)
    thread.join()
    assert max(waits) < 2


@pytest.mark.parametrize(
    ("path", "headers", "content"),
    [
        ("/v1/translations", JSON, b"nonsense"),
        ("/v1/translations", JSON, b"{}"),
        ("/v1/translations", {"content-type": "text/plain"}, b"Air surut."),
        ("/v1/jobs", LINES, b"{}"),
        ("/v1/nothing", JSON, b"{}"),
    ],
)
def test_every_request_with_a_key_counts(
    path: str, headers: dict[str, str], content: bytes, service: Serving
) -> None:
    keys = service.state.runtime.keys
    key, token = keys.create("attacker", requests_per_minute=3)
    headers = {**headers, "authorization": f"Bearer {token}"}
    codes = [
        httpx2.post(f"{service.address}{path}", content=content, headers=headers).status_code
        for _ in range(4)
    ]
    assert codes[3] == 429
    assert 400 <= codes[0] < 429
    assert keys.usage(key).today.requests == 3


_MEASURE = """
import resource, sys
from service.errors import ServiceError
from service.http.routes.jobs import _read
from service.http.schemas.jobs import JobOptions

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

size, media, begin, piece, end = int(sys.argv[1]), *sys.argv[2:]
before = peak()
pieces = bytearray(begin.encode())
pieces += piece.encode() * ((size - len(begin) - len(end)) // len(piece.encode()))
body = bytes(pieces + end.encode())
del pieces
held = "accepted"
try:
    held = _read(media, body, JobOptions())
except ServiceError as error:
    held = error.slug
print((peak() - before) / size)
"""

_LARGE = MAX_BYTES // 8


@pytest.mark.parametrize(
    ("media", "begin", "piece", "end"),
    [
        ("application/json", '{"articles":[', "{},", "{}]}"),
        ("application/json", '{"articles":[', '{"text":"a"},', "{}]}"),
        ("application/json", '{"articles":[{"text":"😀', "\\n", '"}]}'),
        ("application/x-ndjson", "", "\n", "\n"),
        ("application/x-ndjson", '{"text":"😀', "a", '"}'),
    ],
    ids=["objects", "articles", "escapes", "blank-lines", "one-line"],
)  # fmt: skip
def test_the_memory_for_a_body_is_bounded(media: str, begin: str, piece: str, end: str) -> None:
    """Measured in a process of its own, as the growth of its peak."""
    command = [sys.executable, "-c", _MEASURE, str(_LARGE), media, begin, piece, end]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(), timeout=300, check=True
    )
    # What counts is the limit: a small body may take as much as a large one.
    assert float(done.stdout) < MULTIPLE, done.stdout


def test_bounds_allow_long_articles(service: Serving) -> None:
    """The limits are far above any article."""
    assert (MAX_VALUES, MAX_JOB_VALUES) == (20_000, 200_000)
    body: dict[str, Any] = {"body": [f"Paragraf {n} singkat." for n in range(2000)]}
    response = httpx2.post(f"{service.address}/v1/articles", content=json.dumps(body), headers=JSON)
    assert len(response.json()["blocks"]) == 2000
