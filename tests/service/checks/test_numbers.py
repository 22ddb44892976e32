"""Numbers of short sentences: paired, missing and invented."""

from __future__ import annotations

import pytest

from service.checks.compare import lost_and_invented


@pytest.mark.parametrize(
    ("source", "hypothesis"),
    [
        ("Ada 1.500 rumah.", "There are 1,500 houses."),
        ("Naik 4,82 persen.", "Up 4.82 percent."),
        ("Rugi Rp1,5 triliun.", "It lost Rp1.5 trillion."),
        ("Rugi Rp250 ribu.", "It lost Rp250,000."),
        ("Selasa (18/2/2025).", "Tuesday, February 18, 2025."),
        ("Selasa (18/2/2025).", "Tuesday (18/2/2025)."),
        ("pukul 14.30 WIB", "at 2:30 p.m."),
        ("pukul 14.30 WIB", "at 14:30"),
        ("pukul 00.15", "at 12:15 a.m."),
        ("Ada 12 orang.", "There are twelve people."),
        ("dua puluh lima orang", "25 people"),
        ("seratus dua orang", "102 people"),
        ("tiga juta orang", "3 million people"),
        ("abad ke-18", "the 18th century"),
        ("peringkat kedua", "ranked 2nd"),
        ("Juara ke-2.", "Came second."),
        ("Standar 802.11n.", "The 802.11n standard."),
        ("ninety-two: 92%", "Ninety-two percent."),
        ("Tidak ada angka.", "No number."),
        ("abad ke-21", "the twenty-first century"),
        ("1 juta orang", "a million people"),
        ("sejuta orang", "1 million people"),
        ("102 orang", "one hundred and two people"),
        ("pukul 12.00", "at noon"),
        ("tahun 60-an", "the 1960s"),
        ("10 juta hingga 15 juta", "10 to 15 million"),
        ("10-15 juta", "10-15 million"),
        ("sejauh 10 m", "10 m away"),
        ("hingga 21.00 WITA", "until 9 p.m. WITA"),
        ("pada 5 Mei", "on May 5"),
        ("abad kedua belas", "the 12th century"),
        ("satu setengah juta orang", "1.5 million people"),
        ("lima koma dua persen", "5.2 percent"),
        ("Rp50 ribuan", "around Rp50,000"),
        ("pukul setengah tujuh malam", "at half past six in the evening"),
        ("jam tujuh malam", "at 7 p.m."),
    ],
)
def test_agreement(source: str, hypothesis: str) -> None:
    assert lost_and_invented(source, hypothesis) == ([], [])


@pytest.mark.parametrize(
    ("source", "hypothesis", "lost", "invented"),
    [
        ("Ada 1.500 rumah.", "There are 1.500 houses.", ["1.500"], ["1.500"]),
        ("Naik 4,2 persen.", "Up 4,2 percent.", ["4,2"], ["4,2"]),
        ("Rugi Rp1,5 triliun.", "It lost Rp15 trillion.", ["1,5 triliun"], ["15 trillion"]),
        ("Rugi Rp1,5 triliun.", "It lost Rp1.5 billion.", ["1,5 triliun"], ["1.5 billion"]),
        ("Rugi Rp250 ribu.", "It lost Rp250.", ["250 ribu"], ["250"]),
        ("Ada 15 orang tewas.", "A dead toll of 3.", ["15"], ["3"]),
        ("Tewas 5 orang.", "They may have died.", ["5"], []),
        ("dua dan 7 orang", "two and a hundred", ["7"], []),
        ("satu setengah juta orang", "15 million people", [], ["15 million"]),
        ("pukul setengah tujuh", "at 7:30 p.m.", [], ["7:30"]),
        ("Pada 2007 dan 2008.", "In 2007.", ["2008"], []),
        ("Hadiah itu besar.", "The prize was $200,000.", [], ["200,000"]),
        ("Bangsal kesembilan.", "The 10th ward.", [], ["10"]),
        ("pukul 14.30", "at 3:30 p.m.", ["14.30"], ["3:30"]),
        ("Selasa (18/2/2025).", "Tuesday, March 18, 2025.", ["2"], []),
    ],
)
def test_disagreement(source: str, hypothesis: str, lost: list[str], invented: list[str]) -> None:
    assert lost_and_invented(source, hypothesis) == (lost, invented)
