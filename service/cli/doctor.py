"""The action of `kabar doctor`: checks of this machine."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from models.catalogue import find_model
from models.errors import KabarError, ModelMissing
from models.load import choose_engine, model_format
from models.store import ModelStore
from service.cli.options import say
from service.runtime import open_runtime
from service.settings import Settings
from service.storage.copies import repair
from service.storage.folder import secure
from service.storage.sqlite import make_private


def doctor(settings: Settings) -> int:
    """Run and print all checks; return exit code 0 if Kabar can translate."""
    failed = 0

    def check(name: str, run: Callable[[], str]) -> None:
        nonlocal failed
        try:
            print(f"ok      {name}: {run()}")
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
    check("data files", lambda: _data_files(settings))
    check("engine", lambda: _engine(settings))
    check("model files", lambda: _model_files(settings))

    def translating() -> str:
        began = time.perf_counter()
        runtime = open_runtime(settings.model_copy(update={"cache": False}), say)
        loaded = time.perf_counter()
        source = "Banjir merendam 1.240 rumah di Demak pada Selasa (18/2/2025)."
        (result,) = runtime.pipeline.translate_sentences([source])
        seconds = time.perf_counter() - loaded
        runtime.close()
        return f"loaded in {loaded - began:.1f} s, one sentence in {seconds:.2f} s: {result.target}"

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
    make_private(folder)
    secure(folder)
    probe = folder / ".doctor"
    probe.write_bytes(b"x")
    probe.unlink()
    return f"{folder}, writable, {shutil.disk_usage(folder).free / 1e9:.1f} GB free"


def _data_files(settings: Settings) -> str:
    """Repair the files that must last. Raises `OSError` for one without a copy."""
    done = [told for path in settings.lasting_paths if (told := repair(path)) is not None]
    return "; ".join(done) or "corrections, jobs and glossaries are sound"


def _engine(settings: Settings) -> str:
    engine, reason = choose_engine(find_model(settings.model), settings.engine, settings.device)
    return f"{engine}: {reason}"


def _model_files(settings: Settings) -> str:
    try:
        spec = find_model(settings.model)
        form = model_format(spec, settings.engine, settings.device)
        count = ModelStore(settings.models_dir).verify(spec, form)
    except ModelMissing as error:
        return f"not on this machine yet: {error.detail}"
    return f"{settings.model}, {count} files, every sha256 is correct"
