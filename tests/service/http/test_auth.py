"""API keys over HTTP: access, lanes, limits and usage."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine
from serving import serving, until

from service.http.app import create_app
from service.runtime import runtime_around
from service.scheduling.request import Lane
from service.settings import Settings, load_settings
from service.storage.keys import Keys

ARTICLE = {"text": "Air surut."}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path)


@pytest.fixture
def keys(settings: Settings) -> Iterator[Keys]:
    keys = Keys(settings.keys_path)
    yield keys
    keys.close()


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client
    runtime.close()


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def post(client: TestClient, token: str, body: Any = ARTICLE) -> Any:
    return client.post("/v1/translations", json=body, headers=bearer(token))


def test_before_the_first_key_no_key_is_needed(client: TestClient) -> None:
    assert client.post("/v1/translations", json=ARTICLE).status_code == 200
    usage = client.get("/v1/usage")
    assert (usage.status_code, usage.json()["type"]) == (404, "not-found")


def test_after_the_first_key_a_running_service_requires_one(client: TestClient, keys: Keys) -> None:
    assert client.post("/v1/translations", json=ARTICLE).status_code == 200
    _, token = keys.create("desk")
    for path in ("/v1/translations", "/v1/summaries", "/v1/jobs"):
        refused = client.post(path, content=b"not even JSON")
        assert (refused.status_code, refused.json()["type"]) == (401, "unauthorized")
        assert "Authorization: Bearer kabar_" in refused.json()["detail"]
        assert refused.headers["www-authenticate"] == "Bearer"
    for path in ("/v1/models", "/v1/usage", "/v1/jobs", f"/v1/translations/{'0' * 64}"):
        assert client.get(path).status_code == 401
    for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"):
        assert client.get(path).status_code == 200
    assert post(client, token).status_code == 200
    assert post(client, token + "x").status_code == 401


def test_a_revoked_key_gets_a_reason(client: TestClient, keys: Keys) -> None:
    _, token = keys.create("desk")
    assert post(client, token).status_code == 200
    keys.revoke("desk")
    refused = post(client, token)
    assert refused.status_code == 401
    assert "revoked" in refused.json()["detail"]


def test_a_lane_more_urgent_than_the_keys_own_is_forbidden(client: TestClient, keys: Keys) -> None:
    _, token = keys.create("newsletter", Lane.NORMAL)
    for lane, status in (("breaking", 403), ("normal", 200), ("archive", 200)):
        answer = post(client, token, {**ARTICLE, "options": {"lane": lane}})
        assert answer.status_code == status
    # a known body is answered from memory, with the same limits
    assert post(client, token, {**ARTICLE, "options": {"lane": "breaking"}}).status_code == 403
    _, urgent = keys.create("desk", Lane.BREAKING)
    assert post(client, urgent, {**ARTICLE, "options": {"lane": "breaking"}}).status_code == 200
    assert post(client, token, {**ARTICLE, "options": {"lane": "breaking"}}).status_code == 403


def test_requests_a_minute_are_limited_for_known_and_new_requests(
    client: TestClient, keys: Keys
) -> None:
    _, token = keys.create("newsletter", requests_per_minute=3)
    for body in (ARTICLE, ARTICLE, {"text": "Lain."}):
        assert post(client, token, body).status_code == 200
    refused = post(client, token)
    assert (refused.status_code, refused.json()["type"]) == (429, "limit-reached")
    assert 0 < int(refused.headers["retry-after"]) <= 61


def test_characters_a_day_are_limited_and_counted(client: TestClient, keys: Keys) -> None:
    _, token = keys.create("newsletter", characters_per_day=25)
    assert post(client, token).status_code == 200
    assert post(client, token).status_code == 200
    assert post(client, token).status_code == 429
    usage = client.get("/v1/usage", headers=bearer(token)).json()
    assert (usage["key"], usage["lane"]) == ("newsletter", "normal")
    assert usage["characters_per_day"] == 25
    assert usage["requests_per_minute"] is None
    # the refused request counts, and this one; the characters of a refused one do not
    assert usage["today"] == usage["minute"] == {"requests": 4, "characters": 20}
    assert len(usage["days"]) == 30
    assert usage["days"][-1]["characters"] == 20


def test_a_damaged_file_of_keys_refuses_requests(client: TestClient, settings: Settings) -> None:
    settings.keys_path.write_bytes(b"damaged" * 1000)
    answer = client.post("/v1/translations", json=ARTICLE)
    assert answer.status_code == 503
    assert client.get("/healthz").status_code == 200


def test_without_auth_no_key_is_needed(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, auth=False)
    keys = Keys(settings.keys_path)
    keys.create("desk")
    keys.close()
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime)) as client:
        assert client.post("/v1/translations", json=ARTICLE).status_code == 200
    runtime.close()


def test_jobs_belong_to_their_keys_and_are_charged_once(client: TestClient, keys: Keys) -> None:
    _, one = keys.create("one", characters_per_day=25)
    _, other = keys.create("other")
    body = {"articles": [ARTICLE, ARTICLE]}
    headers = {**bearer(one), "idempotency-key": "k"}
    made = client.post("/v1/jobs", json=body, headers=headers)
    assert made.status_code == 202
    again = client.post("/v1/jobs", json=body, headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, made.json()["id"])
    usage = client.get("/v1/usage", headers=bearer(one)).json()
    assert usage["today"] == {"requests": 3, "characters": 20}
    path = f"/v1/jobs/{made.json()['id']}"
    for method, address in (("GET", path), ("DELETE", path), ("GET", f"{path}/results")):
        assert client.request(method, address, headers=bearer(other)).status_code == 404
    assert client.get("/v1/jobs", headers=bearer(other)).json() == {"jobs": []}
    assert client.post("/v1/jobs", json=body, headers=bearer(one)).status_code == 429


def test_the_characters_of_a_refused_request_are_not_counted(tmp_path: Path) -> None:
    engine = NaughtyEngine(parallel_batches=1)
    settings = load_settings(data_dir=tmp_path, queue_seconds=0.001)
    with serving(engine, settings) as service, ThreadPoolExecutor() as pool:
        _, token = service.state.runtime.keys.create("desk")
        address = f"{service.address}/v1"
        engine.release.clear()
        long = {"text": "Banjir surut. " * 100}
        running = pool.submit(
            httpx2.post, f"{address}/translations", json=long, headers=bearer(token)
        )
        until(lambda: engine.started == 1)
        other = {"text": "Lain."}
        refused = httpx2.post(f"{address}/translations", json=other, headers=bearer(token))
        assert (refused.status_code, refused.json()["type"]) == (429, "busy")
        engine.release.set()
        assert running.result().status_code == 200
        usage = httpx2.get(f"{address}/usage", headers=bearer(token)).json()
        assert usage["today"] == {"requests": 3, "characters": 1399}


def test_on_a_public_address_a_missing_file_of_keys_refuses_requests(
    tmp_path: Path,
) -> None:
    settings = load_settings(data_dir=tmp_path, host="0.0.0.0")
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime)) as client:
        assert client.post("/v1/translations", json=ARTICLE).status_code == 401
    runtime.close()


def test_a_summary_of_a_translation_is_charged(client: TestClient, keys: Keys) -> None:
    _, token = keys.create("newsletter")
    id = post(client, token).json()["id"]
    body = {"translation": id, "bullets": 1}
    made = client.post("/v1/summaries", json=body, headers=bearer(token))
    assert made.status_code == 200
    usage = client.get("/v1/usage", headers=bearer(token)).json()
    assert usage["today"] == {"requests": 3, "characters": 20}
