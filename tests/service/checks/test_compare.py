"""Facts of a source and its target."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.checks.compare import Comparison, facts_of


def described(source: str, target: str) -> list[tuple[str, str, str | None, str | None]]:
    return [
        (
            fact.kind,
            fact.status,
            None if fact.source is None else fact.source.text,
            None if fact.target is None else fact.target.text,
        )
        for fact in facts_of(source, target)
    ]


@pytest.mark.parametrize(
    ("source", "target", "facts"),
    [
        (
            "Kerugian Rp1,5 triliun.",
            "The loss was Rp1.5 trillion.",
            [("amount", "converted", "1,5 triliun", "1.5 trillion")],
        ),
        (
            "Naik 4,82 persen pada Mei 2024.",
            "It rose 4.82 percent in May 2024.",
            [
                ("percentage", "converted", "4,82", "4.82"),
                ("date", "converted", "Mei 2024", "May 2024"),
            ],
        ),
        (
            "Selasa (18/2/2025) pukul 10.30 WIB.",
            "On Tuesday, February 18, 2025, at 10:30 WIB.",
            [
                ("date", "converted", "Selasa (18/2/2025", "Tuesday, February 18, 2025"),
                ("time", "converted", "10.30", "10:30"),
            ],
        ),
        (
            "Pukul 02.15 WIB.",
            "At 2:15 PM.",
            [("time", "missing", "02.15", None), ("time", "invented", None, "2:15")],
        ),
        ("Skor 2-1.", "Won 2-1.", [("score", "kept", "2", "2"), ("score", "kept", "1", "1")]),
        ("Tiga ratus orang.", "300 people.", [("number", "converted", "Tiga ratus", "300")]),
        ("Sepuluh ribu orang.", "10,000 people.", [
            ("number", "converted", "Sepuluh ribu", "10,000")]),
        ("Puluhan ribu orang.", "Tens of thousands.", [
            ("rough", "converted", "Puluhan ribu", "Tens of thousands")]),
        ("Tujuh belas orang.", "Seven people.", [
            ("number", "missing", "Tujuh belas", None), ("number", "invented", None, "Seven")]),
        ("Sekitar 10-15 persen.", "About 10-15 percent.", [
            ("percentage", "kept", "10", "10"), ("percentage", "kept", "15", "15")]),
        ("Naik 5 persen.", "Up 5.", [
            ("percentage", "missing", "5", None), ("number", "invented", None, "5")]),
        ("Naik 5 poin.", "Up 5 percent.", [
            ("number", "missing", "5", None), ("percentage", "invented", None, "5")]),
        ("Naik 2 menjadi 5 persen.", "Up from 2 to 5 percent.", [
            ("percentage", "kept", "2", "2"), ("percentage", "kept", "5", "5")]),
        ("Jumat (7/12).", "Friday (12/7).", [
            ("date", "missing", "Jumat (7/12", "Friday"), ("date", "invented", None, "12"),
            ("date", "invented", None, "7")]),
        ("Jumat (7/12).", "Friday, December 7.", [
            ("date", "converted", "Jumat (7/12", "Friday, December 7")]),
        ("Puluhan ribu orang.", "Dozens of people.", [
            ("rough", "missing", "Puluhan ribu", None), ("rough", "invented", None, "Dozens")]),
        ("Laba 2.500 (juta) rupiah.", "Profit of 2,500 (million) rupiah.", [
            ("number", "converted", "2.500", "2,500")]),
        ("Jarak 31 mil.", "A distance of 31 kilometers.", [
            ("number", "missing", "31", None), ("number", "invented", None, "31")]),
        ("Perang Dunia II.", "World War II.", [("ordinal", "kept", "II", "II")]),
        ("Abad ke-18.", "The 18th century.", [("ordinal", "kept", "18", "18")]),
        ("Seorang pedagang kaki lima.", "A street vendor.", []),
        ("Satu negara.", "A country.", []),
        ("Semen Tiga Roda.", "Tiga Roda cement.", []),
        ('Lagu "Seven Nights".', 'The song "Seven Nights".', [
            ("quotation", "kept", '"Seven Nights"', '"Seven Nights"')]),
        ('"Aman," kata dia.', "It is safe, he said.", [("quotation", "missing", '"Aman,"', None)]),
        ('"Aman," kata dia.', '"Safe," he said.', [
            ("quotation", "converted", '"Aman,"', '"Safe,"')]),
        ("Aman.", '"Safe."', [("quotation", "invented", None, '"Safe."')]),
        ("", "", []),
    ],
)  # fmt: skip
def test_facts(
    source: str, target: str, facts: list[tuple[str, str, str | None, str | None]]
) -> None:
    assert described(source, target) == facts


def test_number_with_many_digits() -> None:
    figures = "9" * 1500
    assert described(f"Pukul {figures}.", f"At {figures}.") == [
        ("number", "kept", figures, figures)
    ]


def test_equal_numbers_share_a_counterpart() -> None:
    assert described("Ada 5 dan 5.", "There are 5 of both.") == [
        ("number", "kept", "5", "5"),
        ("number", "kept", "5", "5"),
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_offsets_of_facts(source: str, target: str) -> None:
    for fact in facts_of(source, target):
        for span, text in ((fact.source, source), (fact.target, target)):
            assert span is None or text[span.start : span.end] == span.text


def test_comparison_with_another_target() -> None:
    source = "Banjir merendam 1.240 rumah."
    too_long = Comparison(source, "Floods " * 1000)
    assert too_long.numbers.missing == ()
    short = too_long.with_target("Floods inundated houses.")
    assert [source[n.start : n.end] for n in short.numbers.source] == ["1.240"]
    assert short.numbers.missing == (0,)
    right = short.with_target("Floods inundated 1,240 houses.")
    assert right.numbers.missing == ()
    assert right.with_target(right.target) is right
