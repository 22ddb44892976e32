"""Manifests of model folders."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import ModelCorrupt
from models.files import (
    MANIFEST,
    flush,
    is_disk_full,
    manifest_hash,
    read_manifest,
    sha256_of,
    verify_manifest,
    write_manifest,
)

# Of b"abc" (FIPS 180-2, appendix B.1) and of nothing.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two files, one in a subfolder, and their manifest."""
    made = tmp_path / "model"
    (made / "deep").mkdir(parents=True)
    (made / "weights.bin").write_bytes(b"abc")
    (made / "deep" / "none.txt").write_bytes(b"")
    write_manifest(made, {"model": "m", "format": "f"})
    return made


def test_a_manifest_lists_every_file(folder: Path) -> None:
    assert read_manifest(folder) == {
        "model": "m",
        "format": "f",
        "files": {"deep/none.txt": EMPTY, "weights.bin": ABC},
    }
    assert verify_manifest(folder) == 2
    # sha256 of the lines "deep/none.txt <sha256>" and "weights.bin <sha256>".
    assert manifest_hash(folder) == (
        "2e1c35a760ef450979a262dad70da76545e344a1082940cb30554caff7727c1e"
    )


def test_the_hash_depends_on_the_files_only(folder: Path) -> None:
    before = manifest_hash(folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    files = dict(reversed(manifest["files"].items()))
    (folder / MANIFEST).write_text(json.dumps({"model": "other", "files": files}))
    assert manifest_hash(folder) == before
    files["weights.bin"] = EMPTY
    (folder / MANIFEST).write_text(json.dumps({"files": files}))
    assert manifest_hash(folder) != before


def changed(folder: Path) -> None:
    (folder / "weights.bin").write_bytes(b"abd")


def shortened(folder: Path) -> None:
    (folder / "weights.bin").write_bytes(b"")


def removed(folder: Path) -> None:
    (folder / "deep" / "none.txt").unlink()


def replaced_by_a_folder(folder: Path) -> None:
    (folder / "weights.bin").unlink()
    (folder / "weights.bin").mkdir()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (changed, rf"weights\.bin is damaged \(its sha256 is not {ABC}\)"),
        (shortened, rf"weights\.bin is damaged \(its sha256 is not {ABC}\)"),
        (removed, r"none\.txt is missing"),
        (replaced_by_a_folder, r"weights\.bin is missing"),
    ],
)
def test_damage_is_named_with_its_remedy(
    folder: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(folder)
    with pytest.raises(
        ModelCorrupt, match=message + ": rebuild the model with `kabar models build --force`"
    ):
        verify_manifest(folder)


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b"null", b"{}", b'{"files": []}', b"\xff"]
)
def test_an_unreadable_manifest_is_damage(folder: Path, content: bytes | None) -> None:
    (folder / MANIFEST).unlink()
    if content is not None:
        (folder / MANIFEST).write_bytes(content)
    for read in (read_manifest, verify_manifest, manifest_hash):
        with pytest.raises(
            ModelCorrupt,
            match=r"the model in .* has no readable manifest\.json \(.*\): "
            r"rebuild it with `kabar models build --force`",
        ):
            read(folder)


@pytest.mark.parametrize(
    ("number", "full"),
    [
        (errno.ENOSPC, True),
        (errno.EDQUOT, True),
        (errno.EFBIG, True),
        (errno.EACCES, False),
        (errno.EIO, False),
        (None, False),
    ],
)
def test_errors_of_a_full_disk(number: int | None, full: bool) -> None:
    assert is_disk_full(OSError(number, "message")) is full


@pytest.mark.parametrize(("content", "digest"), [(b"abc", ABC), (b"", EMPTY)])
def test_sha256_of_a_file(tmp_path: Path, content: bytes, digest: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert sha256_of(path) == digest


def test_flushing_leaves_no_descriptor_open(tmp_path: Path) -> None:
    free = os.open(tmp_path, os.O_RDONLY)
    os.close(free)
    flush(tmp_path)
    with pytest.raises(FileNotFoundError):
        flush(tmp_path / "absent")
    again = os.open(tmp_path, os.O_RDONLY)
    os.close(again)
    assert again == free
