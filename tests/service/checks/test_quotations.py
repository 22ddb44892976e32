"""Quotations in every style of marks, and apostrophes."""

from __future__ import annotations

import pytest

from service.checks.quotations import quotations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('"Air surut," kata Agus. "Kami pulang."', ['"Air surut,"', '"Kami pulang."']),
        ("“Satu,” ujar Rini. “Dua.”", ["“Satu,”", "“Dua.”"]),
        ('Ia berkata "ya', ['"ya']),
        ('selesai," kata dia.', ['selesai,"']),
        ("Kata \"damai\" dan 'aman' itu.", ['"damai"', "'aman'"]),
        ("Don't go, James' dog said 'no' to it.", ["'no'"]),
        ("Lewat «Kabar Pagi» di radio.", ["«Kabar Pagi»"]),
        ("''Siap,'' katanya.", ["''Siap,''"]),
        ("Jum'at ia pulang ke Nu'man.", []),
        ("Tingginya 5'10\" saja.", ["Tingginya 5'10\""]),
        ("", []),
    ],
)
def test_quotations(text: str, found: list[str]) -> None:
    assert [text[q.start : q.end] for q in quotations(text)] == found


def test_missing_marks() -> None:
    (first,), (last,) = quotations('Ia berkata "ya'), quotations('selesai," kata dia.')
    assert (first.opened, first.closed) == (True, False)
    assert (last.opened, last.closed) == (False, True)
