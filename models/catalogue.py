"""The models that Kabar knows by name, read from `catalogue.toml`.

In: a name, the path of a folder with a checkpoint, or the path of an adapter for the embedded
model. Out: a `ModelSpec`. An unknown name raises `UnknownModel` with the nearest known names.
"""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from models.errors import UnknownModel, UnsupportedCheckpoint

Architecture = Literal["causal", "seq2seq"]
Source = Literal["embedded", "hub", "local"]

ARCHITECTURES = ("causal", "seq2seq")

# The settings of a kabar-model.toml in a checkpoint's folder.
_LOCAL_SETTINGS: dict[str, type] = {
    "prompt": str,
    "stop": str,
    "source_language": str,
    "target_language": str,
    "architecture": str,
    "max_source_tokens": int,
}


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model: its identity, its origin, and its input format.

    `prompt` (causal models only) contains `{source}`. The target is the model's continuation, up
    to the end token or `stop`. `source_language` and `target_language` are codes of a multilingual
    seq2seq model. A summarizer reads and writes its `source_language` (None: the article's).
    `path` is set for local folders, and for an adapter that replaces the one in the package.
    """

    id: str
    task: str
    source: Source
    summary: str
    licence: str
    architecture: Architecture | None = None
    size_mb: int = 0
    repository: str | None = None
    revision: str | None = None
    path: Path | None = None
    prompt: str | None = None
    stop: str | None = None
    source_language: str | None = None
    target_language: str | None = None
    max_source_tokens: int = 400
    hints: bool = False  # trained with hints (`scripts/training/hints.py`)

    @property
    def address(self) -> str:
        """Return a hash of the input format, which kabar-model.toml may change."""
        parts = (self.prompt, self.stop, self.source_language, self.target_language)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]

    @property
    def input_signature(self) -> dict[str, str]:
        """Return the part of an engine's signature that says how the model is addressed."""
        return {"address": self.address} | ({"hints": "braces"} if self.hints else {})


@cache
def _catalogue() -> tuple[str, dict[str, ModelSpec]]:
    text = files("models").joinpath("catalogue.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    models = {name: ModelSpec(id=name, **entry) for name, entry in data["models"].items()}
    return data["default_translation"], models


def default_model() -> str:
    """Return the id of the model that is used by default."""
    return _catalogue()[0]


def known_models() -> list[ModelSpec]:
    """Return every model of the catalogue, in its order."""
    return list(_catalogue()[1].values())


def find_model(name: str, task: str = "translation") -> ModelSpec:
    """Return the model of a name or a path. Raises `UnknownModel`."""
    default, models = _catalogue()
    if name in models:
        if models[name].task != task:
            raise UnknownModel(f"{name} is a model for {models[name].task}, not for {task}")
        return models[name]
    path = _path(name)
    is_adapter = path is not None and path.suffix == ".safetensors" and path.is_file()
    if path is not None and is_adapter and task == models[default].task:
        from models.embedded.adapter import read_metadata

        # An adapter needs the prompt of its training.
        metadata = read_metadata(path)
        embedded = models[default]
        return replace(
            embedded,
            path=path.resolve(),
            prompt=metadata.get("prompt", embedded.prompt),
            stop=metadata.get("stop", embedded.stop),
            hints=metadata.get("hints") == "braces",
        )
    if path is not None and path.is_dir():
        return replace(local_model(path), task=task)
    known = [spec.id for spec in models.values() if spec.task == task]
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise UnknownModel(
        f"there is no model or folder called {name!r}: {hint}"
        f"`kabar models list` shows the names, and the path of a folder with a checkpoint or of "
        f"an adapter (.safetensors) works too"
    )


def prompt_of(spec: ModelSpec) -> str:
    """Return a causal model's prompt. Raises `UnsupportedCheckpoint`."""
    if spec.prompt is None or spec.prompt.count("{source}") != 1:
        raise UnsupportedCheckpoint(
            f"{spec.id} is a causal model, so it needs a prompt: set `prompt`, with {{source}} in "
            f"it once, and `stop` in a file kabar-model.toml in its folder, as in training, for "
            f'instance prompt = "Indonesian: {{source}}\\nEnglish:" and stop = "\\n"'
        )
    return spec.prompt


def _path(name: str) -> Path | None:
    """Return the path that a name is, if it exists."""
    try:
        path = Path(name).expanduser()
        return path if path.exists() else None
    except (OSError, RuntimeError):  # too long for a path, or the home of an unknown user
        return None


def local_model(folder: Path) -> ModelSpec:
    """Return a folder's checkpoint with its settings. Raises `UnknownModel`."""
    if not (folder / "config.json").is_file():
        raise UnknownModel(
            f"the folder {folder} holds no config.json, so it is not a model: "
            f"name a folder with a checkpoint in Hugging Face's layout"
        )
    settings: dict[str, object] = {}
    file = folder / "kabar-model.toml"
    if file.is_file():
        try:
            settings = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UnknownModel(f"{file} is not valid TOML: {error}") from error
        _check_settings(file, settings)
    return ModelSpec(
        id=folder.resolve().name,
        task="translation",
        source="local",
        summary=f"checkpoint in {folder}",
        licence="see the folder",
        path=folder,
        **settings,  # type: ignore[arg-type]
    )


def _check_settings(path: Path, settings: dict[str, object]) -> None:
    for name, value in settings.items():
        if name not in _LOCAL_SETTINGS:
            raise UnknownModel(
                f"{path} sets {name}, which Kabar does not know: "
                f"it may set {', '.join(_LOCAL_SETTINGS)}"
            )
        kind = _LOCAL_SETTINGS[name]
        if not isinstance(value, kind) or (name == "architecture" and value not in ARCHITECTURES):
            allowed = " or ".join(ARCHITECTURES) if name == "architecture" else kind.__name__
            raise UnknownModel(f"{path} sets {name} = {value!r}, which must be {allowed}")
