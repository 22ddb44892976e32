"""Warnings, with the place, the fact and the sentence."""

from __future__ import annotations

import pytest

from service.article import TermUse
from service.checks.compare import facts_of
from service.results.warnings import flag_warning


@pytest.mark.parametrize(
    ("flag", "source", "target", "message"),
    [
        (
            "number_missing",
            "Banjir merendam 1.240 rumah dan 7 kebun.",
            "Floods inundated houses and gardens.",
            'b4.1: "1.240", "7" are missing from: «Floods inundated houses and gardens.»',
        ),
        (
            "number_invented",
            "Banjir merendam rumah.",
            "Floods inundated 17 houses.",
            'b4.1: "17" has no source in: «Floods inundated 17 houses.»',
        ),
        (
            "quotation",
            '"Air surut," kata Agus.',
            "The water recedes, Agus said.",
            "b4.1: a quotation is missing or invented: «The water recedes, Agus said.»",
        ),
        ("loop", "Air surut.", "x " * 100, f"b4.1: the translation repeats itself; compare it "
         f"with the source: «{('x ' * 100)[:119].rstrip()}…»"),
        ("name_invented", "Air surut.", "The water recedes.",
         "b4.1: a name has no source: «The water recedes.»"),
    ],
)  # fmt: skip
def test_flag_warning(flag: str, source: str, target: str, message: str) -> None:
    assert flag_warning("b4.1", flag, target, facts_of(source, target)) == message


def test_missing_term() -> None:
    terms = [TermUse("KPK", "KPK", 0, 3, True), TermUse("bupati", "regent", 9, 15, False)]
    assert flag_warning("b1.2", "term_missing", "The KPK held him.", (), terms) == (
        'b1.2: "regent" is missing from: «The KPK held him.»'
    )
