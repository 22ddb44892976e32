"""The flags of a target and their weight."""

from __future__ import annotations

import pytest

from service.checks.compare import Comparison
from service.checks.verdict import judge


@pytest.mark.parametrize(
    ("source", "target", "flags"),
    [
        ("Air mulai surut sejak pagi.", "The water has receded since morning.", ()),
        ("Air surut.", "  ", ("untranslated",)),
        ("Air surut.", "The water the water the water the water.", ("loop",)),
        ("Air surut.", "Receding. Indonesian: Air", ("prompt",)),
        ("Warga tidak akan pulang ke desa itu", "Warga tidak akan pulang ke desa itu", ("echo",)),
        ("Mereka belum tiba.", "Mereka tidak akan datang ke sini", ("foreign",)),
        ("Air surut.", "Вода ушла.", ("script",)),
        ("Situs «Правда» tutup.", "The site «Правда» closed.", ()),
        ("satu dua tiga empat lima enam tujuh", "few words", ("short", "number_missing")),
        ("Ada 1.240 rumah.", "There are 1.240 houses.", ("number_missing", "number_invented")),
        ('"Aman," kata dia.', "Safe, he said.", ("quotation",)),
        ("Kelas Bahasa English: mulai pukul 9.", "The English: class begins at 9.", ()),
    ],
)
def test_flags(source: str, target: str, flags: tuple[str, ...]) -> None:
    assert judge(Comparison(source, target)).flags == flags


def test_unfinished() -> None:
    assert judge(Comparison("Air surut.", "The water"), finished=False).flags == ("unfinished",)


def test_weight_counts_each_missing_number() -> None:
    one = judge(Comparison("Ada 5 rumah dan 7 kebun.", "There are 5 houses and gardens."))
    two = judge(Comparison("Ada 5 rumah dan 7 kebun.", "There are houses and gardens."))
    assert (one.weight, two.weight) == (3.0, 6.0)
