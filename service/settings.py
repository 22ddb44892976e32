"""The settings, read once at start.

Precedence: command line > environment `KABAR_*` > `kabar.toml` > default.
`kabar.toml` is in the folder where Kabar is started, or at the path in `KABAR_CONFIG`. An unknown
setting, in the environment or the file, raises `InvalidSettings` with the nearest name.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from models.catalogue import default_model
from models.files import writable_by_others
from service.errors import InvalidSettings

_PREFIX = "KABAR_"
_CONFIG = "KABAR_CONFIG"

# Of a web page, or of a browser extension.
_ORIGIN = re.compile(r"(?:https?|[a-z]+(?:-[a-z]+)*-extension)://[A-Za-z0-9.:\[\]-]+")

# The summarizer that selects sentences and needs no model.
EXTRACTIVE = "extractive"


# Settings that decide what is loaded and where text is kept. A `kabar.toml` that another user may
# have left in the current folder must not set them.
_TRUSTED = {"data_dir", "model", "engine", "cache_url", "summarizer", "glossary"}


class Settings(BaseSettings):
    """Every setting, with its default."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("kabar", appauthor=False)),
        description="folder for models, cache, keys, jobs and corrections",
    )
    model: str = Field(
        default_factory=default_model,
        description="model: a name, a folder with a checkpoint, or an adapter",
    )
    engine: Literal["auto", "inflight", "ctranslate2", "transformers"] = Field(
        default="auto",
        description="engine that translates; auto: inflight where it runs, else ctranslate2",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", description="device that the engine runs on"
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="number format of transformers"
    )
    threads: int = Field(default=0, ge=0, description="CPU threads; 0: one per core")
    beam: int = Field(default=4, ge=1, le=32, description="beam size; 1: greedy search")
    deterministic: bool = Field(
        default=False,
        description="translate each sentence alone: slower, and the result never varies",
    )
    strict_language: bool = Field(
        default=False, description="refuse text that is neither Indonesian nor English"
    )
    glossary: str | None = Field(
        default=None,
        description="glossaries to apply: names or files, comma-separated; `none` for no glossary "
        "(default: the user's own and the newsroom's)",
    )
    summarizer: str = Field(
        default=EXTRACTIVE,
        description="summarizer: extractive (selects sentences), or a model for summaries",
    )
    cache: bool = Field(default=True, description="keep translations and reuse them")
    cache_url: str | None = Field(
        default=None, description="URL of a Redis for the cache (redis://…), instead of a file"
    )
    cache_mb: int = Field(default=1024, ge=1, description="maximum size of the cache file, in MB")
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on")
    workers: int = Field(default=1, ge=1, le=64, description="worker processes")
    max_connections: int = Field(
        default=1000, ge=16, description="maximum connections of a worker process"
    )
    max_characters: int = Field(
        default=200_000, ge=1, description="maximum characters of text in one HTTP request"
    )
    request_seconds: float = Field(
        default=600, gt=0, description="maximum seconds for one HTTP request"
    )
    queue_seconds: float = Field(
        default=120,
        gt=0,
        description="maximum seconds of work that may wait before a request; above it, the answer "
        "is 429",
    )
    auth: bool = Field(default=True, description="require an API key once a key exists")
    shared_results: bool = Field(
        default=False,
        description="let all keys share results, counts and cached sentences, as one house",
    )
    allowed_hosts: str | None = Field(
        default=None,
        description="names under which clients may reach the service, comma-separated",
    )
    cors_origins: str | None = Field(
        default=None,
        description="origins of web pages that may call the service (https://…), comma-separated",
    )
    webhook_private: bool = Field(
        default=False, description="allow webhooks to private and loopback addresses"
    )
    log_format: Literal["console", "json"] = Field(default="console", description="log format")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="lowest level that is logged"
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
        # `load_settings` merges the sources, so that an error can name the source.
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
    def glossaries_path(self) -> Path:
        return self.data_dir.expanduser() / "glossaries.sqlite3"

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
    def lasting_paths(self) -> tuple[Path, ...]:
        """The files that are copied daily."""
        return self.memory_path, self.jobs_path, self.glossaries_path

    @property
    def host_names(self) -> frozenset[str]:
        """The names of `allowed_hosts`, in small letters."""
        return frozenset(_listed(self.allowed_hosts.lower()) if self.allowed_hosts else ())

    @property
    def origins(self) -> list[str]:
        return _listed(self.cors_origins) if self.cors_origins else []

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: str | None) -> str | None:
        for origin in _listed(value or ""):
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin} is not an origin: use https://NAME, https://NAME:PORT or, for a "
                    f"browser extension, such as chrome-extension://ID"
                )
        return value

    @property
    def max_bytes(self) -> int:
        """The maximum size of a request body.

        JSON may write a character as six bytes (`\\u2026`); the rest is room for the fields.
        """
        return self.max_characters * 8

    def as_environment(self) -> dict[str, str]:
        """Return the settings as `KABAR_*` variables, for child processes."""
        return {
            _PREFIX + name.upper(): str(value)
            for name, value in self.model_dump(exclude_none=True).items()
        }


def _listed(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def load_settings(**command_line: Any) -> Settings:
    """Merge all sources; an argument that is None is not set.

    Raises `InvalidSettings` that names the setting, its source and the valid values.
    """
    options = {name: value for name, value in command_line.items() if value is not None}
    sources = [
        (_file_settings(), "in kabar.toml"),
        (_environment_settings(), "in the environment"),
        (options, "on the command line"),
    ]
    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for values, origin in sources:
        merged.update(values)
        origins.update(dict.fromkeys(values, origin))
    try:
        return Settings(**merged)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise InvalidSettings(
            f"{name} = {first['input']!r} {origins.get(name, '')} is not valid: {first['msg']}"
        ) from error


def _environment_settings() -> dict[str, str]:
    values = {}
    for variable, value in os.environ.items():
        if not variable.startswith(_PREFIX) or variable == _CONFIG:
            continue
        name = variable.removeprefix(_PREFIX).lower()
        if name not in Settings.model_fields:
            known = [_PREFIX + field.upper() for field in Settings.model_fields]
            raise InvalidSettings(
                f"the environment variable {variable} is not a setting: {_nearest(variable, known)}"
            )
        values[name] = value
    return values


def _file_settings() -> dict[str, Any]:
    config = os.environ.get(_CONFIG)
    path = Path(config or "kabar.toml")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if config:
            raise InvalidSettings(f"{_CONFIG} names {path}, which does not exist") from None
        return {}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{path} cannot be read as TOML: {error}") from error
    named = [] if config else sorted(_TRUSTED & values.keys())
    if named and (reason := writable_by_others(path)):
        raise InvalidSettings(
            f"{path} in this folder sets {', '.join(named)}, and another user could have written "
            f"it ({reason}): remove that right, or name the file in {_CONFIG}"
        )
    for name in values:
        if name not in Settings.model_fields:
            known = list(Settings.model_fields)
            raise InvalidSettings(
                f"{path} sets {name!r}, which is not a setting: {_nearest(name, known)}"
            )
    return values


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"the settings are {', '.join(known)}"
