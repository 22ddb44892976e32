"""Chunks of sentences that fit a window."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from models.checkpoints.chunks import chunked


def words(text: str) -> int:
    return len(text.split())


def test_chunks_end_where_sentences_do() -> None:
    sentences = ["Air naik.", "Warga pergi ke balai desa.", "Hujan.", "Jalan ke kota putus."]
    assert chunked(sentences, 6, words) == [
        ["Air naik."],
        ["Warga pergi ke balai desa.", "Hujan."],
        ["Jalan ke kota putus."],
    ]
    assert chunked(sentences, 11, words) == [sentences[:3], sentences[3:]]
    assert chunked(sentences, 12, words) == [sentences]
    assert chunked([], 6, words) == []


def test_a_sentence_longer_than_the_window_is_split_between_words() -> None:
    long = "Warga desa pergi ke balai kota tadi malam."
    assert chunked(["Air naik.", long, "Hujan."], 4, words) == [
        ["Air naik."],
        ["Warga desa pergi ke"],
        ["balai kota tadi malam."],
        ["Hujan."],
    ]
    assert chunked(["abcdefgh"], 3, len) == [["ab"], ["cd"], ["ef"], ["gh"]]
    assert chunked(["ﷺ"], 3, lambda text: 18 * len(text)) == [["ﷺ"]]


@settings(max_examples=50)
@given(
    st.lists(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=9), max_size=9),
    st.integers(1, 20),
    st.sampled_from([len, words]),
)
def test_chunks_hold_every_sentence_once_in_order(
    texts: list[list[str]], window: int, count: Callable[[str], int]
) -> None:
    sentences = [" ".join(text) for text in texts]
    chunks = chunked(sentences, window, count)
    parts = [part for chunk in chunks for part in chunk]
    assert "".join(parts).replace(" ", "") == "".join(sentences).replace(" ", "")
    assert [part for part in parts if part in sentences and count(part) <= window] == [
        part for part in parts if part in sentences
    ]
    if all(count(sentence) <= window for sentence in sentences):
        assert parts == sentences
    assert all(chunks)
    assert all(count(" ".join(chunk)) <= window for chunk in chunks)
