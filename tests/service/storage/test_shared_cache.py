"""Two services with one Redis, which stops and starts again."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from naughty import NaughtyEngine
from redis_server import RedisServer
from serving import Serving, serving, until

from service.errors import InvalidSettings
from service.settings import load_settings
from service.storage import redis_store as redis


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


def post(service: Serving, text: str) -> httpx2.Response:
    return httpx2.post(f"{service.address}/v1/translations", json={"text": text}, timeout=20)


def warnings(service: Serving) -> list[str]:
    found: list[str] = httpx2.get(f"{service.address}/readyz").json()["warnings"]
    return found


def test_services_share_translations(server: RedisServer, tmp_path: Path) -> None:
    engines = [NaughtyEngine(), NaughtyEngine()]
    one, other = (
        load_settings(data_dir=tmp_path / name, cache_url=server.url) for name in ("one", "other")
    )
    with serving(engines[0], one) as first, serving(engines[1], other) as second:
        made = post(first, "Satu. Dua.").json()
        again = post(second, "Satu. Dua.").json()
        assert (again["id"], again["cached"]) == (made["id"], True)
        assert httpx2.get(f"{second.address}/v1/translations/{made['id']}").status_code == 200
        edited = post(second, "Satu. Tiga.").json()
        assert edited["report"]["sentences_reused"] == 1
    assert engines[1].asked == ["Tiga."]


def test_a_redis_that_stops_fails_no_request_and_is_used_again_later(
    server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "_RETRY_SECONDS", 0.2)
    engine = NaughtyEngine()
    with serving(engine, load_settings(data_dir=tmp_path, cache_url=server.url)) as service:
        assert post(service, "Satu.").status_code == 200
        assert warnings(service) == []
        server.stop()
        for n in range(3):
            assert post(service, f"Nomor {n}.").status_code == 200
        (warning,) = warnings(service)
        assert "goes on without it" in warning
        server.start()
        # A new text each time, because results in memory need no Redis.
        numbers = itertools.count(10)

        def back() -> bool:
            assert post(service, f"Nomor {next(numbers)}.").status_code == 200
            return warnings(service) == []

        until(back)
        post(service, "Tiga.")
    engine = NaughtyEngine()
    with serving(engine, load_settings(data_dir=tmp_path, cache_url=server.url)) as service:
        assert post(service, "Tiga.").json()["cached"] is True
    assert engine.asked == []


def test_a_url_of_another_kind_is_an_invalid_setting(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, cache_url="http://localhost")
    with (
        pytest.raises(InvalidSettings, match="KABAR_CACHE_URL"),
        serving(NaughtyEngine(), settings),
    ):
        pass
