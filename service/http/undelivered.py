"""Requests that are charged once, however often a client repeats them."""

from __future__ import annotations

from collections import OrderedDict

_MAX_REQUESTS = 1_000


class Undelivered:
    """Charged requests without an answer.

    A client that stops waiting after seconds sends a long request again and again, often before the
    service sees that it has left. Only the first is charged.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def begin(self, key: bytes) -> bool:
        """Add a request, and return whether it is new."""
        is_new = key not in self._known
        self._known[key] = None
        if len(self._known) > _MAX_REQUESTS:
            self._known.popitem(last=False)
        return is_new

    def end(self, key: bytes) -> None:
        """Forget a request that was answered or refused."""
        self._known.pop(key, None)
