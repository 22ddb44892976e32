"""Answers of articles over HTTP: admission, threads by lane, and callers who leave.

The event loop looks into memory and no further. Articles are worked on in threads, and every lane
has its own, so that a hundred ordinary requests cannot keep breaking news waiting for a thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import Request, Response

from service import metrics
from service.errors import Gone
from service.results.document import Document
from service.results.order import Kind, Order
from service.runtime import Runtime
from service.scheduling.admission import MIN_ADMITTED_CHARS, AdmissionControl, Reservation
from service.scheduling.request import Lane, RequestContext
from service.scheduling.single_flight import Pending

# Articles of one lane that are segmented or waited for at once; further ones wait for a thread.
_THREADS = 64

_JSON = "application/json"


class Dispatcher:
    """One for every event loop."""

    def __init__(self, runtime: Runtime) -> None:
        """The model of the runtime is loaded."""
        settings = runtime.settings
        self._results = runtime.results
        self._seconds = settings.request_seconds
        self.admission = AdmissionControl(
            runtime.loaded.queue.throughput,
            settings.queue_seconds,
            MIN_ADMITTED_CHARS // settings.beam,
        )
        self._threads = {
            lane: ThreadPoolExecutor(_THREADS, thread_name_prefix=lane.value) for lane in Lane
        }

    def remembered(self, kind: Kind, id: str) -> Response | None:
        """Return the answer from memory, or None."""
        began = time.perf_counter()
        document = self._results.remembered(kind, id)
        return None if document is None else _response(document, began)

    def get_or_make(
        self, order: Order, lane: Lane, charge: Callable[[], None]
    ) -> tuple[str, Pending[Document]]:
        """Return the id of a result, and its document as it comes; blocks for short lookups.

        New work has to be admitted. `charge` counts the request, and may refuse it. Raises `Busy`,
        and as `charge` and `Results.get_or_make` do.
        """
        charged = False

        def start(work: Callable[[], None], context: RequestContext) -> None:
            nonlocal charged
            reservation = self.admission.enter(context.lane, order.characters)
            try:
                charge()
                charged = True
                self._begin(work, context, reservation)
            except BaseException:
                reservation.release()
                raise

        context = RequestContext(lane, self._seconds)
        id, pending = self._results.get_or_make(order, context, start)
        if not charged:
            try:
                charge()
            except BaseException:
                pending.leave()
                raise
        return id, pending

    async def answer(
        self, request: Request, pending: Pending[Document], began: float
    ) -> tuple[Document, Response]:
        """Wait for a document, as long as the caller does. Raises `Gone`, and as the work does."""
        gone: asyncio.Future[None] = asyncio.create_task(_gone(request))
        made = asyncio.wrap_future(pending.future)
        waited: set[asyncio.Future[Any]] = {made, gone}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not made.done():
                made.add_done_callback(_retrieve)
                raise Gone("the caller has gone")
            document = made.result()
            return document, _response(document, began)
        finally:
            gone.cancel()
            pending.leave()

    def again(self, kind: Kind, id: str, if_none_match: str) -> Response:
        """Return an earlier result, or 304 where the caller has it. Raises `NotFound`."""
        document = self._results.find(kind, id)
        headers = {"ETag": document.etag, "Cache-Control": "private, max-age=3600"}
        if _matches(if_none_match, document.etag):
            return Response(status_code=304, headers=headers)
        return Response(document.untimed, media_type=_JSON, headers=headers)

    def close(self) -> None:
        """End the threads; work that runs is told to stop."""
        self._results.close()
        for threads in self._threads.values():
            threads.shutdown()

    def _begin(
        self, work: Callable[[], None], context: RequestContext, reservation: Reservation
    ) -> None:
        context.progress = reservation.progress
        context.on_cancel(reservation.release)  # also while it waits for a thread
        running = self._threads[context.lane].submit(work)
        metrics.IN_FLIGHT.inc()

        def done(_: object) -> None:
            reservation.release()
            metrics.IN_FLIGHT.dec()

        running.add_done_callback(done)


def _response(document: Document, began: float) -> Response:
    return Response(document.json(time.perf_counter() - began), media_type=_JSON)


def _retrieve(future: asyncio.Future[Document]) -> None:
    """Take the error of work that no caller waits for, so that asyncio does not log it."""
    if not future.cancelled():
        future.exception()


async def _gone(request: Request) -> None:
    """Return once the caller has gone; the body has been read by now."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _matches(header: str, etag: str) -> bool:
    """Return whether `If-None-Match` names this tag; weak tags count (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or tags == ["*"]
