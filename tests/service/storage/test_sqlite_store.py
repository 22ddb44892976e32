"""The cache in a SQLite file: values and eviction."""

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_files import PLENTY, check

from service.storage import sqlite_store as sqlite
from service.storage.opening import open_store
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level, StoreStats

SENTENCE, RESULT = Level.SENTENCE, Level.RESULT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c.sqlite3"


def test_get_returns_the_values_of_put_also_after_reopening(path: Path) -> None:
    store = open_store(path, None, PLENTY)
    assert isinstance(store, SQLiteStore)
    store.put(SENTENCE, {b"a": b"Presiden tiba.", b"empty": b""})
    assert store.get(SENTENCE, [b"a", b"b", b"empty"]) == {b"a": b"Presiden tiba.", b"empty": b""}
    store.close()
    store = SQLiteStore(path, PLENTY)
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"Presiden tiba."}
    assert store.problem is None
    store.close()


def test_the_first_value_stays(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"first"})
    store.put(SENTENCE, {b"a": b"second", b"b": b"new"})
    assert store.get(SENTENCE, [b"a", b"b"]) == {b"a": b"first", b"b": b"new"}
    store.close()


def test_the_same_key_in_two_levels_is_two_entries(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"sentence"})
    assert store.get(RESULT, [b"a"]) == {}
    store.put(RESULT, {b"a": b"result"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"sentence"}
    assert store.get(RESULT, [b"a"]) == {b"a": b"result"}
    store.close()


def test_more_keys_than_a_statement_takes(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    keys = [str(n).encode() for n in range(1203)]
    store.put(SENTENCE, dict.fromkeys(keys, b"x"))
    assert len(store.get(SENTENCE, keys)) == 1203
    store.close()


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            st.sampled_from(Level),
            st.dictionaries(st.binary(max_size=2), st.binary(max_size=9000), max_size=4),
        ),
        st.tuples(
            st.just("get"), st.sampled_from(Level), st.lists(st.binary(max_size=2), max_size=4)
        ),
        st.tuples(st.just("open again"), st.just(SENTENCE), st.just([])),
    ),
    max_size=20,
)


@settings(max_examples=60, deadline=None)
@given(operations=OPERATIONS)
def test_get_returns_exactly_the_first_values(
    operations: list[tuple[str, Level, dict[bytes, bytes] | list[bytes]]],
) -> None:
    kept: dict[tuple[Level, bytes], bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.sqlite3"
        store = SQLiteStore(path, PLENTY)
        for name, level, argument in operations:
            if isinstance(argument, dict):
                store.put(level, argument)
                for key, value in argument.items():
                    kept.setdefault((level, key), value)
            elif name == "get":
                expected = {key: kept[level, key] for key in argument if (level, key) in kept}
                assert store.get(level, argument) == expected
            else:
                store.close()
                store = SQLiteStore(path, PLENTY)
        for level in Level:
            keys = [key for at, key in kept if at is level]
            assert store.get(level, keys) == {key: kept[level, key] for key in keys}
        stats = store.stats()
        assert stats is not None
        assert sum(stats.entries.values()) == len(kept)
        store.close()


def test_the_least_recently_used_entries_are_evicted_first(path: Path) -> None:
    # An entry takes 5 pages of 4096 bytes, and the empty file 5. The limit allows 10 entries,
    # nine tenths of it 9.
    store = SQLiteStore(path, 58 * 4096)
    for name in "abcdefghij":
        store.put(SENTENCE, {name.encode(): b"x" * 20_000})
    assert store.get(SENTENCE, [b"a"])
    assert store.get(SENTENCE, [b"c"])
    stats = store.stats()
    assert stats is not None
    assert stats.evictions == 0
    store.put(RESULT, {b"k": b"x" * 20_000})
    names = [name.encode() for name in "abcdefghij"]
    assert b"".join(sorted(store.get(SENTENCE, names))) == b"acefghij"
    assert store.get(RESULT, [b"k"]) != {}
    stats = store.stats()
    assert stats is not None
    assert stats.entries == {SENTENCE: 8, RESULT: 1}
    assert stats.evictions == 2
    store.close()


def test_the_order_of_use_survives_the_process(path: Path) -> None:
    store = SQLiteStore(path, 58 * 4096)
    for name in "abcdefghij":
        store.put(SENTENCE, {name.encode(): b"x" * 20_000})
    store.get(SENTENCE, [b"a"])
    store.close()
    store = SQLiteStore(path, 58 * 4096)
    store.put(SENTENCE, {b"k": b"x" * 20_000})
    assert store.get(SENTENCE, [b"a", b"b"]).keys() == {b"a"}
    store.close()


def test_many_reads_are_recorded_without_a_put(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"x", b"b": b"y"})
    reader = sqlite3.connect(path)
    used = "SELECT used FROM entry ORDER BY key"
    (first,), (second,) = reader.execute(used).fetchall()
    assert first == second
    store.get(SENTENCE, [b"b"])
    assert reader.execute(used).fetchall() == [(first,), (first,)]
    monkeypatch.setattr(sqlite, "_FLUSH_TOUCHED", 1)
    store.get(SENTENCE, [b"b"])
    (unread,), (read,) = reader.execute(used).fetchall()
    assert unread == first
    assert read > first
    reader.close()
    store.close()


def test_fifty_thousand_entries_stay_under_the_limit(path: Path) -> None:
    store = SQLiteStore(path, 2_000_000)
    for at in range(0, 50_000, 500):
        store.put(SENTENCE, {b"%032d" % n: b"x" * 200 for n in range(at, at + 500)})
        stats = store.stats()
        assert stats is not None
        assert stats.bytes <= 2_000_000
    assert stats is not None
    assert 4_000 < stats.entries[SENTENCE] < 7_000
    assert stats.entries[SENTENCE] + stats.evictions == 50_000
    assert len(store.get(SENTENCE, [b"%032d" % n for n in range(49_500, 50_000)])) == 500
    assert store.get(SENTENCE, [b"%032d" % n for n in range(500)]) == {}
    store.close()
    assert path.stat().st_size <= 2_000_000
    assert check(path) == "ok"


def test_a_put_beyond_the_limit_keeps_a_part(path: Path) -> None:
    store = SQLiteStore(path, 200_000)
    store.put(SENTENCE, {str(n).encode(): b"x" * 500 for n in range(1000)})
    stats = store.stats()
    assert stats is not None
    assert stats.bytes <= 180_000
    assert 150 < stats.entries[SENTENCE] < 350
    assert stats.evictions == 1000 - stats.entries[SENTENCE]
    store.put(SENTENCE, {b"too large": b"x" * 100_001, b"fits": b"x" * 100})
    assert store.get(SENTENCE, [b"too large", b"fits"]).keys() == {b"fits"}
    store.close()


def test_a_lower_limit_makes_the_file_smaller(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {str(n).encode(): b"x" * 1000 for n in range(2000)})
    store.close()
    assert path.stat().st_size > 2_000_000
    store = SQLiteStore(path, 500_000)
    store.put(SENTENCE, {b"a": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {b"a": b"x"}
    store.close()
    assert path.stat().st_size <= 500_000


def test_a_limit_below_any_entry_is_harmless(path: Path) -> None:
    store = SQLiteStore(path, 1000)
    store.put(SENTENCE, {b"a": b"x" * 400})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.problem is None
    store.close()


def test_stats_count_what_other_processes_put(path: Path) -> None:
    store, other = SQLiteStore(path, PLENTY), SQLiteStore(path, PLENTY)
    assert store.stats() == StoreStats({SENTENCE: 0, RESULT: 0}, 5 * 4096, 0)
    store.put(SENTENCE, {b"a": b"x", b"b": b"y"})
    other.put(SENTENCE, {b"b": b"z", b"c": b"z"})
    other.put(RESULT, {b"c": b"z"})
    stats = store.stats()
    assert stats is not None
    assert stats.entries == {SENTENCE: 3, RESULT: 1}
    store.close()
    other.close()


def test_clear_deletes_all_and_frees_the_space(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"%d" % n: b"x" * 900 for n in range(500)})
    store.put(RESULT, {b"a": b"x"})
    assert store.clear() == 501
    assert store.get(SENTENCE, [b"1"]) == {}
    stats = store.stats()
    assert stats is not None
    assert stats.entries == {SENTENCE: 0, RESULT: 0}
    assert stats.bytes < 50_000
    store.put(SENTENCE, {b"1": b"y"})
    assert store.get(SENTENCE, [b"1"]) == {b"1": b"y"}
    store.close()
    assert store.clear() is None


def test_a_closed_store_is_silent(path: Path) -> None:
    store = SQLiteStore(path, PLENTY)
    store.put(SENTENCE, {b"a": b"x"})
    store.close()
    store.close()
    store.put(SENTENCE, {b"b": b"x"})
    assert store.get(SENTENCE, [b"a"]) == {}
    assert store.stats() is None
    assert not Path(f"{path}-wal").exists()
