"""The models on disk, each complete or absent, and built once.

`ModelStore(root)` has a folder for every model under `root`, named after everything the model
depends on. A folder is filled beside its final place and moved there in one step, under a lock. Of
two processes that start at once, one builds and the other waits. The next process removes the
partial files of a killed one.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from models import errors
from models.catalogue import ModelSpec
from models.errors import BuildFailed, ModelError, ModelMissing, UnsafeModel
from models.files import locked, replacing, verify_manifest, writable_by_others, write_manifest

# The format that an engine reads: CTranslate2's, the inflight engine's for sums of 16 or 32 bits,
# or a Hugging Face checkpoint.
Format = Literal["ctranslate2", "packed16", "packed32", "transformers"]

Progress = Callable[[str], None]


def quiet(step: str) -> None:
    """Ignore progress."""


class ModelStore:
    """The models under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, spec: ModelSpec, form: Format) -> Path:
        """Return the folder of a model, which may not exist."""
        if spec.source == "embedded":
            from models.embedded.build import recipe

            return self.root / spec.id / f"{form}-{_short(recipe(form, spec.path))}"
        if form == "transformers":
            if spec.path is not None:
                return spec.path
            return self.root / spec.id / f"transformers-{_short({'at': spec.revision or 'main'})}"
        return self.root / spec.id / f"ctranslate2-{_short(self._checkpoint_recipe(spec))}"

    def find(self, spec: ModelSpec, form: Format) -> Path | None:
        """Return the model's folder if it exists, else None. Raises `UnsafeModel`."""
        try:
            folder = self.folder(spec, form)
        except ModelMissing:
            return None
        if not folder.is_dir():
            return None
        if spec.path is None:
            self._require_own(folder)
        return folder

    def _require_own(self, folder: Path) -> None:
        """Raise `UnsafeModel` where another user could have planted the model."""
        if reason := writable_by_others(folder):
            raise UnsafeModel(
                f"the model in {folder} is not loaded, because another user could have changed it "
                f"({reason}): take that right away with chown and chmod, or set KABAR_DATA_DIR to "
                f"a folder of your own"
            )

    def ensure(
        self, spec: ModelSpec, form: Format, progress: Progress = quiet, *, force: bool = False
    ) -> Path:
        """Return the model's folder; build, convert or fetch it first if need be.

        Raises a `ModelError`, and then leaves no partial files.
        """
        if not force and (found := self.find(spec, form)):
            return found
        if spec.source != "embedded" and form == "transformers":
            return self._checkpoint(spec, progress, force=force)
        if spec.source != "embedded":
            self._checkpoint(spec, progress, force=force)
        folder = self.folder(spec, form)
        with locked(folder, progress):
            if not force and folder.is_dir():
                return folder
            with replacing(folder) as partial:
                if spec.source == "embedded":
                    _run_builder(form, partial, progress, spec.path)
                else:
                    from models.checkpoints.convert import convert_checkpoint

                    progress(f"converting {spec.id} for CTranslate2")
                    made = convert_checkpoint(
                        self._checkpoint(spec, progress), spec, partial / "converted", "int8"
                    )
                    for path in made.iterdir():
                        path.rename(partial / path.name)
                    made.rmdir()
                write_manifest(partial, {"model": spec.id, "format": form})
        progress(f"{spec.id} is ready in {folder}")
        return folder

    def verify(self, spec: ModelSpec, form: Format) -> int:
        """Check each file's sha256; return their number. Raises a `ModelError`."""
        found = self.find(spec, form)
        if found is None:
            raise ModelMissing(
                f"{spec.id} is not built on this machine: run `kabar models build {spec.id}`"
            )
        if spec.source == "hub" and form == "transformers":
            from models.checkpoints.hub import verify

            return len(verify(found))
        if spec.source == "local" and form == "transformers":
            return 0
        return verify_manifest(found)

    def _checkpoint(self, spec: ModelSpec, progress: Progress, *, force: bool = False) -> Path:
        """Return the folder of a checkpoint, fetched if need be."""
        if spec.path is not None:
            return spec.path
        folder = self.folder(spec, "transformers")
        if folder.is_dir() and not force:
            return folder
        from models.checkpoints.hub import fetch

        with locked(folder, progress):
            if folder.is_dir() and not force:
                return folder
            progress(f"fetching {spec.repository} ({spec.size_mb} MB)")
            with replacing(folder) as partial:
                fetch(spec, partial)
        return folder

    def _checkpoint_recipe(self, spec: ModelSpec) -> dict[str, str]:
        import ctranslate2

        folder = self.folder(spec, "transformers")
        if not folder.is_dir():
            raise ModelMissing(f"{spec.id} was not fetched yet: run `kabar models build {spec.id}`")
        files = {
            path.name: f"{path.stat().st_size} {path.stat().st_mtime_ns}"
            for path in sorted(folder.iterdir())
            if path.is_file()
        }
        return {**files, "at": str(folder.resolve()), "converter": ctranslate2.__version__}


def _run_builder(
    form: Format, folder: Path, progress: Progress, adapter: Path | None = None
) -> None:
    """Build the embedded model in a separate process, to free its memory."""
    # -P: Python must not import a folder called `models` in the working directory.
    command = [sys.executable, "-P", "-m", "models.embedded.build", form, str(folder)]
    command += [str(adapter)] if adapter else []
    with (
        tempfile.TemporaryFile("w+") as error_output,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=error_output, text=True, env=_environment()
        ) as process,
    ):
        for line in process.stdout or ():
            progress(line.rstrip())
        status = process.wait()
        error_output.seek(0)
        lines = error_output.read().strip().splitlines()
    if status != 0:
        raise _builder_error(status, lines[-1] if lines else "")


def _builder_error(status: int, report: str) -> ModelError:
    """Return the builder's error, from its JSON report or its status."""
    try:
        fields = json.loads(report)
        kind: type[ModelError] = getattr(errors, fields["error"])
        return kind(fields["detail"])
    except (ValueError, KeyError, AttributeError, TypeError):
        if status < 0:
            return BuildFailed(
                f"signal {-status} ended the builder, perhaps for lack of memory: it needs 2 GB"
            )
        return BuildFailed(f"the builder stopped with status {status}: {report}")


def _environment() -> dict[str, str]:
    """Return the environment, with the folder of these packages on the path."""
    here = str(Path(__file__).resolve().parent.parent)
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{path}" if path else here}


def _short(parts: dict[str, str]) -> str:
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
