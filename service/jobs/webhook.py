"""Signed webhook calls at the end of a job.

They are retried for hours, also after a restart. A call may come twice, if the process ends before
it has recorded the answer. Receivers recognize it by the job's id. Each try resolves the host of
the URL once, checks the addresses, and connects to exactly these.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable
from importlib.metadata import version

import httpx2
import structlog

from service.errors import InvalidRequest, ServiceError
from service.jobs.addresses import Address, parse, resolve
from service.jobs.deliveries import Deliveries
from service.jobs.records import Delivery, Webhook

log = structlog.get_logger()

SIGNATURE = "Kabar-Signature"

# Seconds from a failed try to the next.
_RETRY_DELAYS = (10, 60, 300, 1800, 7200)
# Seconds that a whole try may take.
_TIMEOUT = 10
# Calls at the same time.
_CONCURRENCY = 8
# Seconds between two looks for jobs that other processes ended, and for retries that are due.
_POLL = 1.0
# Seconds to wait after an error of the store.
_STORE_RETRY_DELAY = 5.0


def check_url(url: str, allow_private: bool) -> None:
    """Check the URL of a webhook and the addresses of its host.

    Raises `InvalidRequest`.
    """
    resolve(parse(url), allow_private)


def sign(secret: str, body: bytes, at: int) -> str:
    """Return the header `Kabar-Signature` of a body.

    `at` is the time of sending, in seconds since 1970.
    """
    return f"t={at},v1={_digest(secret, str(at), body)}"


def verify(
    secret: str,
    header: str,
    body: bytes,
    tolerance: float = 300,
    now: Callable[[], float] = time.time,
) -> bool:
    """Return whether a webhook call is genuine and recent.

    Its signature is at most `tolerance` seconds old.
    """
    fields = dict(part.strip().partition("=")[::2] for part in header.split(","))
    at, digest = fields.get("t", ""), fields.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        return False
    if not hmac.compare_digest(_digest(secret, at, body).encode(), digest.encode()):
        return False
    return abs(now() - int(at)) <= tolerance


def _digest(secret: str, at: str, body: bytes) -> str:
    signed = f"{at}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def send(
    webhook: Webhook, body: bytes, at: int, tls: ssl.SSLContext, allow_private: bool
) -> str | None:
    """POST a signed body; return the reason of a failure, or None."""
    try:
        async with asyncio.timeout(_TIMEOUT):
            url = parse(webhook.url)
            addresses = await asyncio.to_thread(resolve, url, allow_private)
            headers = {
                "Host": url.netloc.decode("ascii"),
                "User-Agent": f"kabar/{version('kabar')}",
                "Content-Type": "application/json",
                SIGNATURE: sign(webhook.secret, body, at),
            }
            # Without the environment's proxies, which would resolve the host again.
            async with httpx2.AsyncClient(verify=tls, timeout=_TIMEOUT, trust_env=False) as client:
                status = await _post(client, url, addresses, headers, body)
    except InvalidRequest as error:
        return error.detail
    except TimeoutError:
        return f"there was no answer within {_TIMEOUT} seconds"
    except Exception as error:  # must not stop the other calls
        return f"the connection failed: {error or type(error).__name__}"
    return None if 200 <= status < 300 else f"the answer was {status} instead of 200"


async def _post(
    client: httpx2.AsyncClient,
    url: httpx2.URL,
    addresses: list[Address],
    headers: dict[str, str],
    body: bytes,
) -> int:
    """Return the HTTP status from the first address that accepts a connection.

    The body of the answer is not read.
    """
    name = url.raw_host.decode("ascii").rstrip(".")
    for place, address in enumerate(addresses):
        request = client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            headers=headers,
            content=body,
            extensions={"sni_hostname": name},
        )
        try:
            response = await client.send(request, stream=True, follow_redirects=False)
        except httpx2.ConnectError:
            if place == len(addresses) - 1:
                raise
            continue
        await response.aclose()
        return response.status_code
    raise AssertionError("a host has at least one address")


class WebhookSender:
    """A thread that makes the webhook calls; only one process should start it."""

    def __init__(
        self,
        deliveries: Deliveries,
        *,
        allow_private: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` has the trusted certificates; None: those of the system."""
        self._deliveries = deliveries
        self._allow_private = allow_private
        self._tls = tls
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._lock = threading.Lock()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Start, with the calls that an earlier process left."""
        self._thread.start()

    def wake(self) -> None:
        """Look for calls that are due now."""
        self._call_in_loop(self._woken.set)

    def close(self) -> None:
        """Stop; a call in progress is made again after the next start."""
        with self._lock:
            self._closed = True
        self._call_in_loop(lambda: self._task and self._task.cancel())
        if self._thread.is_alive():
            self._thread.join(_TIMEOUT)  # resolving a host cannot be interrupted

    def _call_in_loop(self, function: Callable[[], object]) -> None:
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(function)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._send_all())

    async def _send_all(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.current_task()
        try:
            tls = self._tls
            if tls is None:
                tls = await asyncio.to_thread(httpx2.create_ssl_context)
            while not self._closed:
                try:
                    due = self._deliveries.due(_CONCURRENCY)
                except ServiceError as error:
                    log.warning("webhooks wait", detail=error.detail)
                    await asyncio.sleep(_STORE_RETRY_DELAY)
                    continue
                await asyncio.gather(*(self._deliver(delivery, tls) for delivery in due))
                if not due:
                    # `asyncio.wait_for` loses a cancellation that coincides with the event.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_POLL):
                            await self._woken.wait()
                    self._woken.clear()
        finally:
            with self._lock:
                self._loop = None

    async def _deliver(self, delivery: Delivery, tls: ssl.SSLContext) -> None:
        body = json.dumps(
            {
                "id": delivery.id,
                "state": delivery.state,
                "total": delivery.total,
                "done": delivery.done,
                "failed": delivery.failed,
            },
            separators=(",", ":"),
        ).encode()
        at = int(self._deliveries.now())
        reason = await send(delivery.webhook, body, at, tls, self._allow_private)
        log.info("webhook", job=delivery.id, reason=reason, tries=delivery.tries + 1)
        retry_in = _RETRY_DELAYS[delivery.tries] if delivery.tries < len(_RETRY_DELAYS) else None
        # Until it is recorded, because the receiver would get the call again.
        while True:
            try:
                if reason is None:
                    self._deliveries.succeeded(delivery.job)
                else:
                    self._deliveries.failed(delivery.job, reason, retry_in)
                return
            except ServiceError:
                await asyncio.sleep(_STORE_RETRY_DELAY)
