"""Changes between two versions of an article."""

import time

from hypothesis import given
from hypothesis import strategies as st

from service.results.changes import SentenceChange, SentencePair, compare_versions

FLOOD = "Banjir merendam 1.240 rumah di tiga desa di Kabupaten Demak."
MORE = "Banjir merendam 1.310 rumah di empat desa di Kabupaten Demak."
WATER = "Air mulai surut sejak pagi."
SCHOOL = "Sekolah diliburkan selama dua hari."
HELP = "Bantuan beras tiba dari Semarang."


def version(*sources: str, name: str = "o") -> list[SentencePair]:
    return [
        SentencePair(f"{name}{n}", source, source.upper()) for n, source in enumerate(sources, 1)
    ]


def ids(changes: list[SentenceChange]) -> list[tuple[str, str | None, str | None]]:
    return [
        (
            one.change.value,
            one.current.id if one.current else None,
            one.previous.id if one.previous else None,
        )
        for one in changes
    ]


def test_every_kind_of_change() -> None:
    previous = version(FLOOD, WATER, SCHOOL)
    current = version(MORE, HELP, SCHOOL, name="n")
    assert ids(compare_versions(previous, current)) == [
        ("changed", "n1", "o1"),
        ("new", "n2", None),
        ("gone", None, "o2"),
        ("same", "n3", "o3"),
    ]


def test_moved_sentences_are_the_same() -> None:
    previous, current = version(FLOOD, WATER, SCHOOL), version(SCHOOL, FLOOD, WATER, name="n")
    assert [change for change, _, _ in ids(compare_versions(previous, current))] == ["same"] * 3


def test_spaces_do_not_matter() -> None:
    previous, current = version("Air  surut."), version("Air surut.", name="n")
    assert ids(compare_versions(previous, current)) == [("same", "n1", "o1")]


def test_repeated_sentence_is_paired_once() -> None:
    previous, current = version(WATER, WATER), version(WATER, name="n")
    assert ids(compare_versions(previous, current)) == [("same", "n1", "o1"), ("gone", None, "o2")]


def test_most_similar_sentences_are_paired() -> None:
    previous = version(FLOOD, FLOOD.replace("Demak", "Kudus"))
    current = version(MORE.replace("Demak", "Kudus"), MORE, name="n")
    assert ids(compare_versions(previous, current)) == [
        ("changed", "n1", "o2"),
        ("changed", "n2", "o1"),
    ]


def test_empty_versions() -> None:
    assert ids(compare_versions([], version(WATER, name="n"))) == [("new", "n1", None)]
    assert ids(compare_versions(version(WATER), [])) == [("gone", None, "o1")]
    assert compare_versions([], []) == []


def test_time_for_a_hundred_thousand_lines() -> None:
    previous = version(*(["gol"] * 50_000), *(f"baris nomor {n}" for n in range(50_000)))
    current = version(
        *(["gol"] * 49_000), *(f"baris nomor {n} lagi" for n in range(50_000)), name="n"
    )
    began = time.perf_counter()
    changes = compare_versions(previous, current)
    assert time.perf_counter() - began < 10
    assert len(changes) == 100_000


@given(
    st.lists(st.sampled_from([FLOOD, MORE, WATER, SCHOOL, HELP]), max_size=8),
    st.lists(st.sampled_from([FLOOD, MORE, WATER, SCHOOL, HELP]), max_size=8),
)
def test_every_sentence_has_one_change(previous: list[str], current: list[str]) -> None:
    changes = compare_versions(version(*previous), version(*current, name="n"))
    assert [one.current.id for one in changes if one.current] == [
        f"n{n}" for n in range(1, len(current) + 1)
    ]
    assert sorted(one.previous.id for one in changes if one.previous) == [
        f"o{n}" for n in range(1, len(previous) + 1)
    ]
