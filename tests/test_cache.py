import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.batcher import Batcher
from service.cache import CachedTranslator, SentenceCache, sentence_key

OPTIONS = DecodingOptions(beam=1)
ANSWER = Hypothesis("President", -0.25, 1, 1, True)


def test_what_was_put_is_got_also_after_opening_again(tmp_path: Path) -> None:
    cache = SentenceCache(tmp_path / "c.sqlite3")
    cache.put({b"a": ANSWER})
    assert cache.get([b"a", b"b"]) == {b"a": ANSWER}
    cache.close()
    assert SentenceCache(tmp_path / "c.sqlite3").get([b"a"]) == {b"a": ANSWER}


def test_the_first_answer_stands(tmp_path: Path) -> None:
    cache = SentenceCache(tmp_path / "c.sqlite3")
    cache.put({b"a": ANSWER})
    cache.put({b"a": Hypothesis("another", -1.0, 1, 1, True)})
    assert cache.get([b"a"])[b"a"].text == "President"


def test_more_keys_than_a_statement_takes(tmp_path: Path) -> None:
    cache = SentenceCache(tmp_path / "c.sqlite3")
    keys = [str(n).encode() for n in range(1203)]
    cache.put(dict.fromkeys(keys, ANSWER))
    assert len(cache.get(keys)) == 1203


@pytest.mark.parametrize(
    ("signature", "options", "source"),
    [
        ({"model": "b"}, OPTIONS, "Presiden tiba."),
        ({"model": "a"}, DecodingOptions(beam=4), "Presiden tiba."),
        ({"model": "a"}, DecodingOptions(beam=1, length_penalty=0.5), "Presiden tiba."),
        ({"model": "a"}, OPTIONS, "Presiden tiba!"),
        ({"model": "a"}, OPTIONS, "presiden tiba."),
    ],
)
def test_whatever_decides_the_result_changes_the_key(
    signature: dict[str, str], options: DecodingOptions, source: str
) -> None:
    key = sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.")
    assert len(key) == 32
    assert sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.") == key
    assert sentence_key(signature, options, source) != key


def test_another_version_of_the_code_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    key = sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.")
    monkeypatch.setattr("service.cache.PIPELINE_VERSION", "another")
    assert sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.") != key


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    problem = SentenceCache(path).problem
    assert problem is not None
    assert "newer" in problem
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (99,)
    connection.close()


def test_only_what_is_missing_is_translated(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    cached = CachedTranslator(Batcher(engine), SentenceCache(tmp_path / "c.sqlite3"))
    cached.translate(["satu", "dua"], OPTIONS)
    results, known = cached.translate(["dua", "tiga", "satu"], OPTIONS)
    assert [h.text for h in results] == ["[dua]", "[tiga]", "[satu]"]
    assert known == [True, False, True]
    assert sorted(engine.asked) == ["dua", "satu", "tiga"]


def test_batches_done_before_a_failure_are_kept(tmp_path: Path) -> None:
    engine = NaughtyEngine(parallel_batches=1)
    translator = CachedTranslator(
        Batcher(engine, token_budget=4), SentenceCache(tmp_path / "c.sqlite3")
    )
    with pytest.raises(EngineFailed):
        translator.translate(["a b c d", "e f g", "RAISE"], OPTIONS)
    _, known = translator.translate(["a b c d", "e f g"], OPTIONS)
    assert known == [True, True]


def test_progress_counts_what_was_known(tmp_path: Path) -> None:
    cached = CachedTranslator(Batcher(NaughtyEngine()), SentenceCache(tmp_path / "c.sqlite3"))
    cached.translate(["satu"], OPTIONS)
    seen: list[str] = []
    cached.translate(["satu", "dua", "satu"], OPTIONS, lambda rows, _: seen.extend(rows))
    assert sorted(seen) == ["dua", "satu"]


def damaged(folder: Path) -> Path:
    path = folder / "c.sqlite3"
    path.write_bytes(b"this is no database at all" * 400)
    return path


def in_a_file(folder: Path) -> Path:
    (folder / "file").write_text("not a folder")
    return folder / "file" / "c.sqlite3"


def of_another_shape(folder: Path) -> Path:
    path = folder / "c.sqlite3"
    SentenceCache(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE sentence")
    connection.close()
    return path


@pytest.mark.parametrize("trouble", [damaged, in_a_file, of_another_shape])
def test_a_cache_that_cannot_be_used_costs_nothing_but_time(
    trouble: object, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = trouble(tmp_path)  # type: ignore[operator]
    cache = SentenceCache(path)
    cached = CachedTranslator(Batcher(NaughtyEngine()), cache)
    for _ in range(2):
        assert cached.translate(["satu"], OPTIONS)[0][0].text == "[satu]"
    assert cache.problem is not None
    assert "going on without it" in cache.problem
    assert "KABAR_DATA_DIR" in cache.problem
    captured = capfd.readouterr()
    assert (captured.out + captured.err).count("cache unusable") == 1


def test_a_full_disk_costs_nothing_but_time(tmp_path: Path) -> None:
    # The limit on file sizes stands for the disk: writing fails in the middle of the work.
    script = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from pathlib import Path
from models.engine import DecodingOptions
from naughty import NaughtyEngine
from service.batcher import Batcher
from service.cache import CachedTranslator, SentenceCache
cache = SentenceCache(Path({str(tmp_path / "c.sqlite3")!r}))
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
cached = CachedTranslator(Batcher(NaughtyEngine()), cache)
sources = ["kalimat nomor " + str(n) for n in range(3000)]
results, _ = cached.translate(sources, DecodingOptions(beam=1))
assert [h.text for h in results] == ["[kalimat] [nomor] [" + str(n) + "]" for n in range(3000)]
assert cache.problem is not None, "the limit was not reached"
print("done")
"""
    done = run_script(script)
    assert done.stdout.splitlines()[-1] == "done", done.stderr


def test_killed_in_the_middle_the_file_still_opens(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite3"
    script = f"""
from pathlib import Path
from models.engine import Hypothesis
from service.cache import SentenceCache
cache = SentenceCache(Path({str(path)!r}))
n = 0
while True:
    cache.put({{str(n + i).encode(): Hypothesis("x" * 200, -1.0, 1, 1, True) for i in range(50)}})
    n += 50
    print(n, flush=True)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert process.stdout is not None
    written = 0
    while written < 2000:
        written = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    cache = SentenceCache(path)
    keys = [str(n).encode() for n in range(written)]
    assert cache.problem is None
    assert len(cache.get(keys)) == written


def test_threads_share_a_cache(tmp_path: Path) -> None:
    cache = SentenceCache(tmp_path / "c.sqlite3")

    def work(number: int) -> None:
        for n in range(50):
            cache.put({f"{number}-{n}".encode(): ANSWER})
            cache.get([f"{number}-{n}".encode()])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.problem is None
    keys = [f"{number}-{n}".encode() for number in range(8) for n in range(50)]
    assert len(cache.get(keys)) == 400


def run_script(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
    )


def environment() -> dict[str, str]:
    tests = str(Path(__file__).parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([tests, str(Path(tests).parent)])}
