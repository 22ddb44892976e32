"""Keys that must not see, change or learn of each other's work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.runtime import runtime_around
from service.settings import load_settings
from service.storage.key_records import Permission
from service.storage.keys import Keys

CORRECTION = {"source": "Air surut.", "target": "The water is receding."}


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    keys = Keys(load_settings(data_dir=tmp_path).keys_path)
    yield keys
    keys.close()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    runtime = runtime_around(NaughtyEngine(), load_settings(data_dir=tmp_path))
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def headers(keys: Keys, name: str, *may: Permission) -> dict[str, str]:
    return {"authorization": f"Bearer {keys.create(name, may=may)[1]}"}


def test_corrections_belong_to_their_key(client: TestClient, keys: Keys) -> None:
    reader = headers(keys, "newsletter")
    rina = headers(keys, "rina", Permission.CORRECT)
    budi = headers(keys, "budi", Permission.CORRECT)
    chief = headers(keys, "chief", Permission.MANAGE)

    refused = client.post("/v1/corrections", json=CORRECTION, headers=reader)
    assert (refused.status_code, refused.json()["type"]) == (403, "forbidden")
    forged = {**CORRECTION, "author": "budi"}
    assert client.post("/v1/corrections", json=forged, headers=rina).status_code == 422
    made: Any = client.post("/v1/corrections", json=CORRECTION, headers=rina).json()
    assert made["author"] == "rina"

    path = f"/v1/corrections/{made['id']}"
    for other in (reader, budi):
        assert client.get("/v1/corrections", headers=other).json()["corrections"] == []
        assert client.get(path, headers=other).status_code == 404
    assert client.delete(path, headers=reader).status_code == 403
    assert client.delete(path, headers=budi).status_code == 404
    for one in (rina, chief):
        assert client.get(path, headers=one).json()["withdrawn"] is None
        (listed,) = client.get("/v1/corrections", headers=one).json()["corrections"]
        assert listed["id"] == made["id"]
    assert client.delete(path, params={"author": "rina"}, headers=chief).status_code == 422
    assert client.delete(path, headers=chief).json()["withdrawn_by"] == "chief"


def test_a_key_does_not_learn_what_another_has_translated(client: TestClient, keys: Keys) -> None:
    rina = headers(keys, "rina", Permission.CORRECT)
    budi = headers(keys, "budi", Permission.CORRECT)
    article = {"text": "Rapat rahasia dimulai. Menteri mundur besok."}
    first: Any = client.post("/v1/translations", json=article, headers=rina).json()
    id = first["id"]

    assert client.get(f"/v1/translations/{id}", headers=budi).status_code == 404
    for named, path in (("previous", "translations"), ("translation", "summaries")):
        body = {named: id, **(article if named == "previous" else {})}
        answer = client.post(f"/v1/{path}", json=body, headers=budi)
        assert (answer.status_code, answer.json()["type"]) == (422, "invalid-request")
    correction = {"translation": id, "sentence": "b1.1", "target": "A meeting began."}
    assert client.post("/v1/corrections", json=correction, headers=budi).status_code == 404

    other: Any = client.post("/v1/translations", json=article, headers=budi).json()
    for report in (first, other):
        counts = report["report"]
        assert (counts["sentences_translated"], counts["sentences_reused"]) == (2, 0)
        assert report["cached"] is False
    # an article with one of the sentences
    part = {"text": "Menteri mundur besok. Sidang ditunda."}
    third = headers(keys, "siti")
    counts = client.post("/v1/translations", json=part, headers=third).json()["report"]
    assert (counts["sentences_translated"], counts["sentences_reused"]) == (2, 0)
    # its own results are cached as ever
    assert client.post("/v1/translations", json=article, headers=rina).json()["cached"] is True
    assert client.get(f"/v1/translations/{id}", headers=rina).status_code == 200


def test_a_job_is_apart_too(client: TestClient, keys: Keys) -> None:
    rina, budi = headers(keys, "rina"), headers(keys, "budi")
    article = {"text": "Rapat rahasia dimulai."}
    client.post("/v1/translations", json=article, headers=rina)
    job: Any = client.post("/v1/jobs", json={"articles": [article]}, headers=budi).json()
    line: Any = client.get(f"/v1/jobs/{job['id']}/results", headers=budi).json()
    assert line["result"]["cached"] is False


def test_keys_of_one_house_share(tmp_path: Path, keys: Keys) -> None:
    rina, budi = headers(keys, "rina"), headers(keys, "budi")
    runtime = runtime_around(NaughtyEngine(), load_settings(data_dir=tmp_path, shared_results=True))
    article = {"text": "Rapat dimulai."}
    with TestClient(create_app(runtime)) as client:
        made: Any = client.post("/v1/translations", json=article, headers=rina).json()
        again: Any = client.post("/v1/translations", json=article, headers=budi).json()
        assert (again["id"], again["cached"]) == (made["id"], True)
        assert client.get(f"/v1/translations/{made['id']}", headers=budi).status_code == 200
    runtime.close()
