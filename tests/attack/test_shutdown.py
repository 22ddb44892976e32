"""The end of a drain, and readiness while files are lost."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from naughty import NaughtyEngine
from serving import serving, until

from service.http import server
from service.settings import load_settings
from service.storage.copies import copy_daily
from service.storage.keys import Keys


def test_a_drain_that_runs_out_answers_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "_CLOSE_SECONDS", 1)
    engine = NaughtyEngine()
    with ThreadPoolExecutor() as pool:
        with serving(engine, load_settings(data_dir=tmp_path)) as service:
            engine.release.clear()
            url = f"{service.address}/v1/translations"
            running = pool.submit(httpx2.post, url, json={"text": "Air surut."}, timeout=120)
            until(lambda: engine.started == 1, 60)
            service.state.draining = True
            threading.Timer(6, engine.release.set).start()
        answer = running.result()
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["type"], answer.headers["retry-after"]) == ("not-ready", "5")
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("name", ["memory", "keys"])
def test_ready_means_that_a_translation_is_answered(name: str, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    with serving(NaughtyEngine(), settings) as service:
        ready = f"{service.address}/readyz"
        assert httpx2.get(ready).status_code == 200
        if name == "keys":
            Keys(settings.keys_path).create("desk")
        else:
            service.state.runtime.corrections.add("Air surut.", "Receding.", "Rina")
            copy_daily([settings.memory_path])
            service.state.runtime.corrections._file._file.close()
        for path in tmp_path.glob(f"{name}.sqlite3*"):
            path.unlink()
        (tmp_path / f"{name}.sqlite3").write_bytes(b"not a database" * 1000)
        answer = httpx2.get(ready)
        assert (answer.status_code, answer.json()["ready"]) == (503, False)
        assert httpx2.get(f"{service.address}/healthz").status_code == 200
        assert httpx2.get(f"{service.address}/metrics").status_code == 200
