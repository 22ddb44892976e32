"""The state that the routes share."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar, cast

from fastapi import Request

from service.errors import NotReady
from service.http.dispatcher import Dispatcher
from service.http.request_cache import RequestCache
from service.http.undelivered import Undelivered
from service.jobs.runner import JobRunner
from service.runtime import Runtime

# Above this, the oldest are forgotten first.
_MAX_FEED_ENTRIES = 10_000
# Threads for the short lookups of every request.
_LOOKUP_THREADS = 16

_Result = TypeVar("_Result")


class FeedEntries:
    """The summaries that are known to be in the feed of an owner."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str | None, str], None] = OrderedDict()

    def add(self, owner: str | None, id: str) -> None:
        self._known[owner, id] = None
        if len(self._known) > _MAX_FEED_ENTRIES:
            self._known.popitem(last=False)

    def __contains__(self, entry: tuple[str | None, str]) -> bool:
        return entry in self._known


class AppState:
    """The state of an application, set by its lifespan and read by its routes."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.settings = runtime.settings
        self.dispatcher: Dispatcher | None = None
        self.runner: JobRunner | None = None
        self.feed_entries = FeedEntries()
        self.request_cache = RequestCache(runtime.registry, runtime.corrections)
        self.undelivered = Undelivered()
        self.draining = False
        self.unanswered = 0  # articles
        self.detail = "the model is loading"
        # Separate from the threads for articles, so that a lookup never waits.
        self._lookups = ThreadPoolExecutor(_LOOKUP_THREADS, thread_name_prefix="lookup")

    async def run_lookup(self, call: Callable[..., _Result], *arguments: object) -> _Result:
        """Run a short blocking call in the thread pool for lookups."""
        return await asyncio.get_running_loop().run_in_executor(self._lookups, call, *arguments)

    def require_dispatcher(self) -> Dispatcher:
        """Return the dispatcher. Raises `NotReady`."""
        if self.draining:
            raise NotReady(
                "the service is shutting down: try again in a few seconds", retry_after=5
            )
        if self.dispatcher is None:
            raise NotReady(f"{self.detail}: try again in a few seconds", retry_after=5)
        return self.dispatcher

    @contextmanager
    def track_article(self) -> Iterator[None]:
        """Count an unanswered article, for which a shutdown waits."""
        self.unanswered += 1
        try:
            yield
        finally:
            self.unanswered -= 1

    def close(self) -> None:
        """Cancel the work in progress, and end the job runner and all threads."""
        if self.runner is not None:
            self.runner.close()
        if self.dispatcher is not None:
            self.dispatcher.close()
        self._lookups.shutdown(wait=False)


def state_of(request: Request) -> AppState:
    """Return the state of the application that serves a request."""
    return cast("AppState", request.app.state.kabar)
