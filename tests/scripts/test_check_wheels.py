"""The check of the lock, with wheels in a folder in place of the package index."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from scripts.check_wheels import app


def wheel(folder: Path, name: str, tag: str) -> None:
    """Write a wheel without content."""
    with ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as archive:
        about = f"{name}-1.0.dist-info"
        archive.writestr(
            f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"{about}/RECORD", "")


def test_a_package_without_a_wheel_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    wheel(tmp_path, "everywhere", "py3-none-any")
    wheel(tmp_path, "somewhere", "cp312-cp312-manylinux2014_x86_64")
    lock = tmp_path / "lock.txt"
    lock.write_text("everywhere==1.0\nsomewhere==1.0\n")
    found = CliRunner().invoke(app, [str(lock)])
    assert found.exit_code == 1
    lines = found.stdout.splitlines()
    assert len(lines) == 8
    assert [line for line in lines if line.endswith("every package has a wheel")] == [
        "Python 3.12, x86-64: every package has a wheel"
    ]
    assert "Python 3.14, arm64: ERROR: No matching distribution found for somewhere==1.0" in lines
