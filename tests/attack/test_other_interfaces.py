"""The limits, keys and owners of DeepL's and LibreTranslate's interfaces."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.http.overload import HealthOnly
from service.runtime import runtime_around
from service.settings import load_settings
from service.storage.key_records import Permission
from service.storage.keys import Keys

TEXT = "Rapat rahasia dimulai."
DEEPL = {"text": [TEXT], "target_lang": "EN"}
LIBRE = {"q": TEXT, "source": "id", "target": "en"}
SUGGESTION = {**LIBRE, "s": "A secret meeting began."}
JSON = {"content-type": "application/json"}


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine()


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    keys = Keys(load_settings(data_dir=tmp_path).keys_path)
    yield keys
    keys.close()


@pytest.fixture
def client(engine: NaughtyEngine, tmp_path: Path) -> Iterator[TestClient]:
    runtime = runtime_around(engine, load_settings(data_dir=tmp_path))
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def fields(answer: httpx2.Response) -> tuple[int, set[str]]:
    return answer.status_code, set(answer.json())


def send(client: TestClient, path: str, sent: Any, **more: Any) -> httpx2.Response:
    return client.post(path, json=sent, **more)


def test_every_request_of_a_key_counts(client: TestClient, keys: Keys) -> None:
    key, token = keys.create("rss", requests_per_minute=5, characters_per_day=1000)
    wrong = {"text": [TEXT], "target_lang": "EN", "speed": "high"}
    for answer, status in (
        (send(client, "/v2/translate", {**wrong, "auth_key": token}), 400),
        (client.post("/v2/translate", content=b"{", headers=bearer(token) | JSON), 400),
        (client.post("/translate", params={"api_key": token}, content=b"{", headers=JSON), 400),
        (client.get("/v2/nothing", headers=bearer(token)), 404),
        (client.post("/translate", data={**LIBRE, "api_key": token}), 200),
    ):
        assert answer.status_code == status, answer.text
    used = keys.usage(key).today
    assert (used.requests, used.characters) == (5, len(TEXT))
    refused = send(client, "/v2/translate", {**DEEPL, "auth_key": token})
    assert fields(refused) == (429, {"message", "detail"})
    assert 0 < int(refused.headers["retry-after"]) <= 61
    for more in ({"headers": bearer(token)}, {"params": {"api_key": token}}):
        assert fields(send(client, "/translate", LIBRE, **more)) == (429, {"error"})


def test_results_belong_to_their_key(client: TestClient, keys: Keys, engine: NaughtyEngine) -> None:
    rina, budi = (bearer(keys.create(name)[1]) for name in ("rina", "budi"))
    for path, sent in (("/v2/translate", DEEPL), ("/translate", LIBRE)):
        assert send(client, path, sent, headers=rina).status_code == 200
    assert len(engine.asked) == 1  # the second time from the cache
    assert send(client, "/translate", LIBRE, headers=budi).status_code == 200
    assert len(engine.asked) == 2


def test_a_document_belongs_to_its_key(
    client: TestClient, keys: Keys, engine: NaughtyEngine
) -> None:
    rina, budi = (bearer(keys.create(name)[1]) for name in ("rina", "budi"))
    files = {"file": ("berita.txt", TEXT.encode())}
    sent = {"source_lang": "ID", "target_lang": "EN"}
    made: Any = client.post("/v2/document", data=sent, files=files, headers=rina).json()
    path, proof = f"/v2/document/{made['document_id']}", {"document_key": made["document_key"]}
    assert fields(send(client, path, proof, headers=budi)) == (404, {"message", "detail"})
    results = f"/v1/jobs/{made['document_id']}/results"
    assert client.get(results, headers=rina).json()["result"]["cached"] is False
    assert send(client, "/translate", LIBRE, headers=budi).status_code == 200
    assert len(engine.asked) == 2


def test_a_file_is_fetched_by_its_secret_name(client: TestClient, keys: Keys) -> None:
    files = {"file": ("berita.txt", TEXT.encode())}
    rina = bearer(keys.create("rina")[1])
    answer: Any = client.post("/translate_file", data=LIBRE, files=files, headers=rina).json()
    url = answer["translatedFileUrl"]
    assert client.get(url).text == "[Rapat] [rahasia] [dimulai.]"
    folder, name = url.rsplit("/", 1)
    id = name[:64]  # which follows from the text
    for guess in (f"{id}.berita_en.txt", f"{id}{'0' * 64}.berita_en.txt"):
        assert fields(client.get(f"{folder}/{guess}")) == (404, {"error"})


def test_suggestions_need_a_permission(client: TestClient, keys: Keys) -> None:
    reader = bearer(keys.create("newsletter")[1])
    rina = bearer(keys.create("rina", may=[Permission.CORRECT])[1])
    budi = bearer(keys.create("budi", may=[Permission.CORRECT])[1])
    chief = bearer(keys.create("chief", may=[Permission.MANAGE])[1])
    refused = send(client, "/suggest", SUGGESTION, headers=reader)
    assert fields(refused) == (403, {"error"})
    assert "--may correct" in refused.json()["error"]
    assert send(client, "/suggest", SUGGESTION, headers=rina).json() == {"success": True}
    memory = "/v3/translation_memories/corrections"
    for caller, count in ((reader, 0), (rina, 1), (budi, 0), (chief, 1)):
        assert client.get(memory, headers=caller).json()["segment_count"] == count
        segments: Any = client.get(f"{memory}/segments", headers=caller).json()["segments"]
        assert [one["source_text"] for one in segments] == [TEXT] * count
    (correction,) = client.get("/v1/corrections", headers=rina).json()["corrections"]
    assert correction["author"] == "rina"


BODIES = {
    "values": b'{"text": [' + b"[1]," * 30_000 + b"1]}",
    "fields": b"{" + b",".join(b'"f%d":1' % n for n in range(5_000)) + b"}",
    "name": b'{"' + b"n" * 1_000_000 + b'": 1}',
    "memory": b'{"text": "Air.", "target_lang": "EN", "translation_memory_id": "'
    + b"m" * 1_000_000
    + b'"}',
    "depth": b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "surrogate": b'{"text": "\\ud800", "target_lang": "EN"}',
}


@pytest.mark.parametrize("kind", BODIES)
def test_a_wrong_body_has_a_short_answer(kind: str, client: TestClient) -> None:
    for path, shape in (("/v2/translate", {"message", "detail"}), ("/translate", {"error"})):
        answer = client.post(path, content=BODIES[kind], headers=JSON)
        assert fields(answer) == (400, shape), answer.text[:500]
        assert len(answer.content) < 4000
    form = {"x" * 100_000: "1", **DEEPL}
    answer = client.post("/v2/translate", data=form)
    assert fields(answer) == (400, {"message", "detail"})
    assert len(answer.content) < 4000


def test_a_form_with_many_files_is_refused(client: TestClient) -> None:
    files = [("file", (f"{n}.txt", b"Air.")) for n in range(500)]
    for path, shape in (("/v2/document", {"message", "detail"}), ("/translate_file", {"error"})):
        answer = client.post(path, data=LIBRE, files=files)
        assert fields(answer) == (400, shape)
        assert "Too many files" in answer.text


def test_other_names_are_refused_before_the_interface(client: TestClient) -> None:
    for path in ("/v2/translate", "/translate"):
        answer = client.post(path, json=DEEPL, headers={"host": "evil.example"})
        assert answer.status_code == 421
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "wrong-host"


def test_a_full_service_answers_in_the_form_of_the_interface(client: TestClient) -> None:
    full = TestClient(HealthOnly(client.app))
    for path, shape in (("/v2/translate", {"message", "detail"}), ("/translate", {"error"})):
        answer = full.post(path, json={})
        assert fields(answer) == (503, shape)
        assert answer.headers["retry-after"] == "5"
    assert full.post("/v1/translations", json={}).json()["type"] == "not-ready"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v2/translate", "POST"),
        ("/v3/glossaries/0/dictionaries", "DELETE, PUT"),
        ("/suggest", "POST"),
        ("/v1/feeds", "POST"),
    ],
)
def test_allow_names_every_method(path: str, allowed: str, client: TestClient) -> None:
    answer = client.request("PATCH", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
