"""Where HTTP meets the work: looks results up, lets requests in, and minds who is still waiting.

Here the event loop looks into memory and no further; articles are worked on in threads, of which
every lane has its own, so that a hundred ordinary requests cannot keep breaking news from its place
in the queue. Equal requests of a lane at once are one piece of work, which ends early when the last
of them has gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from service import metrics
from service.errors import Gone, NotFound
from service.runtime import Runtime
from service.scheduling.admission import MIN_ADMITTED_CHARS, AdmissionControl, Reservation
from service.scheduling.request import Lane, RequestContext
from service.scheduling.threads import in_front
from service.settings import Settings
from service.translation.results import Document, Kind, Order

# Articles of one lane that are segmented or waited for at once; others wait for a thread.
_THREADS = 64

_JSON = "application/json"


@dataclass(eq=False, slots=True)
class _Flight:
    """Work that is being done, and how many wait for it."""

    future: asyncio.Future[bytes]
    context: RequestContext
    waiting: int = 0


class Dispatcher:
    """One for every event loop."""

    def __init__(self, runtime: Runtime, settings: Settings) -> None:
        self._results = runtime.results
        self._seconds = settings.request_seconds
        self.door = AdmissionControl(
            runtime.batcher.throughput, settings.queue_seconds, MIN_ADMITTED_CHARS // settings.beam
        )
        self._threads = {
            lane: ThreadPoolExecutor(_THREADS, thread_name_prefix=lane.value) for lane in Lane
        }
        self._flights: dict[tuple[str, Lane], _Flight] = {}

    def id(self, order: Order) -> str:
        """The id of what an order gives."""
        return self._results.id(order)

    def at_once(self, kind: Kind, id: str) -> Response | None:
        """The answer from memory, or None where it is not there."""
        began = time.perf_counter()
        document = self._results.remembered(kind, id)
        if document is None:
            return None
        return Response(document.timed(time.perf_counter() - began), media_type=_JSON)

    async def answer(
        self,
        request: Request,
        order: Order,
        id: str,
        lane: Lane,
        charge: Callable[[], Awaitable[None]],
    ) -> Response:
        """The answer to a request, which `charge` counts once it is let in, and may refuse.

        Raises `Busy`, what `charge` raises, and what the work raises.
        """
        began = time.perf_counter()
        document = await self._find(order.kind, id)
        place = None
        if document is None and (id, lane) not in self._flights:
            place = self.door.enter(lane, order.characters)
        try:
            await charge()
        except BaseException:
            if place is not None:
                place.leave()
            raise
        if document is not None:
            return Response(document.timed(time.perf_counter() - began), media_type=_JSON)
        # Meanwhile an equal request may have begun the work, or ended it.
        flight = self._flights.get((id, lane))
        if flight is None:
            place = place or self.door.enter(lane, order.characters)
            flight = self._begin(order, id, lane, place)
        elif place is not None:
            place.leave()
        return Response(await self._wait(request, flight, (id, lane)), media_type=_JSON)

    async def again(self, request: Request, kind: Kind, id: str) -> Response:
        """A result that was made before, or 304 where the caller has it. Raises `NotFound`."""
        document = await self._find(kind, id)
        if document is None:
            raise NotFound(
                f"there is no {kind} {id} here (any more): post the article again, which gives it "
                f"the same id"
            )
        headers = {"ETag": document.etag, "Cache-Control": "private, max-age=3600"}
        if _matches(request.headers.get("if-none-match", ""), document.etag):
            return Response(status_code=304, headers=headers)
        return Response(document.untimed, media_type=_JSON, headers=headers)

    def close(self) -> None:
        """End the threads; what runs is told to stop."""
        for flight in self._flights.values():
            flight.context.cancel()
        for threads in self._threads.values():
            threads.shutdown()

    async def _find(self, kind: Kind, id: str) -> Document | None:
        document = self._results.remembered(kind, id)
        if document is None:
            document = await in_front(self._results.stored, kind, id)
        return document

    def _begin(self, order: Order, id: str, lane: Lane, place: Reservation) -> _Flight:
        context = RequestContext(lane, self._seconds, place.progress)
        context.on_cancel(place.leave)  # also where no thread has taken it up yet
        try:
            future = asyncio.get_running_loop().run_in_executor(
                self._threads[lane], self._work, order, context
            )
        except BaseException:
            place.leave()
            raise
        flight = self._flights[id, lane] = _Flight(future, context)
        metrics.IN_FLIGHT.inc()

        def done(future: asyncio.Future[bytes]) -> None:
            place.leave()
            metrics.IN_FLIGHT.dec()
            self._forget(flight, (id, lane))
            if not future.cancelled():
                future.exception()  # where nobody waited, nobody asks

        future.add_done_callback(done)
        return flight

    def _work(self, order: Order, context: RequestContext) -> bytes:
        context.check()
        return self._results.make(order, context).model_dump_json().encode()

    async def _wait(self, request: Request, flight: _Flight, key: tuple[str, Lane]) -> bytes:
        flight.waiting += 1
        flight.context.extend(self._seconds)
        gone: asyncio.Future[None] = asyncio.create_task(_gone(request))
        waited: set[asyncio.Future[Any]] = {flight.future, gone}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not flight.future.done():
                raise Gone("the caller has gone")
            return flight.future.result()
        finally:
            gone.cancel()
            flight.waiting -= 1
            if not flight.waiting and not flight.future.done():
                self._forget(flight, key)
                flight.context.cancel()

    def _forget(self, flight: _Flight, key: tuple[str, Lane]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _gone(request: Request) -> None:
    """Returns once the caller has gone; the body has been read by now."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _matches(header: str, etag: str) -> bool:
    """Whether `If-None-Match` names this tag; weak tags count (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or tags == ["*"]
