"""Negations that a target lost or invented."""

from __future__ import annotations

import re

import pytest

from scripts.training.corpora import Pair, read_written
from service.checks.compare import Comparison
from service.checks.verdict import judge


def _polarity(source: str, target: str) -> str:
    return Comparison(source, target).polarity.value


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Bupati tidak hadir dalam rapat itu.", "The regent attended the meeting."),
        ("Jembatan itu belum selesai dibangun.", "The bridge has been completed."),
        ("Ia pulang tanpa membawa ikan.", "He went home with some fish."),
        ("Menteri tak membantah kabar itu.", "The minister confirmed the report."),
        (
            "Polisi menahan sopir, tetapi pemilik bus tidak diperiksa.",
            "Police detained the driver, but the owner of the bus was questioned.",
        ),
    ],
)
def test_a_lost_negation_is_found(source: str, target: str) -> None:
    assert _polarity(source, target) == "lost"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Bupati hadir dalam rapat itu.", "The regent did not attend the meeting."),
        ("Warga sudah menerima bantuan beras.", "Residents have not received rice aid."),
        (
            "Sekolah itu dibuka kembali pada Senin pagi setelah banjir surut, tetapi gurunya tidak "
            "datang.",
            "The school was not reopened on Monday morning after the flood receded, but its "
            "teachers didn't come.",
        ),
    ],
)
def test_an_invented_negation_is_found(source: str, target: str) -> None:
    assert _polarity(source, target) == "invented"


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Bupati tidak hadir dalam rapat itu.", "The regent did not attend the meeting."),
        ("Bupati tidak hadir dalam rapat itu.", "The regent was absent from the meeting."),
        ("Dua korban belum ditemukan.", "Two victims are still missing."),
        ("Rumah itu tidak berpenghuni.", "The house is uninhabited."),
        ("Ia tidak hanya menyanyi, tetapi juga menari.", "She both sings and dances."),
        ("Tak lama kemudian hujan turun.", "Soon it rained."),
        ("Pendaftaran paling lambat 3 Juni.", "Register no later than June 3."),
        ("Toko baru buka pukul sembilan.", "The shop does not open until nine."),
        ("Ia gagal mencetak gol.", "He did not score."),
        ("Kandidat nomor urut 2 unggul.", "Candidate No. 2 is ahead."),
        ("Semua warga, kecuali anak-anak, mengungsi.", "All residents but not children fled."),
    ],
)
def test_right_translations_agree(source: str, target: str) -> None:
    assert _polarity(source, target) == "agrees"


def test_a_wrong_polarity_is_a_flag() -> None:
    lost = judge(Comparison("Dana itu tidak cair.", "The funds were disbursed."))
    right = judge(Comparison("Dana itu tidak cair.", "The funds were not disbursed."))
    assert lost.flags == ("negation",)
    assert right.flags == ()


def test_written_pairs_are_seldom_flagged() -> None:
    pairs = read_written("[3-5]*.tsv")[::8]
    flagged = [pair for pair in pairs if _polarity(pair.source, pair.target) != "agrees"]
    assert len(pairs) > 2000
    assert len(flagged) / len(pairs) < 0.01


def test_most_deleted_negations_are_found() -> None:
    shortened = [
        Pair(pair.source, re.sub(r"\b(did|does|do|was|were|is|are) not\b", r"\1", pair.target))
        for pair in read_written("[3-5]*.tsv")
        if len(re.findall(r"\bnot\b", pair.target)) == 1
        and not re.search(r"\b(?:no|never|without|nor)\b|n't", pair.target)
        and re.search(r"\b(?:did|does|do|was|were|is|are) not\b", pair.target)
        and re.search(r"\b(?:tidak|tak|belum|bukan)\b", pair.source)
    ][::4]
    found = [pair for pair in shortened if _polarity(pair.source, pair.target) == "lost"]
    assert len(shortened) > 200
    assert len(found) / len(shortened) > 0.75
