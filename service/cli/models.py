"""The actions of `kabar models …`."""

from __future__ import annotations

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
from models.errors import DeviceUnavailable, EngineFailed, EngineUnavailable
from models.load import ENGINES, check_engine, load_engine
from models.store import Format, ModelStore
from service.cli.options import say
from service.cli.output import print_table
from service.errors import CannotWrite
from service.scheduling.queue import EngineQueue
from service.scheduling.request import RequestContext
from service.scheduling.streamer import open_queue
from service.settings import Settings
from service.text.segmentation import segment


def list_models(settings: Settings) -> None:
    """Print a table of the catalogue."""
    store = ModelStore(settings.models_dir)
    rows = []
    for spec in known_models():
        forms = [form for form in ("ctranslate2", "transformers") if store.find(spec, form)]
        here = ", ".join(forms) or ("built at first use" if spec.source == "embedded" else "no")
        rows.append((spec.id, here, str(spec.size_mb), spec.licence, spec.summary))
    print_table(("name", "installed", "MB", "license", "description"), rows)


def build_model(settings: Settings, force: bool) -> None:
    """Build, download or convert a model, and report each step."""
    began = time.perf_counter()
    store = ModelStore(settings.models_dir)
    folder = store.ensure(*_spec_and_format(settings), say, force=force)
    print(f"{settings.model} is in {folder} ({time.perf_counter() - began:.1f} s)")


def verify_model(settings: Settings) -> None:
    """Check the sha256 of every file."""
    count = ModelStore(settings.models_dir).verify(*_spec_and_format(settings))
    print(f"{settings.model}: {count} files, every sha256 is correct")


# Times that each engine translates the sample.
_ROUNDS = 3
_MAX_WORDS = 50


def measure_engines(settings: Settings) -> None:
    """Compare the engines on the sample article, and remember the fastest."""
    spec = find_model(settings.model)
    _require_choice(spec)
    sentences = _sample_sentences()
    with ExitStack() as running:
        work, loading = _load_engines(settings, spec, sentences, running)
        engine_choice.measure(work, rounds=1)  # warm-up
        seconds = engine_choice.measure(
            work, rounds=_ROUNDS, on_round=lambda number: say(f"round {number} of {_ROUNDS}")
        )
    words = sum(len(sentence.split()) for sentence in sentences)
    speeds = {name: words / taken for name, taken in seconds.items()}
    chosen = _choose(settings, speeds)
    for name, speed in speeds.items():
        ratio = speed / speeds[engine_choice.DEFAULT]
        print(
            f"{name:12} {speed:5.0f} source words/s, {ratio:.2f} times {engine_choice.DEFAULT}; "
            f"loads in {loading[name]:.1f} s"
        )
    print(f"{chosen} is used from now on, unless the setting `engine` names another")


def _require_choice(spec: ModelSpec) -> None:
    """Raise an error unless several engines can run the model here."""
    check_engine("inflight", "cpu")
    if spec.source != "embedded":
        raise EngineUnavailable(
            f"the inflight engine runs only the embedded model, not {spec.id}: there is nothing to "
            f"choose from"
        )
    if ctranslate_device("auto") == "cuda":
        raise DeviceUnavailable(
            "CTranslate2 runs on CUDA here, and the other engines run on the CPU: there is nothing "
            "to choose from"
        )


def _load_engines(
    settings: Settings, spec: ModelSpec, sentences: Sequence[str], running: ExitStack
) -> tuple[dict[str, Callable[[], object]], dict[str, float]]:
    """Return a function for each engine that translates, and its loading time.

    Times are in seconds.
    """
    store = ModelStore(settings.models_dir)
    options = DecodingOptions(beam=settings.beam)
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
        load().close()  # builds and compiles, which is not measured
        began = time.perf_counter()
        engine = load()
        loading[name] = time.perf_counter() - began
        running.callback(engine.close)
        queue = open_queue(engine)
        running.callback(queue.close)
        work[name] = partial(_translate_all, queue, sentences, options)
    return work, loading


def _choose(settings: Settings, speeds: dict[str, float]) -> str:
    """Make the fastest engine the default, and return its name."""
    chosen = engine_choice.choose(speeds)
    try:
        engine_choice.remember(settings.data_dir.expanduser(), settings.model, chosen)
    except OSError as error:
        raise CannotWrite(
            f"the measurement cannot be saved ({error}): set KABAR_DATA_DIR to a folder that "
            f"Kabar can write to"
        ) from error
    return chosen


def _translate_all(queue: EngineQueue, sentences: Sequence[str], options: DecodingOptions) -> None:
    for outcome in queue.translate(sentences, options, RequestContext()):
        if isinstance(outcome, EngineFailed):
            raise outcome


def _sample_sentences() -> list[str]:
    """Return the sample article's sentences, and pairs of them up to 50 words."""
    text = files("service").joinpath("samples/article.txt").read_text(encoding="utf-8")
    single = [text[start:end] for start, end in segment(text)]
    double = [f"{first} {second}" for first, second in pairwise(single)]
    return single + [sentence for sentence in double if len(sentence.split()) <= _MAX_WORDS]


def _spec_and_format(settings: Settings) -> tuple[ModelSpec, Format]:
    """Return the model of the settings, for any task, and its format."""
    tasks = {spec.id: spec.task for spec in known_models()}
    if tasks.get(settings.model) == "summarization":
        return find_model(settings.model, "summarization"), "transformers"
    return find_model(settings.model), ENGINES[settings.engine]
