"""Graceful shutdown: requests in progress finish, and new ones get 503.

The web server by itself stops listening at once. A new request would then fail to connect, without
an answer that says when to try again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import NotReady
from service.http.problems import problem_of
from service.http.state import AppState

log = structlog.get_logger()

# Maximum time for the requests in progress.
DRAIN_SECONDS = 30.0

# A second signal within this time counts as a repetition of the first.
_REPEAT_SECONDS = 2.0

_POLL_SECONDS = 0.05


@contextlib.contextmanager
def draining_on_signals(state: AppState) -> Iterator[None]:
    """Drain on SIGTERM or SIGINT, before the present signal handlers run.

    A second signal runs them at once.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    tasks = set()

    def pass_on(number: int, frame: FrameType | None) -> None:
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    began = 0.0

    def drain(number: int, frame: FrameType | None) -> None:
        nonlocal began
        if state.draining:
            # A supervisor may send a signal twice, and a terminal sends it to all processes. Only
            # a later one is a wish to stop without waiting.
            if time.monotonic() - began > _REPEAT_SECONDS:
                pass_on(number, frame)
            return
        state.draining = True
        state.detail = "the service is shutting down"
        began = time.monotonic()

        def begin() -> None:
            task = loop.create_task(_drained(state))
            tasks.add(task)
            task.add_done_callback(lambda _: pass_on(number, None))

        loop.call_soon_threadsafe(begin)

    for number in before:
        signal.signal(number, drain)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class DrainEnd:
    """Middleware that answers the requests which the end of a drain cancels with 503."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except asyncio.CancelledError:
            if scope["type"] != "http":
                raise
            # Not raised again: the web server would log it as a fault.
            if not started:
                error = NotReady(
                    "the service shut down before the answer was ready; finished sentences are "
                    "kept: send the request again in a few seconds",
                    retry_after=5,
                )
                await problem_of(Request(scope), error)(scope, receive, send)


async def _drained(state: AppState) -> None:
    """Return when all requests are answered, or after `DRAIN_SECONDS`."""
    if state.runner is not None:
        await asyncio.to_thread(state.runner.close)
    if state.dispatcher is None:
        return
    if state.unanswered:
        log.info("draining", requests=state.unanswered)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while state.unanswered or state.dispatcher.admission.requests:
                await asyncio.sleep(_POLL_SECONDS)
