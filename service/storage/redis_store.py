"""A store in Redis, for a cache that several machines share.

Keys are `kabar:{level}:{key in hex}`. How much is kept, and what goes first, is up to Redis: give
it `maxmemory` and `maxmemory-policy allkeys-lru`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import redis
import structlog
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool, parse_url
from redis.retry import Retry

from service.errors import InvalidSettings
from service.storage.store import Level, StoreStats

log = structlog.get_logger()

_CONNECT_SECONDS = 0.5
_READ_SECONDS = 1.0
# For how long a Redis with a fault is left alone.
_REST_SECONDS = 5.0
# One MGET of very many keys would hold up all others who use the Redis.
_KEYS_AT_ONCE = 1000


class RedisStore:
    """See `Store`. A Redis that is gone costs one request its timeout, at most every 5 s."""

    def __init__(self, url: str) -> None:
        """Raises `InvalidSettings` for a url that cannot be read."""
        self._client = redis.Redis(connection_pool=_pool(url))
        place = _place(url)
        self._reading = _Breaker(
            f"the cache in Redis at {place} cannot be used",
            "going on without it: nothing is lost, but sentences are translated again each time. "
            "It is tried again every 5 s: see that Redis runs there and that KABAR_CACHE_URL has "
            "its address and its password",
        )
        # A Redis that is full, or a replica, can still be read.
        self._writing = _Breaker(
            f"the cache in Redis at {place} takes nothing new",
            "what it holds is still used, and writing is tried again every 5 s. A full Redis "
            "needs more `maxmemory`, or `maxmemory-policy allkeys-lru`; a replica cannot be "
            "written: set KABAR_CACHE_URL to its primary",
        )
        self._closed = False
        try:
            self._client.ping()
        except Exception as error:  # see get
            self._reading.failed(0, error)

    @property
    def problem(self) -> str | None:
        return self._reading.problem or self._writing.problem

    def get(self, level: Level, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        if not keys or self._closed or (turn := self._reading.turn()) is None:
            return found
        try:
            for at in range(0, len(keys), _KEYS_AT_ONCE):
                part = keys[at : at + _KEYS_AT_ONCE]
                values = self._client.mget([_name(level, key) for key in part])
                for key, value in zip(part, values, strict=True):
                    if isinstance(value, bytes):
                        found[key] = value
                    elif value is not None:
                        raise TypeError("it answers as no Redis does")
        except Exception as error:
            # Whatever the client makes of an answer that is none of Redis's; none may get out.
            self._reading.failed(turn, error)
        else:
            self._reading.worked(turn)
        return found

    def put(self, level: Level, entries: Mapping[bytes, bytes]) -> None:
        if not entries or self._closed or (turn := self._writing.turn()) is None:
            return
        if (reading := self._reading.turn()) is None:
            return
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                for key, value in entries.items():
                    pipeline.set(_name(level, key), value, nx=True)
                # If it raised, its message would hold the value.
                answers = pipeline.execute(raise_on_error=False)
        except Exception as error:  # see get
            self._reading.failed(reading, error)
            return
        self._reading.worked(reading)
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        if refused:
            self._writing.failed(turn, refused[0])
        else:
            self._writing.worked(turn)

    def stats(self) -> StoreStats | None:
        """The bytes are all that Redis uses; the entries are not counted."""
        if self._closed or (turn := self._reading.turn()) is None:
            return None
        try:
            used = int(self._client.info("memory")["used_memory"])
        except redis.exceptions.ResponseError:
            return None  # this user may not ask, which is no fault
        except Exception as error:  # see get
            self._reading.failed(turn, error)
            return None
        self._reading.worked(turn)
        return StoreStats({}, used, 0)

    def close(self) -> None:
        self._closed = True
        self._client.connection_pool.disconnect()


class _Breaker:
    """Says once that something fails and once that it works again; between, lets one try it
    every 5 s while the others go without."""

    def __init__(self, what: str, advice: str) -> None:
        self._what = what
        self._advice = advice
        self._lock = threading.Lock()
        self._again = 0.0
        # Grows with every fault and every new try, so that whoever began before it and comes
        # late says nothing about how things are now.
        self._turn = 0
        self.problem: str | None = None

    def turn(self) -> int | None:
        """What to tell the outcome with; None for who may not try."""
        with self._lock:
            if self.problem is not None:
                now = time.monotonic()
                if now < self._again:
                    return None
                self._again = now + _REST_SECONDS
                self._turn += 1
            return self._turn

    def failed(self, turn: int, error: Exception) -> None:
        with self._lock:
            if turn != self._turn:
                return
            self._turn += 1
            known = self.problem is not None
            self._again = time.monotonic() + _REST_SECONDS
            self.problem = f"{self._what} ({str(error) or type(error).__name__}); {self._advice}"
        if not known:
            log.warning("cache unusable", detail=self.problem)

    def worked(self, turn: int) -> None:
        if self.problem is None:
            return
        with self._lock:
            if turn != self._turn or self.problem is None:
                return
            self.problem = None
        log.info("cache usable again", detail=f"no longer: {self._what}")


def _name(level: Level, key: bytes) -> str:
    return f"kabar:{level}:{key.hex()}"


def _pool(url: str) -> ConnectionPool:
    try:
        options = parse_url(url) | {  # type: ignore[no-untyped-call]
            "socket_connect_timeout": _CONNECT_SECONDS,
            "socket_timeout": _READ_SECONDS,
            # The breaker is what tries again.
            "retry": Retry(NoBackoff(), 0),
            # RESP2 is spoken by every Redis and by all that call themselves compatible.
            "protocol": 2,
            "decode_responses": False,
            # There are never more than threads.
            "max_connections": 10_000,
        }
        pool = ConnectionPool(**options)
        # Connects to nothing, but finds options that there are not.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, AttributeError, redis.RedisError):
        # The error is not repeated: it may hold a part of the password.
        raise InvalidSettings(
            "KABAR_CACHE_URL cannot be read: it may be redis://USER:PASSWORD@HOST:PORT/DB, "
            "rediss:// with the same (over TLS) or unix:///PATH/OF/SOCKET; special characters of "
            "a password are written as %40 and the like, and after a ? stand options of redis-py"
        ) from None
    return pool


def _place(url: str) -> str:
    """The address without user and password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]
