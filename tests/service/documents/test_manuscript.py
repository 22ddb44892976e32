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
def test_canonical_once_is_canonical(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@pytest.mark.alone
def test_ten_million_blanks_take_no_time() -> None:
    began = time.perf_counter()
    assert canonical("a" + " " * 10_000_000 + "b").endswith(" b")
    assert time.perf_counter() - began < 2


def test_forms_differ_and_parts_are_kept_apart() -> None:
    contents = [
        Manuscript.pasted("Satu.").content,
        Manuscript.in_parts(None, "Satu.").content,
        Manuscript.in_parts(None, ["Satu."]).content,
        Manuscript.in_parts("Satu.", "").content,
    ]
    assert contents == [
        ["text", "Satu."],
        ["fields", None, "Satu."],
        ["fields", None, ("Satu.",)],
        ["fields", "Satu.", ""],
    ]


def test_everything_that_was_sent_counts() -> None:
    assert Manuscript.pasted("Satu.").characters == 5
    assert Manuscript.in_parts("Banjir", ["Satu.", "Dua."]).characters == 15
