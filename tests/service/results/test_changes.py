"""What a new version changed: same, changed, new, gone."""

import time

from hypothesis import given
from hypothesis import strategies as st

from service.results.changes import Said, Step, compare

FLOOD = "Banjir merendam 1.240 rumah di tiga desa di Kabupaten Demak."
MORE = "Banjir merendam 1.310 rumah di empat desa di Kabupaten Demak."
WATER = "Air mulai surut sejak pagi."
SCHOOL = "Sekolah diliburkan selama dua hari."
HELP = "Bantuan beras tiba dari Semarang."


def version(*sources: str, name: str = "o") -> list[Said]:
    return [Said(f"{name}{n}", source, source.upper()) for n, source in enumerate(sources, 1)]


def told(steps: list[Step]) -> list[tuple[str, str | None, str | None]]:
    return [
        (step.change.value, step.now and step.now.id, step.before and step.before.id)
        for step in steps
    ]


def test_each_of_the_four() -> None:
    before = version(FLOOD, WATER, SCHOOL)
    now = version(MORE, HELP, SCHOOL, name="n")
    assert told(compare(before, now)) == [
        ("changed", "n1", "o1"),
        ("new", "n2", None),
        ("gone", None, "o2"),
        ("same", "n3", "o3"),
    ]


def test_what_only_moved_is_the_same() -> None:
    before, now = version(FLOOD, WATER, SCHOOL), version(SCHOOL, FLOOD, WATER, name="n")
    assert [change for change, _, _ in told(compare(before, now))] == ["same"] * 3


def test_blanks_change_nothing() -> None:
    before, now = version("Air  surut."), version("Air surut.", name="n")
    assert told(compare(before, now)) == [("same", "n1", "o1")]


def test_a_sentence_that_stands_twice_is_paired_once_each() -> None:
    before, now = version(WATER, WATER), version(WATER, name="n")
    assert told(compare(before, now)) == [("same", "n1", "o1"), ("gone", None, "o2")]


def test_the_most_alike_are_paired() -> None:
    before = version(FLOOD, FLOOD.replace("Demak", "Kudus"))
    now = version(MORE.replace("Demak", "Kudus"), MORE, name="n")
    assert told(compare(before, now)) == [("changed", "n1", "o2"), ("changed", "n2", "o1")]


def test_from_nothing_and_to_nothing() -> None:
    assert told(compare([], version(WATER, name="n"))) == [("new", "n1", None)]
    assert told(compare(version(WATER), [])) == [("gone", None, "o1")]
    assert compare([], []) == []


def test_a_hundred_thousand_lines_take_a_moment() -> None:
    before = version(*(["gol"] * 50_000), *(f"baris nomor {n}" for n in range(50_000)))
    now = version(*(["gol"] * 49_000), *(f"baris nomor {n} lagi" for n in range(50_000)), name="n")
    began = time.perf_counter()
    steps = compare(before, now)
    assert time.perf_counter() - began < 10
    assert len(steps) == 100_000


@given(
    st.lists(st.sampled_from([FLOOD, MORE, WATER, SCHOOL, HELP]), max_size=8),
    st.lists(st.sampled_from([FLOOD, MORE, WATER, SCHOOL, HELP]), max_size=8),
)
def test_every_sentence_is_told_once(before: list[str], now: list[str]) -> None:
    steps = compare(version(*before), version(*now, name="n"))
    assert [step.now.id for step in steps if step.now] == [f"n{n}" for n in range(1, len(now) + 1)]
    assert sorted(step.before.id for step in steps if step.before) == [
        f"o{n}" for n in range(1, len(before) + 1)
    ]
