"""Calls from web pages of other origins."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from naughty import NaughtyEngine

from service.http.app import create_app
from service.runtime import runtime_around
from service.settings import load_settings

ORIGIN = "chrome-extension://abcdefghijklmnop"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
}


@pytest.mark.parametrize("origins", [None, f"https://desk.example, {ORIGIN}"])
def test_only_named_origins_may_call(origins: str | None, tmp_path: Path) -> None:
    runtime = runtime_around(
        NaughtyEngine(), load_settings(data_dir=tmp_path, cors_origins=origins)
    )
    allowed = ORIGIN if origins else None
    name = "access-control-allow-origin"
    with TestClient(create_app(runtime)) as client:
        for origin, expected in ((ORIGIN, allowed), ("https://other.example", None)):
            sent = {"origin": origin}
            for path in ("/v1/translations", "/v2/translate"):
                before = client.options(path, headers=sent | PREFLIGHT)
                assert before.headers.get(name) == expected
                assert (before.status_code == 200) is (expected is not None)
            answer = client.post("/v1/translations", json={"text": "Air."}, headers=sent)
            assert answer.headers.get(name) == expected
    runtime.close()
