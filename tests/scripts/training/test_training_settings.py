"""Settings of a run: faults, and changes during a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.train_adapter import CONFIGURATION
from scripts.training.corpora import CorpusError
from scripts.training.settings import read_settings


def test_the_shipped_settings_are_sound_and_no_license_forbids_the_use() -> None:
    settings = read_settings(CONFIGURATION)
    assert settings.rank == 128
    licences = {corpus.licence for corpus in settings.corpora.values()}
    assert not [licence for licence in licences if "NC" in licence or "ND" in licence]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("seed = 4", "sead = 1", "sead: Extra inputs are not permitted"),
        ("rank = 128", "rank = 0", "rank: Input should be greater than 0"),
        ("longest = 330 ", "longest = 512 ", "longest: Input should be less than 512"),
        ("seed = 4", "seed = ", "Invalid value"),
    ],
)
def test_faults_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "training.toml"
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        read_settings(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.toml: No such file or directory"):
        read_settings(tmp_path / "none.toml")


def test_only_the_schedule_may_change_during_a_run() -> None:
    settings = read_settings(CONFIGURATION)
    for change in ({"tokens": 5}, {"cooldown": 0.1}, {"warmup_steps": 3}, {"learning_rate": 1.0}):
        assert settings.model_copy(update=change).digest() == settings.digest()
    for change in ({"seed": 2}, {"rank": 8}, {"batch_tokens": 9}, {"smoothing": 0.5}):
        assert settings.model_copy(update=change).digest() != settings.digest()
