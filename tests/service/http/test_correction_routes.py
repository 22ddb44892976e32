"""`/v1/corrections`, and the effect of corrections on articles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.runtime import runtime_around
from service.scheduling.request import Lane
from service.settings import load_settings
from service.storage.key_records import Permission
from service.storage.keys import Keys

ARTICLE = {"headline": "Banjir Rendam Demak", "body": ["Warga mengungsi. Air surut."]}
OTHER = {"body": ["Jalan rusak berat."]}


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


def translated(client: TestClient, article: dict[str, Any]) -> Any:
    response = client.post("/v1/translations", json=article)
    assert response.status_code == 200
    return response.json()


def correct(client: TestClient, **fields: Any) -> Any:
    response = client.post("/v1/corrections", json={"author": "Rina", **fields})
    assert response.status_code == 201, response.text
    return response.json()


def test_a_sentence_of_a_translation(client: TestClient, engine: NaughtyEngine) -> None:
    first, other = translated(client, ARTICLE), translated(client, OTHER)
    made = correct(
        client, translation=first["id"], sentence="b2.2", target="The water is receding."
    )
    assert made["source"] == "Air surut."
    assert made["machine"] == "[Air] [surut.]"
    assert made["context"] == "Warga mengungsi."
    assert made["author"] == "Rina"
    assert (made["flags"], made["withdrawn"]) == ([], None)
    asked = len(engine.asked)
    again = translated(client, ARTICLE)
    assert again["text"] == (
        "[Banjir] [Rendam] [Demak]\n\n[Warga] [mengungsi.] The water is receding."
    )
    sentence = again["blocks"][1]["sentences"][1]
    assert sentence["correction"] == {
        "id": made["id"], "author": "Rina", "created": made["created"],
    }  # fmt: skip
    assert (sentence["confidence"], sentence["flags"]) == (None, [])
    assert again["report"]["sentences_corrected"] == 1
    assert again["report"]["sentences_reused"] == 2
    # Only articles with the sentence have a new id, and nothing is translated again.
    assert again["id"] != first["id"]
    assert translated(client, OTHER)["id"] == other["id"]
    assert len(engine.asked) == asked


def test_an_earlier_translation_stays_unchanged(client: TestClient) -> None:
    first = translated(client, ARTICLE)
    correct(client, source="Air surut.", target="The water is receding.")
    kept = client.get(f"/v1/translations/{first['id']}").json()
    assert kept["text"] == first["text"]
    again = translated(client, ARTICLE)
    assert client.get(f"/v1/translations/{again['id']}").json()["text"] == again["text"]


def test_a_withdrawn_correction_restores_the_machines_english(client: TestClient) -> None:
    first = translated(client, ARTICLE)
    made = correct(client, source="Air surut.", target="The water is receding.")
    assert translated(client, ARTICLE)["id"] != first["id"]
    gone = client.delete(f"/v1/corrections/{made['id']}", params={"author": "Budi"})
    assert gone.status_code == 200
    assert gone.json()["withdrawn_by"] == "Budi"
    assert translated(client, ARTICLE)["id"] == first["id"]
    assert client.get(f"/v1/corrections/{made['id']}").json() == gone.json()


def test_corrections_apply_to_bullets(client: TestClient) -> None:
    correct(client, source="Air surut.", target="The water is receding.")
    summary = client.post("/v1/summaries", json={"body": ["Air surut."], "bullets": 1}).json()
    assert [bullet["text"] for bullet in summary["bullets"]] == ["The water is receding."]
    assert summary["report"]["sentences_corrected"] == 1


def test_markup_is_placed_in_the_editors_english(client: TestClient) -> None:
    correct(client, source="Air surut di Klaten.", target="In Klaten, the water is receding.")
    body = translated(client, {"html": "<p>Air surut di <b>Klaten</b>.</p>"})
    assert body["html"] == "<p>In <b>Klaten</b>, the water is receding.</p>"


def test_verbatim_text_takes_no_correction(client: TestClient) -> None:
    correct(client, source="Air surut.", target="The water is receding.")
    body = translated(client, {"html": '<p translate="no">Air surut.</p><p>Warga pergi.</p>'})
    assert body["blocks"][0]["target"] == "Air surut."


def test_a_correction_with_flags_applies(client: TestClient) -> None:
    source = "Banjir merendam 1.240 rumah."
    made = correct(client, source=source, target="Floods inundated 1,204 houses.")
    assert made["flags"] == ["number_missing", "number_invented"]
    sentence = translated(client, {"body": [source]})["blocks"][0]["sentences"][0]
    assert sentence["target"] == "Floods inundated 1,204 houses."
    assert sentence["flags"] == []
    assert [fact["status"] for fact in sentence["facts"]] == ["missing", "invented"]


def test_terms_are_proposed(client: TestClient) -> None:
    source = "Mahkamah menolak gugatan."
    first = translated(client, {"body": [source]})
    made = correct(
        client, translation=first["id"], sentence="b1.1", target="The court rejected the lawsuit."
    )
    assert made["machine"] == "[Mahkamah] [menolak] [gugatan.]"
    assert made["proposals"] == []  # the aligner knows no word of the machine's English


def test_the_list_has_pages(client: TestClient) -> None:
    made = [correct(client, source=f"Air surut {n}.", target="Water.")["id"] for n in range(3)]
    first = client.get("/v1/corrections", params={"count": 2}).json()
    rest = client.get("/v1/corrections", params={"count": 2, "before": first["next"]}).json()
    assert [one["id"] for one in first["corrections"] + rest["corrections"]] == made[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("fields", "status", "detail"),
    [
        ({"target": "Water."}, 422, "does not name one sentence"),
        (
            {"translation": "0" * 64, "target": "Water."},
            422,
            "does not name one sentence",
        ),
        (
            {"translation": "0" * 64, "sentence": "b1.1", "source": "Air.", "target": "Water."},
            422,
            "does not name one sentence",
        ),
        ({"source": "Air.", "target": " "}, 422, "the target of a correction is empty"),
        ({"source": "Air.", "target": "Wa\x07ter."}, 422, "U+0007, which is not text"),
        ({"source": "Air.", "target": "Water.", "author": ""}, 422, "the correction has no author"),
        ({"translation": "0" * 64, "sentence": "b1.1", "target": "W."}, 404, "no translation 000"),
    ],
)
def test_invalid_corrections_are_refused(
    client: TestClient, fields: dict[str, str], status: int, detail: str
) -> None:
    response = client.post("/v1/corrections", json={"author": "Rina", **fields})
    assert (response.status_code, response.json()["status"]) == (status, status)
    assert detail in response.json()["detail"]
    assert client.get("/v1/corrections").json() == {"corrections": [], "next": None}


def test_a_sentence_that_the_translation_lacks(client: TestClient) -> None:
    first = translated(client, ARTICLE)
    response = client.post(
        "/v1/corrections",
        json={"translation": first["id"], "sentence": "b9.9", "target": "W.", "author": "R"},
    )
    assert response.status_code == 404
    assert "has no sentence 'b9.9'" in response.json()["detail"]


def test_the_default_author_is_the_key(engine: NaughtyEngine, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    _, token = Keys(settings.keys_path).create("desk", Lane.NORMAL, may=[Permission.CORRECT])
    runtime = runtime_around(engine, settings)
    with TestClient(create_app(runtime)) as client:
        body = {"source": "Air surut.", "target": "The water is receding."}
        assert client.post("/v1/corrections", json=body).status_code == 401
        headers = {"Authorization": f"Bearer {token}"}
        made = client.post("/v1/corrections", json=body, headers=headers)
        assert (made.status_code, made.json()["author"]) == (201, "desk")
    runtime.close()


def test_a_damaged_file_of_corrections_is_an_error(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "memory.sqlite3").write_bytes(b"no database" * 1000)
    response = client.post("/v1/translations", json=OTHER)
    assert response.status_code == 503
    assert response.json()["type"] == "memory-unusable"
    assert "puts the daily copy in its place if there is one" in response.json()["detail"]


def test_the_new_version_of_an_article(client: TestClient, engine: NaughtyEngine) -> None:
    first = translated(client, {"body": ["Warga mengungsi. Air surut. Sekolah libur dua hari."]})
    asked = len(engine.asked)
    new = {"body": ["Warga mengungsi. Sekolah libur tiga hari. Bantuan tiba."]}
    second = translated(client, {**new, "previous": first["id"]})
    assert set(engine.asked[asked:]) == {"Sekolah libur tiga hari.", "Bantuan tiba."}
    changes = second["changes"]
    assert changes["previous"] == first["id"]
    assert [changes[name] for name in ("same", "changed", "new", "gone")] == [1, 1, 1, 1]
    assert changes["sentences"] == [
        {"change": "same", "id": "b1.1", "previous_id": "b1.1", "previous_source": None,
         "previous_target": None},
        {"change": "gone", "id": None, "previous_id": "b1.2", "previous_source": "Air surut.",
         "previous_target": "[Air] [surut.]"},
        {"change": "changed", "id": "b1.2", "previous_id": "b1.3",
         "previous_source": "Sekolah libur dua hari.",
         "previous_target": "[Sekolah] [libur] [dua] [hari.]"},
        {"change": "new", "id": "b1.3", "previous_id": None, "previous_source": None,
         "previous_target": None},
    ]  # fmt: skip
    assert "changes" not in translated(client, new)
    again = translated(client, {**new, "previous": first["id"]})
    assert (again["id"], again["changes"]) == (second["id"], changes)


def test_an_unknown_previous_version(client: TestClient) -> None:
    response = client.post("/v1/translations", json={**OTHER, "previous": "0" * 64})
    assert response.status_code == 422
    assert "`previous`: there is no translation 000" in response.json()["detail"]
    response = client.post("/v1/translations", json={**OTHER, "previous": "b1"})
    assert response.status_code == 422
