"""The settings of a run, from the file that is kept with the adapter (`training.toml`)."""

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

# What may be changed when a run goes on.
SCHEDULE = ("tokens", "cooldown", "warmup_steps", "learning_rate")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusSettings(_Strict):
    """A corpus: the share of it that an epoch takes, whether a model wrote its sources, and what
    the model card says of it."""

    share: Share
    machine: bool = False
    title: str
    licence: str


class Settings(_Strict):
    """What a run depends on beside the data; `training.toml` explains each."""

    # From English into Indonesian, for back-translation: without rewritten and invented pairs.
    reverse: bool = False
    seed: int
    tokens: Positive
    cooldown: Share
    warmup_steps: Positive
    learning_rate: Annotated[float, Field(gt=0)]
    batch_tokens: Positive
    # The network has no mask for the sliding window, which begins to matter at 512 tokens.
    longest: Annotated[int, Field(gt=0, lt=512)]
    smoothing: Annotated[float, Field(ge=0, lt=1)]
    rank: Positive
    least_uses: Positive
    invented: Annotated[int, Field(ge=0)]
    held_out: Annotated[list[str], Field(min_length=1)]
    held_out_lines: Positive
    counted: list[str]
    corpora: dict[str, CorpusSettings]

    def digest(self) -> str:
        """sha256 of all that a run must not change midway: all but its schedule, and what the
        model card says of corpora."""
        fixed = self.model_dump(mode="json", exclude=set(SCHEDULE))
        for corpus in fixed["corpora"].values():
            del corpus["title"], corpus["licence"]
        return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()


def read_settings(path: Path) -> Settings:
    """Read `training.toml`. Raises `CorpusError` where it is not one."""
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
