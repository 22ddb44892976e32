"""What `kabar models …` and `kabar doctor` do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from itertools import pairwise

from models import engine_choice as fastest
from models.catalogue import ModelSpec, find_model, known_models
from models.devices import ctranslate_device
from models.engine import DecodingOptions
from models.errors import (
    DeviceUnavailable,
    EngineFailed,
    EngineUnavailable,
    KabarError,
    ModelMissing,
)
from models.load import ENGINES, check_engine, load_engine
from models.store import Format, ModelStore
from service.errors import CannotWrite
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext
from service.settings import Settings
from service.text.segmentation import segment


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


# How often each engine translates the sample, and the most words of one of its pieces.
_ROUNDS = 3
_LONGEST = 50


def measure_engines(settings: Settings) -> None:
    """Have the engines translate the sample article by turns, and remember the fastest."""
    spec = find_model(settings.model)
    check_engine("inflight", "cpu")
    if spec.source != "embedded":
        raise EngineUnavailable(
            f"the inflight engine runs the embedded model, not {spec.id}: there is nothing to "
            f"choose from"
        )
    if ctranslate_device("auto") == "cuda":
        raise DeviceUnavailable(
            "CTranslate2 computes on CUDA here and the others on the processor: there is nothing "
            "to choose from"
        )
    store = ModelStore(settings.models_dir)
    options = DecodingOptions(beam=settings.beam)
    sentences = _sample_sentences()
    with ExitStack() as running:
        work: dict[str, Callable[[], object]] = {}
        loading: dict[str, float] = {}
        for name in fastest.COMPARED:
            _say(f"loading {name}")
            load = partial(
                load_engine,
                spec,
                store,
                engine=name,
                device="cpu",
                threads=settings.threads,
                progress=_say,
            )
            load().close()  # whatever has to be built or compiled is there now
            began = time.perf_counter()
            engine = load()
            loading[name] = time.perf_counter() - began
            running.callback(engine.close)
            batcher = Batcher(engine)
            running.callback(batcher.close)
            work[name] = partial(_translate_all, batcher, sentences, options)
        fastest.measure(work, rounds=1)  # what is only slow the first time
        seconds = fastest.measure(
            work, rounds=_ROUNDS, on_round=lambda number: _say(f"round {number} of {_ROUNDS}")
        )
    words = sum(len(sentence.split()) for sentence in sentences)
    speeds = {name: words / taken for name, taken in seconds.items()}
    chosen = _keep(settings, speeds)
    for name, speed in speeds.items():
        ratio = speed / speeds[fastest.DEFAULT]
        print(
            f"{name:12} {speed:5.0f} source words/s, {ratio:.2f} times {fastest.DEFAULT}; "
            f"loads in {loading[name]:.1f} s"
        )
    print(f"{chosen} is used from now on, unless the setting `engine` names another")


def _keep(settings: Settings, speeds: dict[str, float]) -> str:
    """Make the fastest the default; which that is."""
    chosen = fastest.choose(speeds)
    try:
        fastest.remember(settings.data_dir.expanduser(), settings.model, chosen)
    except OSError as error:
        raise CannotWrite(
            f"what was measured cannot be kept ({error}): set KABAR_DATA_DIR to a folder that "
            f"can be written to"
        ) from error
    return chosen


def _translate_all(batcher: Batcher, sentences: Sequence[str], options: DecodingOptions) -> None:
    outcomes, _ = batcher.translate(sentences, options, RequestContext())
    for outcome in outcomes:
        if isinstance(outcome, EngineFailed):
            raise outcome


def _sample_sentences() -> list[str]:
    """The sample article's sentences, and neighbours together, as long as news has sentences."""
    text = files("service").joinpath("samples/article.txt").read_text(encoding="utf-8")
    single = [text[start:end] for start, end in segment(text)]
    double = [f"{first} {second}" for first, second in pairwise(single)]
    return single + [sentence for sentence in double if len(sentence.split()) <= _LONGEST]


def _named(settings: Settings) -> tuple[ModelSpec, Format]:
    """The model that is named, for whatever task, and the form in which it is used."""
    tasks = {spec.id: spec.task for spec in known_models()}
    if tasks.get(settings.model) == "summarization":
        return find_model(settings.model, "summarization"), "transformers"
    return find_model(settings.model), ENGINES[settings.engine]


def doctor(settings: Settings) -> int:
    """Print what was found; the exit code, 0 where translating works."""
    from service.runtime import open_runtime

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
        runtime = open_runtime(settings.model_copy(update={"cache": False}), _say)
        loaded = time.perf_counter()
        source = "Banjir merendam 1.240 rumah di Demak pada Selasa (18/2/2025)."
        (target, _), *_ = runtime.pipeline.translate_sentences([source])[0]
        seconds = time.perf_counter() - loaded
        runtime.close()
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
