"""The route `/v1/feeds`, and the examples that use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.runtime import runtime_around
from service.settings import load_settings

RSS = """<rss version="2.0"><channel><title>Warta Senja</title>
<item><title>Banjir Surut</title><link>https://wartasenja.example/1</link>
<description><![CDATA[<p>Warga <b>pulang</b>.</p>]]></description></item>
<item><title>Beras Naik</title><link>https://wartasenja.example/2</link></item>
</channel></rss>"""
XML = {"content-type": "application/rss+xml; charset=utf-8"}


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine()


@pytest.fixture
def client(engine: NaughtyEngine, tmp_path: Path) -> Iterator[TestClient]:
    runtime = runtime_around(engine, load_settings(data_dir=tmp_path, max_characters=2000))
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def test_a_feed_in_english(client: TestClient, engine: NaughtyEngine) -> None:
    answer = client.post("/v1/feeds", content=RSS, headers=XML)
    assert answer.headers["content-type"] == "application/rss+xml"
    assert answer.headers["kabar-items"] == "2"
    assert "<title>[Banjir] [Surut]</title><link>https://wartasenja.example/1</link>" in answer.text
    assert "<![CDATA[<p>[Warga] [<b>pulang</b>.]</p>]]>" in answer.text
    assert "<title>Warta Senja</title>" in answer.text
    asked = len(engine.asked)
    changed = RSS.replace("Beras Naik", "Beras Turun")
    assert "[Beras] [Turun]" in client.post("/v1/feeds", content=changed, headers=XML).text
    assert set(engine.asked[asked:]) == {"Beras Turun"}


def test_options_of_a_feed(client: TestClient) -> None:
    answer = client.post("/v1/feeds?items=1&lane=archive", content=RSS, headers=XML)
    assert "[Banjir] [Surut]" in answer.text
    assert "<title>Beras Naik</title>" in answer.text
    unknown = client.post("/v1/feeds?glossary=none-such", content=RSS, headers=XML)
    assert (unknown.status_code, unknown.json()["type"]) == (422, "invalid-request")


@pytest.mark.parametrize(
    ("content", "media", "status", "type"),
    [
        (b"<rss>", "application/xml", 422, "invalid-feed"),
        (b"<html/>", "text/xml", 422, "invalid-feed"),
        (RSS.encode(), "application/json", 415, "unsupported-media"),
        (RSS.replace("pulang", "p" * 2000).encode(), "application/xml", 413, "too-large"),
        (RSS.replace("Surut", "RAISE").encode(), "application/xml", 500, "engine-failed"),
    ],
)
def test_bad_feeds(content: bytes, media: str, status: int, type: str, client: TestClient) -> None:
    answer = client.post("/v1/feeds", content=content, headers={"content-type": media})
    assert (answer.status_code, answer.json()["type"]) == (status, type)
