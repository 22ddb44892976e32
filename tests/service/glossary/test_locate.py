"""Where in a target a term was translated."""

from __future__ import annotations

import pytest

from service.glossary.locate import place_of


@pytest.mark.parametrize(
    ("target", "ours", "others", "phrase", "expected"),
    [
        ("The ruler of the land spoke.", "ruler", "land spoke", "regent", "ruler"),
        ("He said so.", "", "He said", "regent", None),
        # What stands for another word too is not the term's.
        ("The ruler spoke.", "ruler", "ruler spoke", "regent", None),
        # The rest of a name.
        ("In the Ministry of Finance now.", "Finance", "now", "Industry Ministry",
         "Ministry of Finance"),
        ("The Metro Jaya Police said.", "Metro Jaya", "said", "Jakarta Police",
         "Metro Jaya Police"),
        ("said Minister of Religion Sari", "Minister", "said Sari", "Minister",
         "Minister of Religion"),
        ("In the Ministry of Finance Jakarta.", "Finance", "Jakarta", "Industry Ministry",
         "Ministry of Finance"),
        ("The Board of the Bank met.", "Board", "met Bank", "Agency", "Board"),
        ("the old ministry of finance", "finance", "", "ministry", "finance"),
        # What another word parts, or a sign.
        ("North and wild South Sea", "North Sea", "wild", "Java Sea", "North"),
        ("Rulers, lords", "Rulers lords", "", "regents", "Rulers"),
        # A word that the phrase brings with it.
        ("its key rate at", "key", "its rate at", "policy rate", "key rate"),
        ("the chief of men", "of men", "", "chief officer", "chief of men"),
    ],
)  # fmt: skip
def test_place_of(target: str, ours: str, others: str, phrase: str, expected: str | None) -> None:
    links = [
        ((place, place + 5), (target.index(word), target.index(word) + len(word)))
        for place, words in ((0, ours), (10, others))
        for word in words.split()
    ]
    span = place_of(target, links, (0, 5), phrase)
    assert (None if span is None else target[slice(*span)]) == expected
