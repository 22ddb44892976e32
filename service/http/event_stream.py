"""A translation as server-sent events: sentences as they are done.

The events are `article` (the article as read), `sentence` (a draft), and at the end `result` (the
whole document) or `error` (problem details). A comment every 15 seconds keeps the connection open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi import Request
from fastapi.responses import StreamingResponse
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.types import Receive, Scope, Send

from models.errors import KabarError
from service.article import Article
from service.errors import TimedOut
from service.http.problems import internal_problem, problem_of
from service.http.state import AppState
from service.results.document import Document
from service.results.drafts import DraftOut
from service.results.readings import ReadingOut
from service.scheduling.request import TIMED_OUT
from service.scheduling.single_flight import Pending
from service.translation.drafts import Draft
from service.translation.preparation import translatable

MEDIA_TYPE = "text/event-stream"

# A proxy must pass the events on at once; nginx reads the second header.
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

_KEEPALIVE_SECONDS = 15.0


def wants_events(request: Request) -> bool:
    """Return whether the caller accepts events."""
    return MEDIA_TYPE in request.headers.get("accept", "").lower()


class EventStream(StreamingResponse):
    """The events of one pending document; a departing caller leaves it."""

    def __init__(
        self, request: Request, state: AppState, pending: Pending[Document], began: float
    ) -> None:
        self._request, self._state, self._pending = request, state, pending
        self._ends = began + state.settings.request_seconds
        self._began = began
        self._done = self._total = 0
        super().__init__(self._stream(), media_type=MEDIA_TYPE, headers=_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Not in the generator, which never begins if the caller has left already.
        try:
            with self._state.track_article():
                await super().__call__(scope, receive, send)
        finally:
            self._pending.leave()

    async def _stream(self) -> AsyncIterator[bytes]:
        try:
            async for event in self._events():
                yield event
            document = self._pending.future.result()
            yield _event("result", document.json(time.perf_counter() - self._began))
        except KabarError as error:
            yield _event("error", bytes(problem_of(self._request, error).body))
        except Exception as error:
            yield _event("error", bytes(internal_problem(self._request, error).body))

    async def _events(self) -> AsyncIterator[bytes]:
        """Yield the events before the end of the work. Raises `TimedOut`."""
        loop = asyncio.get_running_loop()
        events: asyncio.Queue[object] = asyncio.Queue()

        def pass_on(event: object) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        leave = self._pending.events.watch(pass_on)
        # After the last event, because both come from the thread of the work.
        self._pending.future.add_done_callback(lambda _: pass_on(None))
        try:
            while True:
                left = self._ends - time.perf_counter()
                try:
                    async with asyncio.timeout(max(0.0, min(left, _KEEPALIVE_SECONDS))):
                        event = await events.get()
                except TimeoutError:
                    if left <= _KEEPALIVE_SECONDS:
                        raise TimedOut(TIMED_OUT) from None
                    yield KEEPALIVE_COMMENT
                    continue
                if event is None:
                    return
                # In a thread, because the facts of a draft may still have to be found.
                yield await self._state.run_lookup(self._encode, event)
        finally:
            leave()

    def _encode(self, event: object) -> bytes:
        if isinstance(event, Article):
            self._total = sum(1 for _ in translatable(event))
            return _event("article", ReadingOut.of(event).model_dump_json().encode())
        assert isinstance(event, Draft)
        self._done += 1
        draft = DraftOut.of(event, self._done, self._total)
        return _event("sentence", draft.model_dump_json().encode())


def _event(name: str, data: bytes) -> bytes:
    return format_sse_event(event=name, data_str=data.decode())
