"""What `kabar models …` and `kabar doctor` do."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.resources import files
from itertools import pairwise

from models import engine_choice
from models.catalogue import ModelSpec, find_model, known_models
from models.devices import ctranslate_device
from models.engine import DecodingOptions
from models.errors import (
    DeviceUnavailable,
    EngineFailed,
    EngineUnavailable,
)
from models.load import ENGINES, check_engine, load_engine
from models.store import Format, ModelStore
from service.cli.options import say
from service.errors import CannotWrite
from service.scheduling.queue import EngineQueue
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue
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
    folder = store.ensure(*_named(settings), say, force=force)
    print(f"{settings.model} is in {folder} ({time.perf_counter() - began:.1f} s)")


def verify_model(settings: Settings) -> None:
    """Check every file's sha256."""
    count = ModelStore(settings.models_dir).verify(*_named(settings))
    print(f"{settings.model}: {count} files, every sha256 as it should be")


# How often each engine translates the sample, and the most words of one of its pieces.
_ROUNDS = 3
_LONGEST = 50


def measure_engines(settings: Settings) -> None:
    """Have the engines translate the sample article by turns, and remember the engine_choice."""
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
        for name in engine_choice.COMPARED:
            say(f"loading {name}")
            load = partial(
                load_engine,
                spec,
                store,
                engine=name,
                device="cpu",
                threads=settings.threads,
                progress=say,
            )
            load().close()  # whatever has to be built or compiled is there now
            began = time.perf_counter()
            engine = load()
            loading[name] = time.perf_counter() - began
            running.callback(engine.close)
            queue = open_queue(engine)
            running.callback(queue.close)
            work[name] = partial(_translate_all, queue, sentences, options)
        engine_choice.measure(work, rounds=1)  # what is only slow the first time
        seconds = engine_choice.measure(
            work, rounds=_ROUNDS, on_round=lambda number: say(f"round {number} of {_ROUNDS}")
        )
    words = sum(len(sentence.split()) for sentence in sentences)
    speeds = {name: words / taken for name, taken in seconds.items()}
    chosen = _keep(settings, speeds)
    for name, speed in speeds.items():
        ratio = speed / speeds[engine_choice.DEFAULT]
        print(
            f"{name:12} {speed:5.0f} source words/s, {ratio:.2f} times {engine_choice.DEFAULT}; "
            f"loads in {loading[name]:.1f} s"
        )
    print(f"{chosen} is used from now on, unless the setting `engine` names another")


def _keep(settings: Settings, speeds: dict[str, float]) -> str:
    """Make the fastest the default; which that is."""
    chosen = engine_choice.choose(speeds)
    try:
        engine_choice.remember(settings.data_dir.expanduser(), settings.model, chosen)
    except OSError as error:
        raise CannotWrite(
            f"what was measured cannot be kept ({error}): set KABAR_DATA_DIR to a folder that "
            f"can be written to"
        ) from error
    return chosen


def _translate_all(queue: EngineQueue, sentences: Sequence[str], options: DecodingOptions) -> None:
    for outcome in queue.translate(sentences, options, RequestContext()):
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
