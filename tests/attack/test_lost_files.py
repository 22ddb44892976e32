"""Files that vanish, are emptied, damaged, left behind or read-only."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from key_files import environment
from naughty import NaughtyEngine
from serving import until

from service.corrections.store import CorrectionStore, CorrectionsUnusable
from service.errors import ServiceError
from service.glossary.owned import GlossariesUnusable, OwnedGlossaries
from service.http.app import create_app
from service.jobs.store import JobStore
from service.runtime import runtime_around
from service.settings import Settings, load_settings
from service.storage.copies import copy_daily, repair
from service.storage.keys import Keys
from service.storage.sqlite import copy_of

SOURCES = ["Air surut.", "Warga pulang."]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = load_settings(data_dir=tmp_path)
    write(settings.memory_path)
    with closing(JobStore(settings.jobs_path)) as jobs:
        jobs.create(None, "translation", {}, [b"{}"], [2], None, None)
    with closing(OwnedGlossaries(settings.glossaries_path)) as glossaries:
        glossaries.create(None, "desk", {"rawa": "swamp"})
    copy_daily(settings.lasting_paths)
    return settings


def write(path: Path) -> None:
    with closing(CorrectionStore(path)) as store:
        for source in SOURCES:
            store.add(source, "English.", "Rina")


def vanish(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def empty(path: Path) -> None:
    vanish(path)
    path.write_bytes(b"")


def damage(path: Path) -> None:
    vanish(path)
    path.write_bytes(b"not a database" * 1000)


@pytest.mark.parametrize("fault", [vanish, empty, damage])
def test_a_lost_file_is_an_error_until_doctor_repairs_it(
    fault: "type[object]", settings: Settings
) -> None:
    for path in settings.lasting_paths:
        fault(path)  # type: ignore[call-arg]
    with closing(CorrectionStore(settings.memory_path)) as store:
        with pytest.raises(CorrectionsUnusable, match="kabar doctor"):
            store.newest(10)
        with pytest.raises(CorrectionsUnusable):
            store.add("Baru.", "New.", "Rina")
    with closing(JobStore(settings.jobs_path)) as jobs, pytest.raises(ServiceError):
        jobs.jobs(None)
    lost = closing(OwnedGlossaries(settings.glossaries_path))
    with lost as glossaries, pytest.raises(GlossariesUnusable, match="kabar doctor"):
        glossaries.all(None)
    for path in settings.lasting_paths:
        told = repair(path)
        assert told is not None
        assert "replaced by its copy of 20" in told
        assert repair(path) is None
    with closing(CorrectionStore(settings.memory_path)) as store:
        assert [one.source for one in store.newest(10)[0]] == SOURCES[::-1]
    with closing(JobStore(settings.jobs_path)) as jobs:
        assert [job.total for job in jobs.jobs(None)] == [1]
    with closing(OwnedGlossaries(settings.glossaries_path)) as glossaries:
        assert [one.entries for one in glossaries.all(None)] == [{"rawa": "swamp"}]


def test_a_lost_file_is_no_silent_loss_over_http(settings: Settings) -> None:
    vanish(settings.memory_path)
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        answer = client.post("/v1/translations", json={"text": "Air surut."})
        assert (answer.status_code, answer.json()["type"]) == (503, "memory-unusable")
    runtime.close()


def test_a_damaged_file_does_not_replace_its_copy(settings: Settings) -> None:
    before = copy_of(settings.memory_path).read_bytes()
    damage(settings.memory_path)
    copy_daily(settings.lasting_paths, seconds=0)
    assert copy_of(settings.memory_path).read_bytes() == before


def test_a_copy_is_made_daily(settings: Settings) -> None:
    copy = copy_of(settings.memory_path)
    first = copy.stat().st_ino
    copy_daily(settings.lasting_paths)
    assert copy.stat().st_ino == first
    os.utime(copy, (time.time() - 90_000,) * 2)
    copy_daily(settings.lasting_paths)
    assert copy.stat().st_ino != first


def test_a_service_copies_at_its_start(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    write(settings.memory_path)
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime)):
        until(copy_of(settings.memory_path).exists, 60)
    runtime.close()


def test_others_cannot_read_the_data(settings: Settings, tmp_path: Path) -> None:
    Keys(settings.keys_path).create("desk")
    killed = tmp_path / "jobs.sqlite3.ab12_x9z"
    killed.write_bytes(b"half")
    os.utime(killed, (time.time() - 3600,) * 2)
    tmp_path.chmod(0o755)
    for path in tmp_path.rglob("*.sqlite3*"):
        path.chmod(0o644)
    runtime = runtime_around(NaughtyEngine(), settings)
    with TestClient(create_app(runtime)) as client:
        client.get("/v1/jobs")
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
        databases = [path for path in tmp_path.rglob("*.sqlite3*") if path.suffix != ".lock"]
        assert len(databases) > 4
        for path in databases:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    runtime.close()
    assert not killed.exists()


_READ = """
import os, sys
from pathlib import Path
from service.corrections.store import CorrectionStore, CorrectionsUnusable
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
store = CorrectionStore(Path(sys.argv[1]))
print(*(one.source for one in store.newest(10)[0]), sep="|")
try:
    store.add("Baru.", "New.", "Rina")
except CorrectionsUnusable:
    print("refused")
print(len(store.newest(10)[0]))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


def test_a_read_only_folder_is_read(open_folder: Path) -> None:
    """Also with changes that are only in the write-ahead log."""
    path = open_folder / "memory.sqlite3"
    write(path)
    with closing(CorrectionStore(path)) as store, closing(sqlite3.connect(path)) as held:
        held.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        store.add("Jalan rusak.", "English.", "Rina")
        assert Path(f"{path}-wal").stat().st_size > 0
        for file in open_folder.iterdir():
            file.chmod(0o444)
        Path(f"{path}-shm").unlink()
        open_folder.chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", _READ, str(path)],
            capture_output=True, text=True, env=environment(), timeout=120,
        )  # fmt: skip
        open_folder.chmod(0o755)
    told = [line for line in done.stdout.splitlines() if "file unusable" not in line]
    assert told == [
        "Jalan rusak.|Warga pulang.|Air surut.",
        "refused",
        "3",
    ], done.stderr
