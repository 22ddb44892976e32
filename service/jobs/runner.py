"""Works jobs off, in threads of one process: of several on a ledger, one has the lock.

When that process ends, however it does, another takes over within seconds. An article whose
result was not recorded by then is worked again; nobody has seen anything of it.
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
from service.jobs.ledger import JobStore
from service.jobs.records import Item, Job, Outcome
from service.jobs.webhook import WebhookSender
from service.scheduling.request import Lane, RequestContext

log = structlog.get_logger()

Work = Callable[[str, dict[str, Any], bytes, RequestContext], bytes]

# How often the ledger is asked for what other processes did, in seconds.
_POLL = 0.5
# How often a process without the lock tries to get it, in seconds.
_LOCK_POLL = 2.0
# Jobs are kept this long after their end, and it is looked after this often, in seconds.
_KEPT = 30 * 24 * 3600
_PURGE_EVERY = 3600
# The first and the longest wait, in seconds, where the service cannot work on anything, and where
# one article could not be worked on.
_PAUSE = (1.0, 30.0)
_ASIDE = (2.0, 300.0)
# How often work on an article is begun.
_TRIES = 3
# How long to wait, in seconds, when the ledger cannot be used.
_PATIENCE = 5.0


class JobRunner:
    """`work(kind, options, source, context)` gives the result of an article as JSON, or raises.

    `NotReady` and `Busy` make all articles wait, `TimedOut` and `Gone` this one; it is tried
    again. So is one that the engine failed on, or in whose middle the process ended, but only
    so often: an engine that is sick for a while must not cost a backlog its articles, nor an
    article that kills the process keep killing it. After any other error it has failed.
    """

    def __init__(
        self, ledger: JobStore, work: Work, *, at_once: int = 4, allow_private: bool = False
    ) -> None:
        """`at_once` articles are worked on in parallel; `allow_private` is for webhooks."""
        self._ledger = ledger
        self._work = work
        self._at_once = at_once
        self._sender = WebhookSender(ledger, allow_private=allow_private)
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._closed = threading.Event()
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._running: dict[tuple[int, int], RequestContext] = {}
        self._aside: dict[tuple[int, int], float] = {}  # until when
        self._tries: dict[tuple[int, int], int] = {}
        self._paused_until = 0.0
        self._pauses = 0
        self._purge_at = 0.0
        self._working = False

    @property
    def working(self) -> bool:
        """Whether it is this process that works the jobs off."""
        return self._working

    def start(self) -> None:
        """Begin, also with what an earlier process left."""
        self._thread.start()

    def wake(self) -> None:
        """A job was made or cancelled; without this it is noticed within a second."""
        self._woken.set()

    def close(self) -> None:
        """End. What runs is cancelled, waited for, and worked again after the next start."""
        self._closed.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def estimate(self, job: Job) -> float | None:
        """Seconds until a job is done; None where it has ended or the speed is not known yet."""
        if job.state.ended:
            return None
        speed = self._ledger.speed()
        if not speed:
            return None
        return (self._ledger.characters_before(job) + job.characters_left) / speed

    def _run(self) -> None:
        path = self._ledger.path
        lock = FileLock(path.with_name(f"{path.name}.lock"), mode=0o600)
        while not self._closed.is_set():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                lock.acquire(blocking=False)
            except Timeout:
                self._closed.wait(_LOCK_POLL)
            except OSError as error:
                log.warning("jobs wait", detail=f"the lock cannot be had ({error})")
                self._closed.wait(_PATIENCE)
            else:
                try:
                    self._work_off()
                finally:
                    lock.release()

    def _work_off(self) -> None:
        log.debug("jobs run here")
        self._working = True
        self._sender.start()
        try:
            with ThreadPoolExecutor(self._at_once, "job") as pool:
                while not self._closed.is_set():
                    if not self._step(pool):
                        self._closed.wait(_PATIENCE)
                    self._woken.wait(_POLL)
                    self._woken.clear()
                for context in self._tickets().values():
                    context.cancel()
        finally:
            self._sender.close()
            self._working = False

    def _step(self, pool: ThreadPoolExecutor) -> bool:
        """Do all that is due; whether the ledger could be used."""
        try:
            self._cancel_ended()
            self._hand_out(pool)
            if time.monotonic() >= self._purge_at:
                self._ledger.purge(_KEPT)
                self._purge_at = time.monotonic() + _PURGE_EVERY
        except ServiceError as error:
            log.warning("jobs wait", detail=error.detail)
            return False
        except Exception as error:  # the jobs that follow must not suffer from it for ever
            log.error("unexpected error", exc_info=error)
            return False
        return True

    def _tickets(self) -> dict[tuple[int, int], RequestContext]:
        with self._lock:
            return dict(self._running)

    def _cancel_ended(self) -> None:
        contexts = self._tickets()
        with self._lock:
            jobs = {job for job, _ in (*contexts, *self._tries)}
        ended = self._ledger.ended(jobs) if jobs else set()
        for (job, _), context in contexts.items():
            if job in ended:
                context.cancel()
        with self._lock:
            self._tries = {key: n for key, n in self._tries.items() if key[0] not in ended}

    def _hand_out(self, pool: ThreadPoolExecutor) -> None:
        now = time.monotonic()
        with self._lock:
            self._aside = {key: until for key, until in self._aside.items() if until > now}
            aside, running = set(self._aside), set(self._running)
            paused = now < self._paused_until
        if paused or len(running) >= self._at_once:
            return
        for item in self._ledger.next_items(self._at_once - len(running), running, aside):
            context = RequestContext(Lane.ARCHIVE)
            with self._lock:
                self._running[item.key] = context
            try:
                pool.submit(self._do, item, context)
            except RuntimeError:  # there is no thread to be had
                with self._lock:
                    del self._running[item.key]
                raise

    def _do(self, item: Item, context: RequestContext) -> None:
        """Work on one article, in a thread of the pool."""
        began = self._ledger.now()
        try:
            answer = self._answer(item, context)
            if answer is not None:
                self._record(item, *answer, began)
                with self._lock:
                    self._tries.pop(item.key, None)
        finally:
            with self._lock:
                del self._running[item.key]
            self._woken.set()

    def _answer(self, item: Item, context: RequestContext) -> tuple[Outcome, bytes] | None:
        """How the work ended; None where it is to be done again, or not wanted any more."""
        if item.tries >= _TRIES:
            return Outcome.FAILED, _problem(
                "gave-up",
                "The article was tried too often",
                500,
                f"work on it was begun {item.tries} times and never ended: send it in parts",
            )
        try:
            context.check()
            result = self._work(item.kind, dict(item.options), item.source, context)
        except (NotReady, Busy) as error:
            self._pause(error)
            self._ledger.give_back(*item.key)
            return None
        except (TimedOut, Gone) as error:
            if not context.cancelled:
                self._set_aside(item, error)
            self._ledger.give_back(*item.key)
            return None
        except KabarError as error:
            if context.cancelled:
                self._ledger.give_back(*item.key)
                return None
            if isinstance(error, EngineFailed) and item.tries + 1 < _TRIES:
                self._set_aside(item, error)
                self._pause(error)
                return None
            log.info("article failed", job=item.job_id, number=item.number, error=error.slug)
            problem = _problem(error.slug, error.title, status_of(error), error.detail)
            return Outcome.FAILED, problem
        except Exception as error:
            if context.cancelled:
                self._ledger.give_back(*item.key)
                return None
            # Without the message, which may hold the article's text.
            log.error(
                "article failed unexpectedly",
                job=item.job_id,
                number=item.number,
                error=type(error).__name__,
                where="".join(traceback.format_tb(error.__traceback__)),
            )
            detail = (
                "this is a fault in Kabar: please report it with the job's id, the number of "
                "the article and the log around it"
            )
            return Outcome.FAILED, _problem(
                "internal-error", "Something went wrong inside", 500, detail
            )
        with self._lock:
            self._pauses = 0
        return Outcome.DONE, result

    def _record(self, item: Item, outcome: Outcome, result: bytes, began: float) -> None:
        """Keep a result, also where it takes the disk some time to have space again."""
        while True:
            try:
                self._ledger.record(item.job, item.number, outcome, result, began)
                self._sender.wake()
                return
            except ServiceError as error:
                log.warning("result waits", job=item.job_id, detail=error.detail)
            if self._closed.wait(_PATIENCE):
                return

    def _pause(self, error: KabarError) -> None:
        least = error.retry_after or 0 if isinstance(error, ServiceError) else 0
        with self._lock:
            wait = min(_PAUSE[1], max(_back_off(_PAUSE, self._pauses), least))
            if time.monotonic() >= self._paused_until:
                # Of several that fail at the same time the first one counts.
                self._pauses += 1
                self._paused_until = time.monotonic() + wait
        log.info("jobs wait", seconds=wait, error=error.slug, detail=error.detail)

    def _set_aside(self, item: Item, error: KabarError) -> None:
        with self._lock:
            tries = self._tries.get(item.key, 0)
            wait = _back_off(_ASIDE, tries)
            self._tries[item.key] = tries + 1
            self._aside[item.key] = time.monotonic() + wait
        log.info(
            "article waits", job=item.job_id, number=item.number, seconds=wait, error=error.slug
        )


def _back_off(span: tuple[float, float], tries: int) -> float:
    first, longest = span
    return min(longest, first * 2.0 ** min(tries, 20))


def _problem(slug: str, title: str, status: int, detail: str) -> bytes:
    problem = {"type": slug, "title": title, "status": status, "detail": detail}
    return json.dumps(problem, ensure_ascii=False).encode("utf-8", "replace")
