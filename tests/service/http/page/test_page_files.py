"""The files of the page, without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.http.routes.page import FOLDER
from service.http.security_headers import DEFAULT_POLICY
from service.runtime import runtime_around
from service.settings import load_settings

FILES = sorted(path.name for path in FOLDER.iterdir())


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    settings = load_settings(data_dir=tmp_path)
    return TestClient(create_app(runtime_around(NaughtyEngine(), settings)))


@pytest.mark.parametrize("path", ["/", *(f"/page/{name}" for name in FILES)])
def test_files_have_the_policy(path: str, client: TestClient) -> None:
    for answer in (client.get(path), client.head(path)):
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == DEFAULT_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-cache"
    etag = client.get(path).headers["etag"]
    if path != "/":
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["/page/nothing.js", "/page/../app.py", "/page/"])
def test_other_paths(path: str, client: TestClient) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["type"]) == (404, "not-found")


def test_the_page_is_small_and_asks_no_other_site() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 150_000
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        hosts = set(re.findall(r"https?://([\w.-]+)", text))
        # Names of formats, which nobody fetches.
        assert hosts <= {"www.w3.org", "schemas.openxmlformats.org", "lit.dev"}, path.name
        assert (
            not re.search(r"\b(?:eval|innerHTML|document\.write)\b", text) or path.name == "lit.js"
        )


def test_the_page_has_no_script_or_style_in_it() -> None:
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page)
    # Relative, so that a reverse proxy may serve it under a prefix.
    assert re.findall(r'(?:src|href)="(/[^"]*|\w+:[^"]*)"', page) == []
    for path in Path(FOLDER).glob("*.js"):
        if path.name != "lit.js":
            assert " style=" not in path.read_text(encoding="utf-8"), path.name


def test_both_languages_have_every_text() -> None:
    texts = (FOLDER / "texts.js").read_text(encoding="utf-8")
    _, english, indonesian = re.split(r"const (?:ENGLISH|INDONESIAN) = ", texts)
    names = [
        re.findall(r"(?:^|[{,])\s*(\w+): '", part.partition("\n};")[0], re.M)
        for part in (english, indonesian)
    ]
    assert len(names[0]) > 200
    assert names[0] == names[1]
    used: set[str] = set()
    for path in FOLDER.glob("*.js"):
        used |= set(re.findall(r"\bt\('(\w+)'", path.read_text(encoding="utf-8")))
    assert used <= set(names[0])
