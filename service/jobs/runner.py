"""The runner of jobs, in threads of one process.

Of several processes that share a store, one has its lock. If that process ends, even by kill -9,
another takes over within seconds. An article without a recorded result is then worked on again; no
caller has seen a part of it. One of the articles that the ended process was working on may have
killed it. Each of them is worked on alone, so that it cannot take another with it.
"""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from filelock import FileLock, Timeout

from models.errors import EngineFailed, KabarError
from service.errors import Busy, Gone, NotReady, ServiceError, TimedOut, status_of
from service.jobs.records import Item, Job, Outcome
from service.jobs.store import JobStore
from service.jobs.webhook import WebhookSender
from service.scheduling.request import Lane, RequestContext

log = structlog.get_logger()

# Returns the result of an article, as JSON, from its kind, options, source and context.
Work = Callable[[str, dict[str, Any], bytes, RequestContext], bytes]

# All times are in seconds. Between two looks for changes by other processes.
_POLL = 0.5
# Between two tries of a process to get the lock.
_LOCK_POLL = 2.0
# From the end of a job to its removal, and between two removals.
_RETENTION = 30 * 24 * 3600
_PURGE_INTERVAL = 3600
# The first and the longest wait after an error that affects all articles, or only one.
_PAUSE_DELAYS = (1.0, 30.0)
_DEFER_DELAYS = (2.0, 300.0)
# After an error of the store.
_STORE_RETRY_DELAY = 5.0
# Tries of an article.
_MAX_TRIES = 3


class JobRunner:
    """A thread that calls `work` for each article of the jobs.

    `NotReady` and `Busy` make all articles wait, `TimedOut` and `Gone` this one; it is tried
    again. An article is also tried again, up to three times in all, if the engine fails, or the
    process ends while it is worked on alone. So a temporary fault of the engine does not fail a
    backlog, and an article that kills the process does not kill it forever. After any other error
    the article has failed.
    """

    def __init__(
        self, store: JobStore, work: Work, *, concurrency: int = 4, allow_private: bool = False
    ) -> None:
        """`concurrency` articles run in parallel; `allow_private` is for webhooks."""
        self._store = store
        self._work = work
        self._concurrency = concurrency
        self._sender = WebhookSender(store.deliveries, allow_private=allow_private)
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._closed = threading.Event()
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[tuple[int, int], RequestContext] = {}
        self._deferred: dict[tuple[int, int], float] = {}  # until this time
        self._tries: dict[tuple[int, int], int] = {}
        # What an ended process was working on: each is due at this time, and runs alone.
        self._suspects: dict[tuple[int, int], float] = {}
        self._paused_until = 0.0
        self._pauses = 0
        self._purge_at = 0.0
        self._working = False

    @property
    def working(self) -> bool:
        """Whether this process runs the jobs."""
        return self._working

    def start(self) -> None:
        """Start, with the jobs that an earlier process left."""
        self._thread.start()

    def wake(self) -> None:
        """Look for new and cancelled jobs now, rather than within a second."""
        self._woken.set()

    def close(self) -> None:
        """Cancel running articles, wait for them, and stop.

        The next start runs them again.
        """
        self._closed.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def estimate(self, job: Job) -> float | None:
        """Return the seconds until a job is done, or None if it has ended.

        None also while the speed is unknown.
        """
        if job.state.ended:
            return None
        speed = self._store.speed()
        if not speed:
            return None
        return (self._store.characters_ahead(job) + job.characters_left) / speed

    def _run(self) -> None:
        path = self._store.path
        lock = FileLock(path.with_name(f"{path.name}.lock"), mode=0o600)
        while not self._closed.is_set():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                lock.acquire(blocking=False)
            except Timeout:
                self._closed.wait(_LOCK_POLL)
            except OSError as error:
                log.warning("jobs wait", detail=f"the lock cannot be acquired ({error})")
                self._closed.wait(_STORE_RETRY_DELAY)
            else:
                try:
                    self._run_jobs()
                finally:
                    lock.release()

    def _run_jobs(self) -> None:
        log.debug("jobs run here")
        self._working = True
        recovered = False
        self._sender.start()
        try:
            with ThreadPoolExecutor(self._concurrency, "job") as pool:
                while not self._closed.is_set():
                    recovered = recovered or self._recover()
                    if not recovered or not self._step(pool):
                        self._closed.wait(_STORE_RETRY_DELAY)
                    self._woken.wait(_POLL)
                    self._woken.clear()
                for context in self._running_contexts().values():
                    context.cancel()
        finally:
            self._sender.close()
            self._working = False

    def _recover(self) -> bool:
        """Take over what an ended process was working on; return whether the store works."""
        try:
            left = self._store.recover()
        except ServiceError as error:
            log.warning("jobs wait", detail=error.detail)
            return False
        now = time.monotonic()
        for job, number, tries in left:
            # At once if it was beside others; later if it has ended a process alone.
            wait = _back_off(_DEFER_DELAYS, tries - 1) if tries else 0.0
            self._suspects[job, number] = now + wait
        if left:
            log.warning("articles are tried alone", count=len(left), reason="a process ended")
        return True

    def _step(self, pool: ThreadPoolExecutor) -> bool:
        """Do everything that is due, and return whether the store works."""
        try:
            self._cancel_ended()
            self._dispatch(pool)
            if time.monotonic() >= self._purge_at:
                self._store.purge(_RETENTION)
                self._purge_at = time.monotonic() + _PURGE_INTERVAL
        except ServiceError as error:
            log.warning("jobs wait", detail=error.detail)
            return False
        except Exception as error:  # must not stop the jobs that follow
            log.error("unexpected error", exc_info=error)
            return False
        return True

    def _running_contexts(self) -> dict[tuple[int, int], RequestContext]:
        with self._lock:
            return dict(self._running)

    def _cancel_ended(self) -> None:
        contexts = self._running_contexts()
        with self._lock:
            jobs = {job for job, _ in (*contexts, *self._tries)}
        ended = self._store.ended(jobs) if jobs else set()
        for (job, _), context in contexts.items():
            if job in ended:
                context.cancel()
        with self._lock:
            self._tries = {key: n for key, n in self._tries.items() if key[0] not in ended}

    def _dispatch(self, pool: ThreadPoolExecutor) -> None:
        now = time.monotonic()
        with self._lock:
            self._deferred = {key: until for key, until in self._deferred.items() if until > now}
            deferred, running = set(self._deferred), set(self._running)
            paused = now < self._paused_until
            suspects = dict(self._suspects)
        if paused or len(running) >= self._concurrency or running & suspects.keys():
            return
        due = [key for key, until in suspects.items() if until <= now and key not in deferred]
        if due:
            if running:
                return
            if item := self._store.next_alone(*due[0]):
                self._submit(item, pool)
                return
            with self._lock:
                del self._suspects[due[0]]
        left_out = deferred | suspects.keys()
        for item in self._store.next_items(self._concurrency - len(running), running, left_out):
            self._submit(item, pool)

    def _submit(self, item: Item, pool: ThreadPoolExecutor) -> None:
        context = RequestContext(Lane.ARCHIVE)
        with self._lock:
            self._running[item.key] = context
        try:
            pool.submit(self._process, item, context)
        except RuntimeError:  # no thread is available
            with self._lock:
                del self._running[item.key]
            raise

    def _process(self, item: Item, context: RequestContext) -> None:
        """Work on one article, in a thread of the pool."""
        started = self._store.now()
        try:
            found = self._try(item, context)
            if found is not None:
                self._record(item, *found, started)
                with self._lock:
                    self._tries.pop(item.key, None)
                    self._suspects.pop(item.key, None)
        finally:
            with self._lock:
                del self._running[item.key]
            self._woken.set()

    def _try(self, item: Item, context: RequestContext) -> tuple[Outcome, bytes] | None:
        """Return the outcome of the work, or None if it is retried or cancelled."""
        if item.tries >= _MAX_TRIES:
            return Outcome.FAILED, _problem(
                "gave-up",
                "The article was tried too often",
                500,
                f"the service ended {item.tries} times while it worked on this article alone: send "
                f"it in parts",
            )
        try:
            context.check()
            result = self._work(item.kind, dict(item.options), item.source, context)
        except Exception as error:
            return self._failure(item, context, error)
        with self._lock:
            self._pauses = 0
        return Outcome.DONE, result

    def _failure(
        self, item: Item, context: RequestContext, error: Exception
    ) -> tuple[Outcome, bytes] | None:
        """Return the outcome after an error, or None as `_try` does."""
        if isinstance(error, NotReady | Busy):
            self._pause(error)
            self._store.requeue(*item.key)
            return None
        if context.cancelled:
            self._store.requeue(*item.key)
            return None
        if isinstance(error, TimedOut | Gone):
            self._defer(item, error)
            self._store.requeue(*item.key)
            return None
        if isinstance(error, EngineFailed) and item.tries + 1 < _MAX_TRIES:
            self._defer(item, error)
            self._pause(error)
            self._store.requeue(*item.key, failed=True)
            return None
        if isinstance(error, KabarError):
            log.info("article failed", job=item.job_id, number=item.number, error=error.slug)
            problem = _problem(error.slug, error.title, status_of(error), error.detail)
            return Outcome.FAILED, problem
        # The message is left out, because it may contain the article's text.
        log.error(
            "article failed unexpectedly",
            job=item.job_id,
            number=item.number,
            error=type(error).__name__,
            where="".join(traceback.format_tb(error.__traceback__)),
        )
        detail = (
            "this is a fault in Kabar: please report it with the job's id, the number of the "
            "article and the log around it"
        )
        return Outcome.FAILED, _problem(
            "internal-error", "Something went wrong inside", 500, detail
        )

    def _record(self, item: Item, outcome: Outcome, result: bytes, started: float) -> None:
        """Record a result; retry until the store works or the runner closes."""
        while True:
            try:
                self._store.record(item.job, item.number, outcome, result, started)
                self._sender.wake()
                return
            except ServiceError as error:
                log.warning("result waits", job=item.job_id, detail=error.detail)
            if self._closed.wait(_STORE_RETRY_DELAY):
                return

    def _pause(self, error: KabarError) -> None:
        minimum = error.retry_after or 0 if isinstance(error, ServiceError) else 0
        with self._lock:
            wait = min(_PAUSE_DELAYS[1], max(_back_off(_PAUSE_DELAYS, self._pauses), minimum))
            if time.monotonic() >= self._paused_until:
                # Of errors during one pause only the first counts.
                self._pauses += 1
                self._paused_until = time.monotonic() + wait
        log.info("jobs wait", seconds=wait, error=error.slug, detail=error.detail)

    def _defer(self, item: Item, error: KabarError) -> None:
        with self._lock:
            tries = self._tries.get(item.key, 0)
            wait = _back_off(_DEFER_DELAYS, tries)
            self._tries[item.key] = tries + 1
            self._deferred[item.key] = time.monotonic() + wait
        log.info(
            "article waits", job=item.job_id, number=item.number, seconds=wait, error=error.slug
        )


def _back_off(delays: tuple[float, float], tries: int) -> float:
    first, longest = delays
    return min(longest, first * 2.0 ** min(tries, 20))


def _problem(slug: str, title: str, status: int, detail: str) -> bytes:
    problem = {"type": slug, "title": title, "status": status, "detail": detail}
    return json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace")
