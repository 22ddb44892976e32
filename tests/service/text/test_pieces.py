from __future__ import annotations

from collections.abc import Sequence

import pytest
from covers import NEWS, check_cover
from hypothesis import given
from hypothesis import strategies as st

from service.text.pieces import split_long


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    return [len(text) for text in texts]


def pieces(text: str, limit: int) -> list[str]:
    return [text[start:end] for start, end in split_long(text, limit, words)]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 3, []),
        (" satu dua ", 3, ["satu dua"]),
        ("satu dua tiga empat", 3, ["satu dua", "tiga empat"]),
        ("satu dua, tiga empat lima", 4, ["satu dua,", "tiga empat lima"]),
        ("satu dua; tiga, empat lima", 4, ["satu dua;", "tiga, empat lima"]),
        ("satu dua karena tiga empat lima", 4, ["satu dua", "karena tiga empat lima"]),
        ("satu dua dan tiga empat lima", 4, ["satu dua", "dan tiga empat lima"]),
        ("biaya proyek Rp 350 juta rupiah", 4, ["biaya proyek", "Rp 350 juta rupiah"]),
    ],
)
def test_cuts_at_clauses(text: str, limit: int, expected: list[str]) -> None:
    assert pieces(text, limit) == expected


def test_cuts_a_word_without_spaces_between_characters() -> None:
    text = "e\u0301" * 5
    assert split_long(text, 4, characters) == [(0, 4), (4, 8), (8, 10)]


def test_joined_emoji_stay_whole() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert split_long(family * 2, 5, characters) == [(0, 5), (5, 10)]


def test_a_very_long_sentence_takes_few_calls_and_pieces() -> None:
    calls = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal calls
        calls += 1
        return [1 + sum(1 + len(word) // 5 for word in text.split()) for text in texts]

    text = "pemerintah kota menyalurkan bantuan, karena banjir merendam permukiman dan " * 625
    spans = split_long(text, 400, count)
    assert calls <= 12
    check_cover(text, spans)
    assert max(count([text[a:b] for a, b in spans])) <= 400
    assert len(spans) <= 1.4 * count([text])[0] / 400


@given(NEWS, st.integers(1, 12))
def test_pieces_are_short_and_lose_no_text(text: str, limit: int) -> None:
    spans = split_long(text, limit, characters)
    check_cover(text, spans)
    assert all(end - start <= limit for start, end in spans)


@given(NEWS, st.integers(1, 5))
def test_a_counter_that_finds_words_empty_ends(text: str, limit: int) -> None:
    check_cover(text, split_long(text, limit, lambda texts: [len(text) // 4 for text in texts]))
