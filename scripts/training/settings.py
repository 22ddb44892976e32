"""The settings of a training run, from `training.toml`."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scripts.training.corpora import CorpusError

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]

# Settings that may change when a stopped run continues.
SCHEDULE = ("tokens", "cooldown", "warmup_steps", "learning_rate")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusSettings(_Strict):
    """A corpus: its share in an epoch, and data for the model card.

    `machine` says that a model wrote its sources. `files` is the pattern of its files in
    `scripts/training/written`; other corpora are in the data folder.
    """

    share: Share
    machine: bool = False
    files: str | None = None
    title: str
    licence: str


class Settings(_Strict):
    """The settings of a run; `training.toml` explains each."""

    # From English into Indonesian, for back-translation: no rewritten and no invented pairs.
    reverse: bool = False
    seed: int
    tokens: Positive
    cooldown: Share
    warmup_steps: Positive
    learning_rate: Annotated[float, Field(gt=0)]
    batch_tokens: Positive
    # The network has no mask for the sliding window of 512 tokens.
    longest: Annotated[int, Field(gt=0, lt=512)]
    smoothing: Annotated[float, Field(ge=0, lt=1)]
    rank: Positive
    least_uses: Positive
    invented: Annotated[int, Field(ge=0)]
    # The share of pairs whose source gets hints (see `hints`).
    hints: Share = 0.0
    held_out: Annotated[list[str], Field(min_length=1)]
    held_out_lines: Positive
    # Texts in the data folder, by their path in it.
    counted: list[str]
    corpora: dict[str, CorpusSettings]

    def digest(self) -> str:
        """Return the sha256 of the settings that must not change during a run.

        It leaves out the schedule, and titles and licenses of corpora.
        """
        fixed = self.model_dump(mode="json", exclude=set(SCHEDULE))
        for corpus in fixed["corpora"].values():
            del corpus["title"], corpus["licence"]
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()


def read_settings(path: Path) -> Settings:
    """Read `training.toml`. Raises `CorpusError` for a file with faults."""
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: {error}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        )
        raise CorpusError(f"{path}: {faults}") from error
