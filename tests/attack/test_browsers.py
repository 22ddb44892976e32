"""Web pages of others that a browser on the same machine shows."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.errors import InvalidSettings
from service.http.app import create_app
from service.http.security_headers import DEFAULT_POLICY
from service.runtime import runtime_around
from service.settings import load_settings
from service.storage.keys import Keys

ARTICLE = {"text": "Air surut."}


@pytest.fixture(autouse=True)
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KABAR_ALLOWED_HOSTS")


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    yield from served(tmp_path)


def served(folder: Path, **settings: Any) -> Iterator[TestClient]:
    runtime = runtime_around(NaughtyEngine(), load_settings(data_dir=folder, **settings))
    with TestClient(create_app(runtime), base_url="http://127.0.0.1") as client:
        yield client
    runtime.close()


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("kabar.localhost", 200),
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("127.0.0.1@evil.example", 421),
        ("10.0.0.5:8000", 421),
        ("", 421),
    ],
)
def test_a_service_without_keys_has_loopback_names(
    host: str, status: int, client: TestClient
) -> None:
    for path in ("/healthz", "/openapi.json", "/v1/models"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == status
    posted = client.post("/v1/translations", json=ARTICLE, headers={"host": host})
    assert posted.status_code == status
    if status == 421:
        assert posted.json()["type"] == "wrong-host"


def test_names_can_be_allowed(tmp_path: Path) -> None:
    for client in served(tmp_path, allowed_hosts="kabar.desk.example, news"):
        for host, status in (("kabar.desk.example", 200), ("NEWS:80", 200), ("evil.example", 421)):
            assert client.get("/healthz", headers={"host": host}).status_code == status


def test_a_key_is_no_longer_bound_to_names(tmp_path: Path, client: TestClient) -> None:
    Keys(load_settings(data_dir=tmp_path).keys_path).create("desk")
    assert client.get("/healthz", headers={"host": "kabar.desk.example"}).status_code == 200


def test_no_other_origin_may_read(tmp_path: Path, client: TestClient) -> None:
    origin = {"origin": "https://evil.example"}
    asked = {**origin, "access-control-request-method": "POST"}
    for answer in (
        client.get("/v1/models", headers=origin),
        client.options("/v1/translations", headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_an_origin_can_be_allowed(tmp_path: Path) -> None:
    for client in served(tmp_path, cors_origins="https://desk.example"):
        answer = client.get("/v1/models", headers={"origin": "https://desk.example"})
        assert answer.headers["access-control-allow-origin"] == "https://desk.example"
        other = client.get("/v1/models", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize("origins", ["*", "desk.example", "https://*.example", "https://a/b"])
def test_an_origin_must_be_exact(origins: str) -> None:
    with pytest.raises(InvalidSettings, match="is not an origin"):
        load_settings(cors_origins=origins)


@pytest.mark.parametrize("path", ["/healthz", "/docs", "/nothing", "/openapi.json", "/metrics"])
def test_every_response_has_a_policy(path: str, client: TestClient) -> None:
    headers = client.get(path).headers
    assert "default-src" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == DEFAULT_POLICY


def test_the_reference_needs_no_other_host(client: TestClient) -> None:
    page = client.get("/docs").text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) == 4
    assert "//" not in "".join(loaded)
    assert re.findall(r"<script>|<style| on[a-z]+=", page) == []
    for path in loaded:
        assert client.get(f"/{path}").status_code == 200
    assert client.get("/docs/assets/../../pyproject.toml").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_no_redirect_is_built_from_the_host(client: TestClient) -> None:
    for path in ("/healthz/", "/v1/models/", "/docs/"):
        assert client.get(path, follow_redirects=False).status_code == 404
