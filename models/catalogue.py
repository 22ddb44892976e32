"""The models Kabar knows by name, read from `catalogue.toml`.

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

from models.errors import UnknownModel

Architecture = Literal["causal", "seq2seq"]
Source = Literal["embedded", "hub", "local"]

ARCHITECTURES = ("causal", "seq2seq")

# What a kabar-model.toml in a checkpoint's folder may set.
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
    """One model: what it is, where it comes from, and how it is spoken to.

    `prompt` (causal models only) holds `{source}`; the target is what the model continues
    with, up to the end token or `stop`. `source_language` and `target_language` are the
    model's own codes, for multilingual seq2seq models; of a model for summarization,
    `source_language` is what it reads and writes, and none is the article's own. `path` is set
    for local folders, and for an adapter that takes the place of the one that ships.
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

    @property
    def address(self) -> str:
        """A short hash of how the model is spoken to: prompt, stop and languages.

        Part of an engine's signature, because a folder's kabar-model.toml may change all four
        without changing the weights.
        """
        spoken = (self.prompt, self.stop, self.source_language, self.target_language)
        return hashlib.sha256(repr(spoken).encode()).hexdigest()[:12]


@cache
def _catalogue() -> tuple[str, dict[str, ModelSpec]]:
    text = files("models").joinpath("catalogue.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    models = {name: ModelSpec(id=name, **entry) for name, entry in data["models"].items()}
    return data["default_translation"], models


def default_model() -> str:
    """The id of the model that is used when none is named."""
    return _catalogue()[0]


def known_models() -> list[ModelSpec]:
    """Every model of the catalogue, in its order."""
    return list(_catalogue()[1].values())


def find_model(name: str, task: str = "translation") -> ModelSpec:
    """The model of that name, the checkpoint in the folder of that path, or the embedded model
    with the adapter of that path.

    A model of the catalogue that is for another task is refused as an unknown one is.
    """
    default, models = _catalogue()
    if name in models:
        if models[name].task != task:
            raise UnknownModel(f"{name} is a model for {models[name].task}, not for {task}")
        return models[name]
    if task == models[default].task and (adapter := _adapter(name)):
        from models.embedded.adapter import read_metadata

        # An adapter is spoken to as it was trained.
        metadata = read_metadata(adapter)
        shipped = models[default]
        return replace(
            shipped,
            path=adapter,
            prompt=metadata.get("prompt", shipped.prompt),
            stop=metadata.get("stop", shipped.stop),
        )
    if folder := _folder(name):
        return replace(local_model(folder), task=task)
    known = [spec.id for spec in models.values() if spec.task == task]
    near = difflib.get_close_matches(name, known, n=2, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise UnknownModel(
        f"there is no model or folder called {name!r}: {hint}"
        f"`kabar models list` shows the names, and the path of a folder with a checkpoint or of "
        f"an adapter (.safetensors) works too"
    )


def _adapter(name: str) -> Path | None:
    try:
        path = Path(name).expanduser()
        return path.resolve() if path.suffix == ".safetensors" and path.is_file() else None
    except (OSError, RuntimeError):
        return None


def _folder(name: str) -> Path | None:
    try:
        folder = Path(name).expanduser()
        return folder if folder.is_dir() else None
    except (OSError, RuntimeError):  # too long for a path, or of a home that nobody has
        return None


def local_model(folder: Path) -> ModelSpec:
    """A checkpoint in Hugging Face's layout (config.json beside safetensors) in a folder.

    A file `kabar-model.toml` in it may set `prompt`, `stop`, `source_language`,
    `target_language`, `architecture` and `max_source_tokens`.
    """
    if not (folder / "config.json").is_file():
        raise UnknownModel(
            f"the folder {folder} holds no config.json, so it is not a model: "
            f"name a folder with a checkpoint in Hugging Face's layout"
        )
    settings: dict[str, object] = {}
    beside = folder / "kabar-model.toml"
    if beside.is_file():
        try:
            settings = tomllib.loads(beside.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UnknownModel(f"{beside} is not valid TOML: {error}") from error
        _check_settings(beside, settings)
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
            wanted = " or ".join(ARCHITECTURES) if name == "architecture" else kind.__name__
            raise UnknownModel(f"{path} sets {name} = {value!r}, which has to be {wanted}")
