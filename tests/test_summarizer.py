"""Which sentences of short articles are chosen, and what is never chosen."""

from __future__ import annotations

import time

import numpy as np
import pytest

from models import summarizer
from models.summarizer import ExtractiveSummarizer, Summarizer

# Paragraph number and sentence.
FLOOD = [
    (0, "Banjir merendam tiga kecamatan di Kabupaten Demak dan 2.400 warga mengungsi."),
    (0, "Banjir itu terjadi setelah tanggul Sungai Tuntang jebol di dua titik akibat hujan lebat."),
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
def test_news_is_chosen_in_article_order(count: int, chosen: list[int]) -> None:
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
def test_weak_sentences_give_way_to_a_later_plain_one(weak: str) -> None:
    assert select([weak, PLAIN], 1) == [1]
    assert select([PLAIN, weak], 1) == [0]


def test_leaning_sentence_may_follow_the_one_it_leans_on() -> None:
    leaning = "Ia berharap jembatan di Kota Palu membuat harga beras di pasar kembali turun."
    assert select([PLAIN, leaning, OTHER], 2) == [0, 1]


def test_second_telling_of_the_same_news_gives_way_to_other_news() -> None:
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
def test_only_usable_sentences_are_chosen(sentences: list[str], usable: list[int]) -> None:
    assert select(sentences, 10) == usable
    assert select(sentences, len(usable)) == usable


def test_sentences_of_stop_words_alone_do_not_break_the_choice() -> None:
    assert select(["itu dan ini", "yang itu", "di sana ada"], 2) == [0, 2]


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 sentences but 1 paragraph numbers"):
        ExtractiveSummarizer().select([PLAIN, OTHER], [0], 1)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="count is -1"):
        ExtractiveSummarizer().select([PLAIN, OTHER], [0, 1], -1)


def test_sparse_products_agree_with_the_dense_graph() -> None:
    terms = summarizer._weigh([sentence.casefold().rstrip(".?").split() for _, sentence in FLOOD])
    matrix = np.zeros((terms.sentences, terms.terms))
    matrix[terms.rows, terms.columns] = terms.values
    graph = matrix @ matrix.T
    assert graph.diagonal() == pytest.approx(np.ones(len(FLOOD)))
    degrees = graph.sum(axis=1)
    assert summarizer._centrality(terms) == pytest.approx(0.4 + 0.6 * degrees / degrees.max())
    assert terms.similarities(1) == pytest.approx(graph[1])


def test_position_falls_with_order_and_inside_paragraphs() -> None:
    assert summarizer._position([0, 0, 1, 5]) == pytest.approx([1, 0.71929, 0.62222, 0.53636], 1e-4)


def test_two_thousand_sentences_take_well_under_two_seconds() -> None:
    generator = np.random.default_rng(1)
    numbers = generator.zipf(1.3, size=(2000, 25)) % 20_000
    sentences = [" ".join(f"Kata{n}" for n in row) + "." for row in numbers]
    started = time.process_time()
    chosen = select(sentences, 5)
    assert time.process_time() - started < 2
    assert len(chosen) == 5


def test_interface_and_signature() -> None:
    extractive = ExtractiveSummarizer()
    assert isinstance(extractive, Summarizer)
    assert extractive.signature == {"summarizer": "extractive", "summarizer_version": "1"}
