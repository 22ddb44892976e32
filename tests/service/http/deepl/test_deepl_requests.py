"""Requests in DeepL's interface as tools send them, and their errors."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.runtime import runtime_around
from service.settings import load_settings

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine()


@pytest.fixture
def client(engine: NaughtyEngine, tmp_path: Path) -> Iterator[TestClient]:
    runtime = runtime_around(engine, load_settings(data_dir=tmp_path, max_characters=2000))
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def texts(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    assert set(response.json()) == {"translations"}
    for translation in response.json()["translations"]:
        assert set(translation) == {"detected_source_language", "text", "billed_characters"}
    return [translation["text"] for translation in response.json()["translations"]]


def error(response: Any) -> tuple[int, str]:
    """Return status and message, after a check of the shape."""
    body = response.json()
    assert set(body) == {"message", "detail"}
    assert isinstance(body["message"], str)
    assert response.headers["x-request-id"] in body["detail"]
    return response.status_code, body["message"]


def test_a_request_of_weblate(client: TestClient) -> None:
    """Strings with placeholders, escaped as XML."""
    sent = {
        "text": ['Ada <x id="4"></x> pesan &amp; <x id="9"></x>.', "Baris satu\nBaris dua"],
        "source_lang": "ID",
        "target_lang": "EN",
        "formality": "default",
        "tag_handling": "xml",
        "ignore_tags": ["x"],
    }
    found = texts(client.post("/v2/translate", json=sent))
    assert found[0].count('<x id="4"></x>') == found[0].count('<x id="9"></x>') == 1
    assert found[0].index('id="4"') < found[0].index('id="9"')
    assert "[&amp;]" in found[0]
    assert found[1] == "[Baris] [satu]\n[Baris] [dua]"
    glossary = client.post(
        "/v2/glossaries",
        json={"name": "weblate:1:a1b2", "source_lang": "ID", "target_lang": "EN",
              "entries": "rawa\tswamp\nsawah\tpaddy", "entries_format": "tsv"},
    )  # fmt: skip
    assert glossary.status_code == 201
    (listed,) = client.get("/v2/glossaries").json()["glossaries"]
    assert listed["name"] == "weblate:1:a1b2"
    sent |= {"text": ["Warga ke rawa."], "glossary_id": listed["glossary_id"]}
    assert "swamp" in texts(client.post("/v2/translate", json=sent))[0]
    assert client.delete(f"/v2/glossaries/{listed['glossary_id']}").status_code == 204
    assert client.delete(f"/v2/glossaries/{listed['glossary_id']}").status_code == 404


def test_a_request_of_mastodon(client: TestClient) -> None:
    """A form with repeated `text`, in HTML, and a target in small letters."""
    body = (
        "text=%3Cp%3EAir+surut%3Cbr+%2F%3E%23banjir%3C%2Fp%3E&text=Banjir"
        "&source_lang=ID&target_lang=en&tag_handling=html"
    )
    found = texts(client.post("/v2/translate", content=body, headers=FORM))
    assert found == ["<p>[Air] [surut]<br>[#banjir]</p>", "[Banjir]"]
    codes = client.get("/v2/languages?type=target").json()
    assert [one["language"] for one in codes] == ["EN-GB", "EN-US"]


def test_a_form_with_switches_and_tags(client: TestClient) -> None:
    body = (
        "text=%3Cn%3EPulau%3C/n%3E+tiba.&target_lang=EN-us&tag_handling=xml&ignore_tags=n,x"
        "&preserve_formatting=1&outline_detection=0&split_sentences=0&show_billed_characters=1"
    )
    (found,) = texts(client.post("/v2/translate", content=body, headers=FORM))
    assert found.startswith("[<n>Pulau</n>]")


def test_languages_by_a_form_in_a_get(client: TestClient) -> None:
    for kind, codes in (("source", ["ID"]), ("target", ["EN-GB", "EN-US"])):
        response = client.request("GET", "/v2/languages", content=f"type={kind}", headers=FORM)
        assert [one["language"] for one in response.json()] == codes
    assert client.get("/v2/languages").json() == [{"language": "ID", "name": "Indonesian"}]
    assert error(client.get("/v2/languages?type=all"))[0] == 400


@pytest.mark.parametrize(
    ("splitting", "sources"),
    [
        (None, ["Air surut", "Warga pulang.", "Jalan dibuka."]),
        ("1", ["Air surut", "Warga pulang.", "Jalan dibuka."]),
        ("nonewlines", ["Air surut Warga pulang.", "Jalan dibuka."]),
        ("0", ["Air surut Warga pulang. Jalan dibuka."]),
    ],
)
def test_sentences(
    splitting: str | None, sources: list[str], client: TestClient, engine: NaughtyEngine
) -> None:
    sent = {"text": ["Air surut\nWarga pulang. Jalan dibuka."], "target_lang": "EN"}
    texts(client.post("/v2/translate", json={**sent, "split_sentences": splitting}))
    assert sorted(engine.asked) == sorted(sources)


def test_the_context_decides_the_language_and_is_not_translated(
    client: TestClient, engine: NaughtyEngine
) -> None:
    sent = {"text": ["Old maps."], "target_lang": "EN"}
    context = "The museum opens its doors to visitors on Monday, and it shows them for free."
    response = client.post("/v2/translate", json={**sent, "context": context})
    assert response.json()["translations"] == [
        {"detected_source_language": "EN", "text": "Old maps.", "billed_characters": 9}
    ]
    assert engine.asked == []
    assert texts(client.post("/v2/translate", json=sent)) == ["[Old] [maps.]"]


def test_a_correction_applies_after_its_context(client: TestClient) -> None:
    text = "Rina Wijaya menjawab. Ia menolak."
    made = client.post("/v1/translations", json={"text": text}).json()
    corrected = {
        "translation": made["id"],
        "sentence": "b1.2",
        "target": "She declined.",
        "author": "R",
    }
    assert client.post("/v1/corrections", json=corrected).status_code == 201
    sent = {"text": ["Ia menolak."], "target_lang": "EN"}
    with_context = {**sent, "context": "Siapa itu? Rina Wijaya menjawab."}
    assert texts(client.post("/v2/translate", json=with_context)) == ["She declined."]
    assert texts(client.post("/v2/translate", json=sent)) == ["[Ia] [menolak.]"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"target_lang": "EN"}, 400, "the parameter `text` is missing"),
        ({"text": ["Air."]}, 400, "the parameter `target_lang` is missing"),
        ({"text": [], "target_lang": "EN"}, 400, "`text` is not valid"),
        ({"text": ["a"] * 51, "target_lang": "EN"}, 400, "`text` is not valid"),
        ({"text": {"a": 1}, "target_lang": "EN"}, 400, "`text` is not valid"),
        ({"text": [1], "target_lang": "EN"}, 400, "`text.0` is not valid"),
        ({"text": ["Air."], "target_lang": ["EN"]}, 400, "target_lang \"['EN']\" is not supported"),
        ({"text": ["Air."], "target_lang": "ID"}, 400, "EN, EN-US or EN-GB"),
        ({"text": ["Air."], "target_lang": "EN", "formality": "less"}, 400, "formality 'less'"),
        ({"text": ["Air."], "target_lang": "EN", "split_sentences": "2"}, 400, "split_sentences"),
        ({"text": ["Air."], "target_lang": "EN", "ignore_tags": "a b"}, 400, "name of a tag"),
        ({"text": ["Air."], "target_lang": "EN", "ignore_tags": [{}]}, 400, "ignore_tags"),
        ({"text": ["Air."], "target_lang": "EN", "preserve_formatting": {}}, 400, "preserve_form"),
        ({"text": ["Air."], "target_lang": "EN", "glossary_id": "x"}, 400, "needs `source_lang`"),
        ({"text": ["Air."], "target_lang": "EN", "source_lang": "ID", "glossary_id": "x"}, 404,
         "there is no glossary x"),
        ({"text": ["Air."], "target_lang": "EN", "translation_memory_id": "x"}, 400, "memory 'x'"),
        ({"text": ["\ud800"], "target_lang": "EN"}, 400, "surrogate"),
        ({"text": ["a" * 2001], "target_lang": "EN"}, 413, "2,001 characters"),
    ],
)  # fmt: skip
def test_bad_values(body: Any, status: int, message: str, client: TestClient) -> None:
    found, text = error(
        client.post(
            "/v2/translate",
            content=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
    )
    assert found == status
    assert message in text


@pytest.mark.parametrize(
    ("content", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"text=Air&target_lang=EN", "text/plain", 400),
        (b"text=%ff&target_lang=EN", "application/x-www-form-urlencoded", 400),
        (b"x", "multipart/form-data", 400),
        (b"a" * 20_000, "application/json", 413),
    ],
)
def test_bad_bodies(content: bytes, media: str, status: int, client: TestClient) -> None:
    response = client.post("/v2/translate", content=content, headers={"content-type": media})
    assert error(response)[0] == status


def test_unknown_paths_and_methods(client: TestClient) -> None:
    assert error(client.post("/v2/write/rephrase", json={}))[0] == 404
    assert error(client.get("/v2/translate"))[0] == 405
    assert error(client.get("/v3/style_rules"))[0] == 404


def test_a_failed_sentence_is_an_error(client: TestClient) -> None:
    sent = {"text": ["Air surut.", "RAISE banjir."], "target_lang": "EN"}
    assert error(client.post("/v2/translate", json=sent))[0] == 500
    sent["text"] = ["Air surut. RAISE banjir naik."]
    assert error(client.post("/v2/translate", json=sent))[0] == 500


def test_the_key_in_a_parameter(client: TestClient, tmp_path: Path) -> None:
    state: Any = client.app.state.kabar  # type: ignore[attr-defined]
    _, token = state.runtime.keys.create("old-tool")
    sent = {"text": "Air surut.", "target_lang": "EN"}
    status, message = error(client.post("/v2/translate", json=sent))
    assert status == 403
    assert "Authorization: DeepL-Auth-Key kabar_" in message
    for headers in ({}, FORM):
        assert client.get("/v2/usage", headers=headers).status_code == 403
    assert texts(client.post("/v2/translate", json={**sent, "auth_key": token}))
    assert texts(client.post("/v2/translate", data={**sent, "auth_key": token}))
    assert texts(client.post(f"/v2/translate?auth_key={token}", data=sent))
    for scheme in ("DeepL-Auth-Key", "deepl-auth-key", "Bearer"):
        answer = client.get("/v2/usage", headers={"authorization": f"{scheme} {token}"})
        assert answer.json() == {"character_count": 30, "character_limit": 10**12}
    wrong = {"authorization": f"DeepL-Auth-Key {token}x"}
    assert error(client.post("/v2/translate", json=sent, headers=wrong))[0] == 403
    paths = ["/v2/languages", "/v2/glossaries", "/v2/glossary-language-pairs", "/v3/glossaries"]
    for path in paths:
        assert error(client.get(path))[0] == 403
    for path in ("/v2/document", "/v2/document/x", "/v2/document/x/result", "/v3/glossaries"):
        assert error(client.post(path, json={}))[0] == 403


def test_problem_details_stay_those_of_v1(client: TestClient) -> None:
    response = client.post("/v1/translations", json={"teks": "Air."})
    assert (response.status_code, response.json()["type"]) == (422, "invalid-request")
    assert client.post("/v2x/translate").json()["type"] == "not-found"


def test_a_glossary_in_a_form_of_deepl_node(client: TestClient) -> None:
    sent = {
        "name": "desk",
        "dictionaries[0].source_lang": "id",
        "dictionaries[0].target_lang": "en",
        "dictionaries[0].entries": "rawa\tswamp",
        "dictionaries[0].entries_format": "tsv",
    }
    made = client.post("/v3/glossaries", data=sent)
    assert (made.status_code, made.json()["dictionaries"]) == (
        201,
        [{"source_lang": "id", "target_lang": "en", "entry_count": 1}],
    )
    two = sent | {name.replace("[0]", "[1]"): value for name, value in sent.items()}
    assert error(client.post("/v3/glossaries", data=two))[0] == 400
