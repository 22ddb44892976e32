import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.documents.manuscript import Manuscript, canonical


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Satu.\r\nDua.\rTiga.", "Satu.\nDua.\nTiga."),
        ("Satu. \t\n\nDua.\u00a0\n", "Satu.\n\nDua."),
        ("Kafe\u0301", "Kaf\u00e9"),
        ("  Satu.", "  Satu."),
        ("Satu  dua.", "Satu  dua."),
        ("\n\n", ""),
        ("", ""),
    ],
)
def test_canonical(text: str, form: str) -> None:
    assert canonical(text) == form


@given(st.text())
def test_canonical_text_stays_the_same(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@pytest.mark.alone
def test_ten_million_blanks_take_no_time() -> None:
    began = time.perf_counter()
    assert canonical("a" + " " * 10_000_000 + "b").endswith(" b")
    assert time.perf_counter() - began < 2


def test_each_input_format_has_its_own_content() -> None:
    contents = [
        Manuscript.from_text("Satu.").content,
        Manuscript.from_fields(None, "Satu.").content,
        Manuscript.from_fields(None, ["Satu."]).content,
        Manuscript.from_fields("Satu.", "").content,
    ]
    assert contents == [
        ["text", "Satu."],
        ["fields", None, "Satu."],
        ["fields", None, ("Satu.",)],
        ["fields", "Satu.", ""],
    ]


def test_all_fields_count() -> None:
    assert Manuscript.from_text("Satu.").characters == 5
    assert Manuscript.from_fields("Banjir", ["Satu.", "Dua."]).characters == 15
