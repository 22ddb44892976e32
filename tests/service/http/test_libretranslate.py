"""LibreTranslate's interface: the real client, and requests of other tools."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from fastapi.testclient import TestClient
from libretranslatepy import LibreTranslateAPI
from naughty import NaughtyEngine
from serving import serving

from service.http.app import create_app
from service.runtime import runtime_around
from service.settings import load_settings

LONG = "Banjir merendam ratusan rumah warga di tiga desa sejak Selasa malam kemarin."


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    runtime = runtime_around(NaughtyEngine(), load_settings(data_dir=tmp_path, max_characters=2000))
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def error(response: Any) -> tuple[int, str]:
    """Return status and message, after a check of the shape."""
    assert set(response.json()) == {"error"}
    return response.status_code, response.json()["error"]


def test_the_real_client(tmp_path: Path) -> None:
    with serving(NaughtyEngine(), load_settings(data_dir=tmp_path)) as service:
        api = LibreTranslateAPI(service.address)
        assert api.translate(" Air surut.\n", "id", "en") == " [Air] [surut.]\n"
        assert api.translate("Air surut.", "auto", "en") == "[Air] [surut.]"
        (detected,) = api.detect(LONG)
        assert detected["language"] == "id"
        assert 50 < detected["confidence"] <= 100
        assert api.detect("Air") == [{"confidence": 0.0, "language": "id"}]
        assert [(one["code"], one["targets"]) for one in api.languages()] == [
            ("id", ["en"]),
            ("en", ["en"]),
        ]
        for source, target in (("id", "es"), ("fr", "en")):
            with pytest.raises(HTTPError) as caught:
                api.translate("Air surut.", source, target)
            assert caught.value.code == 400
            assert "is not supported" in json.load(caught.value)["error"]
            caught.value.close()
        _, token = service.state.runtime.keys.create("rss")
        with pytest.raises(HTTPError) as refused:
            api.translate("Air surut.", "id", "en")
        assert refused.value.code == 403
        refused.value.close()
        keyed = LibreTranslateAPI(service.address, token)
        assert keyed.translate("Air surut.", "id", "en") == "[Air] [surut.]"
        assert [one["code"] for one in api.languages()] == ["id", "en"]


def test_a_request_of_mastodon(client: TestClient) -> None:
    """JSON with a list of texts in HTML, no source, and a key that may be null."""
    sent = {
        "q": ["<p>Air surut<br />#banjir</p>", "Banjir"],
        "source": "auto",
        "target": "en",
        "format": "html",
        "api_key": None,
    }
    answer = client.post("/translate", json=sent).json()
    assert answer["translatedText"] == ["<p>[Air] [surut]<br>[#banjir]</p>", "[Banjir]"]
    assert answer["detectedLanguage"] == [{"confidence": 0.0, "language": "id"}] * 2
    sent |= {"q": "<p>Air surut</p>", "source": "id"}
    assert client.post("/translate", json=sent).json() == {"translatedText": "<p>[Air] [surut]</p>"}


def test_forms_queries_and_alternatives(client: TestClient) -> None:
    sent = {"q": "Air surut.", "source": "auto", "target": "en", "alternatives": "3"}
    expected = {
        "translatedText": "[Air] [surut.]",
        "detectedLanguage": {"confidence": 0.0, "language": "id"},
        "alternatives": [],
    }
    assert client.post("/translate", data=sent).json() == expected
    assert client.post("/translate", params=sent).json() == expected
    assert client.post("/translate", json={**sent, "alternatives": 3}).json() == expected
    english = {"q": ["Water."], "source": "en", "target": "en"}
    assert client.post("/translate", json=english).json() == {"translatedText": ["Water."]}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"source": "id", "target": "en"}, "`q` is missing"),
        ({"q": "Air.", "target": "en"}, "`source` is missing"),
        ({"q": "Air.", "source": "id"}, "`target` is missing"),
        ({"q": "", "source": "id", "target": "en"}, "the text is empty"),
        ({"q": "Air.", "source": "id", "target": "en", "format": "xml"}, "xml format is not"),
        ({"q": "Air.", "source": "id", "target": "en", "alternatives": "x"}, "`alternatives`"),
        ({"q": ["a"] * 251, "source": "id", "target": "en"}, "at most 250"),
        ({"q": "a" * 2001, "source": "id", "target": "en"}, "2,001 characters"),
        ({"q": {"a": 1}, "source": "id", "target": "en"}, "is not valid"),
    ],
)
def test_bad_values(sent: Any, message: str, client: TestClient) -> None:
    status, text = error(client.post("/translate", json=sent))
    assert status == 400
    assert message in text


def test_bad_bodies_and_failures(client: TestClient) -> None:
    plain = {"content-type": "text/plain"}
    assert error(client.post("/translate", content=b"Air", headers=plain))[0] == 400
    assert error(client.post("/translate", content=b"a" * 20_000))[0] == 400
    assert error(client.get("/translate"))[0] == 405
    assert error(client.get("/frontend/other"))[0] == 404
    sent = {"q": "RAISE surut.", "source": "id", "target": "en"}
    assert error(client.post("/translate", json=sent))[0] == 500


def test_a_file(client: TestClient) -> None:
    fields = {"source": "id", "target": "en"}
    for name, source, english in (
        ("berita.txt", "Air surut.\n", "[Air] [surut.]\n"),
        ("laman.html", "<p>Air surut</p>", "<p>[Air] [surut]</p>"),
    ):
        files = {"file": (name, source.encode())}
        answer = client.post("/translate_file", data=fields, files=files).json()
        url = answer["translatedFileUrl"]
        assert url.startswith("http://testserver/download_file/")
        download = client.get(url)
        assert download.text == english
        stem, _, suffix = name.partition(".")
        assert f"{stem}_en.{suffix}" in download.headers["content-disposition"]
    refused = client.post("/translate_file", data=fields, files={"file": ("a.pdf", b"%PDF")})
    assert error(refused)[0] == 400
    assert error(client.post("/translate_file", data=fields))[0] == 400
    for name in ("x.txt", "0" * 64 + ".txt", "..%2F..%2Fkeys.sqlite3"):
        assert error(client.get(f"/download_file/{name}"))[0] == 404


def test_a_suggestion_is_a_correction(client: TestClient) -> None:
    sent = {"q": "Air surut.", "s": "The water is receding.", "source": "id", "target": "en"}
    assert client.post("/suggest", data=sent).json() == {"success": True}
    text = {"q": "Air surut.", "source": "id", "target": "en"}
    assert client.post("/translate", json=text).json()["translatedText"] == sent["s"]
    status, message = error(client.post("/suggest", json={**sent, "q": "Air surut. Warga pulang."}))
    assert (status, "several sentences" in message) == (400, True)
    assert error(client.post("/suggest", json={**sent, "s": " "}))[0] == 400


def test_settings_spec_and_health(client: TestClient) -> None:
    settings = client.get("/frontend/settings").json()
    assert settings["keyRequired"] is False
    assert settings["charLimit"] == 2000
    assert settings["supportedFilesFormat"] == [".txt", ".html", ".htm", ".xml"]
    assert settings["language"]["target"] == {"code": "en", "name": "English"}
    paths = client.get("/spec").json()["paths"]
    assert "/translate" in paths
    assert "/v1/translations" not in paths
    assert client.get("/health").json() == {"status": "ok"}
    state: Any = client.app.state.kabar  # type: ignore[attr-defined]
    state.runtime.keys.create("rss")
    assert client.get("/frontend/settings").json()["keyRequired"] is True
    assert client.get("/languages").status_code == 200
    status, message = error(client.post("/detect", json={"q": LONG}))
    assert (status, "`api_key`" in message) == (403, True)
