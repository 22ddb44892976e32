"""What the routes share: the settings, and the desk once it is loaded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from fastapi import Request

from service.corrections.corrections import CorrectionStore
from service.errors import NotReady
from service.glossary.registry import GlossaryRegistry
from service.http.dispatcher import Dispatcher
from service.http.request_cache import RequestCache
from service.jobs.ledger import JobStore
from service.jobs.runner import JobRunner
from service.runtime import Runtime
from service.settings import Settings
from service.storage.feed import Feed
from service.storage.keys import Keys
from service.translation.results import Results

# Summaries that are known to be in a feed; of more than that the oldest are forgotten.
_FED = 10_000


class Fed:
    """Which summaries are in whose feed already."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str | None, str], None] = OrderedDict()

    def add(self, owner: str | None, id: str) -> None:
        self._known[owner, id] = None
        if len(self._known) > _FED:
            self._known.popitem(last=False)

    def __contains__(self, entry: tuple[str | None, str]) -> bool:
        return entry in self._known


class AppState:
    """Filled in by the application's lifespan, read by the routes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.keys = Keys(settings.keys_path)
        self.jobs = JobStore(settings.jobs_path)
        self.loaded: Runtime | None = None
        self.receiving: Dispatcher | None = None
        self.runner: JobRunner | None = None
        self.memory = CorrectionStore(settings.memory_path)
        self.feed = Feed(settings.feed_path)
        # What is in whose feed already, as far as this process knows: answered without a look.
        self.fed = Fed()
        self.registry = GlossaryRegistry(settings.glossary_dir, settings.glossary)
        self.request_cache = RequestCache(self.registry, self.memory)
        self.draining = False
        self.answering = 0  # articles that were posted and are not answered yet
        self.detail = "the model is being loaded"

    def dispatcher(self) -> Dispatcher:
        """Where requests are answered. Raises `NotReady`."""
        if self.draining:
            raise NotReady("the service is ending: try again in a few seconds", retry_after=5)
        if self.receiving is None:
            raise NotReady(f"{self.detail}; try again in a few seconds", retry_after=5)
        return self.receiving

    def results(self) -> Results:
        """What was made. Raises `NotReady`."""
        self.dispatcher()
        assert self.loaded is not None
        return self.loaded.results

    @contextmanager
    def counted(self) -> Iterator[None]:
        """While an article is being answered; the service does not end meanwhile."""
        self.answering += 1
        try:
            yield
        finally:
            self.answering -= 1


def state_of(request: Request) -> AppState:
    """The state of the application that a request came to."""
    return cast("AppState", request.app.state.kabar)
