"""Where the C library keeps memory that was freed.

glibc gives every thread that asks for memory a pool of its own, up to eight for each core, and
what was freed in one of them is of no use to the others. A service with dozens of threads so
grows for as long as its largest pieces of work come to ever other threads.
"""

from __future__ import annotations

import contextlib
import ctypes

# Enough for the threads that compute at once; the others wait for a pool for microseconds.
ARENAS = 2

_M_ARENA_MAX = -8  # of malloc.h


def share_arenas() -> None:
    """Let all threads that start from now on share two pools; nothing where there is no glibc."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)
