"""Settings: command line > environment `KABAR_*` > `kabar.toml` > default; read once at start.

`kabar.toml` is looked for in the folder Kabar is started in, or where `KABAR_CONFIG` says. A
setting that does not exist, in either place, raises `InvalidSettings` with the nearest name.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from models.catalogue import default_model
from models.engine_choice import remembered
from service.errors import InvalidSettings

_PREFIX = "KABAR_"
_CONFIG = "KABAR_CONFIG"


# The summarizer that writes nothing.
CHOSEN = "extractive"


class Settings(BaseSettings):
    """Everything that can be set, with its default."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("kabar", appauthor=False)),
        description="where built models, the cache, keys, jobs and corrections are kept",
    )
    model: str = Field(
        default_factory=default_model, description="a model's name, folder or adapter"
    )
    engine: Literal["ctranslate2", "inflight", "transformers"] = Field(
        default="ctranslate2",
        description="what computes translations; by default what `kabar models measure` found "
        "the fastest, or CTranslate2",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", description="where it computes"
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16", "int8"] = Field(
        default="auto", description="number format of the engines that use torch"
    )
    threads: int = Field(default=0, ge=0, description="CPU threads; 0: one a core")
    beam: int = Field(default=4, ge=1, le=32, description="beams of the search; 1: greedy")
    deterministic: bool = Field(
        default=False, description="translate every sentence on its own: slow, always the same"
    )
    strict_language: bool = Field(
        default=False, description="refuse what is in neither Indonesian nor English"
    )
    glossary: str | None = Field(
        default=None,
        description="glossaries that apply: names or files, parted by commas, or none; by "
        "default the user's own and the newsroom's",
    )
    summarizer: str = Field(
        default=CHOSEN,
        description="what makes bullets: extractive (sentences chosen), or a model for summaries",
    )
    cache: bool = Field(default=True, description="keep and reuse what was translated")
    cache_url: str | None = Field(
        default=None, description="a Redis for the cache (redis://…) instead of a file"
    )
    cache_mb: int = Field(default=1024, ge=1, description="most megabytes of the cache's file")
    host: str = Field(default="127.0.0.1", description="address the service listens on")
    port: int = Field(default=8000, ge=0, le=65535, description="port the service listens on")
    workers: int = Field(default=1, ge=1, le=64, description="processes that serve")
    max_characters: int = Field(
        default=200_000, ge=1, description="longest text of one HTTP request"
    )
    request_seconds: float = Field(default=600, gt=0, description="most time of one HTTP request")
    queue_seconds: float = Field(
        default=120, gt=0, description="work that may wait before a request; beyond, it gets 429"
    )
    auth: bool = Field(default=True, description="ask for API keys once there are any")
    webhook_private: bool = Field(
        default=False, description="let webhooks call private and loopback addresses"
    )
    log_format: Literal["console", "json"] = Field(default="console", description="form of the log")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="the least that is logged"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # `load_settings` puts the sources together, to name the place of a mistake.
        return (init_settings,)

    @property
    def models_dir(self) -> Path:
        return self.data_dir.expanduser() / "models"

    @property
    def cache_path(self) -> Path:
        return self.data_dir.expanduser() / "cache.sqlite3"

    @property
    def keys_path(self) -> Path:
        return self.data_dir.expanduser() / "keys.sqlite3"

    @property
    def glossary_dir(self) -> Path:
        return self.data_dir.expanduser() / "glossaries"

    @property
    def memory_path(self) -> Path:
        return self.data_dir.expanduser() / "memory.sqlite3"

    @property
    def feed_path(self) -> Path:
        return self.data_dir.expanduser() / "feed.sqlite3"

    @property
    def jobs_path(self) -> Path:
        return self.data_dir.expanduser() / "jobs.sqlite3"

    @property
    def max_bytes(self) -> int:
        """The longest body of a request: JSON writes some characters as six bytes (`\\u2026`),
        and there is room for the fields around them."""
        return self.max_characters * 8

    def as_environment(self) -> dict[str, str]:
        """The settings as `KABAR_*` variables, for processes this one starts."""
        return {
            _PREFIX + name.upper(): str(value)
            for name, value in self.model_dump(exclude_none=True).items()
        }


def load_settings(**command_line: Any) -> Settings:
    """Put the sources together; arguments that are None were not given.

    Raises `InvalidSettings` that names the setting, where it was set, and what it may be.
    """
    given = {name: value for name, value in command_line.items() if value is not None}
    sources = [
        (_file_settings(), "in kabar.toml"),
        (_environment_settings(), "in the environment"),
        (given, "on the command line"),
    ]
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for values, place in sources:
        merged.update(values)
        origin.update(dict.fromkeys(values, place))
    try:
        settings = Settings(**merged)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise InvalidSettings(
            f"{name} = {first['input']!r} {origin.get(name, '')} cannot be used: {first['msg']}"
        ) from error
    # What was measured here counts where nothing was said that another engine may not do.
    if {"engine", "dtype"} & merged.keys() or settings.device not in {"auto", "cpu"}:
        return settings
    engine = remembered(settings.data_dir.expanduser(), settings.model)
    return settings if engine is None else settings.model_copy(update={"engine": engine})


def _environment_settings() -> dict[str, str]:
    values = {}
    for variable, value in os.environ.items():
        if not variable.startswith(_PREFIX) or variable == _CONFIG:
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name not in Settings.model_fields:
            known = [_PREFIX + field.upper() for field in Settings.model_fields]
            raise InvalidSettings(
                f"the environment variable {variable} is no setting of Kabar: "
                f"{_nearest(variable, known)}"
            )
        values[name] = value
    return values


def _file_settings() -> dict[str, Any]:
    named = os.environ.get(_CONFIG)
    path = Path(named) if named else Path("kabar.toml")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            raise InvalidSettings(f"{_CONFIG} names {path}, which is not there") from None
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{path} cannot be read as TOML: {error}") from error
    for name in values:
        if name not in Settings.model_fields:
            known = list(Settings.model_fields)
            raise InvalidSettings(
                f"{path} sets {name!r}, which is no setting of Kabar: {_nearest(name, known)}"
            )
    return values


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"
