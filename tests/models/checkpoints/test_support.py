"""The support of a summary's sentence by its sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.checkpoints.support import supporting, unsupported

FLOOD = [
    "Banjir merendam 1.240 rumah di Demak pada Selasa (18/2/2025).",
    "Bupati Siti Aminah mengatakan lima orang tewas.",
    "Pemerintah tidak akan menambah anggaran Rp1,5 triliun.",
    "Warga mengungsi ke balai desa.",
]
BUDGET = [
    "The ministry will not cut its budget of Rp1.5 trillion, Ahmad Rifai said.",
    "Rifai's office employs 2,300 people in Bandung.",
    "Three schools closed in January.",
]


@pytest.mark.parametrize(
    ("sentence", "sources", "expected"),
    [
        (FLOOD[0], FLOOD, ([0], 1.0)),
        ("Sebanyak 1.240 rumah di Demak terendam banjirnya.", FLOOD, ([0], 0.8)),
        ("Banjir di Demak, lima orang tewas, warga mengungsi.", FLOOD, ([0, 1, 3], 1.0)),
        ("Siti Aminah mengatakan Demak banjir.", FLOOD, ([0, 1], 1.0)),
        # One plain word does not justify another source.
        ("Bupati Siti Aminah ke balai.", FLOOD, ([1], 0.75)),
        # The first of equal sources.
        ("Warga mengungsi.", [FLOOD[3], FLOOD[3]], ([0], 1.0)),
        # The number of another sentence supports nothing.
        ("Lima rumah roboh.", FLOOD, ([0], 1 / 3)),
        ("The ministry cut its budget.", BUDGET, ([0], 1.0)),
        ("Harga beras naik.", FLOOD, ([], 0.0)),
        ("", FLOOD, ([], 0.0)),
        ("Ini dan itu.", FLOOD, ([], 0.0)),
        ("Banjir merendam rumah.", [], ([], 0.0)),
    ],
)
def test_supporting_sentences(
    sentence: str, sources: list[str], expected: tuple[list[int], float]
) -> None:
    chosen, share = supporting(sentence, sources)
    assert chosen == expected[0]
    assert share == pytest.approx(expected[1])


@pytest.mark.parametrize(
    ("sentence", "sources", "expected"),
    [
        ("Banjir merendam 1240 rumah di Demak, 5 orang tewas.", FLOOD, []),
        ("Banjir merendam 1.250 rumah di Kudus.", FLOOD, ["1.250", "Kudus"]),
        ("Enam orang tewas.", FLOOD, ["Enam"]),
        ("Banjir merendam lima rumah.", FLOOD, ["lima"]),
        ("Pemerintah akan menambah 1.500 miliar.", FLOOD, []),
        ("Pemerintah akan menambah 1,5 miliar.", FLOOD, ["1,5 miliar"]),
        ("Pemerintah belum menambah anggaran.", FLOOD, []),
        ("Warga tak mengungsi.", FLOOD, ["tak"]),
        # A first word may be a name, unless a form of it is known.
        ("Gubernur mengatakan lima orang tewas.", FLOOD, ["Gubernur"]),
        ("Banjirnya merendam rumah.", FLOOD, []),
        ("Pada Rabu banjir merendam rumah.", FLOOD, ["Rabu"]),
        ("Ahmad Rifai said the ministry won’t cut its budget.", BUDGET, []),
        ("The budget is 1.5 billion.", BUDGET, ["1.5 billion"]),
        ("Rifai's office employs 2.3 thousand people in Bandung.", BUDGET, []),
        ("Rifai's office employs 23% of people in Jakarta.", BUDGET, ["23%", "Jakarta"]),
        ("The office employs twenty people.", BUDGET, ["twenty"]),
        ("3 schools closed in January.", BUDGET, []),
        ("At 14:30 schools closed.", BUDGET, ["14:30"]),
        ("Satu rumah di Demak.", FLOOD, []),
        ("Banjir.", [], ["Banjir"]),
        ("", FLOOD, []),
    ],
)
def test_unsupported_facts(sentence: str, sources: list[str], expected: list[str]) -> None:
    assert unsupported(sentence, sources) == expected


@given(st.lists(st.text("aBc 1.,%-'\n", max_size=30), max_size=4))
def test_a_source_supports_itself(sources: list[str]) -> None:
    for place, source in enumerate(sources):
        chosen, share = supporting(source, sources)
        assert unsupported(source, sources) == []
        assert (chosen == [], share) in ((True, 0.0), (False, 1.0))
        assert not chosen or min(chosen) <= place
