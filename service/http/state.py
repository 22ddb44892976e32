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
from service.jobs.runner import JobRunner
from service.runtime import Runtime

# Feed entries that are remembered as written; the oldest are forgotten first.
_MAX_FED = 10_000
# Threads for short lookups that every request needs.
_FRONT_THREADS = 16

_Found = TypeVar("_Found")


class Fed:
    """The summaries that are known to stand in the feed of an owner."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str | None, str], None] = OrderedDict()

    def add(self, owner: str | None, id: str) -> None:
        self._known[owner, id] = None
        if len(self._known) > _MAX_FED:
            self._known.popitem(last=False)

    def __contains__(self, entry: tuple[str | None, str]) -> bool:
        return entry in self._known


class AppState:
    """Filled in by the application's lifespan, read by the routes."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.settings = runtime.settings
        self.dispatching: Dispatcher | None = None
        self.runner: JobRunner | None = None
        self.fed = Fed()
        self.request_cache = RequestCache(runtime.registry, runtime.corrections)
        self.draining = False
        self.answering = 0  # articles that were posted and are not answered yet
        self.detail = "the model is being loaded"
        # Apart from the threads in which articles are worked on, so that a lookup never waits.
        self._front = ThreadPoolExecutor(_FRONT_THREADS, thread_name_prefix="front")

    async def in_front(self, call: Callable[..., _Found], *arguments: object) -> _Found:
        """Run a short blocking call, such as a lookup, in a thread of its own pool."""
        return await asyncio.get_running_loop().run_in_executor(self._front, call, *arguments)

    def dispatcher(self) -> Dispatcher:
        """Return the dispatcher. Raises `NotReady`."""
        if self.draining:
            raise NotReady("the service is ending: try again in a few seconds", retry_after=5)
        if self.dispatching is None:
            raise NotReady(f"{self.detail}; try again in a few seconds", retry_after=5)
        return self.dispatching

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count an article that is being answered, for which the service waits at its end."""
        self.answering += 1
        try:
            yield
        finally:
            self.answering -= 1

    def close(self) -> None:
        """End the job runner and all threads; work that runs is told to stop."""
        if self.runner is not None:
            self.runner.close()
        if self.dispatching is not None:
            self.dispatching.close()
        self._front.shutdown(wait=False)


def state_of(request: Request) -> AppState:
    """Return the state of the application that a request came to."""
    return cast("AppState", request.app.state.kabar)
