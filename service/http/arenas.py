"""The malloc arenas of glibc, limited so that the service does not grow.

glibc gives the threads separate arenas, up to eight for each core. Memory that is free in one arena
cannot serve a thread of another. A service with dozens of threads therefore grows while its largest
pieces of work run in new threads.
"""

from __future__ import annotations

import contextlib
import ctypes

# Enough for the threads that compute at the same time; the others wait for microseconds.
ARENAS = 2

_M_ARENA_MAX = -8  # malloc.h


def share_arenas() -> None:
    """Let all later threads share two arenas; no effect without glibc."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)
