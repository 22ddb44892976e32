"""The words of a text, and their places."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.alignment.words import Word, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" –…! ", []),
        ("Warga mengungsi.", ["Warga", "mengungsi"]),
        ("Rp1.500 dan 2,5 juta", ["Rp", "1.500", "dan", "2,5", "juta"]),
        ("pukul 10:30, 18/2/2025.", ["pukul", "10:30", "18/2/2025"]),
        ("kata-kata, buku-bukunya", ["kata-kata", "buku-bukunya"]),
        ("bolak-balik sayur-mayur", ["bolak-balik", "sayur-mayur"]),
        ("kemerah-merahan, pukul-memukul", ["kemerah-merahan", "pukul-memukul"]),
        ("Jakarta-Bandung, well-known, ke-5", ["Jakarta", "Bandung", "well", "known", "ke", "5"]),
        ("2-1, 3–0", ["2", "1", "3", "0"]),
        ("don't, Prabowo's, they’re", ["don't", "Prabowo", "'s", "they", "’re"]),
        ("Jum'at Ma'ruf 'sudah'", ["Jum'at", "Ma'ruf", "sudah"]),
        ("U.S. troops at 9 a.m.", ["U.S.", "troops", "at", "9", "a.m."]),
        ("G20, COVID-19, nama_berkas", ["G", "20", "COVID", "19", "nama", "berkas"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert [word.text for word in words(text)] == expected


def test_places() -> None:
    assert words("«Anak-anak» itu") == [Word("Anak-anak", 1, 10), Word("itu", 12, 15)]


@given(st.text())
def test_words_are_in_the_text_in_order(text: str) -> None:
    found = words(text)
    assert [text[word.start : word.end] for word in found] == [word.text for word in found]
    ends = [0, *(word.end for word in found)]
    assert all(end <= word.start < word.end for end, word in zip(ends, found, strict=False))


@given(st.lists(st.sampled_from("aA1é-'’._,:/ \u0301"), max_size=30).map("".join))
def test_all_letters_and_digits_are_in_words(text: str) -> None:
    covered = {place for word in words(text) for place in range(word.start, word.end)}
    assert all(place in covered for place, c in enumerate(text) if c.isalnum())


@pytest.mark.parametrize("part", ["a", "1.", "a-", "a'", "A.", "'s", "_", "1:", "é "])
def test_the_time_is_linear_in_the_length(part: str) -> None:
    def seconds(times: int) -> float:
        begun = time.process_time()
        words(part * times)
        return time.process_time() - begun

    seconds(1000)
    assert seconds(200_000) < 40 * seconds(20_000) + 0.5
