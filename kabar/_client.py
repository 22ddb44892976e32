"""The client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

import kabar._calls as _calls
from kabar._calls import Article, Call
from kabar._errors import ServiceUnreachable
from kabar._events import EventReader
from kabar._lines import LineReader
from kabar._models import Correction, Event, Job, JobResult, Summary, Translation, Usage
from kabar._retries import Retries, is_retried, refusal
from kabar._settings import connection

_Answer = TypeVar("_Answer")


class Client:
    """A connection to a service. Close it, or use it in a `with` statement.

    An article is a text, or a mapping with the fields of the service: `text`, `html`, or `headline`
    and `body`. Options are keyword arguments: `lane`, `glossary`, `terms`, `strict`,
    `strict_language`, `deterministic`. Every method raises `RequestRefused`, and
    `ServiceUnreachable` if the service does not answer.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = 600.0,
        retries: int = 4,
        max_wait: float = 60.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Connect to `url` (default: `KABAR_SERVICE`, or this machine) with a `key`.

        `timeout` is in seconds. A busy service is asked again, up to `retries` times; if it says to
        wait more than `max_wait` seconds, its answer is raised.
        """
        self._retries = Retries(retries, max_wait)
        self._http = httpx2.Client(transport=transport, **connection(url, key, timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def translate(
        self, article: Article, *, previous: str | None = None, **options: Any
    ) -> Translation:
        """Translate an article; `previous` is the id of its earlier version."""
        return self._send(_calls.translate(article, {"previous": previous, **options}))

    def stream(self, article: Article, **options: Any) -> Iterator[Event]:
        """Translate an article, and yield its sentences as they are done.

        The last event has the whole translation.
        """
        call = _calls.translate(article, options)
        accept = "text/event-stream, application/json;q=0.5"
        with self._open(call, {**call.headers, "Accept": accept}) as response:
            reader = EventReader()
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                yield reader.whole(response.read())
                return
            for line in self._lines(response):
                if (event := reader.feed(line)) is not None:
                    yield event
            if not reader.ended:
                raise ServiceUnreachable("the stream broke off before its end: send it again")

    def summarize(
        self,
        article: Article | Iterable[Article] | None = None,
        *,
        translation: str | None = None,
        **options: Any,
    ) -> Summary:
        """Summarize an article, several on one event, or the `translation` of an id.

        More options: `bullets`, `words`, `characters`, `language`.
        """
        return self._send(_calls.summarize(article, translation, options))

    def translation(self, id: str) -> Translation:
        """Return an earlier translation."""
        return self._send(_calls.earlier_translation(id))

    def summary(self, id: str) -> Summary:
        """Return an earlier summary."""
        return self._send(_calls.earlier_summary(id))

    def correct(
        self,
        target: str,
        *,
        source: str | None = None,
        translation: str | None = None,
        sentence: str | None = None,
        author: str | None = None,
    ) -> Correction:
        """Add the English of a `source`, or of a `sentence` in a `translation`."""
        fields = {
            "target": target,
            "source": source,
            "translation": translation,
            "sentence": sentence,
            "author": author,
        }
        return self._send(_calls.correct(fields))

    def withdraw(self, id: str, author: str | None = None) -> Correction:
        """Withdraw a correction."""
        return self._send(_calls.withdraw(id, author))

    def corrections(self) -> Iterator[Correction]:
        """Yield all corrections, the newest first."""
        before: int | None = None
        while True:
            page, before = self._send(_calls.corrections(before))
            yield from page
            if before is None:
                return

    def start_job(
        self, articles: Iterable[Article], *, idempotency_key: str | None = None, **options: Any
    ) -> Job:
        """Start a job of up to 1,000 articles.

        The same articles and options again return the same job, or those of one `idempotency_key`.
        More options: `kind`, `bullets`, `words`, `characters`, `language`, `webhook`.
        """
        return self._send(_calls.start_job(articles, idempotency_key, options))

    def job(self, id: str) -> Job:
        """Return the state of a job."""
        return self._send(_calls.job(id))

    def cancel_job(self, id: str) -> Job:
        """Cancel the articles of a job that have not begun."""
        return self._send(_calls.cancel_job(id))

    def job_results(self, job: Job | str, start: int = 0) -> Iterator[JobResult]:
        """Yield the results of a job in order, as they come, from article `start` on.

        A connection that breaks off is opened again at the next result.
        """
        found = self.job(job) if isinstance(job, str) else job
        failures = 0
        while True:
            try:
                with self._open(_calls.job_results(found.id, start)) as response:
                    for line in self._lines(response):
                        result = _calls.read_job_result(line, found.kind)
                        if result is None:
                            break
                        yield result
                        start, failures = result.index + 1, 0
                    else:
                        return
                # The service is restarting.
                time.sleep(1.0)
            except ServiceUnreachable as error:
                delay = self._retries.wait(failures, None)
                if delay is None:
                    raise error
                failures += 1
                time.sleep(delay)

    def wait_for_job(
        self,
        job: Job | str,
        progress: Callable[[Job], object] = lambda job: None,
        *,
        poll_seconds: float = 2.0,
        timeout: float | None = None,
    ) -> Job:
        """Wait until a job ends; `progress` gets each state. Raises `TimeoutError`."""
        id = job if isinstance(job, str) else job.id
        ends = None if timeout is None else time.monotonic() + timeout
        while True:
            found = self.job(id)
            progress(found)
            if found.ended:
                return found
            if ends is not None and time.monotonic() > ends:
                raise TimeoutError(f"the job {id} has not ended after {timeout} seconds")
            time.sleep(poll_seconds)

    def translate_feed(self, xml: bytes, **options: Any) -> bytes:
        """Return an RSS or Atom feed in English."""
        return self._send(_calls.feed(xml, options))

    def usage(self) -> Usage:
        """Return the use of the key, and its limits."""
        return self._send(_calls.usage())

    def _send(self, call: Call[_Answer]) -> _Answer:
        with self._open(call) as response:
            try:
                return call.read(response.read())
            except httpx2.TransportError as error:
                raise ServiceUnreachable(f"the answer broke off ({error}): try again") from error

    def _open(self, call: Call[Any], headers: Mapping[str, str] | None = None) -> _Opened:
        """Send a call until it is answered, and return the response to read."""
        number = 0
        while True:
            request = self._http.build_request(
                call.method,
                call.path,
                content=call.body,
                params=call.params,
                headers=headers or call.headers,
            )
            try:
                response = self._http.send(request, stream=True)
            except httpx2.TransportError as error:
                failure: Exception = ServiceUnreachable(
                    f"{request.url.host} does not answer ({error or type(error).__name__}): is "
                    f"`kabar serve` running?"
                )
                again = call.repeatable or isinstance(error, httpx2.ConnectError)
                delay = self._retries.wait(number, None) if again else None
            else:
                if response.is_success:
                    return _Opened(response)
                with _Opened(response):
                    response.read()
                refused = refusal(response)
                failure = refused
                delay = None
                if is_retried(refused):
                    delay = self._retries.wait(number, refused.retry_after)
            if delay is None:
                raise failure
            time.sleep(delay)
            number += 1

    def _lines(self, response: httpx2.Response) -> Iterator[str]:
        reader = LineReader()
        try:
            for piece in response.iter_bytes():
                yield from reader.feed(piece)
            yield from reader.end()
        except httpx2.TransportError as error:
            raise ServiceUnreachable(f"the answer broke off ({error}): try again") from error


class _Opened:
    """A response that is closed at the end."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response

    def __enter__(self) -> httpx2.Response:
        return self._response

    def __exit__(self, *error: object) -> None:
        self._response.close()
