"""What may go wrong with models and engines: one small tree.

Every class owns a `slug` (stable, for programs), a `title` (one line, for people) and an
`exit_code` for the command line; the instance's message says what happened and what to do
about it. HTTP status codes belong to `service.errors`.
"""

from __future__ import annotations


class KabarError(Exception):
    """Base of everything Kabar raises on purpose."""

    slug = "error"
    title = "Kabar could not do this"
    exit_code = 1

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ModelError(KabarError):
    """Base of what `models/` raises."""

    slug = "model-error"
    title = "The model could not be used"
    exit_code = 4


class UnknownModel(ModelError):
    """The name is neither in the catalogue nor a folder with a checkpoint."""

    slug = "unknown-model"
    title = "No model of that name"
    exit_code = 2


class ModelMissing(ModelError):
    """The model is known, but its files are not on this machine and cannot be made here."""

    slug = "model-missing"
    title = "The model is not on this machine"


class ModelCorrupt(ModelError):
    """A file of the model is not what its sha256 says it should be."""

    slug = "model-corrupt"
    title = "A model file is damaged"


class BuildFailed(ModelError):
    """The embedded model could not be built; nothing half-made is left behind."""

    slug = "build-failed"
    title = "The embedded model could not be built"


class NoSpace(ModelError):
    """The disk filled up while a model was written."""

    slug = "no-space"
    title = "Not enough disk space"


class UnsupportedCheckpoint(ModelError):
    """The folder holds a checkpoint, but of an architecture Kabar cannot run."""

    slug = "unsupported-checkpoint"
    title = "This kind of checkpoint is not supported"
    exit_code = 2


class EngineUnavailable(ModelError):
    """The engine's packages are not installed."""

    slug = "engine-unavailable"
    title = "The engine is not installed"
    exit_code = 2


class DeviceUnavailable(ModelError):
    """A device was asked for by name and this machine does not have it."""

    slug = "device-unavailable"
    title = "The device is not available"
    exit_code = 2


class EngineFailed(ModelError):
    """The engine raised while translating, or gave back another number of results."""

    slug = "engine-failed"
    title = "The engine failed"
