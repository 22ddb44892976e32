"""The errors of models and engines.

Every class has a stable `slug` for programs, a one-line `title` for people, and an `exit_code` for
the command line. The instance's message says what happened and what to do. HTTP status codes are
in `service.errors`.
"""

from __future__ import annotations


class KabarError(Exception):
    """The base of all errors that Kabar raises on purpose."""

    slug = "error"
    title = "Kabar could not do this"
    exit_code = 1

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ModelError(KabarError):
    """The base of all errors that `models/` raises."""

    slug = "model-error"
    title = "The model could not be used"
    exit_code = 4


class UnknownModel(ModelError):
    """A name that is neither in the catalogue nor a folder with a checkpoint."""

    slug = "unknown-model"
    title = "No model of that name"
    exit_code = 2


class ModelMissing(ModelError):
    """A known model whose files are not on this machine and cannot be made."""

    slug = "model-missing"
    title = "The model is not on this machine"


class ModelCorrupt(ModelError):
    """A file of a model that does not match its sha256 or cannot be read."""

    slug = "model-corrupt"
    title = "A model file is damaged"


class UnsafeModel(ModelError):
    """A model in a folder that another user could write to."""

    slug = "unsafe-model"
    title = "The model's folder is not safe"


class BuildFailed(ModelError):
    """A failed build, which leaves no partial files."""

    slug = "build-failed"
    title = "The embedded model could not be built"


class NoSpace(ModelError):
    """A disk that filled up while a model was written."""

    slug = "no-space"
    title = "Not enough disk space"


class UnsupportedCheckpoint(ModelError):
    """A checkpoint that Kabar cannot run, such as one of another architecture."""

    slug = "unsupported-checkpoint"
    title = "This kind of checkpoint is not supported"
    exit_code = 2


class EngineUnavailable(ModelError):
    """An engine whose packages are not installed."""

    slug = "engine-unavailable"
    title = "The engine is not installed"
    exit_code = 2


class DeviceUnavailable(ModelError):
    """A device that was requested by name and is not on this machine."""

    slug = "device-unavailable"
    title = "The device is not available"
    exit_code = 2


class EngineFailed(ModelError):
    """A failure of an engine, or a wrong number of results from it."""

    slug = "engine-failed"
    title = "The engine failed"
