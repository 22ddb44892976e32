"""Signed call-backs at the end of a job, tried again for hours, also after a restart.

A call-back may come twice, where the process ended between the answer to it and the note of it:
receivers tell by the job's id. The name in the URL is looked up once for each try, the addresses
are checked, and exactly these are connected to.
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
from service.jobs.ledger import JobStore
from service.jobs.records import Delivery, Webhook

log = structlog.get_logger()

SIGNATURE = "Kabar-Signature"

# Seconds from a failed try to the next.
_AGAIN = (10, 60, 300, 1800, 7200)
# A try may take this many seconds, all in all.
_TIMEOUT = 10
_AT_ONCE = 8
# How often the ledger is asked for what other processes ended and for what is due again.
_POLL = 1.0
# How long to wait, in seconds, when the ledger cannot be used.
_PATIENCE = 5.0


def check_url(url: str, allow_private: bool) -> None:
    """Raises `InvalidRequest` where a webhook of this URL is refused; looks its host up."""
    resolve(parse(url), allow_private)


def sign(secret: str, body: bytes, at: int) -> str:
    """The header `Kabar-Signature` of a body sent at a time, in seconds since 1970."""
    return f"t={at},v1={_digest(secret, str(at), body)}"


def verify(
    secret: str,
    header: str,
    body: bytes,
    tolerance: float = 300,
    now: Callable[[], float] = time.time,
) -> bool:
    """Whether a call-back is genuine and was signed at most `tolerance` seconds ago."""
    fields = dict(part.strip().partition("=")[::2] for part in header.split(","))
    at, given = fields.get("t", ""), fields.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        return False
    if not hmac.compare_digest(_digest(secret, at, body).encode(), given.encode()):
        return False
    return abs(now() - int(at)) <= tolerance


def _digest(secret: str, at: str, body: bytes) -> str:
    signed = f"{at}.".encode() + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


async def send(
    webhook: Webhook, body: bytes, at: int, tls: ssl.SSLContext, allow_private: bool
) -> str | None:
    """POST a body, signed; why it failed, or None where it was taken."""
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
            # Without the environment's proxies, which would look the name up once more.
            async with httpx2.AsyncClient(verify=tls, timeout=_TIMEOUT, trust_env=False) as client:
                status = await _post(client, url, addresses, headers, body)
    except InvalidRequest as error:
        return error.detail
    except TimeoutError:
        return f"there was no answer within {_TIMEOUT} seconds"
    except Exception as error:  # whatever it was, it must not end the other call-backs
        return f"the connection failed: {error or type(error).__name__}"
    return None if 200 <= status < 300 else f"the answer was {status} instead of 200"


async def _post(
    client: httpx2.AsyncClient,
    url: httpx2.URL,
    addresses: list[Address],
    headers: dict[str, str],
    body: bytes,
) -> int:
    """The status of the first address that can be connected to; its body is not read."""
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
    """A thread that makes the call-backs of a ledger; one process of all should have one."""

    def __init__(
        self, ledger: JobStore, *, allow_private: bool = False, tls: ssl.SSLContext | None = None
    ) -> None:
        """`tls` says which certificates are trusted; None: those that the system trusts."""
        self._ledger = ledger
        self._allow_private = allow_private
        self._tls = tls
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._lock = threading.Lock()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Begin, also with what an earlier process left."""
        self._thread.start()

    def wake(self) -> None:
        """A job has ended."""
        self._tell(self._woken.set)

    def close(self) -> None:
        """End; a call-back that is under way is made again after the next start."""
        with self._lock:
            self._closed = True
        self._tell(lambda: self._task and self._task.cancel())
        if self._thread.is_alive():
            self._thread.join(_TIMEOUT)  # looking a name up cannot be interrupted

    def _tell(self, what: Callable[[], object]) -> None:
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(what)

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
                    due = self._ledger.deliveries(_AT_ONCE)
                except ServiceError as error:
                    log.warning("webhooks wait", detail=error.detail)
                    await asyncio.sleep(_PATIENCE)
                    continue
                await asyncio.gather(*(self._try(delivery, tls) for delivery in due))
                if not due:
                    # `asyncio.wait_for` loses a cancellation that comes together with the event.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(_POLL):
                            await self._woken.wait()
                    self._woken.clear()
        finally:
            with self._lock:
                self._loop = None

    async def _try(self, delivery: Delivery, tls: ssl.SSLContext) -> None:
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
        at = int(self._ledger.now())
        reason = await send(delivery.webhook, body, at, tls, self._allow_private)
        log.info("webhook", job=delivery.id, reason=reason, tries=delivery.tries + 1)
        again_in = _AGAIN[delivery.tries] if delivery.tries < len(_AGAIN) else None
        # Until it is noted, or else the receiver would get it again and again.
        while True:
            try:
                if reason is None:
                    self._ledger.delivered(delivery.job)
                else:
                    self._ledger.not_delivered(delivery.job, reason, again_in)
                return
            except ServiceError:
                await asyncio.sleep(_PATIENCE)
