"""The events of work in progress, for callers who watch it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class EventLog:
    """The events of one piece of work, in order. Thread-safe.

    A watcher who comes late gets the earlier events first.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[object] = []
        self._watchers: list[Callable[[object], None]] = []

    def add(self, event: object) -> None:
        """Add an event and pass it to every watcher."""
        with self._lock:
            self._events.append(event)
            for watcher in self._watchers:
                watcher(event)

    def watch(self, watcher: Callable[[object], None]) -> Callable[[], None]:
        """Call `watcher` for every event, past ones first; return what ends it.

        It is called in the threads of the work and must not block.
        """
        with self._lock:
            for event in self._events:
                watcher(event)
            self._watchers.append(watcher)

        def leave() -> None:
            with self._lock:
                if watcher in self._watchers:
                    self._watchers.remove(watcher)

        return leave
