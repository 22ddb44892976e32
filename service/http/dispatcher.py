"""The dispatcher of articles: admission, threads by lane, disconnects.

The event loop itself only looks into memory. Each lane has its own threads, so that breaking news
never waits for the thread of an ordinary request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from fastapi import Request, Response

from service import metrics
from service.errors import Gone, TimedOut
from service.results.document import Document
from service.results.order import Kind, Order
from service.runtime import Runtime
from service.scheduling.admission import MIN_ADMITTED_CHARS, AdmissionControl, Reservation
from service.scheduling.request import TIMED_OUT, Lane, RequestContext
from service.scheduling.single_flight import Pending

# For each lane. A thread segments one article and waits for its sentences.
_THREADS = 64

# From a caller's leaving to the end of its work, for one that will send the request again.
_GRACE_SECONDS = 30.0

_JSON = "application/json"

_Answer = TypeVar("_Answer")


class Dispatcher:
    """Runs the articles of one event loop."""

    def __init__(self, runtime: Runtime) -> None:
        """The model of the runtime must be loaded."""
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
        # Apart, because one request may have many texts.
        self._text_threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="texts")

    def cached_response(self, kind: Kind, id: str, owner: str) -> Response | None:
        """Return the response from memory, or None."""
        began = time.perf_counter()
        document = self._results.find_in_memory(kind, id, owner)
        return None if document is None else _response(document, began)

    def get_or_make(
        self, order: Order, lane: Lane, charge: Callable[[], None], owner: str = ""
    ) -> tuple[str, Pending[Document]]:
        """Return the id of a result, and its pending document; blocks for lookups.

        New work needs admission. `charge` counts the request, and may refuse it. Raises `Busy`,
        and as `charge` and `Results.get_or_make` do.
        """

        def start(work: Callable[[], None], context: RequestContext) -> None:
            reservation = self.admission.admit(context.lane, order.characters)
            try:
                self._submit(work, context, reservation, self._threads[context.lane])
            except BaseException:
                reservation.release()
                raise

        context = RequestContext(lane, self._seconds, owner=owner)
        id, pending = self._results.get_or_make(order, context, start)
        try:
            # Not in `start`: other callers of the same work must not get this one's refusal.
            charge()
        except BaseException:
            pending.leave()
            raise
        return id, pending

    def get_or_make_all(
        self, orders: Sequence[Order], lane: Lane, charge: Callable[[], None], owner: str = ""
    ) -> list[Pending[Document]]:
        """Return the pending documents of one request; blocks for lookups.

        They are admitted and charged together. Raises as `get_or_make` does.
        """
        reserved: dict[int, Reservation] = {}
        pending: list[Pending[Document]] = []

        def start(work: Callable[[], None], context: RequestContext) -> None:
            number = len(pending)
            if number not in reserved:
                # The first new text, so that a request without one is always answered.
                left = [order.characters for order in orders[number:]]
                reserved.update(enumerate(self.admission.admit_parts(lane, left), start=number))
            self._submit(work, context, reserved.pop(number), self._text_threads)

        try:
            for order in orders:
                context = RequestContext(lane, self._seconds, owner=owner)
                pending.append(self._results.get_or_make(order, context, start)[1])
            charge()
        except BaseException:
            for one in pending:
                one.leave()
            raise
        finally:
            for unused in reserved.values():
                unused.release()
        return pending

    async def answer_all(
        self, request: Request, pending: Sequence[Pending[Document]], began: float
    ) -> list[Document]:
        """Wait for the documents of one request while its caller is connected.

        The work goes on for a while after a caller has left: clients of other services stop waiting
        after seconds, and send the request again. Raises as `answer` does.
        """
        work = asyncio.gather(*(asyncio.wrap_future(one.future) for one in pending))

        def leave() -> None:
            for one in pending:
                one.leave()

        try:
            documents = await self._wait(request, work, began)
        except Gone:
            asyncio.get_running_loop().call_later(_GRACE_SECONDS, leave)
            raise
        except BaseException:
            leave()
            raise
        leave()
        return documents

    async def answer(
        self, request: Request, pending: Pending[Document], began: float
    ) -> tuple[Document, Response]:
        """Wait for a document while the caller is connected.

        Raises `Gone`, and as the work does.
        """
        try:
            document = await self._wait(request, asyncio.wrap_future(pending.future), began)
            return document, _response(document, began)
        finally:
            pending.leave()

    async def _wait(self, request: Request, work: asyncio.Future[_Answer], began: float) -> _Answer:
        """Wait for work while the caller is connected. Raises `Gone` or `TimedOut`."""
        disconnect: asyncio.Future[None] = asyncio.create_task(_disconnected(request))
        futures: set[asyncio.Future[Any]] = {work, disconnect}
        try:
            # The work may have a later deadline, of another caller.
            left = max(0.0, began + self._seconds - time.perf_counter())
            await asyncio.wait(futures, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.add_done_callback(_retrieve)
                if disconnect.done():
                    raise Gone("the caller has disconnected")
                raise TimedOut(TIMED_OUT)
            return work.result()
        finally:
            disconnect.cancel()

    def earlier_response(self, kind: Kind, id: str, owner: str, if_none_match: str) -> Response:
        """Return an earlier result, or 304 if it is unchanged. Raises `NotFound`."""
        document = self._results.find(kind, id, owner)
        headers = {"ETag": document.etag, "Cache-Control": "private, max-age=3600"}
        if _matches(if_none_match, document.etag):
            return Response(status_code=304, headers=headers)
        return Response(document.untimed, media_type=_JSON, headers=headers)

    def close(self) -> None:
        """Cancel the work in progress and end the threads."""
        self._results.close()
        for threads in (*self._threads.values(), self._text_threads):
            threads.shutdown()

    def _submit(
        self,
        work: Callable[[], None],
        context: RequestContext,
        reservation: Reservation,
        threads: ThreadPoolExecutor,
    ) -> None:
        context.progress = reservation.progress
        context.on_cancel(reservation.release)  # also before a thread is free
        future = threads.submit(work)
        metrics.IN_FLIGHT.inc()

        def done(_: object) -> None:
            reservation.release()
            metrics.IN_FLIGHT.dec()

        future.add_done_callback(done)


def _response(document: Document, began: float) -> Response:
    return Response(document.json(time.perf_counter() - began), media_type=_JSON)


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Retrieve the error of abandoned work, so that asyncio does not log it."""
    if not future.cancelled():
        future.exception()


async def _disconnected(request: Request) -> None:
    """Return when the caller disconnects; the body is already read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _matches(header: str, etag: str) -> bool:
    """Return whether `If-None-Match` has the tag.

    The comparison is weak (RFC 9110, 13.1.2).
    """
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or tags == ["*"]
