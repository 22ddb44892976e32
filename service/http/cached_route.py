"""A route that answers repeated requests from the request cache."""

from __future__ import annotations

from fastapi import Request, Response

from service.http.auth import caller_of, charge, results_owner
from service.http.bodies import BoundedRoute
from service.http.event_stream import wants_events
from service.http.request_cache import KnownRequest
from service.http.state import state_of


class CachedRoute(BoundedRoute):
    """Answers a known body from memory, with the same limits as a new one."""

    async def answer_unparsed(self, request: Request) -> Response | None:
        state = state_of(request)
        one_answer = request.method == "POST" and not wants_events(request)
        if state.dispatcher is None or not one_answer:
            return None
        owner = results_owner(request)
        known = state.request_cache.find(await state.request_cache.key(request, owner))
        if known is None or _needs_feed_entry(request, known):
            return None
        response = state.require_dispatcher().cached_response(known.kind, known.id, owner)
        if response is not None:
            caller_of(request).lane(known.lane)
            await charge(request, known.characters)
        return response


def _needs_feed_entry(request: Request, known: KnownRequest) -> bool:
    """Return whether a summary may be missing in the caller's feed."""
    entry = caller_of(request).owner, known.id
    return known.kind == "summary" and entry not in state_of(request).feed_entries
