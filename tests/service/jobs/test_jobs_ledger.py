"""The ledger of jobs on a real SQLite file."""

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
from service.jobs.ledger import JobStore
from service.jobs.records import Idempotency, Job, JobState, Outcome, Result, Webhook, WebhookState
from service.jobs.storage import JobsUnusable
from service.jobs.turns import Turns, Waiting, characters_before

HOOK = Webhook("https://hook.example/done", "rahasia")


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[JobStore]:
    ledger = JobStore(tmp_path / "jobs.sqlite3", clock, max_unfinished=2000)
    yield ledger
    ledger.close()


def make(
    ledger: JobStore,
    count: int = 3,
    owner: str | None = None,
    characters: int = 10,
    webhook: Webhook | None = None,
    idempotency: Idempotency | None = None,
) -> Job:
    items = [f'{{"text": "Artikel {n}."}}'.encode() for n in range(count)]
    job, _ = ledger.create(
        owner, "translation", {"beam": 1}, items, [characters] * count, webhook, idempotency
    )
    return job


def finish(ledger: JobStore, job: Job) -> None:
    for number in range(job.total):
        ledger.record(job.number, number, Outcome.DONE, b"{}")


def test_a_job_that_was_made_is_found_also_after_opening_again(
    ledger: JobStore, tmp_path: Path
) -> None:
    made = make(ledger, 3, "desk", webhook=HOOK)
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
    ledger.close()
    again = JobStore(tmp_path / "jobs.sqlite3")
    assert again.find(made.id, "desk") == made
    again.close()


def test_nothing_is_opened_before_it_is_needed(ledger: JobStore, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    ledger.counts()
    assert (tmp_path / "jobs.sqlite3").exists()


def test_only_the_user_can_read_the_files(ledger: JobStore, tmp_path: Path) -> None:
    make(ledger)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [
        "jobs.sqlite3", "jobs.sqlite3-shm", "jobs.sqlite3-wal",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_secret_does_not_show(ledger: JobStore) -> None:
    assert "rahasia" not in repr(HOOK)
    assert "rahasia" not in repr(make(ledger, webhook=HOOK))


@pytest.mark.parametrize("other", [None, "other", "", "DESK"])
def test_another_owners_job_is_not_there(other: str | None, ledger: JobStore) -> None:
    job = make(ledger, owner="desk")
    with pytest.raises(NotFound, match="no job of this id"):
        ledger.find(job.id, other)
    with pytest.raises(NotFound):
        ledger.cancel(job.id, other)
    assert ledger.jobs(other) == []
    assert ledger.find(job.id, "desk").state is JobState.QUEUED


def test_a_job_without_an_owner_is_not_there_for_owners(ledger: JobStore) -> None:
    job = make(ledger, owner=None)
    with pytest.raises(NotFound):
        ledger.find(job.id, "desk")
    assert ledger.find(job.id, None) == job


def test_jobs_are_listed_newest_first_and_no_more_than_100(ledger: JobStore) -> None:
    made = [make(ledger, 1, "desk") for _ in range(103)]
    make(ledger, 1, "other")
    assert ledger.jobs("desk") == made[:2:-1]


def test_the_same_key_and_body_give_the_same_job(ledger: JobStore) -> None:
    first = make(ledger, idempotency=Idempotency("k", b"a" * 32))
    again, new = ledger.create(
        None, "translation", {}, [b"{}"], [1], None, Idempotency("k", b"a" * 32)
    )
    assert (again, new) == (first, False)
    assert ledger.unfinished() == 3


def test_the_same_key_with_another_body_is_a_conflict(ledger: JobStore) -> None:
    make(ledger, idempotency=Idempotency("k", b"a" * 32))
    with pytest.raises(Conflict, match="use a new key"):
        make(ledger, idempotency=Idempotency("k", b"b" * 32))
    assert ledger.unfinished() == 3


def test_keys_of_different_owners_have_nothing_to_do_with_each_other(ledger: JobStore) -> None:
    made = {
        make(ledger, owner=owner, idempotency=Idempotency("k", body)).id
        for owner, body in [(None, b"a"), ("desk", b"b"), ("other", b"c")]
    }
    assert len(made) == 3


def test_a_repeated_request_is_answered_where_there_is_no_room_left(tmp_path: Path) -> None:
    ledger = JobStore(tmp_path / "j", max_unfinished=3)
    first = make(ledger, idempotency=Idempotency("k", b"a"))
    assert make(ledger, idempotency=Idempotency("k", b"a")).id == first.id
    ledger.close()


def test_equal_requests_at_the_same_time_make_one_job(tmp_path: Path) -> None:
    ledgers = [JobStore(tmp_path / "j") for _ in range(4)]
    answers: list[tuple[Job, bool]] = []

    def ask(ledger: JobStore) -> None:
        for _ in range(5):
            answers.append(
                ledger.create(None, "summary", {}, [b"{}"], [1], None, Idempotency("k", b"a"))
            )

    threads = [threading.Thread(target=ask, args=(ledger,)) for ledger in ledgers * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job.id for job, _ in answers}) == 1
    assert sum(new for _, new in answers) == 1
    assert len(answers) == 40
    for ledger in ledgers:
        ledger.close()


def test_ledgers_that_write_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    ledgers = [JobStore(tmp_path / "j") for _ in range(4)]
    made: list[str] = []

    def work(ledger: JobStore) -> None:
        made.extend(make(ledger, 2).id for _ in range(25))

    threads = [threading.Thread(target=work, args=(ledger,)) for ledger in ledgers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 100
    assert ledgers[0].counts()[JobState.QUEUED] == 100
    for ledger in ledgers:
        ledger.close()


def test_a_job_needs_an_article(ledger: JobStore) -> None:
    with pytest.raises(InvalidRequest, match="send at least one"):
        make(ledger, 0)


def test_too_many_unfinished_articles_are_refused_until_there_is_room(tmp_path: Path) -> None:
    ledger = JobStore(tmp_path / "j", max_unfinished=10)
    job = make(ledger, 8)
    with pytest.raises(Busy, match="8 articles of jobs are waiting already and at most 10") as no:
        make(ledger, 3)
    assert no.value.retry_after == 60
    assert len(ledger.jobs(None)) == 1
    ledger.record(job.number, 0, Outcome.FAILED, b"{}")
    make(ledger, 3)
    with pytest.raises(TooLarge, match="in parts"):
        make(ledger, 11)
    ledger.close()


def test_the_first_result_stands_and_the_last_one_ends_the_job(
    ledger: JobStore, clock: Clock
) -> None:
    job = make(ledger, 2)
    assert [item.number for item in ledger.next_items(5)] == [0, 1]
    clock.time = 1010
    assert ledger.record(job.number, 1, Outcome.DONE, b'{"text": "first"}') is True
    assert ledger.record(job.number, 1, Outcome.FAILED, b'{"text": "second"}') is False
    job = ledger.find(job.id, None)
    assert (job.state, job.done, job.failed, job.characters_left) == ("running", 1, 0, 10)
    assert (job.started, job.finished) == (1000.0, None)
    clock.time = 1020
    assert ledger.record(job.number, 0, Outcome.FAILED, b'{"type": "engine-failed"}') is True
    job = ledger.find(job.id, None)
    assert (job.state, job.done, job.failed, job.characters_left) == ("done", 1, 1, 0)
    assert (job.started, job.finished) == (1000.0, 1020.0)
    assert ledger.record(job.number, 0, Outcome.DONE, b"{}") is False
    assert ledger.results(job.id, 0, 10) == [
        Result(0, Outcome.FAILED, b'{"type": "engine-failed"}'),
        Result(1, Outcome.DONE, b'{"text": "first"}'),
    ]


def test_a_result_for_an_article_that_is_not_there_is_not_taken(ledger: JobStore) -> None:
    job = make(ledger, 2)
    assert ledger.record(job.number, 2, Outcome.DONE, b"{}") is False
    assert ledger.record(99, 0, Outcome.DONE, b"{}") is False
    assert ledger.find(job.id, None).done == 0


def test_results_come_in_order_up_to_the_first_that_is_missing(ledger: JobStore) -> None:
    job = make(ledger, 5)
    for number in (0, 1, 3):
        ledger.record(job.number, number, Outcome.DONE, str(number).encode())

    def numbers(start: int, count: int) -> list[int]:
        return [result.number for result in ledger.results(job.id, start, count)]

    assert numbers(0, 10) == [0, 1]
    assert numbers(0, 1) == [0]
    assert numbers(1, 10) == [1]
    assert numbers(2, 10) == []
    assert numbers(3, 10) == [3]
    ledger.record(job.number, 2, Outcome.DONE, b"2")
    assert numbers(1, 10) == [1, 2, 3]
    ledger.record(job.number, 4, Outcome.DONE, b"4")
    assert numbers(2, 2) == [2, 3]
    assert numbers(5, 10) == []
    assert ledger.results("no such job", 0, 10) == []


def test_a_cancelled_job_keeps_its_results_and_takes_no_more(
    ledger: JobStore, clock: Clock
) -> None:
    job = make(ledger, 4)
    for number in (0, 2):
        ledger.record(job.number, number, Outcome.DONE, b"{}")
    clock.time = 1005
    cancelled = ledger.cancel(job.id, None)
    assert (cancelled.state, cancelled.finished, cancelled.done) == ("cancelled", 1005.0, 2)
    assert ledger.record(job.number, 1, Outcome.DONE, b"{}") is False
    assert ledger.next_items(5) == []
    assert [result.number for result in ledger.results(job.id, 0, 10)] == [0, 2]
    assert ledger.unfinished() == 0
    clock.time = 1006
    assert ledger.cancel(job.id, None) == cancelled


def test_cancelling_a_job_that_is_done_changes_nothing(ledger: JobStore) -> None:
    job = make(ledger, 1)
    finish(ledger, job)
    assert ledger.cancel(job.id, None).state is JobState.DONE


def test_the_source_goes_when_it_is_not_needed_any_more(ledger: JobStore, tmp_path: Path) -> None:
    job = make(ledger, 3)
    ledger.record(job.number, 1, Outcome.DONE, b"{}")
    connection = sqlite3.connect(tmp_path / "jobs.sqlite3")
    present = "SELECT number FROM item WHERE source IS NOT NULL ORDER BY number"
    assert connection.execute(present).fetchall() == [(0,), (2,)]
    ledger.cancel(job.id, None)
    assert connection.execute(present).fetchall() == []
    connection.close()


def test_articles_are_handed_out_once_and_in_order(ledger: JobStore) -> None:
    job = make(ledger, 4)
    (first, second) = ledger.next_items(2)
    assert (first.job_id, first.kind, first.options) == (job.id, "translation", {"beam": 1})
    assert (first.number, first.source) == (0, b'{"text": "Artikel 0."}')
    assert ledger.find(job.id, None).state is JobState.RUNNING
    more = ledger.next_items(5, running=[first.key], aside=[second.key])
    assert [item.number for item in more] == [2, 3]
    assert ledger.next_items(5, [(job.number, n) for n in range(4)]) == []
    assert [item.number for item in ledger.next_items(5)] == [0, 1, 2, 3]


def test_a_huge_job_of_one_owner_does_not_block_another_owner(ledger: JobStore) -> None:
    huge = make(ledger, 50, "archive")
    small = make(ledger, 3, "desk")
    order = []
    while small.id in {job.id for job in ledger.jobs("desk") if not job.state.ended}:
        (item,) = ledger.next_items(1)
        order.append(item.job)
        ledger.record(item.job, item.number, Outcome.DONE, b"{}")
    assert Counter(order) == {small.number: 3, huge.number: 3}


def test_an_owner_with_fewer_running_articles_comes_first(ledger: JobStore) -> None:
    huge = make(ledger, 50, "archive")
    running = [item.key for item in ledger.next_items(4)]
    small = make(ledger, 50, "desk")
    for _ in range(2):
        running.pop(0)
        running += [item.key for item in ledger.next_items(1, running)]
    assert Counter(job for job, _ in running) == {huge.number: 2, small.number: 2}


def test_a_small_job_shares_the_turns_of_its_owner_with_the_oldest(ledger: JobStore) -> None:
    huge = make(ledger, 50)
    middle = make(ledger, 20)
    small = make(ledger, 2)
    order = [item.job for item in ledger.next_items(6)]
    assert Counter(order) == {huge.number: 3, small.number: 2, middle.number: 1}


def test_position_counts_the_unfinished_jobs_before(ledger: JobStore) -> None:
    jobs = [make(ledger, 1, owner) for owner in ("a", "b", "a", "b")]
    assert [ledger.position(job) for job in jobs] == [0, 1, 2, 3]
    finish(ledger, jobs[0])
    ledger.cancel(jobs[2].id, "a")
    assert [ledger.position(job) for job in jobs] == [0, 0, 0, 1]


def test_characters_before_a_job_are_those_that_are_worked_earlier(ledger: JobStore) -> None:
    jobs = [
        make(ledger, 50, "a"),  # 500 characters
        make(ledger, 2, "a"),  # shares turns with the one before: 20
        make(ledger, 5, "a"),  # comes after that: 50
        make(ledger, 100, "b"),  # shares with all of a
    ]
    assert [ledger.characters_before(job) for job in jobs] == [
        50 + 20 + 570,
        20 + 40,
        20 + 70 + 140,
        570,
    ]
    finish(ledger, jobs[3])
    assert [ledger.characters_before(job) for job in jobs] == [70, 20, 90, 0]


def test_the_speed_is_that_of_the_time_in_which_something_was_in_work(
    ledger: JobStore, clock: Clock
) -> None:
    job = make(ledger, 5, characters=100)
    assert ledger.speed() is None
    # Two at once from 1000 to 1010, nothing until 1100, one of which half is over the other.
    for number, began, ended in [
        (0, 1000, 1010),
        (1, 1000, 1010),
        (2, 1100, 1110),
        (3, 1105, 1115),
    ]:
        clock.time = ended
        ledger.record(job.number, number, Outcome.DONE, b"{}", began)
    assert ledger.speed() == 400 / 25
    clock.time = 1116
    ledger.record(job.number, 4, Outcome.FAILED, b"{}", 1115)
    assert ledger.speed() == 400 / 25


def test_counts_by_state(ledger: JobStore) -> None:
    assert ledger.counts() == {"queued": 0, "running": 0, "done": 0, "cancelled": 0}
    jobs = [make(ledger, 2) for _ in range(4)]
    ledger.next_items(1)
    finish(ledger, jobs[1])
    ledger.cancel(jobs[2].id, None)
    assert ledger.counts() == {"queued": 1, "running": 1, "done": 1, "cancelled": 1}
    assert ledger.unfinished() == 4


def test_purging_removes_what_ended_long_ago_and_nothing_else(
    ledger: JobStore, clock: Clock, tmp_path: Path
) -> None:
    old = [make(ledger, 1) for _ in range(45)]
    hooked = make(ledger, 1, webhook=HOOK)
    waiting = make(ledger, 1)
    for job in [*old[:40], hooked]:
        finish(ledger, job)
    for job in old[40:]:
        ledger.cancel(job.id, None)
    clock.time = 1050
    young = make(ledger, 1)
    finish(ledger, young)
    clock.time = 1100
    assert ledger.purge(60) == 45
    assert [job.id for job in ledger.jobs(None)] == [young.id, waiting.id, hooked.id]
    connection = sqlite3.connect(tmp_path / "jobs.sqlite3")
    assert connection.execute("SELECT count(*) FROM item").fetchone() == (3,)
    connection.close()
    ledger.delivered(hooked.number)
    assert ledger.purge(60) == 1
    assert ledger.purge(60) == 0


def test_numbers_are_not_used_again(ledger: JobStore, clock: Clock) -> None:
    job = make(ledger, 1)
    finish(ledger, job)
    clock.time = 2000
    assert ledger.purge(1) == 1
    assert make(ledger, 1).number == job.number + 1


def test_after_closing_nothing_is_taken(ledger: JobStore) -> None:
    make(ledger)
    ledger.close()
    with pytest.raises(NotReady, match="is ending"):
        make(ledger)


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    ledger = JobStore(path)
    with pytest.raises(JobsUnusable, match="newer Kabar"):
        make(ledger)
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
def test_a_file_that_cannot_be_used_is_an_error_that_says_what_to_do(
    trouble: object, advice: str, tmp_path: Path
) -> None:
    ledger = JobStore(trouble(tmp_path))  # type: ignore[operator]
    with pytest.raises(JobsUnusable, match=advice) as fault:
        make(ledger)
    assert (fault.value.status, fault.value.retry_after) == (503, 60)
    assert str(tmp_path) not in fault.value.detail


def test_a_file_that_others_keep_busy_is_an_error_that_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.storage.database._PATIENCE", 0.05)
    ledger = JobStore(tmp_path / "j")
    make(ledger)
    other = sqlite3.connect(tmp_path / "j", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JobsUnusable, match="busy: try again") as fault:
        make(ledger)
    assert fault.value.retry_after == 5
    other.execute("ROLLBACK")
    other.close()
    make(ledger)
    assert len(ledger.jobs(None)) == 2
    ledger.close()


def test_on_a_full_disk_no_job_is_acknowledged_that_is_not_kept(tmp_path: Path) -> None:
    # SQLite's own limit on the pages of a file stands for the disk.
    path = tmp_path / "j"
    ledger = JobStore(path)
    ledger.counts()
    ledger._file._file._connection.execute("PRAGMA max_page_count = 100")  # type: ignore[union-attr]
    acknowledged = []

    def make_many() -> None:
        for _ in range(100):
            job, _ = ledger.create(None, "translation", {}, [b"x" * 9000] * 3, [9000] * 3)
            acknowledged.append(job)

    with pytest.raises(JobsUnusable, match=r"the disk is full .*: free some space"):
        make_many()
    assert len(acknowledged) > 5
    assert ledger.jobs(None) == acknowledged[::-1]
    ledger.create(None, "translation", {}, [b"x" * 9000] * 3, [9000] * 3)
    ledger.close()


def test_where_the_log_of_the_file_cannot_grow_no_job_is_lost(tmp_path: Path) -> None:
    # The limit on file sizes makes writing fail in the middle of a transaction.
    script = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from service.jobs.ledger import JobStore
from service.jobs.storage import JobsUnusable
ledger = JobStore(Path({str(tmp_path / "j")!r}))
ledger.counts()
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
for _ in range(1000):
    try:
        job, _ = ledger.create(None, "translation", {{}}, [b"x" * 3000] * 7, [3000] * 7)
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
    ledger = JobStore(tmp_path / "j")
    assert [job.id for job in ledger.jobs(None)] == ids[::-1]
    ledger.close()


def test_killed_in_the_middle_of_making_jobs_all_acknowledged_ones_are_whole(
    tmp_path: Path,
) -> None:
    script = f"""
from pathlib import Path
from service.jobs.ledger import JobStore
ledger = JobStore(Path({str(tmp_path / "j")!r}))
while True:
    job, _ = ledger.create(None, "translation", {{}}, [b"x" * 2000] * 40, [2000] * 40)
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
    ledger = JobStore(tmp_path / "j")
    assert all(ledger.find(id, None).total == 40 for id in ids)
    made = ledger.counts()[JobState.QUEUED]
    assert len(ids) <= made <= len(ids) + 1
    assert len(ledger.next_items(10_000)) == 40 * made
    ledger.close()


def test_processes_that_make_the_file_at_the_same_time_all_get_it(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from service.jobs.ledger import JobStore
print("ready", flush=True)
sys.stdin.readline()
ledger = JobStore(Path({str(tmp_path / "j")!r}))
for _ in range(10):
    ledger.create(None, "translation", {{}}, [b"x"], [1])
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
    ledger = JobStore(tmp_path / "j")
    assert ledger.counts()[JobState.QUEUED] == 40
    ledger.close()


def test_a_file_that_was_cut_off_is_told_from_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.touch()
    ledger = JobStore(path)
    with pytest.raises(JobsUnusable, match="the file is empty: put a backup in its place"):
        make(ledger)
    path.unlink()
    assert make(ledger).number == 1
    ledger.close()


def test_the_file_and_its_folder_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "jobs.sqlite3"
    ledger = JobStore(path)
    make(ledger)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    ledger.close()


def test_threads_share_a_ledger(ledger: JobStore) -> None:
    jobs = [make(ledger, 20) for _ in range(4)]
    taken: list[tuple[int, int]] = []

    def work() -> None:
        for job in jobs:
            for number in range(20):
                if ledger.record(job.number, number, Outcome.DONE, b"{}"):
                    taken.append((job.number, number))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(taken) == {(job.number, n): 1 for job in jobs for n in range(20)}
    assert [ledger.find(job.id, None).state for job in jobs] == ["done"] * 4


# Each job: its owner and how many articles it has.
JOBS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 8)), min_size=1, max_size=8)


@given(JOBS)
def test_owners_that_wait_get_turns_alternately(jobs: list[tuple[str, int]]) -> None:
    turns = Turns()
    left = {number: articles for number, (_, articles) in enumerate(jobs)}
    served: list[str] = []
    while waiting := state(jobs, left):
        (job,) = turns.take(waiting, 1, {})
        owners = {each.owner for each in waiting}
        owner = jobs[job][0]
        # All others that wait had a turn since this owner's last one.
        since = served[len(served) - served[::-1].index(owner) :] if owner in served else served
        assert owner not in served or owners - {owner} <= set(since)
        served.append(owner)
        left[job] -= 1
    assert Counter(served) == Counter(owner for owner, articles in jobs for _ in range(articles))


@given(JOBS)
def test_the_oldest_job_of_an_owner_gets_every_other_turn(jobs: list[tuple[str, int]]) -> None:
    jobs = [("a", articles) for _, articles in jobs]
    turns = Turns()
    left = {number: articles for number, (_, articles) in enumerate(jobs)}
    passed_over = 0
    while waiting := state(jobs, left):
        (job,) = turns.take(waiting, 1, {})
        passed_over = 0 if job == min(each.job for each in waiting) else passed_over + 1
        assert passed_over < 2
        left[job] -= 1


@pytest.mark.parametrize("at_once", [1, 4])
def test_what_comes_before_a_job_is_what_is_then_worked_before_it(at_once: int) -> None:
    jobs = [("a", 900), ("b", 200), ("a", 100), ("a", 300), ("b", 30), ("c", 400), ("a", 900)]
    turns = Turns()
    left = {number: articles for number, (_, articles) in enumerate(jobs)}
    everything = state(jobs, left)
    order: list[int] = []
    while waiting := state(jobs, left):
        for job in turns.take(waiting, at_once, {}):
            order.append(job)
            left[job] -= 1
    for job in everything:
        before = len(order) - order[::-1].index(job.job) - job.articles
        others = [other for other in everything if other is not job]
        assert characters_before(job, others) == pytest.approx(before, abs=10)


@given(JOBS)
def test_what_comes_before_a_job_is_never_more_than_there_is(jobs: list[tuple[str, int]]) -> None:
    everything = state(jobs, {number: articles for number, (_, articles) in enumerate(jobs)})
    for job in everything:
        others = [other for other in everything if other is not job]
        before = characters_before(job, others)
        assert 0 <= before <= sum(other.characters_left for other in others)


def state(jobs: list[tuple[str, int]], left: dict[int, int]) -> list[Waiting]:
    return [
        Waiting(number, jobs[number][0], articles, articles)
        for number, articles in left.items()
        if articles
    ]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
