"""A store in Redis, for a cache that several machines share.

Keys are `kabar:{level}:{key in hex}`. Redis itself limits the size and evicts entries: set
`maxmemory`, and `maxmemory-policy allkeys-lru`.
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
# Time between a fault of Redis and the next attempt.
_RETRY_SECONDS = 5.0
# A larger MGET would block the other users of the Redis.
_KEYS_PER_CALL = 1000


class RedisStore:
    """The `Store` in Redis. While Redis fails, one request in 5 s tries it."""

    def __init__(self, url: str) -> None:
        """Connect to Redis. Raises `InvalidSettings` for an invalid URL."""
        self._client = redis.Redis(connection_pool=_pool(url))
        address = _address(url)
        self._reading = _Breaker(
            f"the cache in Redis at {address} cannot be used",
            "Kabar goes on without it: nothing is lost, but every sentence is translated again. "
            "Kabar tries it again every 5 s: check that Redis runs there, and that KABAR_CACHE_URL "
            "has its address and its password",
        )
        # A full Redis and a replica can still be read.
        self._writing = _Breaker(
            f"the cache in Redis at {address} takes nothing new",
            "its entries are still used, and Kabar tries to write again every 5 s. A full Redis "
            "needs more `maxmemory`, or `maxmemory-policy allkeys-lru`. A replica is read-only: "
            "set KABAR_CACHE_URL to its primary",
        )
        self._closed = False
        try:
            self._client.ping()
        except Exception as error:  # see `get`
            self._reading.failed(0, error)

    @property
    def problem(self) -> str | None:
        return self._reading.problem or self._writing.problem

    def get(self, level: Level, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        if not keys or self._closed or (attempt := self._reading.attempt()) is None:
            return found
        try:
            for at in range(0, len(keys), _KEYS_PER_CALL):
                part = keys[at : at + _KEYS_PER_CALL]
                values = self._client.mget([_name(level, key) for key in part])
                for key, value in zip(part, values, strict=True):
                    if isinstance(value, bytes):
                        found[key] = value
                    elif value is not None:
                        raise TypeError("its answer is not one of Redis")
        except Exception as error:
            # Another server's answer may raise anything in the client.
            self._reading.failed(attempt, error)
        else:
            self._reading.succeeded(attempt)
        return found

    def put(self, level: Level, entries: Mapping[bytes, bytes]) -> None:
        if not entries or self._closed or (writing := self._writing.attempt()) is None:
            return
        if (reading := self._reading.attempt()) is None:
            return
        try:
            with self._client.pipeline(transaction=False) as pipeline:
                for key, value in entries.items():
                    pipeline.set(_name(level, key), value, nx=True)
                # The message of a raised error would contain the value.
                answers = pipeline.execute(raise_on_error=False)
        except Exception as error:  # see `get`
            self._reading.failed(reading, error)
            return
        self._reading.succeeded(reading)
        errors = [answer for answer in answers if isinstance(answer, Exception)]
        if errors:
            self._writing.failed(writing, errors[0])
        else:
            self._writing.succeeded(writing)

    def stats(self) -> StoreStats | None:
        """Return all the bytes that Redis uses, without a count of entries."""
        if self._closed or (attempt := self._reading.attempt()) is None:
            return None
        try:
            used = int(self._client.info("memory")["used_memory"])
        except redis.exceptions.ResponseError:
            return None  # not a fault: the user lacks the permission
        except Exception as error:  # see `get`
            self._reading.failed(attempt, error)
            return None
        self._reading.succeeded(attempt)
        return StoreStats({}, used, 0)

    def clear(self) -> int | None:
        """Delete the entries of Kabar, for all machines that share this Redis."""
        if self._closed or (attempt := self._writing.attempt()) is None:
            return None
        count = 0
        try:
            names: list[bytes] = []
            for name in self._client.scan_iter("kabar:*", count=_KEYS_PER_CALL):
                names.append(name)
                if len(names) == _KEYS_PER_CALL:
                    count += self._unlink(names)
                    names = []
            count += self._unlink(names)
        except Exception as error:  # see `get`
            self._writing.failed(attempt, error)
            return None
        self._writing.succeeded(attempt)
        return count

    def _unlink(self, names: list[bytes]) -> int:
        return int(self._client.unlink(*names)) if names else 0

    def close(self) -> None:
        self._closed = True
        self._client.connection_pool.disconnect()


class _Breaker:
    """A circuit breaker: after a fault, it allows one attempt every 5 s.

    It logs a fault once, and its end once.
    """

    def __init__(self, fault: str, advice: str) -> None:
        self._fault = fault
        self._advice = advice
        self._lock = threading.Lock()
        self._retry_at = 0.0
        # Grows with every fault and every retry, so that the outcome of an earlier attempt that
        # ends late does not count.
        self._attempt = 0
        self.problem: str | None = None

    def attempt(self) -> int | None:
        """Return a number with which to report the outcome, or None to do without."""
        with self._lock:
            if self.problem is not None:
                now = time.monotonic()
                if now < self._retry_at:
                    return None
                self._retry_at = now + _RETRY_SECONDS
                self._attempt += 1
            return self._attempt

    def failed(self, attempt: int, error: Exception) -> None:
        with self._lock:
            if attempt != self._attempt:
                return
            self._attempt += 1
            known = self.problem is not None
            self._retry_at = time.monotonic() + _RETRY_SECONDS
            self.problem = f"{self._fault} ({str(error) or type(error).__name__}); {self._advice}"
        if not known:
            log.warning("cache unusable", detail=self.problem)

    def succeeded(self, attempt: int) -> None:
        if self.problem is None:
            return
        with self._lock:
            if attempt != self._attempt or self.problem is None:
                return
            self.problem = None
        log.info("cache usable again", detail=f"no longer: {self._fault}")


def _name(level: Level, key: bytes) -> str:
    return f"kabar:{level}:{key.hex()}"


def _pool(url: str) -> ConnectionPool:
    try:
        options = parse_url(url) | {  # type: ignore[no-untyped-call]
            "socket_connect_timeout": _CONNECT_SECONDS,
            "socket_timeout": _READ_SECONDS,
            # `_Breaker` retries.
            "retry": Retry(NoBackoff(), 0),
            # Every Redis, and every compatible server, supports RESP2.
            "protocol": 2,
            "decode_responses": False,
            # More than the number of threads.
            "max_connections": 10_000,
        }
        pool = ConnectionPool(**options)
        # Finds unknown options, without connecting.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, AttributeError, redis.RedisError):
        # Without the error, which may contain a part of the password.
        raise InvalidSettings(
            "KABAR_CACHE_URL is not a valid URL of a Redis: use "
            "redis://USER:PASSWORD@HOST:PORT/DB, rediss:// with the same parts (over TLS) or "
            "unix:///PATH/OF/SOCKET; escape special characters in the password (%40 for @), and "
            "put options of redis-py after a ?"
        ) from None
    return pool


def _address(url: str) -> str:
    """Return the address without user and password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else parts.netloc.rpartition("@")[2]
