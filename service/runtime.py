"""Puts the house together: settings in, a pipeline with its engine and cache out."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalogue import find_model
from models.checkpoints.abstractive import AbstractiveSummarizer, load_summarizer
from models.engine import DecodingOptions, Engine
from models.errors import ModelError
from models.load import load_engine
from models.store import ModelStore, Progress, quiet
from models.summarizer import ExtractiveSummarizer
from service.checks.guards import GuardedTranslator
from service.corrections.corrections import CorrectionStore
from service.glossary.apply import aligned
from service.glossary.registry import GlossaryRegistry
from service.scheduling.batcher import Batcher
from service.scheduling.sentence_cache import CachedTranslator
from service.scheduling.translator import Translator
from service.settings import CHOSEN, Settings
from service.storage.store import Store, open_store
from service.summaries.make import Summaries
from service.summaries.written import language_read
from service.text.segmentation import segment
from service.translation.pipeline import Pipeline
from service.translation.results import Results


@dataclass(frozen=True, slots=True)
class Runtime:
    """Everything a request needs, loaded and warm."""

    pipeline: Pipeline
    results: Results
    store: Store | None
    batcher: Batcher
    engine: Engine
    memory: CorrectionStore
    writer: AbstractiveSummarizer | None = None

    @property
    def warnings(self) -> list[str]:
        """What works less well than it should."""
        problem = self.store.problem if self.store is not None else None
        return [problem] if problem else []

    def close(self) -> None:
        """Give files and memory back."""
        self.batcher.close()
        self.memory.close()
        if self.store is not None:
            self.store.close()
        self.engine.close()
        if self.writer is not None:
            self.writer.close()


def open_engine(settings: Settings, progress: Progress = quiet) -> Engine:
    """The engine that the settings ask for, its model built first where need be.

    Raises a `ModelError`.
    """
    return load_engine(
        find_model(settings.model),
        ModelStore(settings.models_dir),
        engine=settings.engine,
        device=settings.device,
        dtype=None if settings.dtype == "auto" else settings.dtype,
        threads=settings.threads,
        progress=progress,
    )


def open_runtime(settings: Settings, progress: Progress = quiet) -> Runtime:
    """Load what the settings ask for, building the model first where need be.

    Raises a `ModelError`.
    """
    # A glossary that cannot be read should not cost the loading of a model.
    GlossaryRegistry(settings.glossary_dir, settings.glossary).choose(None)
    store = ModelStore(settings.models_dir)
    # The writer first: a name that is none should not cost the loading of the other model.
    writer = _writer(settings, store, progress)
    try:
        engine = open_engine(settings, progress)
    except ModelError:
        if writer is not None:
            writer.close()
        raise
    return runtime_around(engine, settings, writer)


def _writer(
    settings: Settings, store: ModelStore, progress: Progress
) -> AbstractiveSummarizer | None:
    """The model that writes bullets, where one is asked for."""
    if settings.summarizer == CHOSEN:
        return None
    spec = find_model(settings.summarizer, "summarization")
    language_read(spec.source_language)
    return load_summarizer(
        spec,
        store,
        split=lambda text: [text[start:end] for start, end in segment(text)],
        device=settings.device,
        # What the engines have of their own is no number format of transformers.
        dtype=None if settings.dtype in {"auto", "int8"} else settings.dtype,
        threads=settings.threads,
        progress=progress,
    )


def runtime_around(
    engine: Engine, settings: Settings, writer: AbstractiveSummarizer | None = None
) -> Runtime:
    """The house around an engine, and where there is one a writer, that are loaded already."""
    store = (
        open_store(settings.cache_path, settings.cache_url, settings.cache_mb * 1_000_000)
        if settings.cache
        else None
    )
    batcher = Batcher(engine, remember=store is not None)
    guarded = GuardedTranslator(batcher)
    translator: Translator = guarded if store is None else CachedTranslator(guarded, store)
    options = DecodingOptions(beam=settings.beam, deterministic=settings.deterministic)
    pipeline = Pipeline(translator, options, aligned)
    registry = GlossaryRegistry(settings.glossary_dir, settings.glossary)
    memory = CorrectionStore(settings.memory_path)
    summaries = Summaries(ExtractiveSummarizer(), pipeline, writer)
    results = Results(pipeline, summaries, store, registry, memory)
    return Runtime(pipeline, results, store, batcher, engine, memory, writer)
