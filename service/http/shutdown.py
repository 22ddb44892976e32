"""When the process is told to stop: what runs may finish, and what is new is sent away.

The web server's own way is to stop listening at once, so that a new request meets a closed door
and not an answer that says when to come back.
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

from service.http.state import AppState

log = structlog.get_logger()

# How long requests that run may take to finish.
DRAIN_SECONDS = 30.0

# A second signal within so many seconds is the same order again.
_SAME_ORDER = 2.0

_LOOK_EVERY = 0.05


@contextlib.contextmanager
def draining_on_signals(state: AppState) -> Iterator[None]:
    """Drain before the handlers that are installed now see SIGTERM or SIGINT; a second signal goes
    to them at once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
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
            # Whoever supervises processes may send the same order twice, and terminals send it
            # to all; only somebody who is tired of waiting means it.
            if time.monotonic() - began > _SAME_ORDER:
                pass_on(number, frame)
            return
        state.draining = True
        state.detail = "the service is ending"
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


async def _drained(state: AppState) -> None:
    """Returns once nothing runs any more, or after `DRAIN_SECONDS`."""
    if state.runner is not None:
        await asyncio.to_thread(state.runner.close)
    if state.dispatching is None:
        return
    if state.answering:
        log.info("draining", requests=state.answering)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while state.answering or state.dispatching.admission.requests:
                await asyncio.sleep(_LOOK_EVERY)
