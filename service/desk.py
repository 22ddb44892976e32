"""Puts the house together: settings in, a pipeline with its engine and cache out."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalogue import find_model
from models.engine import DecodingOptions, Engine
from models.load import load_engine
from models.store import ModelStore, Progress, quiet
from models.summarizer import ExtractiveSummarizer
from service.batcher import Batcher
from service.cache import CachedTranslator
from service.glossary.apply import aligned
from service.glossary.book import Book
from service.guards.translator import GuardedTranslator
from service.memory.memory import Memory
from service.pipeline import Pipeline
from service.results import Results
from service.settings import Settings
from service.stores.store import Store, open_store
from service.summaries.make import Summaries
from service.translator import Translator


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a request needs, loaded and warm."""

    pipeline: Pipeline
    results: Results
    store: Store | None
    batcher: Batcher
    engine: Engine
    memory: Memory

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


def open_desk(settings: Settings, progress: Progress = quiet) -> Desk:
    """Load what the settings ask for, building the model first where need be.

    Raises a `ModelError`.
    """
    # A glossary that cannot be read should not cost the loading of a model.
    Book(settings.glossary_dir, settings.glossary).choose(None)
    engine = load_engine(
        find_model(settings.model),
        ModelStore(settings.models_dir),
        engine=settings.engine,
        device=settings.device,
        dtype=None if settings.dtype == "auto" else settings.dtype,
        threads=settings.threads,
        progress=progress,
    )
    return desk_around(engine, settings)


def desk_around(engine: Engine, settings: Settings) -> Desk:
    """The house around an engine that is loaded already."""
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
    book = Book(settings.glossary_dir, settings.glossary)
    memory = Memory(settings.memory_path)
    summaries = Summaries(ExtractiveSummarizer(), pipeline)
    results = Results(pipeline, summaries, store, book, memory)
    return Desk(pipeline, results, store, batcher, engine, memory)
