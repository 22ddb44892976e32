"""Puts the house together: settings in, a pipeline with its engine and cache out."""

from __future__ import annotations

from dataclasses import dataclass

from models.catalogue import find_model
from models.engine import DecodingOptions, Engine
from models.load import load_engine
from models.store import ModelStore, Progress, quiet
from models.summarizer import ExtractiveSummarizer
from service.batcher import Batcher
from service.cache import CachedTranslator, SentenceCache
from service.pipeline import Pipeline
from service.settings import Settings
from service.summaries import Summaries
from service.translator import Translator


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a request needs, loaded and warm."""

    pipeline: Pipeline
    summaries: Summaries
    cache: SentenceCache | None
    batcher: Batcher
    engine: Engine

    @property
    def warnings(self) -> list[str]:
        """What works less well than it should."""
        problem = self.cache.problem if self.cache is not None else None
        return [problem] if problem else []

    def close(self) -> None:
        """Give files and memory back."""
        self.batcher.close()
        if self.cache is not None:
            self.cache.close()
        self.engine.close()


def open_desk(settings: Settings, progress: Progress = quiet) -> Desk:
    """Load what the settings ask for, building the model first where need be.

    Raises a `ModelError`.
    """
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
    batcher = Batcher(engine)
    translator: Translator = batcher
    cache = SentenceCache(settings.cache_path) if settings.cache else None
    if cache is not None:
        translator = CachedTranslator(translator, cache)
    pipeline = Pipeline(translator, DecodingOptions(beam=settings.beam))
    return Desk(pipeline, Summaries(ExtractiveSummarizer(), pipeline), cache, batcher, engine)
