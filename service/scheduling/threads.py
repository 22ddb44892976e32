"""Threads for what every request needs, apart from those in which jobs and others may wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Found = TypeVar("_Found")
_Given = TypeVar("_Given")

_FRONT = ThreadPoolExecutor(16, thread_name_prefix="front")


async def in_front(act: Callable[..., _Found], *given: object) -> _Found:
    """What `act(*given)` gives: looking up a key or a result, which takes a moment."""
    return await asyncio.get_running_loop().run_in_executor(_FRONT, act, *given)
