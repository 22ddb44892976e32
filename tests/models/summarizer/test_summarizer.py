"""The extractive summarizer, on short articles."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.summarizer import ExtractiveSummarizer, Summarizer

# Paragraph number and sentence.
FLOOD = [
    (0, "Banjir merendam tiga kecamatan di Kabupaten Demak dan 2.400 warga mengungsi."),
    (0, "Tanggul Sungai Tuntang jebol di dua titik akibat hujan lebat."),
    (1, "Apakah tanggul Sungai Tuntang akan segera diperbaiki oleh pemerintah Kabupaten Demak?"),
    (1, '"Kami semua lelah karena air masuk rumah sampai setinggi dada orang dewasa," ujarnya.'),
    (2, "Kondisi Terkini"),
    (2, "Bupati Demak meminta pemerintah pusat mempercepat perbaikan tanggul yang jebol."),
    (3, "Dia mengatakan bantuan untuk warga yang mengungsi cukup sampai akhir pekan."),
    (4, "Di tempat lain, panitia lomba memasak membagikan hadiah kepada para peserta tahun ini."),
]


def select(sentences: list[str], count: int, paragraphs: list[int] | None = None) -> list[int]:
    numbers = list(range(len(sentences))) if paragraphs is None else paragraphs
    return ExtractiveSummarizer().select(sentences, numbers, count)


@pytest.mark.parametrize(
    ("count", "chosen"),
    [
        (0, []),
        (1, [0]),
        (2, [0, 1]),
        (3, [0, 1, 5]),
        (8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (50, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_news_is_selected_in_article_order(count: int, chosen: list[int]) -> None:
    paragraphs = [number for number, _ in FLOOD]
    assert select([sentence for _, sentence in FLOOD], count, paragraphs) == chosen


PLAIN = "Gubernur meresmikan jembatan baru di Kota Palu pada Selasa pagi bersama warga."
OTHER = "Harga beras di pasar tradisional naik dua ribu rupiah per kilogram sepekan ini."


@pytest.mark.parametrize(
    "weak",
    [
        "Jembatan itu panjang.",
        "Apakah jembatan baru di Kota Palu akan benar-benar aman bagi semua warga?",
        '"Jembatan baru di Kota Palu ini sangat kami tunggu sejak gempa."',
        '"Jembatan baru di Kota Palu ini sangat kami tunggu sejak gempa," katanya.',
        '"Jembatan baru di Kota Palu ini sangat kami tunggu sejak gempa bumi dahulu.',
        "Jembatan Baru di Kota Palu yang Ditunggu Warga Sejak Gempa Bumi",
        "Namun jembatan baru di Kota Palu belum dapat dilalui kendaraan berat milik warga.",
        "Selain itu, jembatan baru di Kota Palu dilengkapi lampu jalan bertenaga surya.",
        "He said the new bridge in the city of Palu had been expected for years.",
    ],
)
def test_a_plain_sentence_beats_an_earlier_weak_one(weak: str) -> None:
    assert select([weak, PLAIN], 1) == [1]
    assert select([PLAIN, weak], 1) == [0]


def test_a_dangling_sentence_may_follow_its_antecedent() -> None:
    dangling = "Ia berharap jembatan di Kota Palu membuat harga beras di pasar kembali turun."
    assert select([PLAIN, dangling, OTHER], 2) == [0, 1]


def test_other_news_beats_a_repetition() -> None:
    again = "Jembatan baru di Kota Palu diresmikan gubernur pada Selasa pagi bersama warga."
    assert select([PLAIN, again, OTHER], 2) == [0, 2]


@pytest.mark.parametrize(
    ("sentences", "usable"),
    [
        ([], []),
        (["", "  ", "\n", "\u00a0"], []),
        (["...", "—", PLAIN, "!?"], [2]),
        ([PLAIN, PLAIN, OTHER, PLAIN], [0, 2]),
        ([PLAIN, "  " + PLAIN.upper().rstrip(".") + " !"], [0]),
        (["", OTHER, "", "2025"], [1, 3]),
        (["itu dan ini", "yang itu"], [0, 1]),
    ],
)
def test_only_usable_sentences_are_selected(sentences: list[str], usable: list[int]) -> None:
    assert select(sentences, 10) == usable
    assert select(sentences, len(usable)) == usable


def test_sentences_of_stop_words_alone_are_ranked() -> None:
    assert select(["itu dan ini", "yang itu", "di sana ada"], 2) == [0, 2]


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 sentences but 1 paragraph numbers"):
        ExtractiveSummarizer().select([PLAIN, OTHER], [0], 1)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="count is -1"):
        ExtractiveSummarizer().select([PLAIN, OTHER], [0, 1], -1)


@pytest.mark.parametrize(("count", "seconds"), [(300, 0.3), (5000, 3)])
def test_long_articles_are_ordered_fast(count: int, seconds: float) -> None:
    generator = np.random.default_rng(1)
    numbers = generator.zipf(1.3, size=(count, 25)) % 20_000
    sentences = [" ".join(f"Kata{n}" for n in row) + "." for row in numbers]
    started = time.process_time()
    order = ExtractiveSummarizer().order(sentences, list(range(count)))
    assert time.process_time() - started < seconds
    assert sorted(order) == list(range(count))


@settings(max_examples=60, deadline=None)
@given(
    sentences=st.lists(
        st.sampled_from([PLAIN, PLAIN.upper(), OTHER, "Dia pulang.", "...", "", "itu", "Banjir 3"])
        | st.text(max_size=30),
        max_size=12,
    ),
    data=st.data(),
)
def test_select_is_the_head_of_order(sentences: list[str], data: st.DataObject) -> None:
    paragraphs = sorted(data.draw(st.lists(st.integers(0, 4), min_size=12, max_size=12)))
    numbers = paragraphs[: len(sentences)]
    order = ExtractiveSummarizer().order(sentences, numbers)
    assert len(order) == len(set(order))
    for count in range(len(order) + 2):
        assert select(sentences, count, numbers) == sorted(order[:count])


def test_the_next_sentence_is_new_after_those_before_it() -> None:
    again = "Jembatan baru di Kota Palu diresmikan gubernur pada Selasa pagi bersama warga."
    assert ExtractiveSummarizer().order([PLAIN, again, OTHER], [0, 1, 2]) == [0, 2, 1]
    assert ExtractiveSummarizer().order([], []) == []


# Three articles on a flood; the first says more than the others.
ARTICLES = [
    (0, 0, "Banjir merendam tiga kecamatan di Demak dan memaksa 2.400 warga mengungsi."),
    (0, 1, "Pemerintah kabupaten menyiapkan lima dapur umum di halaman kantor kecamatan."),
    (0, 2, "Lomba memasak antardesa yang dijadwalkan pekan ini ditunda sampai bulan depan."),
    (0, 3, "Tanggul Sungai Tuntang jebol di dua titik setelah hujan lebat semalaman."),
    (1, 0, "Sebanyak 2.400 warga Demak mengungsi karena banjir merendam tiga kecamatan."),
    (1, 1, "Tanggul Sungai Tuntang yang jebol di dua titik mulai ditutup karung pasir."),
    (2, 0, "Ribuan warga di tiga kecamatan Demak mengungsi akibat banjir sejak Senin malam."),
    (2, 1, "Hujan lebat semalaman membuat tanggul Sungai Tuntang jebol di dua titik."),
]


def test_news_in_several_articles_is_selected_once() -> None:
    articles, paragraphs, sentences = (list(column) for column in zip(*ARTICLES, strict=True))
    order = ExtractiveSummarizer().order(sentences, paragraphs, articles)
    flood, dyke = {0, 4, 6}, {3, 5, 7}
    assert [len(flood & set(order[:2])), len(dyke & set(order[:2]))] == [1, 1]


def test_news_in_several_articles_comes_before_news_in_one() -> None:
    articles, paragraphs, sentences = (list(column) for column in zip(*ARTICLES, strict=True))
    alone = ExtractiveSummarizer().order(sentences[:4], paragraphs[:4])
    assert alone == [0, 1, 2, 3]
    together = ExtractiveSummarizer().order(sentences, paragraphs, articles)
    assert min(together.index(n) for n in (3, 5, 7)) < together.index(1) < together.index(2)


def test_a_sentence_in_two_articles_has_its_better_score() -> None:
    filler = [f"Peserta ke-{n} rapat itu menyampaikan laporan tahunan dinasnya." for n in range(8)]
    order = ExtractiveSummarizer().order(
        [*filler, PLAIN, PLAIN, OTHER], [*range(9), 0, 1], [0] * 9 + [1] * 2
    )
    assert order[0] == 8
    assert 9 not in order


def test_a_dangling_sentence_does_not_follow_another_article() -> None:
    dangling = "Ia berharap jembatan di Kota Palu membuat harga beras di pasar kembali turun."
    one = ExtractiveSummarizer().order([PLAIN, dangling, OTHER], [0, 1, 2])
    two = ExtractiveSummarizer().order([PLAIN, dangling, OTHER], [0, 0, 1], [0, 1, 1])
    assert (one, two) == ([0, 1, 2], [0, 2, 1])


def test_article_numbers_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 sentences but 1 article numbers"):
        ExtractiveSummarizer().order([PLAIN, OTHER], [0, 0], [1])


def test_interface_and_signature() -> None:
    extractive = ExtractiveSummarizer()
    assert isinstance(extractive, Summarizer)
    assert extractive.signature == {"summarizer": "extractive", "summarizer_version": "2"}
