"""What `kabar models …` and `kabar doctor` do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from models.catalogue import ModelSpec, find_model, known_models
from models.errors import KabarError, ModelMissing
from models.load import ENGINES
from models.store import Format, ModelStore
from service.settings import Settings


def list_models(settings: Settings) -> None:
    """Print the catalogue as a table."""
    from rich.console import Console
    from rich.table import Table

    store = ModelStore(settings.models_dir)
    table = Table("name", "here", "MB", "licence", "what it is", box=None, pad_edge=False)
    for spec in known_models():
        forms = [form for form in ("ctranslate2", "transformers") if store.find(spec, form)]
        here = ", ".join(forms) or ("built at first use" if spec.source == "embedded" else "no")
        table.add_row(spec.id, here, str(spec.size_mb), spec.licence, spec.summary)
    Console(width=None if sys.stdout.isatty() else 160).print(table)


def build_model(settings: Settings, force: bool) -> None:
    """Build, fetch or convert a model, saying each step."""
    began = time.perf_counter()
    store = ModelStore(settings.models_dir)
    folder = store.ensure(*_named(settings), _say, force=force)
    print(f"{settings.model} is in {folder} ({time.perf_counter() - began:.1f} s)")


def verify_model(settings: Settings) -> None:
    """Check every file's sha256."""
    count = ModelStore(settings.models_dir).verify(*_named(settings))
    print(f"{settings.model}: {count} files, every sha256 as it should be")


def _named(settings: Settings) -> tuple[ModelSpec, Format]:
    """The model that is named, for whatever task, and the form in which it is used."""
    tasks = {spec.id: spec.task for spec in known_models()}
    if tasks.get(settings.model) == "summarization":
        return find_model(settings.model, "summarization"), "transformers"
    return find_model(settings.model), ENGINES[settings.engine]


def doctor(settings: Settings) -> int:
    """Print what was found; the exit code, 0 where translating works."""
    from service.desk import open_desk

    failed = 0

    def check(name: str, look: Callable[[], str]) -> None:
        nonlocal failed
        try:
            print(f"ok      {name}: {look()}")
        except KabarError as error:
            failed += 1
            print(f"PROBLEM {name}: {error.detail}")
        except OSError as error:
            failed += 1
            print(f"PROBLEM {name}: {error}")

    check("system", _system)
    check("packages", _packages)
    check("devices", _devices)
    check("data folder", lambda: _data_folder(settings))
    check("model files", lambda: _model_files(settings))

    def translating() -> str:
        began = time.perf_counter()
        desk = open_desk(settings.model_copy(update={"cache": False}), _say)
        loaded = time.perf_counter()
        source = "Banjir merendam 1.240 rumah di Demak pada Selasa (18/2/2025)."
        (target, _), *_ = desk.pipeline.translate_sentences([source])[0]
        seconds = time.perf_counter() - loaded
        desk.close()
        return f"loaded in {loaded - began:.1f} s, one sentence in {seconds:.2f} s: {target}"

    if not failed:
        check("translating", translating)
    return 4 if failed else 0


def _system() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"Python {platform.python_version()}, {platform.platform()}, {cores} cores"


def _packages() -> str:
    shown = []
    for name in ("kabar", "ctranslate2", "tokenizers", "torch", "transformers"):
        try:
            shown.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            shown.append(f"{name} not installed")
    return ", ".join(shown)


def _devices() -> str:
    import ctranslate2

    types = ", ".join(sorted(ctranslate2.get_supported_compute_types("cpu")))
    return f"cpu ({types}), {ctranslate2.get_cuda_device_count()} CUDA for CTranslate2"


def _data_folder(settings: Settings) -> str:
    folder = settings.data_dir.expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".doctor"
    probe.write_bytes(b"x")
    probe.unlink()
    return f"{folder}, writable, {shutil.disk_usage(folder).free / 1e9:.1f} GB free"


def _model_files(settings: Settings) -> str:
    try:
        count = ModelStore(settings.models_dir).verify(
            find_model(settings.model), ENGINES[settings.engine]
        )
    except ModelMissing as error:
        return f"not there yet: {error.detail}"
    return f"{settings.model}, {count} files, every sha256 as it should be"


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
