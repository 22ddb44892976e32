"""The schedule, without a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from models.inflight.schedule import Pool, Schedule


@dataclass(frozen=True)
class Item:
    name: str
    prompt_tokens: int = 10
    rows: int = 1
    max_slots: int = 50


def schedule(rows: int = 16, slots: int = 1000, read_tokens: int = 100) -> Schedule[Item]:
    return Schedule(rows, slots, read_tokens)


def names(items: list[Item]) -> str:
    return "".join(item.name for item in items)


def test_sentences_that_fit_join_at_once_in_order() -> None:
    made = schedule()
    for name in "abc":
        made.add(Item(name))
    assert names(made.admit()) == "abc"
    assert names(made.running) == "abc"
    assert made.admit() == []


def test_a_single_sentence_joins_the_running_ones() -> None:
    made = schedule()
    made.add(Item("a"))
    made.admit()
    made.add(Item("b"))
    assert names(made.admit()) == "b"


def test_a_step_never_exceeds_its_rows() -> None:
    made = schedule(rows=8)
    for name in "abc":
        made.add(Item(name, rows=4))
    assert names(made.admit()) == "ab"
    assert made.admit() == []
    made.leave(made.running[0])
    assert names(made.admit()) == "c"


def test_sentences_never_exceed_the_pool() -> None:
    made = schedule(slots=100)
    for name in "abc":
        made.add(Item(name))
    assert names(made.admit()) == "ab"


def test_prompts_read_at_once_are_limited() -> None:
    made = schedule(read_tokens=25)
    for name in "abc":
        made.add(Item(name))
    assert names(made.admit()) == "ab"
    assert names(made.admit()) == "c"


def test_many_waiting_sentences_wait_for_some_room() -> None:
    made = schedule(rows=16)
    for name in "abcdefghijklmnopqrstuvwx":
        made.add(Item(name, prompt_tokens=1, max_slots=10))
    assert names(made.admit()) == "abcdefghijklmnop"
    made.leave(made.running[0])
    assert made.admit() == []  # one row of sixteen is not worth it
    made.leave(made.running[0])
    assert names(made.admit()) == "qr"


def test_a_sentence_with_too_many_rows_runs_alone() -> None:
    made = schedule(rows=2)
    made.add(Item("a", rows=4))
    made.add(Item("b"))
    assert names(made.admit()) == "a"
    assert made.admit() == []


def test_a_sentence_too_long_for_the_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="2000 slots are needed, and there are 1000"):
        schedule().add(Item("a", max_slots=2000))


def test_a_slot_belongs_to_one_sentence_at_a_time() -> None:
    pool = Pool(4)
    first, second = pool.take(3), pool.take(1)
    assert sorted([*first, *second]) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="1 slots of 0 left"):
        pool.take(1)
    pool.release(first)
    again = pool.take(3)
    assert sorted(again) == sorted(first)
    assert not np.shares_memory(again, first)
