"""The store and the scheduler of jobs, on a real SQLite file."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import REPOSITORY as ROOT

from service.errors import Busy, Conflict, InvalidRequest, NotFound, NotReady, TooLarge
from service.jobs.records import Idempotency, Job, JobState, Outcome, Result, Webhook, WebhookState
from service.jobs.scheduler import FairScheduler, WaitingJob, characters_ahead
from service.jobs.store import JobStore
from service.jobs.tables import JobsUnusable

HOOK = Webhook("https://hook.example/done", "rahasia")


class Clock:
    """A clock that moves only when a test sets it."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[JobStore]:
    store = JobStore(tmp_path / "jobs.sqlite3", clock, max_unfinished=2000)
    yield store
    store.close()


def make(
    store: JobStore,
    count: int = 3,
    owner: str | None = None,
    characters: int = 10,
    webhook: Webhook | None = None,
    idempotency: Idempotency | None = None,
) -> Job:
    items = [f'{{"text": "Artikel {n}."}}'.encode() for n in range(count)]
    job, _ = store.create(
        owner, "translation", {"beam": 1}, items, [characters] * count, webhook, idempotency
    )
    return job


def finish(store: JobStore, job: Job) -> None:
    for number in range(job.total):
        store.record(job.number, number, Outcome.DONE, b"{}")


def test_a_job_is_found_after_the_file_is_opened_again(store: JobStore, tmp_path: Path) -> None:
    made = make(store, 3, "desk", webhook=HOOK)
    assert made == Job(
        number=1,
        id=made.id,
        owner="desk",
        kind="translation",
        options={"beam": 1},
        total=3,
        done=0,
        failed=0,
        state=JobState.QUEUED,
        created=1000.0,
        started=None,
        finished=None,
        characters=30,
        characters_left=30,
        webhook_url="https://hook.example/done",
        webhook_state=WebhookState.WAITING,
        webhook_reason=None,
    )
    store.close()
    again = JobStore(tmp_path / "jobs.sqlite3")
    assert again.find(made.id, "desk") == made
    again.close()


def test_the_file_is_opened_at_first_use(store: JobStore, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    store.counts()
    assert (tmp_path / "jobs.sqlite3").exists()


def test_only_the_user_can_read_the_files(store: JobStore, tmp_path: Path) -> None:
    make(store)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [
        "jobs.sqlite3", "jobs.sqlite3-shm", "jobs.sqlite3-wal",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_secret_is_not_in_the_repr(store: JobStore) -> None:
    assert "rahasia" not in repr(HOOK)
    assert "rahasia" not in repr(make(store, webhook=HOOK))


@pytest.mark.parametrize("other", [None, "other", "", "DESK"])
def test_another_owners_job_is_not_found(other: str | None, store: JobStore) -> None:
    job = make(store, owner="desk")
    with pytest.raises(NotFound, match="no job with this id"):
        store.find(job.id, other)
    with pytest.raises(NotFound):
        store.cancel(job.id, other)
    assert store.jobs(other) == []
    assert store.find(job.id, "desk").state is JobState.QUEUED


def test_owners_do_not_find_a_job_without_an_owner(store: JobStore) -> None:
    job = make(store, owner=None)
    with pytest.raises(NotFound):
        store.find(job.id, "desk")
    assert store.find(job.id, None) == job


def test_at_most_100_jobs_are_listed_the_newest_first(store: JobStore) -> None:
    made = [make(store, 1, "desk") for _ in range(103)]
    make(store, 1, "other")
    assert store.jobs("desk") == made[:2:-1]


def test_the_same_key_and_body_give_the_same_job(store: JobStore) -> None:
    first = make(store, idempotency=Idempotency("k", b"a" * 32))
    again, new = store.create(
        None, "translation", {}, [b"{}"], [1], None, Idempotency("k", b"a" * 32)
    )
    assert (again, new) == (first, False)
    assert store.unfinished() == 3


def test_the_same_key_with_another_body_is_a_conflict(store: JobStore) -> None:
    make(store, idempotency=Idempotency("k", b"a" * 32))
    with pytest.raises(Conflict, match="use a new key"):
        make(store, idempotency=Idempotency("k", b"b" * 32))
    assert store.unfinished() == 3


def test_keys_of_different_owners_are_independent(store: JobStore) -> None:
    made = {
        make(store, owner=owner, idempotency=Idempotency("k", body)).id
        for owner, body in [(None, b"a"), ("desk", b"b"), ("other", b"c")]
    }
    assert len(made) == 3


def test_a_repeated_request_needs_no_room(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "j", max_unfinished=3)
    first = make(store, idempotency=Idempotency("k", b"a"))
    assert make(store, idempotency=Idempotency("k", b"a")).id == first.id
    store.close()


def test_concurrent_equal_requests_make_one_job(tmp_path: Path) -> None:
    stores = [JobStore(tmp_path / "j") for _ in range(4)]
    answers: list[tuple[Job, bool]] = []

    def ask(store: JobStore) -> None:
        for _ in range(5):
            answers.append(
                store.create(None, "summary", {}, [b"{}"], [1], None, Idempotency("k", b"a"))
            )

    threads = [threading.Thread(target=ask, args=(store,)) for store in stores * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1
    assert len(answers) == 40
    for store in stores:
        store.close()


def test_concurrent_writers_wait_for_each_other(tmp_path: Path) -> None:
    stores = [JobStore(tmp_path / "j") for _ in range(4)]
    made: list[str] = []

    def work(store: JobStore) -> None:
        made.extend(make(store, 2).id for _ in range(25))

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 100
    assert stores[0].counts()[JobState.QUEUED] == 100
    for store in stores:
        store.close()


def test_a_job_needs_an_article(store: JobStore) -> None:
    with pytest.raises(InvalidRequest, match="send at least one"):
        make(store, 0)


def test_too_many_unfinished_articles_are_refused_until_there_is_room(tmp_path: Path) -> None:
    store = JobStore(tmp_path / "j", max_unfinished=10)
    job = make(store, 8)
    with pytest.raises(Busy, match="8 articles of jobs are waiting, and at most 10") as no:
        make(store, 3)
    assert no.value.retry_after == 60
    assert len(store.jobs(None)) == 1
    store.record(job.number, 0, Outcome.FAILED, b"{}")
    make(store, 3)
    with pytest.raises(TooLarge, match="in parts"):
        make(store, 11)
    store.close()


def test_the_first_result_stays_and_the_last_one_ends_the_job(
    store: JobStore, clock: Clock
) -> None:
    job = make(store, 2)
    assert [item.number for item in store.next_items(5)] == [0, 1]
    clock.time = 1010
    assert store.record(job.number, 1, Outcome.DONE, b'{"text": "first"}') is True
    assert store.record(job.number, 1, Outcome.FAILED, b'{"text": "second"}') is False
    job = store.find(job.id, None)
    assert (job.state, job.done, job.failed, job.characters_left) == ("running", 1, 0, 10)
    assert (job.started, job.finished) == (1000.0, None)
    clock.time = 1020
    assert store.record(job.number, 0, Outcome.FAILED, b'{"type": "engine-failed"}') is True
    job = store.find(job.id, None)
    assert (job.state, job.done, job.failed, job.characters_left) == ("done", 1, 1, 0)
    assert (job.started, job.finished) == (1000.0, 1020.0)
    assert store.record(job.number, 0, Outcome.DONE, b"{}") is False
    assert store.results(job.id, 0, 10) == [
        Result(0, Outcome.FAILED, b'{"type": "engine-failed"}'),
        Result(1, Outcome.DONE, b'{"text": "first"}'),
    ]


def test_a_result_of_an_unknown_article_is_refused(store: JobStore) -> None:
    job = make(store, 2)
    assert store.record(job.number, 2, Outcome.DONE, b"{}") is False
    assert store.record(99, 0, Outcome.DONE, b"{}") is False
    assert store.find(job.id, None).done == 0


def test_results_come_in_order_up_to_the_first_missing_one(store: JobStore) -> None:
    job = make(store, 5)
    for number in (0, 1, 3):
        store.record(job.number, number, Outcome.DONE, str(number).encode())

    def numbers(start: int, count: int) -> list[int]:
        return [result.number for result in store.results(job.id, start, count)]

    assert numbers(0, 10) == [0, 1]
    assert numbers(0, 1) == [0]
    assert numbers(1, 10) == [1]
    assert numbers(2, 10) == []
    assert numbers(3, 10) == [3]
    store.record(job.number, 2, Outcome.DONE, b"2")
    assert numbers(1, 10) == [1, 2, 3]
    store.record(job.number, 4, Outcome.DONE, b"4")
    assert numbers(2, 2) == [2, 3]
    assert numbers(5, 10) == []
    assert store.results("no such job", 0, 10) == []


def test_a_cancelled_job_keeps_its_results_and_accepts_no_more(
    store: JobStore, clock: Clock
) -> None:
    job = make(store, 4)
    for number in (0, 2):
        store.record(job.number, number, Outcome.DONE, b"{}")
    clock.time = 1005
    cancelled = store.cancel(job.id, None)
    assert (cancelled.state, cancelled.finished, cancelled.done) == ("cancelled", 1005.0, 2)
    assert store.record(job.number, 1, Outcome.DONE, b"{}") is False
    assert store.next_items(5) == []
    assert [result.number for result in store.results(job.id, 0, 10)] == [0, 2]
    assert store.unfinished() == 0
    clock.time = 1006
    assert store.cancel(job.id, None) == cancelled


def test_cancelling_a_job_that_is_done_changes_nothing(store: JobStore) -> None:
    job = make(store, 1)
    finish(store, job)
    assert store.cancel(job.id, None).state is JobState.DONE


def test_a_source_is_deleted_when_it_is_not_needed(store: JobStore, tmp_path: Path) -> None:
    job = make(store, 3)
    store.record(job.number, 1, Outcome.DONE, b"{}")
    connection = sqlite3.connect(tmp_path / "jobs.sqlite3")
    present = "SELECT number FROM item WHERE source IS NOT NULL ORDER BY number"
    assert connection.execute(present).fetchall() == [(0,), (2,)]
    store.cancel(job.id, None)
    assert connection.execute(present).fetchall() == []
    connection.close()


def test_articles_are_picked_once_and_in_order(store: JobStore) -> None:
    job = make(store, 4)
    (first, second) = store.next_items(2)
    assert (first.job_id, first.kind, first.options) == (job.id, "translation", {"beam": 1})
    assert (first.number, first.source) == (0, b'{"text": "Artikel 0."}')
    assert store.find(job.id, None).state is JobState.RUNNING
    more = store.next_items(5, running=[first.key], deferred=[second.key])
    assert [item.number for item in more] == [2, 3]
    assert store.next_items(5, [(job.number, n) for n in range(4)]) == []
    assert [item.number for item in store.next_items(5)] == [0, 1, 2, 3]


def test_a_huge_job_of_one_owner_does_not_block_another_owner(store: JobStore) -> None:
    huge = make(store, 50, "archive")
    small = make(store, 3, "desk")
    order = []
    while small.id in {job.id for job in store.jobs("desk") if not job.state.ended}:
        (item,) = store.next_items(1)
        order.append(item.job)
        store.record(item.job, item.number, Outcome.DONE, b"{}")
    assert Counter(order) == {small.number: 3, huge.number: 3}


def test_an_owner_with_fewer_running_articles_comes_first(store: JobStore) -> None:
    huge = make(store, 50, "archive")
    running = [item.key for item in store.next_items(4)]
    small = make(store, 50, "desk")
    for _ in range(2):
        running.pop(0)
        running += [item.key for item in store.next_items(1, running)]
    assert Counter(job for job, _ in running) == {huge.number: 2, small.number: 2}


def test_a_small_job_shares_its_owners_turns_with_the_oldest(store: JobStore) -> None:
    huge = make(store, 50)
    middle = make(store, 20)
    small = make(store, 2)
    order = [item.job for item in store.next_items(6)]
    assert Counter(order) == {huge.number: 3, small.number: 2, middle.number: 1}


def test_position_counts_unfinished_older_jobs(store: JobStore) -> None:
    jobs = [make(store, 1, owner) for owner in ("a", "b", "a", "b")]
    assert [store.position(job) for job in jobs] == [0, 1, 2, 3]
    finish(store, jobs[0])
    store.cancel(jobs[2].id, "a")
    assert [store.position(job) for job in jobs] == [0, 0, 0, 1]


def test_characters_ahead_are_those_that_run_earlier(store: JobStore) -> None:
    jobs = [
        make(store, 50, "a"),  # 500 characters
        make(store, 2, "a"),  # shares turns with the job before: 20
        make(store, 5, "a"),  # comes after that: 50
        make(store, 100, "b"),  # shares with all of a
    ]
    assert [store.characters_ahead(job) for job in jobs] == [
        50 + 20 + 570,
        20 + 40,
        20 + 70 + 140,
        570,
    ]
    finish(store, jobs[3])
    assert [store.characters_ahead(job) for job in jobs] == [70, 20, 90, 0]


def test_the_speed_is_measured_over_busy_time(store: JobStore, clock: Clock) -> None:
    job = make(store, 5, characters=100)
    assert store.speed() is None
    # Two at once from 1000 to 1010, nothing until 1100, then two that overlap by half.
    for number, began, ended in [
        (0, 1000, 1010),
        (1, 1000, 1010),
        (2, 1100, 1110),
        (3, 1105, 1115),
    ]:
        clock.time = ended
        store.record(job.number, number, Outcome.DONE, b"{}", began)
    assert store.speed() == 400 / 25
    clock.time = 1116
    store.record(job.number, 4, Outcome.FAILED, b"{}", 1115)
    assert store.speed() == 400 / 25


def test_counts_by_state(store: JobStore) -> None:
    assert store.counts() == {"queued": 0, "running": 0, "done": 0, "cancelled": 0}
    jobs = [make(store, 2) for _ in range(4)]
    store.next_items(1)
    finish(store, jobs[1])
    store.cancel(jobs[2].id, None)
    assert store.counts() == {"queued": 1, "running": 1, "done": 1, "cancelled": 1}
    assert store.unfinished() == 4


def test_purge_removes_only_jobs_that_ended_long_ago(
    store: JobStore, clock: Clock, tmp_path: Path
) -> None:
    old = [make(store, 1) for _ in range(45)]
    hooked = make(store, 1, webhook=HOOK)
    waiting = make(store, 1)
    for job in [*old[:40], hooked]:
        finish(store, job)
    for job in old[40:]:
        store.cancel(job.id, None)
    clock.time = 1050
    young = make(store, 1)
    finish(store, young)
    clock.time = 1100
    assert store.purge(60) == 45
    assert [job.id for job in store.jobs(None)] == [young.id, waiting.id, hooked.id]
    connection = sqlite3.connect(tmp_path / "jobs.sqlite3")
    assert connection.execute("SELECT count(*) FROM item").fetchone() == (3,)
    connection.close()
    store.deliveries.succeeded(hooked.number)
    assert store.purge(60) == 1
    assert store.purge(60) == 0


def test_numbers_are_not_used_again(store: JobStore, clock: Clock) -> None:
    job = make(store, 1)
    finish(store, job)
    clock.time = 2000
    assert store.purge(1) == 1
    assert make(store, 1).number == job.number + 1


def test_a_closed_store_accepts_nothing(store: JobStore) -> None:
    make(store)
    store.close()
    with pytest.raises(NotReady, match="is shutting down"):
        make(store)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    store = JobStore(path)
    with pytest.raises(JobsUnusable, match="newer Kabar"):
        make(store)
    assert connection.execute("PRAGMA user_version").fetchone() == (99,)
    assert connection.execute("SELECT * FROM sqlite_master").fetchall() == []
    connection.close()


def damaged(folder: Path) -> Path:
    (folder / "j").write_bytes(b"this is no database at all" * 400)
    return folder / "j"


def in_a_file(folder: Path) -> Path:
    (folder / "file").write_text("not a folder")
    return folder / "file" / "j"


def a_folder(folder: Path) -> Path:
    (folder / "j").mkdir()
    return folder / "j"


@pytest.mark.parametrize(
    ("trouble", "advice"),
    [(damaged, "is damaged"), (in_a_file, "KABAR_DATA_DIR"), (a_folder, "KABAR_DATA_DIR")],
)
def test_an_unusable_file_is_an_error_with_advice(
    trouble: object, advice: str, tmp_path: Path
) -> None:
    store = JobStore(trouble(tmp_path))  # type: ignore[operator]
    with pytest.raises(JobsUnusable, match=advice) as fault:
        make(store)
    assert (fault.value.status, fault.value.retry_after) == (503, 60)
    assert str(tmp_path) not in fault.value.detail


def test_a_busy_file_is_a_temporary_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.database._PATIENCE", 0.05)
    store = JobStore(tmp_path / "j")
    make(store)
    other = sqlite3.connect(tmp_path / "j", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JobsUnusable, match="are using the file with the jobs: try again") as fault:
        make(store)
    assert fault.value.retry_after == 5
    other.execute("ROLLBACK")
    other.close()
    make(store)
    assert len(store.jobs(None)) == 2
    store.close()


def test_on_a_full_disk_every_acknowledged_job_is_stored(tmp_path: Path) -> None:
    # SQLite's limit on the pages of a file simulates the full disk.
    path = tmp_path / "j"
    store = JobStore(path)
    store.counts()
    store._file._file._connection.execute("PRAGMA max_page_count = 100")  # type: ignore[union-attr]
    acknowledged = []

    def make_many() -> None:
        for _ in range(100):
            job, _ = store.create(None, "translation", {}, [b"x" * 9000] * 3, [9000] * 3)
            acknowledged.append(job)

    with pytest.raises(JobsUnusable, match=r"the disk is full .*: free some space"):
        make_many()
    assert len(acknowledged) > 5
    assert store.jobs(None) == acknowledged[::-1]
    store.create(None, "translation", {}, [b"x" * 9000] * 3, [9000] * 3)
    store.close()


def test_no_job_is_lost_if_the_write_ahead_log_cannot_grow(tmp_path: Path) -> None:
    # The limit on file sizes makes writing fail in the middle of a transaction.
    script = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from service.jobs.store import JobStore
from service.jobs.tables import JobsUnusable
store = JobStore(Path({str(tmp_path / "j")!r}))
store.counts()
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
for _ in range(1000):
    try:
        job, _ = store.create(None, "translation", {{}}, [b"x" * 3000] * 7, [3000] * 7)
    except JobsUnusable as error:
        print(error.detail, flush=True)
        break
    print(job.id, flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment()
    )
    *lines, detail = done.stdout.splitlines()
    ids = [line for line in lines if line.startswith("job_")]
    assert "nothing was changed; the disk " in detail, done.stderr
    assert "send the request again" in detail
    assert len(ids) > 3
    store = JobStore(tmp_path / "j")
    assert [job.id for job in store.jobs(None)] == ids[::-1]
    store.close()


def test_acknowledged_jobs_are_complete_after_a_kill(
    tmp_path: Path,
) -> None:
    script = f"""
from pathlib import Path
from service.jobs.store import JobStore
store = JobStore(Path({str(tmp_path / "j")!r}))
while True:
    job, _ = store.create(None, "translation", {{}}, [b"x" * 2000] * 40, [2000] * 40)
    print(job.id, flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    ids = [process.stdout.readline().strip() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    ids += process.stdout.read().split()
    process.wait()
    process.stdout.close()
    store = JobStore(tmp_path / "j")
    assert all(store.find(id, None).total == 40 for id in ids)
    made = store.counts()[JobState.QUEUED]
    assert len(ids) <= made <= len(ids) + 1
    assert len(store.next_items(10_000)) == 40 * made
    store.close()


def test_processes_may_create_the_file_at_the_same_time(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from service.jobs.store import JobStore
print("ready", flush=True)
sys.stdin.readline()
store = JobStore(Path({str(tmp_path / "j")!r}))
for _ in range(10):
    store.create(None, "translation", {{}}, [b"x"], [1])
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    store = JobStore(tmp_path / "j")
    assert store.counts()[JobState.QUEUED] == 40
    store.close()


def test_a_truncated_file_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.touch()
    store = JobStore(path)
    with pytest.raises(JobsUnusable, match="the file is empty: stop Kabar"):
        make(store)
    path.unlink()
    assert make(store).number == 1
    store.close()


def test_only_the_user_can_read_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "data" / "jobs.sqlite3"
    store = JobStore(path)
    make(store)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    store.close()


def test_threads_share_a_store(store: JobStore) -> None:
    jobs = [make(store, 20) for _ in range(4)]
    accepted: list[tuple[int, int]] = []

    def work() -> None:
        for job in jobs:
            for number in range(20):
                if store.record(job.number, number, Outcome.DONE, b"{}"):
                    accepted.append((job.number, number))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(accepted) == {(job.number, n): 1 for job in jobs for n in range(20)}
    assert [store.find(job.id, None).state for job in jobs] == ["done"] * 4


# Owner and number of articles of each job.
JOBS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 8)), min_size=1, max_size=8)


@given(JOBS)
def test_waiting_owners_get_turns_alternately(jobs: list[tuple[str, int]]) -> None:
    scheduler = FairScheduler()
    left = {number: articles for number, (_, articles) in enumerate(jobs)}
    served: list[str] = []
    while waiting := state(jobs, left):
        (job,) = scheduler.pick(waiting, 1, {})
        owners = {each.owner for each in waiting}
        owner = jobs[job][0]
        # All other waiting owners had a turn since this owner's last one.
        since = served[len(served) - served[::-1].index(owner) :] if owner in served else served
        assert owner not in served or owners - {owner} <= set(since)
        served.append(owner)
        left[job] -= 1
    assert Counter(served) == Counter(owner for owner, articles in jobs for _ in range(articles))


@given(JOBS)
def test_the_oldest_job_of_an_owner_gets_every_other_turn(jobs: list[tuple[str, int]]) -> None:
    jobs = [("a", articles) for _, articles in jobs]
    scheduler = FairScheduler()
    left = {number: articles for number, (_, articles) in enumerate(jobs)}
    passed_over = 0
    while waiting := state(jobs, left):
        (job,) = scheduler.pick(waiting, 1, {})
        passed_over = 0 if job == min(each.job for each in waiting) else passed_over + 1
        assert passed_over < 2
        left[job] -= 1


@pytest.mark.parametrize("at_once", [1, 4])
def test_the_estimate_of_characters_ahead_matches_the_schedule(at_once: int) -> None:
    jobs = [("a", 900), ("b", 200), ("a", 100), ("a", 300), ("b", 30), ("c", 400), ("a", 900)]
    scheduler = FairScheduler()
    left = {number: articles for number, (_, articles) in enumerate(jobs)}
    everything = state(jobs, left)
    order: list[int] = []
    while waiting := state(jobs, left):
        for number in scheduler.pick(waiting, at_once, {}):
            order.append(number)
            left[number] -= 1
    for job in everything:
        before = len(order) - order[::-1].index(job.job) - job.articles
        others = [other for other in everything if other is not job]
        assert characters_ahead(job, others) == pytest.approx(before, abs=10)


@given(JOBS)
def test_characters_ahead_never_exceed_those_of_the_others(jobs: list[tuple[str, int]]) -> None:
    everything = state(jobs, {number: articles for number, (_, articles) in enumerate(jobs)})
    for job in everything:
        others = [other for other in everything if other is not job]
        before = characters_ahead(job, others)
        assert 0 <= before <= sum(other.characters_left for other in others)


def state(jobs: list[tuple[str, int]], left: dict[int, int]) -> list[WaitingJob]:
    return [
        WaitingJob(number, jobs[number][0], articles, articles)
        for number, articles in left.items()
        if articles
    ]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
