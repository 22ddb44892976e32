from __future__ import annotations

import re
import time

import pytest

from service.documents.dates import STATEMENTS

_LINE = re.compile(STATEMENTS)


@pytest.mark.parametrize(
    "line",
    [
        "Ahad, 5 Juli 2026",
        "SENIN, 6 JULI 2026",
        "Selasa, 7 Ags 2026",
        "Rabu, 8 Sept 2026 | 07.15 WIB",
        "Sabtu Legi, 7 Nopember 2026",
        "Jum'at Pahing, 25 September 2026 / 13 Rabiul Akhir 1448 H",
        "JULY 9, 2026",
        "9 July 2026, 10:15 am",
        "2026-07-09",
        "2026-07-09T10:15:00+07:00",
        "09/07/2026 10:15",
        "Kamis (9/7/2026)",
        "Publish Date: 9 Juli 2026",
        "Last updated: 9 July 2026",
        "3 jam yang lalu",
        "2 hours ago",
        "Kemarin, 10:15",
        "Pukul 10.15 WIB",
        "4 min read",
        "Kamis, 9 Juli 2026 · waktu baca 3 menit",
        "Dibaca 1.240 kali",
        "1,2K views",
    ],
)
def test_statements_of_a_page(line: str) -> None:
    assert _LINE.fullmatch(line)


@pytest.mark.parametrize(
    "line",
    [
        "Harga Beras 9 Juli 2026",
        "12 Orang Selamat",
        "Besar",
        "9 Juli 2026 warga pulang",
        "Minggu Pagi",
    ],
)
def test_other_lines(line: str) -> None:
    assert _LINE.fullmatch(line) is None


@pytest.mark.parametrize("unit", ["10.15 ", "9 Juli 2026 ", "posted on ", "5 kali ", "1.", "jan "])
def test_no_catastrophic_backtracking(unit: str) -> None:
    began = time.process_time()
    assert _LINE.fullmatch((unit * 500)[:500] + "!") is None
    assert time.process_time() - began < 0.1
