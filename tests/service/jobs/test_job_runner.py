"""The runner of jobs in threads and processes, some of which are killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog
from paths import REPOSITORY as ROOT

from models.errors import EngineFailed
from service.errors import Busy, Gone, NotReady, TimedOut, TooLarge
from service.jobs import runner as runner_module
from service.jobs.records import Job, JobState, Outcome, Webhook
from service.jobs.runner import JobRunner
from service.jobs.store import JobStore
from service.jobs.tables import JobsUnusable
from service.scheduling.request import Lane, RequestContext

# Works on each article for 50 ms, and returns the process that did it. An article kills it.
SCRIPT = """
import json, os, sys, time
from pathlib import Path
from service.jobs import runner
from service.jobs.store import JobStore

runner._DEFER_DELAYS = (0.1, 0.2)

def work(kind, options, source, context):
    time.sleep(0.05)
    if b"poison" in source:
        os._exit(1)
    return json.dumps({"source": json.loads(source), "process": os.getpid()}).encode()

runner = runner.JobRunner(JobStore(Path(sys.argv[1])), work, concurrency=4)
runner.start()
sys.stdin.readline()
runner.close()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JobStore]:
    store = JobStore(tmp_path / "jobs.sqlite3")
    yield store
    store.close()


@pytest.fixture
def start(store: JobStore) -> Iterator[Callable[..., JobRunner]]:
    """Start a runner on the store; it ends with the test."""
    runners = []

    def start(work: Any, **arguments: Any) -> JobRunner:
        runner = JobRunner(store, work, **arguments)
        runners.append(runner)
        runner.start()
        return runner

    yield start
    for runner in runners:
        runner.close()


def make(store: JobStore, count: int, webhook: Webhook | None = None) -> Job:
    items = [json.dumps(f"Artikel {n}.").encode() for n in range(count)]
    return store.create(None, "translation", {"beam": 2}, items, [10] * count, webhook)[0]


def echo(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
    return source


def until(true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def has_done(store: JobStore, job: Job, articles: int) -> bool:
    return store.find(job.id, None).done >= articles


def ended(store: JobStore, job: Job, seconds: float = 10) -> Job:
    until(lambda: store.find(job.id, None).state.ended, seconds)
    return store.find(job.id, None)


def bodies(store: JobStore, job: Job) -> list[Any]:
    return [json.loads(result.body) for result in store.results(job.id, 0, 1000)]


def test_every_article_gets_the_options_of_the_job(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    seen = []

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        seen.append((kind, options, context.lane))
        return source

    job = make(store, 9)
    start(work)
    done = ended(store, job)
    assert (done.state, done.done, done.failed) == ("done", 9, 0)
    assert bodies(store, job) == [f"Artikel {n}." for n in range(9)]
    assert seen == [("translation", {"beam": 2}, Lane.ARCHIVE)] * 9


def test_a_failed_article_has_a_problem_and_the_others_continue(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        match json.loads(source):
            case "Artikel 0.":
                raise EngineFailed("the engine was told to raise")
            case "Artikel 1.":
                raise TooLarge("the text is over the limit of 5 characters: send it in parts")
            case "Artikel 2.":
                raise ValueError(f"bad text: {source!r}")
        return source

    job = make(store, 4)
    with structlog.testing.capture_logs() as logs:
        start(work)
        done = ended(store, job)
    assert (done.state, done.done, done.failed) == ("done", 1, 3)
    internal = bodies(store, job)[2]
    assert internal.pop("detail").startswith("this is a fault in Kabar: please report it")
    assert bodies(store, job)[:2] == [
        {
            "type": "engine-failed",
            "title": "The engine failed",
            "status": 500,
            "detail": "the engine was told to raise",
        },
        {
            "type": "too-large",
            "title": "The request is too large",
            "status": 413,
            "detail": "the text is over the limit of 5 characters: send it in parts",
        },
    ]
    assert internal == {
        "type": "internal-error",
        "title": "Something went wrong inside",
        "status": 500,
    }
    assert [result.outcome for result in store.results(job.id, 0, 9)] == [
        "failed", "failed", "failed", "done",
    ]  # fmt: skip
    (line,) = [line for line in logs if line["event"] == "article failed unexpectedly"]
    assert (line["error"], line["job"], line["number"]) == ("ValueError", job.id, 2)
    assert "in work" in line["where"]
    assert "Artikel" not in str(logs)


@pytest.mark.parametrize("error", [NotReady, Busy, TimedOut, Gone])
def test_temporary_errors_are_retried(
    error: type[Exception],
    store: JobStore,
    start: Callable[..., JobRunner],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "_POLL", 0.02)
    monkeypatch.setattr(runner_module, "_PAUSE_DELAYS", (0.05, 0.2))
    monkeypatch.setattr(runner_module, "_DEFER_DELAYS", (0.05, 0.2))
    tries: list[float] = []

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        tries.append(time.monotonic())
        if len(tries) <= 3:
            raise error("not now")
        return source

    job = make(store, 1)
    start(work)
    done = ended(store, job)
    assert (done.done, done.failed) == (1, 0)
    assert len(tries) == 4
    waits = [after - before for before, after in pairwise(tries)]
    assert waits[0] >= 0.05
    assert waits[1] >= 0.1
    assert waits[2] >= 0.2


def test_a_temporary_fault_of_the_engine_fails_no_article(
    store: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_DEFER_DELAYS", (0.01, 0.02))
    monkeypatch.setattr(runner_module, "_PAUSE_DELAYS", (0.01, 0.02))
    tried: dict[bytes, int] = {}

    def faulty(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        tried[source] = tried.get(source, 0) + 1
        if tried[source] < 3:
            raise EngineFailed("out of memory")
        return echo(kind, options, source, context)

    job = make(store, 4)
    start(faulty)
    done = ended(store, job)
    assert (done.done, done.failed) == (4, 0)
    assert list(tried.values()) == [3, 3, 3, 3]


def test_an_article_that_kills_the_process_fails_after_three_tries(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    job = make(store, 2)
    for tries in range(3):  # three processes that took it alone and died
        item = store.next_alone(1, 0)
        assert item is not None
        assert item.tries == tries
        assert store.recover() == [(1, 0, tries + 1)]
    start(echo)
    done = ended(store, job)
    assert (done.done, done.failed) == (1, 1)
    first, second = store.results(job.id, 0, 2)
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.DONE)
    assert json.loads(first.body)["type"] == "gave-up"


def test_a_requeued_article_has_no_try(store: JobStore) -> None:
    make(store, 1)
    for _ in range(5):
        (item,) = store.next_items(1)
        assert item.tries == 0
        store.requeue(*item.key)


def test_a_service_that_is_not_ready_pauses_all_articles(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    asked = []

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        asked.append(source)
        raise NotReady("the model is being loaded")

    make(store, 50)
    start(work, concurrency=2)
    until(lambda: asked)
    time.sleep(0.7)
    assert len(asked) <= 2


def test_an_article_that_always_times_out_does_not_block_the_others(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        if json.loads(source) == "Artikel 0.":
            raise TimedOut("too slow")
        return source

    job = make(store, 8)
    other = store.create(None, "summary", {}, [b'"Berita."'] * 2, [10] * 2)[0]
    start(work, concurrency=1)
    ended(store, other)
    until(lambda: store.find(job.id, None).done == 7)
    assert store.find(job.id, None).state is JobState.RUNNING


def test_a_job_of_another_process_starts_within_a_second(
    store: JobStore, start: Callable[..., JobRunner], tmp_path: Path
) -> None:
    began = threading.Event()

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        began.set()
        return source

    runner = start(work)
    until(lambda: runner.working)
    time.sleep(0.1)  # it has polled, and waits
    other = JobStore(tmp_path / "jobs.sqlite3")
    make(other, 1)
    assert began.wait(1)
    other.close()


def test_wake_starts_a_job_at_once(
    store: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_POLL", 60)
    runner = start(echo)
    until(lambda: runner.working)
    time.sleep(0.1)
    job = make(store, 1)
    runner.wake()
    ended(store, job, 2)


def test_waiting_uses_little_cpu_time(store: JobStore, start: Callable[..., JobRunner]) -> None:
    runner = start(echo)
    until(lambda: runner.working)
    time.sleep(0.2)
    before = time.process_time()
    time.sleep(1)
    assert time.process_time() - before < 0.1


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "by another process"])
def test_cancelling_a_job_cancels_only_its_running_articles(
    elsewhere: bool, store: JobStore, start: Callable[..., JobRunner], tmp_path: Path
) -> None:
    contexts: dict[bytes, RequestContext] = {}
    release = threading.Event()

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        contexts[source] = context
        gone = threading.Event()
        context.on_cancel(gone.set)
        while not (gone.wait(0.01) or release.is_set()):
            pass
        context.check()
        return source

    cancelled = make(store, 5)
    kept = store.create("desk", "summary", {}, [b'"Berita."'], [10])[0]
    runner = start(work, concurrency=3)
    until(lambda: len(contexts) == 3)
    if elsewhere:
        other = JobStore(tmp_path / "jobs.sqlite3")
        other.cancel(cancelled.id, None)
        other.close()
    else:
        store.cancel(cancelled.id, None)
        runner.wake()
    until(lambda: sum(context.cancelled for context in contexts.values()) == 2, 1)
    assert not contexts[b'"Berita."'].cancelled
    release.set()
    until(lambda: store.find(kept.id, "desk").state is JobState.DONE)
    job = store.find(cancelled.id, None)
    assert (job.state, job.done, job.failed) == ("cancelled", 0, 0)
    assert len(contexts) == 3


def test_close_leaves_running_articles_for_the_next_start(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    running = threading.Barrier(3)

    def stuck(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        gone = threading.Event()
        context.on_cancel(gone.set)
        running.wait(5)
        assert gone.wait(5)
        if json.loads(source) == "Artikel 0.":
            raise EngineFailed("the engine was interrupted")
        raise RuntimeError("so was this")

    job = make(store, 2)
    runner = start(stuck, concurrency=2)
    running.wait(5)
    runner.close()
    assert not runner.working
    left = store.find(job.id, None)
    assert (left.state, left.done, left.failed) == ("running", 0, 0)
    start(echo)
    assert ended(store, job).done == 2


def test_close_works_before_start_and_twice(
    store: JobStore,
) -> None:
    runner = JobRunner(store, echo)
    runner.close()
    runner = JobRunner(store, echo)
    runner.start()
    runner.close()
    runner.close()


def test_a_result_is_recorded_once_the_store_works_again(
    store: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_STORE_RETRY_DELAY", 0.02)
    record = store.record
    faults = 3
    worked = []

    def faulty(*arguments: Any) -> bool:
        nonlocal faults
        if faults:
            faults -= 1
            raise JobsUnusable("the disk is full: free some space")
        return record(*arguments)

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        worked.append(source)
        return source

    monkeypatch.setattr(store, "record", faulty)
    job = make(store, 1)
    start(work)
    assert ended(store, job).done == 1
    assert len(worked) == 1


@pytest.mark.parametrize("error", [JobsUnusable("the disk failed"), KeyError("a fault of ours")])
def test_a_temporary_error_of_the_store_ends_nothing(
    error: Exception,
    store: JobStore,
    start: Callable[..., JobRunner],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "_POLL", 0.02)
    monkeypatch.setattr(runner_module, "_STORE_RETRY_DELAY", 0.02)
    next_items = store.next_items
    faults = 3

    def faulty(*arguments: Any) -> Any:
        nonlocal faults
        if faults:
            faults -= 1
            raise error
        return next_items(*arguments)

    monkeypatch.setattr(store, "next_items", faulty)
    job = make(store, 1)
    with structlog.testing.capture_logs():
        start(echo)
        assert ended(store, job).done == 1


def test_the_estimate_is_characters_left_over_speed(tmp_path: Path) -> None:
    now = 1000.0
    store = JobStore(tmp_path / "j", lambda: now)
    runner = JobRunner(store, echo)
    first, second = make(store, 10), make(store, 20)
    assert runner.estimate(first) is None
    for number in range(2):
        began, now = now, now + 4
        store.record(first.number, number, Outcome.DONE, b"{}", began)
    # 20 characters took 8 s. The first job has 80 left, which run before the second's 200.
    assert runner.estimate(store.find(first.id, None)) == 80 / 2.5
    assert runner.estimate(store.find(second.id, None)) == 280 / 2.5
    assert runner.estimate(store.cancel(second.id, None)) is None
    store.close()


def test_the_speed_is_measured_while_jobs_run(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        time.sleep(0.05)
        return source

    job = make(store, 8)
    start(work, concurrency=2)
    ended(store, job)
    speed = store.speed()
    assert speed is not None
    # Two at once of 10 characters each in 0.05 s, less the time of the store.
    assert 100 < speed <= 400


def test_jobs_that_ended_30_days_ago_are_removed(tmp_path: Path) -> None:
    now = 1000.0
    store = JobStore(tmp_path / "j", lambda: now)
    old = store.cancel(make(store, 1).id, None)
    now += 86_400
    young = store.cancel(make(store, 1).id, None)
    now += 29.5 * 86_400
    runner = JobRunner(store, echo)
    runner.start()
    until(lambda: len(store.jobs(None)) < 2)
    assert [job.id for job in store.jobs(None)] == [young.id] != [old.id]
    runner.close()
    store.close()


def test_the_second_of_two_runners_takes_over(
    store: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_LOCK_POLL", 0.05)
    first = start(echo)
    until(lambda: first.working)
    second = start(echo)
    time.sleep(0.2)
    assert (first.working, second.working) == (True, False)
    first.close()
    until(lambda: second.working)


def test_another_process_takes_over_after_a_kill_and_no_result_changes(
    store: JobStore, tmp_path: Path
) -> None:
    job = make(store, 60)
    processes = [run(tmp_path / "jobs.sqlite3") for _ in range(2)]
    until(lambda: store.find(job.id, None).done >= 20)
    before = store.results(job.id, 0, 1000)
    workers = {json.loads(result.body)["process"] for result in before}
    (worker,) = [process for process in processes if process.pid in workers]
    (other,) = [process for process in processes if process is not worker]
    assert workers == {worker.pid}
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    done = ended(store, job, 15)
    assert (done.state, done.done, done.failed) == ("done", 60, 0)
    after = store.results(job.id, 0, 1000)
    assert [result.number for result in after] == list(range(60))
    assert after[: len(before)] == before
    answers = bodies(store, job)
    assert [answer["source"] for answer in answers] == [f"Artikel {n}." for n in range(60)]
    assert {answer["process"] for answer in answers} == {worker.pid, other.pid}
    other.communicate("end\n")
    assert other.returncode == 0


def test_repeated_kills_lose_and_change_nothing(store: JobStore, tmp_path: Path) -> None:
    jobs = [make(store, 15), make(store, 15)]
    seen: dict[tuple[str, int], bytes] = {}
    for _ in range(4):
        target = sum(store.find(job.id, None).done for job in jobs) + 5
        process = run(tmp_path / "jobs.sqlite3")

        def reached(target: int = target) -> bool:
            return sum(store.find(job.id, None).done for job in jobs) >= target

        until(reached)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for job in jobs:
            for result in store.results(job.id, 0, 100):
                assert seen.setdefault((job.id, result.number), result.body) == result.body
    process = run(tmp_path / "jobs.sqlite3")
    for job in jobs:
        ended(store, job)
    process.communicate("end\n")
    for job in jobs:
        results = store.results(job.id, 0, 100)
        assert [result.number for result in results] == list(range(15))
        for result in results:
            assert seen.get((job.id, result.number), result.body) == result.body


def test_thirty_kills_during_a_job_fail_no_article(store: JobStore, tmp_path: Path) -> None:
    """Each kill finds articles at work that did nothing wrong."""
    job = make(store, 60)
    for _ in range(30):
        target = store.find(job.id, None).done + 1
        process = run(tmp_path / "jobs.sqlite3")
        until(partial(has_done, store, job, target))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    process = run(tmp_path / "jobs.sqlite3")
    done = ended(store, job, 30)
    process.communicate("end\n")
    assert (done.done, done.failed) == (60, 0)
    assert [answer["source"] for answer in bodies(store, job)] == [
        f"Artikel {n}." for n in range(60)
    ]


def test_an_article_that_kills_the_process_takes_no_other_with_it(
    store: JobStore, tmp_path: Path
) -> None:
    sources = [b'"poison"' if n == 2 else b'"Air surut."' for n in range(12)]
    job = store.create(None, "translation", {}, sources, [10] * 12)[0]
    deaths = 0
    process = run(tmp_path / "jobs.sqlite3")
    while not store.find(job.id, None).state.ended:
        if process.poll() is not None:
            deaths += 1
            process.communicate()
            process = run(tmp_path / "jobs.sqlite3")
        time.sleep(0.02)
    process.communicate("end\n")
    done = store.find(job.id, None)
    assert (done.done, done.failed) == (11, 1)
    assert [r.number for r in store.results(job.id, 0, 20) if r.outcome is Outcome.FAILED] == [2]
    # once beside others, and three times alone
    assert deaths == 4


def test_a_suspect_runs_alone_and_the_others_wait(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    job = make(store, 6)
    assert len(store.next_items(2)) == 2  # of a process that ended
    running: list[bytes] = []
    beside: dict[bytes, int] = {}

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        running.append(source)
        time.sleep(0.1)
        beside[source] = len(running) - 1
        running.remove(source)
        return source

    start(work)
    done = ended(store, job)
    assert (done.done, done.failed) == (6, 0)
    assert [beside[b'"Artikel 0."'], beside[b'"Artikel 1."']] == [0, 0]
    assert max(beside.values()) > 0


def test_the_webhook_is_called_at_the_end_of_a_job(
    store: JobStore, start: Callable[..., JobRunner]
) -> None:
    calls = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            calls.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        hook = Webhook(f"http://127.0.0.1:{server.server_port}/", "rahasia")
        job = make(store, 2, hook)
        start(echo, allow_private=True)
        until(lambda: store.find(job.id, None).webhook_state == "delivered")
        server.shutdown()
        thread.join()
    assert calls == [{"id": job.id, "state": "done", "total": 2, "done": 2, "failed": 0}]


def run(path: Path) -> subprocess.Popen[str]:
    """Start a process that runs jobs until it reads a line or is killed."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
