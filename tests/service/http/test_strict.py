"""`strict`: a result with flags is an error with the result attached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commanding import CommandLine
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.runtime import runtime_around
from service.settings import load_settings

CLEAN, DOUBTFUL = "Air surut pagi tadi.", "CUT a b c d e f g."


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = load_settings(data_dir=tmp_path)
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


@pytest.mark.parametrize("path", ["/v1/translations", "/v1/summaries"])
def test_a_result_without_flags_is_answered(path: str, client: TestClient) -> None:
    answer = client.post(path, json={"text": CLEAN, "options": {"strict": True}})
    assert answer.status_code == 200


def test_a_flag_is_a_422_with_the_translation_attached(client: TestClient) -> None:
    body = {"text": DOUBTFUL}
    plain = client.post("/v1/translations", json=body).json()
    assert plain["blocks"][0]["sentences"][0]["flags"] == ["short", "dropped"]
    strict = body | {"options": {"strict": True}}
    for _ in range(2):  # the second time it comes from the cache
        answer = client.post("/v1/translations", json=strict)
        assert answer.status_code == 422
        problem = answer.json()
        assert problem["type"] == "doubtful"
        assert problem["detail"].startswith("there are flags on b1.1: ")
        assert problem["result"]["text"] == "short"
        assert problem["result"]["blocks"] == plain["blocks"]


def test_a_flag_of_a_bullet_is_a_422_too(client: TestClient) -> None:
    answer = client.post("/v1/summaries", json={"text": DOUBTFUL, "options": {"strict": True}})
    assert answer.status_code == 422
    assert answer.json()["result"]["bullets"][0]["text"] == "short"


def test_a_flag_of_a_headline_is_a_422_as_well(client: TestClient) -> None:
    article = {"headline": DOUBTFUL, "body": [CLEAN], "options": {"strict": True}}
    answer = client.post("/v1/summaries", json=article)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("there are flags on headline: ")
    assert answer.json()["result"]["headline_flags"] == ["short", "dropped"]


def test_the_command_line_prints_the_result_and_exits_with_7(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kabar = CommandLine(NaughtyEngine(), monkeypatch, capsys)
    article, lines = tmp_path / "artikel.txt", tmp_path / "baris.txt"
    article.write_text(DOUBTFUL)
    lines.write_text(f"{CLEAN}\n{DOUBTFUL}\n")
    assert kabar("translate", str(article)).code == 0
    done = kabar("translate", str(article), "--strict")
    assert (done.code, done.stdout) == (7, "short\n")
    assert "b1.1: the translation is much shorter" in done.stderr
    assert kabar("summarize", str(article), "--strict").code == 7
    assert kabar("translate", "--lines", str(lines), "--strict").code == 7
    article.write_text(CLEAN)
    assert kabar("translate", str(article), "--strict").code == 0
