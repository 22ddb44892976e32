"""`/v1/summaries` and the feed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from lxml import etree
from naughty import NaughtyEngine

from service.http.app import create_app
from service.runtime import runtime_around
from service.scheduling.request import Lane
from service.settings import load_settings
from service.storage.keys import Keys

FIRST = "Banjir merendam empat kecamatan Demak sejak Selasa pagi."
SECOND = "Sebanyak 124 rumah empat kecamatan Demak terendam banjir."
ARTICLE = {"headline": "Banjir Rendam Demak", "body": [FIRST, SECOND]}
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine()


@pytest.fixture
def client(engine: NaughtyEngine, tmp_path: Path) -> Iterator[TestClient]:
    settings = load_settings(data_dir=tmp_path)
    runtime = runtime_around(engine, settings)
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def summary(client: TestClient, **request: Any) -> Any:
    response = client.post("/v1/summaries", json=request)
    assert response.status_code == 200, response.text
    return response.json()


def titles(feed: bytes) -> list[str | None]:
    return [item.findtext("title") for item in etree.fromstring(feed).iter("item")]


def test_a_summary_of_a_translation_translates_nothing(
    client: TestClient, engine: NaughtyEngine
) -> None:
    translation = client.post("/v1/translations", json=ARTICLE).json()
    asked = len(engine.asked)
    made = summary(client, translation=translation["id"], bullets=2)
    assert [bullet["source_text"] for bullet in made["bullets"]] == [[FIRST], [SECOND]]
    targets = [block["target"] for block in translation["blocks"][1:]]
    assert [bullet["text"] for bullet in made["bullets"]] == targets
    assert [bullet["target_text"] for bullet in made["bullets"]] == [[text] for text in targets]
    assert made["headline"] == translation["headline"]
    assert len(engine.asked) == asked


def test_an_unknown_translation(client: TestClient) -> None:
    response = client.post("/v1/summaries", json={"translation": "0" * 64})
    assert response.status_code == 422
    assert "`translation`: there is no translation 000" in response.json()["detail"]


def test_text_markdown_html_and_line(client: TestClient) -> None:
    made = summary(client, **ARTICLE, bullets=1, language="id", words=9)
    (text,) = [bullet["text"] for bullet in made["bullets"]]
    assert made["text"] == f"- {text}"
    assert made["markdown"] == f"## Banjir Rendam Demak\n\n- {text}"
    (source,) = made["bullets"][0]["sources"]
    assert made["html"] == (
        '<h2 lang="id">Banjir Rendam Demak</h2>\n<ul lang="id">\n'
        f'<li data-sources="{source}">{text}</li>\n</ul>'
    )
    assert made["line"] == "Banjir Rendam Demak"


def test_both_languages(client: TestClient) -> None:
    made = summary(client, **ARTICLE, language="both")
    assert [bullet["indonesian"] for bullet in made["bullets"]] == [FIRST, SECOND]
    assert "indonesian" not in summary(client, **ARTICLE)["bullets"][0]


def test_several_articles(client: TestClient) -> None:
    other = {"body": ["Bantuan beras tiba dari Semarang.", SECOND]}
    made = summary(client, articles=[ARTICLE, other], bullets=7, language="id")
    sources = [source for bullet in made["bullets"] for source in bullet["sources"]]
    assert sorted(source.partition(":")[0] for source in sources) in (
        ["1", "1", "2"],
        ["1", "2", "2"],
    )
    assert len({bullet["text"] for bullet in made["bullets"]}) == 3
    assert f'<li data-sources="{sources[0]}">' in made["html"]


@pytest.mark.parametrize(
    ("request_", "detail"),
    [
        ({}, "send the article as `text`"),
        (
            {"translation": "0" * 64, "text": "a"},
            "has `translation` and `text`: send one",
        ),
        (
            {"articles": [{"text": "a"}], "translation": "0" * 64},
            "has `translation` and `articles`: send",
        ),
        ({"articles": []}, "articles: list should have at least 1 item"),
        ({"articles": [{}]}, "send the article as `text`"),
        ({"text": "a", "words": 0}, "words: input should be greater than or equal to 1"),
        ({"text": "a", "language": "ms"}, "language: input should be"),
    ],
)
def test_invalid_requests_are_refused(
    client: TestClient, request_: dict[str, Any], detail: str
) -> None:
    response = client.post("/v1/summaries", json=request_)
    assert response.status_code == 422
    assert detail in response.json()["detail"]


def test_limits_below_any_bullet_give_a_warning(client: TestClient) -> None:
    made = summary(client, **ARTICLE, characters=10)
    assert made["bullets"] == []
    assert made["report"]["warnings"] == ["no bullet fits the length limit"]


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_the_feed_of_the_latest_summaries(client: TestClient, form: str) -> None:
    url = f"/v1/summaries/feed?format={form}"
    empty = client.get(url)
    assert empty.status_code == 200
    made = summary(client, **ARTICLE)
    summary(client, **ARTICLE)
    feed = client.get(url)
    assert feed.headers["content-type"] == f"application/{form}+xml"
    assert feed.headers["etag"] != empty.headers["etag"]
    assert f"urn:kabar:summary:{made['id']}" in feed.text
    assert feed.text.count(made["id"]) == 1
    again = client.get(url, headers={"If-None-Match": feed.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    since = client.get(url, headers={"If-Modified-Since": feed.headers["last-modified"]})
    assert since.status_code == 304


def test_a_summary_without_bullets_is_not_in_the_feed(client: TestClient) -> None:
    summary(client, text="ADVERTISEMENT")
    assert titles(client.get("/v1/summaries/feed").content) == []


def test_every_key_has_its_own_feed(engine: NaughtyEngine, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    keys = Keys(settings.keys_path)
    tokens = [keys.create(name, Lane.NORMAL)[1] for name in ("desk", "letter")]
    headers = [{"Authorization": f"Bearer {token}"} for token in tokens]
    runtime = runtime_around(engine, settings)
    with TestClient(create_app(runtime)) as client:
        client.post("/v1/summaries", json=ARTICLE, headers=headers[0])
        feeds = [client.get("/v1/summaries/feed", headers=header) for header in headers]
        assert [len(titles(feed.content)) for feed in feeds] == [1, 0]
        # Answered from memory, and still in the feed of the other key.
        client.post("/v1/summaries", json=ARTICLE, headers=headers[1])
        assert len(titles(client.get("/v1/summaries/feed", headers=headers[1]).content)) == 1
        assert client.get("/v1/summaries/feed").status_code == 401
    runtime.close()


def test_an_unwritable_feed_fails_no_summary(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "feed.sqlite3").write_bytes(b"no database" * 1000)
    assert summary(client, **ARTICLE)["bullets"]
    response = client.get("/v1/summaries/feed")
    assert (response.status_code, response.json()["type"]) == (503, "feed-unusable")


def test_a_summary_of_a_corrected_translation(client: TestClient) -> None:
    first = client.post("/v1/translations", json=ARTICLE).json()
    client.post(
        "/v1/corrections",
        json={"source": FIRST, "target": "Floods hit Demak.", "author": "Rina"},
    )
    again = client.post("/v1/translations", json=ARTICLE).json()
    made = summary(client, translation=again["id"])
    assert made["bullets"][0]["text"] == "Floods hit Demak."
    assert made["report"]["sentences_corrected"] == 1
    assert summary(client, translation=first["id"])["bullets"][0]["text"] != "Floods hit Demak."
