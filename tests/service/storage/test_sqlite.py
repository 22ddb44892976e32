"""The SQLite layer: files that appear whole, and logs that belong to other files."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from paths import REPOSITORY

from service.storage.sqlite import EmptyFile, Format, NewerFile, SqliteFile, is_damage

FORM = Format((("CREATE TABLE note (text TEXT NOT NULL)",),), ("PRAGMA synchronous = FULL",))


def add(file: SqliteFile, text: str) -> None:
    with file.transaction() as connection:
        connection.execute("INSERT INTO note VALUES (?)", (text,))


def texts(file: SqliteFile) -> list[str]:
    with file.use() as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY rowid")]


def test_file_and_folder_are_private(tmp_path: Path) -> None:
    file = SqliteFile(tmp_path / "data" / "notes", FORM)
    add(file, "satu")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
    assert modes == {0o600}
    file.close()


def test_a_new_file_does_not_get_the_log_of_a_deleted_one(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    killed = f"""
import os
from pathlib import Path
from service.storage.sqlite import Format, SqliteFile
file = SqliteFile(Path({str(path)!r}), Format((("CREATE TABLE note (text TEXT NOT NULL)",),)))
with file.transaction() as connection:
    connection.execute("INSERT INTO note VALUES ('dihapus')")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", killed], cwd=REPOSITORY, check=False)
    assert Path(f"{path}-wal").stat().st_size > 0
    path.unlink()
    file = SqliteFile(path, FORM)
    assert texts(file) == []
    add(file, "baru")
    assert texts(file) == ["baru"]
    file.close()


def test_following_a_file_uses_another_in_its_place(tmp_path: Path) -> None:
    path, backup = tmp_path / "notes", tmp_path / "backup"
    first = SqliteFile(path, FORM)
    add(first, "lama")
    first.close()
    shutil.copy(path, backup)
    follower = SqliteFile(path, FORM, create=False, follow=True)
    assert texts(follower) == ["lama"]
    backup.replace(path)
    assert texts(follower) == ["lama"]
    path.unlink()
    with pytest.raises(FileNotFoundError):
        texts(follower)
    follower.close()


def test_empty_newer_and_damaged_files_are_told_apart(tmp_path: Path) -> None:
    empty, newer, damaged = (tmp_path / name for name in ("empty", "newer", "damaged"))
    empty.touch()
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    damaged.write_bytes(b"no database" * 1000)
    with pytest.raises(EmptyFile):
        texts(SqliteFile(empty, FORM))
    with pytest.raises(NewerFile):
        texts(SqliteFile(newer, FORM))
    with pytest.raises(sqlite3.DatabaseError) as fault:
        texts(SqliteFile(damaged, FORM))
    assert is_damage(fault.value)
