"""`kabar keys …` in a separate process."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from key_files import environment, garbage, names, start

from service.errors import (
    Unauthorized,
)
from service.scheduling.request import Lane
from service.settings import load_settings
from service.storage.keys import Keys

KABAR = Path(sys.executable).parent / "kabar"


def kabar(
    *arguments: str, data_dir: Path, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [KABAR, "keys", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(), "KABAR_DATA_DIR": str(data_dir)},
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done


def test_a_key_from_the_command_line(tmp_path: Path) -> None:
    done = kabar(
        "create", "newsletter", "--lane", "archive", "--characters-per-day", "500000",
        "--requests-per-minute", "30", data_dir=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    token = done.stdout.removesuffix("\n")
    keys = Keys(load_settings(data_dir=tmp_path).keys_path)
    key = keys.check(token)
    assert (key.name, key.lane) == ("newsletter", Lane.ARCHIVE)
    assert (key.characters_per_day, key.requests_per_minute) == (500_000, 30)
    assert token not in done.stderr
    assert done.stderr.startswith(
        "newsletter: lane archive; characters a day: 500,000; requests a minute: 30; "
        "may: translate only\n"
    )
    assert "it is shown once" in done.stderr
    assert "Authorization: Bearer" in done.stderr

    keys.charge(key, 1234)
    listed = kabar("list", data_dir=tmp_path)
    heading, row = listed.stdout.splitlines()
    assert heading.split("  ")[0] == "name"
    made = f"{key.created:%Y-%m-%d}"
    assert re.split(r"\s{2,}", row.strip()) == [
        "newsletter", key.id, "archive", "30", "1", "1,234 of 500,000", "translate only",
        made,
    ]  # fmt: skip
    assert token[-43:] not in listed.stdout + listed.stderr

    revoked = kabar("revoke", "newsletter", data_dir=tmp_path)
    assert revoked.returncode == 0
    assert revoked.stdout.startswith(f"newsletter ({key.id}) is revoked")
    with pytest.raises(Unauthorized, match="was revoked"):
        keys.check(token)
    assert kabar("list", data_dir=tmp_path).stdout.splitlines()[1].split().count(made) == 2
    keys.close()


def test_the_defaults_of_a_key_and_another_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "else where?"
    token = kabar("create", "a", "--data-dir", str(folder), data_dir=tmp_path).stdout.strip()
    keys = Keys(folder / "keys.sqlite3")
    key = keys.check(token)
    assert key.lane is Lane.NORMAL
    assert (key.characters_per_day, key.requests_per_minute) == (None, None)
    keys.close()
    listed = kabar("list", "--data-dir", str(folder), data_dir=tmp_path)
    assert "no limit" in listed.stdout
    assert names(tmp_path) == ["else where?"]


def test_listing_no_keys_says_how_to_make_one(tmp_path: Path) -> None:
    done = kabar("list", data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert "`kabar keys create NAME` makes one" in done.stderr
    assert names(tmp_path) == []


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_every_command_has_help_with_an_example(command: str, tmp_path: Path) -> None:
    done = kabar(command, "--help", data_dir=tmp_path)
    assert done.returncode == 0
    assert f"Example: kabar keys {command}" in done.stdout
    assert "--data-dir" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "a b"], "'a b' is not a valid name for a key"),
        (["create", "a", "--lane", "fast"], "choose breaking or normal or archive"),
        (
            ["create", "a", "--characters-per-day", "0"],
            "0 is not a valid limit: use 1 to 1000000000000",
        ),
        (["create", "a", "--requests-per-minute", "many"], "--requests-per-minute"),
        (["create", "there"], "a key named there already exists"),
        (["create"], "name"),
        (["revoke", "a"], "there is no key named a to revoke: the keys are there"),
    ],
)
def test_mistakes_on_the_command_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys.sqlite3")
    keys.create("there")
    done = kabar(*arguments, data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert [key.name for key in keys.all()] == ["there"]
    keys.close()


@pytest.mark.parametrize(
    ("arguments", "code"), [(["create", "a"], 5), (["list"], 3), (["revoke", "a"], 3)]
)
def test_a_damaged_file_on_the_command_line(
    arguments: list[str], code: int, tmp_path: Path
) -> None:
    garbage(tmp_path / "keys.sqlite3")
    done = kabar(*arguments, data_dir=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert "file is not a database" in done.stderr
    assert str(tmp_path) in done.stderr


def test_a_key_that_could_not_be_printed_is_revoked(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = kabar("create", "a", data_dir=tmp_path, stdout=full.fileno())
    assert done.returncode == 5
    assert "the key a was revoked again" in done.stderr
    keys = Keys(tmp_path / "keys.sqlite3")
    (key,) = keys.all()
    assert key.revoked is not None
    keys.close()


def test_help_loads_no_database(tmp_path: Path) -> None:
    script = """
import json, sys
from service.cli.main import app
try:
    app(["keys", "--help"])
except SystemExit:
    pass
print(json.dumps([name for name in ("sqlite3", "structlog", "rich") if name in sys.modules]))
"""
    out, errors = start(script).communicate(timeout=60)
    assert json.loads(out.splitlines()[-1]) == [], errors
