"""The route `/v1/articles`, without a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.runtime import Runtime
from service.settings import load_settings


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A client of a service whose model is never loaded."""
    runtime = Runtime(load_settings(data_dir=tmp_path, max_characters=2000))
    yield TestClient(create_app(runtime))
    runtime.close()


def test_an_article_is_read_without_a_model(client: TestClient) -> None:
    text = "Banjir Surut di Demak\n\nWarga pulang ke rumah sejak pagi. Air surut.\n\nADVERTISEMENT"
    response = client.post("/v1/articles", json={"text": text, "published": "2026-07-06"})
    assert response.status_code == 200
    assert response.json() == {
        "headline": "Banjir Surut di Demak",
        "published": "2026-07-06",
        "blocks": [
            {
                "id": "b1",
                "kind": "headline",
                "source": "Banjir Surut di Demak",
                "sentences": [
                    {"id": "b1.1", "source": "Banjir Surut di Demak", "start": 0, "end": 21}
                ],
            },
            {
                "id": "b2",
                "kind": "paragraph",
                "source": "Warga pulang ke rumah sejak pagi. Air surut.",
                "sentences": [
                    {
                        "id": "b2.1",
                        "source": "Warga pulang ke rumah sejak pagi.",
                        "start": 0,
                        "end": 33,
                    },
                    {"id": "b2.2", "source": "Air surut.", "start": 34, "end": 44},
                ],
            },
        ],
        "furniture": [{"id": "b3", "source": "ADVERTISEMENT"}],
        "repairs": [],
        "language": {"code": "id", "name": "Indonesian", "confidence": pytest.approx(1, abs=0.2)},
    }


def test_the_body_is_that_of_a_translation(client: TestClient) -> None:
    body = {"html": "<h1>Banjir</h1><p>Air surut.</p>", "options": {"deterministic": True}}
    kinds = [block["kind"] for block in client.post("/v1/articles", json=body).json()["blocks"]]
    assert kinds == ["headline", "paragraph"]
    body = {"headline": "Banjir", "body": ["Air surut.", "Warga pulang."]}
    assert len(client.post("/v1/articles", json=body).json()["blocks"]) == 3


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"teks": "Banjir"}, 422, "invalid-request"),
        ({"text": "a" * 2001}, 413, "too-large"),
        ({"text": "<rss version='2.0'><channel></channel></rss>"}, 422, "feed-sent"),
        ({"html": "<feed><entry></entry></feed>"}, 422, "feed-sent"),
        ({"html": "<div>" * 3000, "text": None}, 413, "too-large"),
    ],
)
def test_bad_bodies(body: dict[str, str], status: int, slug: str, client: TestClient) -> None:
    response = client.post("/v1/articles", json=body)
    assert (response.status_code, response.json()["type"]) == (status, slug)
