"""The runtime: the stores, engine and pipeline of a process.

`Runtime(settings)` is cheap: stores open their files on first use. `load` builds the model if
necessary and loads it, which takes seconds.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from models.catalogue import find_model
from models.checkpoints.abstractive import AbstractiveSummarizer, load_summarizer
from models.engine import DecodingOptions, Engine
from models.load import load_engine
from models.store import ModelStore, Progress, quiet
from models.summarizer import ExtractiveSummarizer
from service.corrections.store import CorrectionStore
from service.glossary.apply import link_words
from service.glossary.owned import OwnedGlossaries
from service.glossary.registry import GlossaryRegistry
from service.jobs.store import JobStore
from service.results.results import Results
from service.scheduling.queue import EngineQueue
from service.scheduling.streamer import open_queue
from service.settings import EXTRACTIVE, Settings
from service.storage.feed import Feed
from service.storage.folder import secure
from service.storage.keys import Keys
from service.storage.opening import open_store
from service.storage.sentence_cache import SentenceCache
from service.storage.store import Store
from service.summaries.abstractive import writing_language
from service.summaries.summaries import Summaries
from service.text.segmentation import segment
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences


@dataclass(frozen=True, slots=True)
class Loaded:
    """The parts of a runtime that need the model."""

    engine: Engine
    queue: EngineQueue
    cache: Store | None
    pipeline: Pipeline
    summaries: Summaries
    results: Results
    writer: AbstractiveSummarizer | None

    def close(self) -> None:
        """Release files, threads and memory."""
        self.results.close()
        self.queue.close()
        if self.cache is not None:
            self.cache.close()
        self.engine.close()
        if self.writer is not None:
            self.writer.close()


class Runtime:
    """The parts that one process shares."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        secure(settings.data_dir.expanduser())
        self.registry = GlossaryRegistry(settings.glossary_dir, settings.glossary)
        self.corrections = CorrectionStore(settings.memory_path)
        self.glossaries = OwnedGlossaries(settings.glossaries_path)
        self.keys = Keys(settings.keys_path)
        self.jobs = JobStore(settings.jobs_path)
        self.feed = Feed(settings.feed_path)
        self._loaded: Loaded | None = None

    @property
    def is_loaded(self) -> bool:
        return self._loaded is not None

    @property
    def loaded(self) -> Loaded:
        """The parts that need the model, after `load`."""
        assert self._loaded is not None, "the model is not loaded"
        return self._loaded

    @property
    def pipeline(self) -> Pipeline:
        return self.loaded.pipeline

    @property
    def results(self) -> Results:
        return self.loaded.results

    @property
    def warnings(self) -> list[str]:
        """Problems of the cache, if any."""
        cache = self.loaded.cache
        return [cache.problem] if cache is not None and cache.problem else []

    def load(self, progress: Progress = quiet) -> None:
        """Load the models of the settings, and build them first if necessary.

        Raises a `ModelError`, or `CannotRead` and `InvalidGlossary` for a glossary.
        """
        # Fail early: an unreadable glossary or an unknown summarizer is found before the slow
        # loading of the engine.
        self.registry.choose(None)
        with ExitStack() as opened:
            if (cache := self._open_cache()) is not None:
                opened.callback(cache.close)
            if (writer := _open_writer(self.settings, progress)) is not None:
                opened.callback(writer.close)
            self._attach(open_engine(self.settings, progress), writer, cache)
            opened.pop_all()

    def attach(self, engine: Engine, writer: AbstractiveSummarizer | None = None) -> None:
        """Build the other parts around loaded models."""
        self._attach(engine, writer, self._open_cache())

    def _open_cache(self) -> Store | None:
        settings = self.settings
        if not settings.cache:
            return None
        limit = settings.cache_mb * 1_000_000
        return open_store(settings.cache_path, settings.cache_url, limit)

    def _attach(
        self, engine: Engine, writer: AbstractiveSummarizer | None, cache: Store | None
    ) -> None:
        settings = self.settings
        queue = open_queue(engine)
        sentences = Sentences(
            queue,
            None if cache is None else SentenceCache(cache, engine.signature),
            hinted=bool(engine.signature.get("hints")),
        )
        options = DecodingOptions(beam=settings.beam, deterministic=settings.deterministic)
        pipeline = Pipeline(sentences, options, link_words)
        summaries = Summaries(ExtractiveSummarizer(), pipeline, writer)
        results = Results(pipeline, summaries, cache, self.registry, self.corrections)
        self._loaded = Loaded(engine, queue, cache, pipeline, summaries, results, writer)

    def close(self) -> None:
        """Release files, threads and memory."""
        if self._loaded is not None:
            self._loaded.close()
        for store in (self.corrections, self.glossaries, self.keys, self.jobs, self.feed):
            store.close()


def open_runtime(settings: Settings, progress: Progress = quiet) -> Runtime:
    """Return a runtime with loaded models. Raises as `Runtime.load`."""
    runtime = Runtime(settings)
    runtime.load(progress)
    return runtime


def runtime_around(
    engine: Engine, settings: Settings, writer: AbstractiveSummarizer | None = None
) -> Runtime:
    """Return a runtime around loaded models."""
    runtime = Runtime(settings)
    runtime.attach(engine, writer)
    return runtime


def open_engine(settings: Settings, progress: Progress = quiet) -> Engine:
    """Load the engine of the settings, and build its model first if necessary.

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


def _open_writer(settings: Settings, progress: Progress) -> AbstractiveSummarizer | None:
    """Load the model that writes bullets, if the settings name one."""
    if settings.summarizer == EXTRACTIVE:
        return None
    spec = find_model(settings.summarizer, "summarization")
    writing_language(spec.source_language)
    return load_summarizer(
        spec,
        ModelStore(settings.models_dir),
        split=lambda text: [text[start:end] for start, end in segment(text)],
        device=settings.device,
        dtype=None if settings.dtype == "auto" else settings.dtype,
        threads=settings.threads,
        progress=progress,
    )
