"""Jobs worked off in threads and processes, some of which are killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
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
from service.jobs.ledger import JobStore
from service.jobs.records import Job, JobState, Outcome, Webhook
from service.jobs.runner import JobRunner
from service.jobs.storage import JobsUnusable
from service.scheduling.request import Lane, RequestContext

# Works each article for 50 ms and answers which process did it.
SCRIPT = """
import json, os, sys, time
from pathlib import Path
from service.jobs.ledger import JobStore
from service.jobs.runner import JobRunner

def work(kind, options, source, ticket):
    time.sleep(0.05)
    return json.dumps({"source": json.loads(source), "process": os.getpid()}).encode()

runner = JobRunner(JobStore(Path(sys.argv[1])), work, at_once=2)
runner.start()
sys.stdin.readline()
runner.close()
"""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[JobStore]:
    ledger = JobStore(tmp_path / "jobs.sqlite3")
    yield ledger
    ledger.close()


@pytest.fixture
def start(ledger: JobStore) -> Iterator[Callable[..., JobRunner]]:
    """Starts a runner on the ledger, which ends with the test."""
    runners = []

    def start(work: Any, **arguments: Any) -> JobRunner:
        runner = JobRunner(ledger, work, **arguments)
        runners.append(runner)
        runner.start()
        return runner

    yield start
    for runner in runners:
        runner.close()


def make(ledger: JobStore, count: int, webhook: Webhook | None = None) -> Job:
    items = [json.dumps(f"Artikel {n}.").encode() for n in range(count)]
    return ledger.create(None, "translation", {"beam": 2}, items, [10] * count, webhook)[0]


def echo(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
    return source


def until(true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(ledger: JobStore, job: Job, seconds: float = 10) -> Job:
    until(lambda: ledger.find(job.id, None).state.ended, seconds)
    return ledger.find(job.id, None)


def bodies(ledger: JobStore, job: Job) -> list[Any]:
    return [json.loads(result.body) for result in ledger.results(job.id, 0, 1000)]


def test_every_article_is_worked_with_what_the_job_says(
    ledger: JobStore, start: Callable[..., JobRunner]
) -> None:
    seen = []

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        seen.append((kind, options, context.lane))
        return source

    job = make(ledger, 9)
    start(work)
    done = ended(ledger, job)
    assert (done.state, done.done, done.failed) == ("done", 9, 0)
    assert bodies(ledger, job) == [f"Artikel {n}." for n in range(9)]
    assert seen == [("translation", {"beam": 2}, Lane.ARCHIVE)] * 9


def test_an_article_that_fails_has_a_problem_and_the_others_go_on(
    ledger: JobStore, start: Callable[..., JobRunner]
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

    job = make(ledger, 4)
    with structlog.testing.capture_logs() as logs:
        start(work)
        done = ended(ledger, job)
    assert (done.state, done.done, done.failed) == ("done", 1, 3)
    internal = bodies(ledger, job)[2]
    assert internal.pop("detail").startswith("this is a fault in Kabar: please report it")
    assert bodies(ledger, job)[:2] == [
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
    assert [result.outcome for result in ledger.results(job.id, 0, 9)] == [
        "failed", "failed", "failed", "done",
    ]  # fmt: skip
    (line,) = [line for line in logs if line["event"] == "article failed unexpectedly"]
    assert (line["error"], line["job"], line["number"]) == ("ValueError", job.id, 2)
    assert "in work" in line["where"]
    assert "Artikel" not in str(logs)


@pytest.mark.parametrize("error", [NotReady, Busy, TimedOut, Gone])
def test_what_is_not_the_articles_fault_is_tried_again(
    error: type[Exception],
    ledger: JobStore,
    start: Callable[..., JobRunner],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "_POLL", 0.02)
    monkeypatch.setattr(runner_module, "_PAUSE", (0.05, 0.2))
    monkeypatch.setattr(runner_module, "_ASIDE", (0.05, 0.2))
    tries: list[float] = []

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        tries.append(time.monotonic())
        if len(tries) <= 3:
            raise error("not now")
        return source

    job = make(ledger, 1)
    start(work)
    done = ended(ledger, job)
    assert (done.done, done.failed) == (1, 0)
    assert len(tries) == 4
    waits = [after - before for before, after in pairwise(tries)]
    assert waits[0] >= 0.05
    assert waits[1] >= 0.1
    assert waits[2] >= 0.2


def test_an_engine_that_is_sick_for_a_while_costs_no_article(
    ledger: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_ASIDE", (0.01, 0.02))
    monkeypatch.setattr(runner_module, "_PAUSE", (0.01, 0.02))
    tried: dict[bytes, int] = {}

    def sick(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        tried[source] = tried.get(source, 0) + 1
        if tried[source] < 3:
            raise EngineFailed("out of memory")
        return echo(kind, options, source, context)

    job = make(ledger, 4)
    start(sick)
    done = ended(ledger, job)
    assert (done.done, done.failed) == (4, 0)
    assert list(tried.values()) == [3, 3, 3, 3]


def test_an_article_that_ends_the_process_is_given_up_after_three_tries(
    ledger: JobStore, start: Callable[..., JobRunner]
) -> None:
    job = make(ledger, 2)
    for tries in range(3):  # three processes that took it and were never heard of again
        (item,) = ledger.next_items(1)
        assert (item.number, item.tries) == (0, tries)
    start(echo)
    done = ended(ledger, job)
    assert (done.done, done.failed) == (1, 1)
    first, second = ledger.results(job.id, 0, 2)
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.DONE)
    assert json.loads(first.body)["type"] == "gave-up"


def test_what_was_handed_out_and_given_back_is_no_try(ledger: JobStore) -> None:
    make(ledger, 1)
    for _ in range(5):
        (item,) = ledger.next_items(1)
        assert item.tries == 0
        ledger.give_back(*item.key)


def test_where_the_service_is_not_ready_it_is_not_asked_for_every_article(
    ledger: JobStore, start: Callable[..., JobRunner]
) -> None:
    asked = []

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        asked.append(source)
        raise NotReady("the model is being loaded")

    make(ledger, 50)
    start(work, at_once=2)
    until(lambda: asked)
    time.sleep(0.7)
    assert len(asked) <= 2


def test_an_article_that_always_times_out_does_not_hold_up_the_others(
    ledger: JobStore, start: Callable[..., JobRunner]
) -> None:
    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        if json.loads(source) == "Artikel 0.":
            raise TimedOut("too slow")
        return source

    job = make(ledger, 8)
    other = ledger.create(None, "summary", {}, [b'"Berita."'] * 2, [10] * 2)[0]
    start(work, at_once=1)
    ended(ledger, other)
    until(lambda: ledger.find(job.id, None).done == 7)
    assert ledger.find(job.id, None).state is JobState.RUNNING


def test_a_job_that_another_process_makes_is_noticed_within_a_second(
    ledger: JobStore, start: Callable[..., JobRunner], tmp_path: Path
) -> None:
    began = threading.Event()

    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        began.set()
        return source

    runner = start(work)
    until(lambda: runner.working)
    time.sleep(0.1)  # it has looked, and waits
    other = JobStore(tmp_path / "jobs.sqlite3")
    make(other, 1)
    assert began.wait(1)
    other.close()


def test_a_runner_that_is_woken_begins_at_once(
    ledger: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_POLL", 60)
    runner = start(echo)
    until(lambda: runner.working)
    time.sleep(0.1)
    job = make(ledger, 1)
    runner.wake()
    ended(ledger, job, 2)


def test_waiting_costs_next_to_nothing(ledger: JobStore, start: Callable[..., JobRunner]) -> None:
    runner = start(echo)
    until(lambda: runner.working)
    time.sleep(0.2)
    before = time.process_time()
    time.sleep(1)
    assert time.process_time() - before < 0.1


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "by another process"])
def test_cancelling_a_job_cancels_what_runs_of_it_and_nothing_else(
    elsewhere: bool, ledger: JobStore, start: Callable[..., JobRunner], tmp_path: Path
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

    cancelled = make(ledger, 5)
    kept = ledger.create("desk", "summary", {}, [b'"Berita."'], [10])[0]
    runner = start(work, at_once=3)
    until(lambda: len(contexts) == 3)
    if elsewhere:
        other = JobStore(tmp_path / "jobs.sqlite3")
        other.cancel(cancelled.id, None)
        other.close()
    else:
        ledger.cancel(cancelled.id, None)
        runner.wake()
    until(lambda: sum(context.cancelled for context in contexts.values()) == 2, 1)
    assert not contexts[b'"Berita."'].cancelled
    release.set()
    until(lambda: ledger.find(kept.id, "desk").state is JobState.DONE)
    job = ledger.find(cancelled.id, None)
    assert (job.state, job.done, job.failed) == ("cancelled", 0, 0)
    assert len(contexts) == 3


def test_closing_leaves_what_runs_for_the_next_start(
    ledger: JobStore, start: Callable[..., JobRunner]
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

    job = make(ledger, 2)
    runner = start(stuck, at_once=2)
    running.wait(5)
    runner.close()
    assert not runner.working
    left = ledger.find(job.id, None)
    assert (left.state, left.done, left.failed) == ("running", 0, 0)
    start(echo)
    assert ended(ledger, job).done == 2


def test_closing_a_runner_that_was_not_started_or_is_closed_does_no_harm(
    ledger: JobStore,
) -> None:
    runner = JobRunner(ledger, echo)
    runner.close()
    runner = JobRunner(ledger, echo)
    runner.start()
    runner.close()
    runner.close()


def test_a_result_is_kept_once_the_ledger_can_be_written_again(
    ledger: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_PATIENCE", 0.02)
    record = ledger.record
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

    monkeypatch.setattr(ledger, "record", faulty)
    job = make(ledger, 1)
    start(work)
    assert ended(ledger, job).done == 1
    assert len(worked) == 1


@pytest.mark.parametrize("error", [JobsUnusable("the disk failed"), KeyError("a fault of ours")])
def test_a_ledger_that_cannot_be_read_for_a_while_ends_nothing(
    error: Exception,
    ledger: JobStore,
    start: Callable[..., JobRunner],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "_POLL", 0.02)
    monkeypatch.setattr(runner_module, "_PATIENCE", 0.02)
    next_items = ledger.next_items
    faults = 3

    def faulty(*arguments: Any) -> Any:
        nonlocal faults
        if faults:
            faults -= 1
            raise error
        return next_items(*arguments)

    monkeypatch.setattr(ledger, "next_items", faulty)
    job = make(ledger, 1)
    with structlog.testing.capture_logs():
        start(echo)
        assert ended(ledger, job).done == 1


def test_the_estimate_is_what_is_left_over_the_speed(tmp_path: Path) -> None:
    now = 1000.0
    ledger = JobStore(tmp_path / "j", lambda: now)
    runner = JobRunner(ledger, echo)
    first, second = make(ledger, 10), make(ledger, 20)
    assert runner.estimate(first) is None
    for number in range(2):
        began, now = now, now + 4
        ledger.record(first.number, number, Outcome.DONE, b"{}", began)
    # 20 characters took 8 s; of the first 80 are left, which come before the second's 200.
    assert runner.estimate(ledger.find(first.id, None)) == 80 / 2.5
    assert runner.estimate(ledger.find(second.id, None)) == 280 / 2.5
    assert runner.estimate(ledger.cancel(second.id, None)) is None
    ledger.close()


def test_the_speed_is_measured_while_jobs_run(
    ledger: JobStore, start: Callable[..., JobRunner]
) -> None:
    def work(kind: str, options: dict[str, Any], source: bytes, context: RequestContext) -> bytes:
        time.sleep(0.05)
        return source

    job = make(ledger, 8)
    start(work, at_once=2)
    ended(ledger, job)
    speed = ledger.speed()
    assert speed is not None
    # Two at once of 10 characters each in 0.05 s, less what the ledger takes.
    assert 100 < speed <= 400


def test_jobs_that_ended_30_days_ago_are_removed(tmp_path: Path) -> None:
    now = 1000.0
    ledger = JobStore(tmp_path / "j", lambda: now)
    old = ledger.cancel(make(ledger, 1).id, None)
    now += 86_400
    young = ledger.cancel(make(ledger, 1).id, None)
    now += 29.5 * 86_400
    runner = JobRunner(ledger, echo)
    runner.start()
    until(lambda: len(ledger.jobs(None)) < 2)
    assert [job.id for job in ledger.jobs(None)] == [young.id] != [old.id]
    runner.close()
    ledger.close()


def test_of_two_runners_one_works_and_then_the_other(
    ledger: JobStore, start: Callable[..., JobRunner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_LOCK_POLL", 0.05)
    first = start(echo)
    until(lambda: first.working)
    second = start(echo)
    time.sleep(0.2)
    assert (first.working, second.working) == (True, False)
    first.close()
    until(lambda: second.working)


def test_killed_in_the_middle_another_process_finishes_and_no_result_changes(
    ledger: JobStore, tmp_path: Path
) -> None:
    job = make(ledger, 60)
    processes = [run(tmp_path / "jobs.sqlite3") for _ in range(2)]
    until(lambda: ledger.find(job.id, None).done >= 20)
    before = ledger.results(job.id, 0, 1000)
    workers = {json.loads(result.body)["process"] for result in before}
    (worker,) = [process for process in processes if process.pid in workers]
    (other,) = [process for process in processes if process is not worker]
    assert workers == {worker.pid}
    worker.send_signal(signal.SIGKILL)
    worker.communicate()
    done = ended(ledger, job, 15)
    assert (done.state, done.done, done.failed) == ("done", 60, 0)
    after = ledger.results(job.id, 0, 1000)
    assert [result.number for result in after] == list(range(60))
    assert after[: len(before)] == before
    answers = bodies(ledger, job)
    assert [answer["source"] for answer in answers] == [f"Artikel {n}." for n in range(60)]
    assert {answer["process"] for answer in answers} == {worker.pid, other.pid}
    other.communicate("end\n")
    assert other.returncode == 0


def test_killed_again_and_again_nothing_is_lost_and_nothing_changes(
    ledger: JobStore, tmp_path: Path
) -> None:
    jobs = [make(ledger, 15), make(ledger, 15)]
    seen: dict[tuple[str, int], bytes] = {}
    for _ in range(4):
        target = sum(ledger.find(job.id, None).done for job in jobs) + 5
        process = run(tmp_path / "jobs.sqlite3")

        def reached(target: int = target) -> bool:
            return sum(ledger.find(job.id, None).done for job in jobs) >= target

        until(reached)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for job in jobs:
            for result in ledger.results(job.id, 0, 100):
                assert seen.setdefault((job.id, result.number), result.body) == result.body
    process = run(tmp_path / "jobs.sqlite3")
    for job in jobs:
        ended(ledger, job)
    process.communicate("end\n")
    for job in jobs:
        results = ledger.results(job.id, 0, 100)
        assert [result.number for result in results] == list(range(15))
        for result in results:
            assert seen.get((job.id, result.number), result.body) == result.body


def test_at_the_end_of_a_job_the_caller_is_told(
    ledger: JobStore, start: Callable[..., JobRunner]
) -> None:
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        hook = Webhook(f"http://127.0.0.1:{server.server_port}/", "rahasia")
        job = make(ledger, 2, hook)
        start(echo, allow_private=True)
        until(lambda: ledger.find(job.id, None).webhook_state == "delivered")
        server.shutdown()
        thread.join()
    assert told == [{"id": job.id, "state": "done", "total": 2, "done": 2, "failed": 0}]


def run(path: Path) -> subprocess.Popen[str]:
    """A process that works jobs off until it gets a line or is killed."""
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
