"""The store: models appear complete or not at all, and once."""

from __future__ import annotations

import errno
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from models import errors, store
from models.catalogue import find_model, local_model
from models.embedded import build
from models.errors import (
    BuildFailed,
    ModelCorrupt,
    ModelError,
    ModelMissing,
    NoSpace,
    UnsafeModel,
)
from models.files import read_manifest
from models.store import Format, ModelStore, Progress

SPEC = find_model("kabar-id-en")

Builder = Callable[[Format, Path, Progress], None]


class FakeBuilder:
    """A fast builder; it raises `error` after the first file was written."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.built = 0
        self.error = error

    def __call__(
        self, form: Format, folder: Path, progress: Progress, adapter: Path | None = None
    ) -> None:
        self.built += 1
        (folder / "one.bin").write_text(f"{form} {self.built}")
        if self.error is not None:
            raise self.error
        progress("half done")
        (folder / "two.bin").write_text("two")


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> FakeBuilder:
    made = FakeBuilder()
    monkeypatch.setattr(store, "_run_builder", made)
    return made


@pytest.fixture
def models(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "models")


def names(models: ModelStore) -> list[str]:
    """Return the names beside the model, whose own name becomes MODEL."""
    folder = models.folder(SPEC, "ctranslate2")
    return sorted(path.name.replace(folder.name, "MODEL") for path in folder.parent.iterdir())


def test_a_model_is_built_once_and_then_found(models: ModelStore, builder: FakeBuilder) -> None:
    assert models.find(SPEC, "ctranslate2") is None
    steps: list[str] = []
    folder = models.ensure(SPEC, "ctranslate2", steps.append)
    assert folder == models.folder(SPEC, "ctranslate2") == models.find(SPEC, "ctranslate2")
    assert steps == ["half done", f"kabar-id-en is ready in {folder}"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "one.bin",
        "two.bin",
    ]
    manifest = read_manifest(folder)
    assert (manifest["model"], manifest["format"]) == ("kabar-id-en", "ctranslate2")
    assert models.verify(SPEC, "ctranslate2") == 2
    assert models.ensure(SPEC, "ctranslate2", steps.append) == folder
    assert (builder.built, len(steps)) == (1, 2)
    assert names(models) == ["MODEL", "MODEL.lock"]


def test_each_format_has_a_folder(models: ModelStore, builder: FakeBuilder) -> None:
    one = models.ensure(SPEC, "ctranslate2")
    other = models.ensure(SPEC, "transformers")
    assert (one / "one.bin").read_text() == "ctranslate2 1"
    assert (other / "one.bin").read_text() == "transformers 2"


def test_another_recipe_is_another_folder(
    models: ModelStore, builder: FakeBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = models.ensure(SPEC, "ctranslate2")
    recipe = build.recipe("ctranslate2")
    for part in recipe:
        monkeypatch.setattr(build, "recipe", lambda form, _, part=part: {**recipe, part: "another"})
        assert models.folder(SPEC, "ctranslate2") != old
        assert models.find(SPEC, "ctranslate2") is None
    monkeypatch.setattr(build, "recipe", lambda form, _: dict(reversed(recipe.items())))
    assert models.find(SPEC, "ctranslate2") == old


def test_force_replaces_a_damaged_model(models: ModelStore, builder: FakeBuilder) -> None:
    folder = models.ensure(SPEC, "ctranslate2")
    (folder / "two.bin").write_text("twp")
    (folder / "left over").touch()
    with pytest.raises(ModelCorrupt, match=r"two\.bin is damaged"):
        models.verify(SPEC, "ctranslate2")
    assert models.ensure(SPEC, "ctranslate2", force=True) == folder
    assert models.verify(SPEC, "ctranslate2") == 2
    assert (folder / "one.bin").read_text() == "ctranslate2 2"
    assert not (folder / "left over").exists()
    assert names(models) == ["MODEL", "MODEL.lock"]


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            NoSpace,
            r"^the disk of .* filled up, and the partial files were removed: free some space, or "
            r"set KABAR_DATA_DIR to a folder on another disk$",
        ),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), NoSpace, "filled up"),
        (
            OSError(errno.EIO, "Input/output error"),
            BuildFailed,
            r"^cannot write the model to .*: \[Errno 5\] Input/output error$",
        ),
        (ModelMissing("the base weights are not installed"), ModelMissing, "^the base weights"),
        (KeyboardInterrupt(), KeyboardInterrupt, "^$"),
    ],
)
@pytest.mark.parametrize("force", [False, True], ids=["absent", "there"])
def test_a_failure_leaves_an_earlier_model_intact(
    models: ModelStore,
    builder: FakeBuilder,
    error: BaseException,
    expected: type[BaseException],
    message: str,
    force: bool,
) -> None:
    if force:
        models.ensure(SPEC, "ctranslate2")
    before = builder.built
    builder.error = error
    with pytest.raises(expected, match=message):
        models.ensure(SPEC, "ctranslate2", force=force)
    assert builder.built == before + 1
    assert names(models) == (["MODEL", "MODEL.lock"] if force else ["MODEL.lock"])
    builder.error = None
    models.ensure(SPEC, "ctranslate2")
    assert models.verify(SPEC, "ctranslate2") == 2
    assert builder.built == 2


def test_partial_files_of_a_killed_process_are_removed(
    models: ModelStore, builder: FakeBuilder
) -> None:
    folder = models.folder(SPEC, "ctranslate2")
    for name in ("partial-abc", "partial-abc.old"):
        left = folder.parent / f"{folder.name}.{name}"
        left.mkdir(parents=True)
        (left / "base.gguf").touch()
    of_another = folder.parent / "transformers-0.partial-abc"
    of_another.mkdir()
    assert models.find(SPEC, "ctranslate2") is None
    models.ensure(SPEC, "ctranslate2")
    assert names(models) == ["MODEL", "MODEL.lock", "transformers-0.partial-abc"]


def test_a_second_process_waits_and_builds_nothing(
    models: ModelStore, builder: FakeBuilder
) -> None:
    folder = models.folder(SPEC, "ctranslate2")
    folder.parent.mkdir(parents=True)
    steps: list[str] = []
    waiting = threading.Event()

    def step(message: str) -> None:
        steps.append(message)
        waiting.set()

    second = threading.Thread(target=models.ensure, args=(SPEC, "ctranslate2", step))
    with FileLock(f"{folder}.lock"):
        second.start()
        assert waiting.wait(30)
        folder.mkdir()  # the first one is ready
    second.join(30)
    assert steps == ["waiting for another process, which is making this"]
    assert builder.built == 0


def test_a_read_only_folder_is_named(tmp_path: Path, builder: FakeBuilder) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        BuildFailed,
        match=r"^cannot write to .* \(.*\): set KABAR_DATA_DIR to a folder you can write to$",
    ):
        ModelStore(tmp_path / "file" / "models").ensure(SPEC, "ctranslate2")
    assert builder.built == 0


@pytest.mark.parametrize("name", ["kabar-id-en", "opus-mt-id-en"])
def test_an_absent_model_cannot_be_verified(models: ModelStore, name: str) -> None:
    assert models.find(find_model(name), "ctranslate2") is None
    with pytest.raises(ModelMissing) as caught:
        models.verify(find_model(name), "ctranslate2")
    assert caught.value.detail == (
        f"{name} is not built on this machine: run `kabar models build {name}`"
    )
    assert not models.root.exists()


def test_a_local_checkpoint_is_used_in_its_folder(models: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    spec = local_model(folder)
    assert models.folder(spec, "transformers") == folder
    assert models.ensure(spec, "transformers") == folder
    assert models.verify(spec, "transformers") == 0
    assert not models.root.exists()


def test_a_conversion_depends_on_its_files(models: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    weights = folder / "model.safetensors"
    (folder / "config.json").write_text("{}")
    weights.write_bytes(b"weights")
    spec = local_model(folder)
    seen = [models.folder(spec, "ctranslate2")]
    assert seen[0].parent == models.root / "mine"
    os.utime(weights, ns=(0, 0))
    seen.append(models.folder(spec, "ctranslate2"))
    weights.write_bytes(b"longer weights")
    os.utime(weights, ns=(0, 0))
    seen.append(models.folder(spec, "ctranslate2"))
    other = tmp_path / "elsewhere" / "mine"
    other.parent.mkdir()
    folder.rename(other)
    moved = replace(spec, path=other)
    seen.append(models.folder(moved, "ctranslate2"))
    assert len(set(seen)) == 4
    assert models.folder(moved, "ctranslate2") == seen[-1]


@pytest.mark.parametrize(
    ("script", "expected", "detail"),
    [
        (
            """echo '{"error": "NoSpace", "detail": "the disk is full"}' >&2; exit 1""",
            NoSpace,
            "the disk is full",
        ),
        (
            """echo 'a warning' >&2; echo '{"error": "ModelCorrupt", "detail": "x"}' >&2; exit 1""",
            ModelCorrupt,
            "x",
        ),
        (
            "echo 'Traceback:' >&2; echo MemoryError >&2; exit 1",
            BuildFailed,
            "the builder stopped with status 1: MemoryError",
        ),
        ("exit 3", BuildFailed, "the builder stopped with status 3: "),
        (
            """echo '{"error": "Mystery", "detail": "x"}' >&2; exit 1""",
            BuildFailed,
            """the builder stopped with status 1: {"error": "Mystery", "detail": "x"}""",
        ),
        (
            "kill -9 $$",
            BuildFailed,
            "signal 9 ended the builder, perhaps for lack of memory: it needs 2 GB",
        ),
    ],
)
def test_the_builders_error_is_reported(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    script: str,
    expected: type[ModelError],
    detail: str,
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\necho first step\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    steps: list[str] = []
    with pytest.raises(ModelError) as caught:
        store._run_builder("ctranslate2", tmp_path, steps.append)
    assert type(caught.value) is expected
    assert caught.value.detail == detail
    assert steps == ["first step"]


def test_the_working_directory_does_not_change_the_builder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Do not import a folder called `models` in the working directory."""
    (tmp_path / "models" / "embedded").mkdir(parents=True)
    for package in ("models", "models/embedded"):
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "models" / "embedded" / "build.py").write_text("raise SystemExit(7)\n")
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "python"
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} "$1" -c "import models; print(models.__file__)"\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    steps: list[str] = []
    store._run_builder("ctranslate2", tmp_path, steps.append)
    assert [Path(step).resolve() for step in steps] == [
        Path(errors.__file__).with_name("__init__.py")
    ]


def test_a_model_that_others_may_change_is_not_loaded(
    models: ModelStore, builder: FakeBuilder
) -> None:
    folder = models.ensure(SPEC, "ctranslate2")
    for place in (folder, folder.parent):
        place.chmod(0o777)
        with pytest.raises(UnsafeModel, match=r"every user may write to .*chown and chmod"):
            models.ensure(SPEC, "ctranslate2")
        place.chmod(0o755)
    assert models.ensure(SPEC, "ctranslate2") == folder
    if os.getuid() == 0:
        os.chown(folder, 12345, 0)
        with pytest.raises(UnsafeModel, match=r"belongs to another user \(id 12345\)"):
            models.find(SPEC, "ctranslate2")
        os.chown(folder, 0, 12345)
        folder.chmod(0o775)
        with pytest.raises(UnsafeModel, match=r"another group \(id 12345\) may write to"):
            models.find(SPEC, "ctranslate2")
