"""Targets that are no translation, and similar targets that are one."""

from __future__ import annotations

import pytest

from scripts.quality.scores import too_long, too_short
from service.checks.faults import echoes, in_source_language, loops


@pytest.mark.parametrize(
    ("text", "source", "found"),
    [
        ("the man said the man said the man said so", "", True),
        ("no no no", "", True),
        ("no no no", "tidak tidak tidak", False),
        ("no no no no", "tidak tidak tidak", True),
        ("again and again he came", "", False),
        ("", "", False),
        ("It costs Rp1,000,000,000 a year", "Rp1 miliar", False),
    ],
)
def test_loops(text: str, source: str, found: bool) -> None:
    assert loops(text, source) is found


@pytest.mark.parametrize(
    ("source", "hypothesis", "found"),
    [
        ("Warga itu sudah pulang ke desa", "Warga itu sudah pulang ke desa", True),
        ("Warga itu sudah pulang ke desa", "The residents have returned to the village", False),
        ("PT Telkom Indonesia Tbk", "PT Telkom Indonesia Tbk", False),
        ("Siti dan Budi", "Siti dan Budi", False),
        ("PT Telkom Indonesia dan PT Sritex", "PT Telkom Indonesia and PT Sritex", False),
    ],
)
def test_echoes(source: str, hypothesis: str, found: bool) -> None:
    assert echoes(source, hypothesis) is found


@pytest.mark.parametrize(
    ("hypothesis", "found"),
    [
        ("Mereka tidak akan datang ke sini", True),
        ("They will not come to Pasar Minggu dan Depok", False),
        ("The word dan means and", False),
        ("", False),
    ],
)
def test_in_source_language(hypothesis: str, found: bool) -> None:
    assert in_source_language(hypothesis) is found


@pytest.mark.parametrize(
    ("hypothesis", "short", "long"),
    [
        ("", True, False),
        ("a", True, False),
        ("a b", False, False),
        ("a b c d e f g h", False, False),
        ("a b c d e f g h i", False, True),
    ],
)
def test_length_limits(hypothesis: str, short: bool, long: bool) -> None:
    assert too_short(hypothesis, "w x y z") is short
    assert too_long(hypothesis, "w x y z") is long
