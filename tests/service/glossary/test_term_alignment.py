"""The span of a target that translates a term."""

from __future__ import annotations

import pytest

from service.glossary.alignment import aligned_span


@pytest.mark.parametrize(
    ("target", "linked", "others", "phrase", "expected"),
    [
        ("The ruler of the land spoke.", "ruler", "land spoke", "regent", "ruler"),
        ("He said so.", "", "He said", "regent", None),
        # A word that also stands for another is not the term's.
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
        # Another word or a sign ends the run.
        ("North and wild South Sea", "North Sea", "wild", "Java Sea", "North"),
        ("Rulers, lords", "Rulers lords", "", "regents", "Rulers"),
        # A word that the phrase repeats.
        ("its key rate at", "key", "its rate at", "policy rate", "key rate"),
        ("the chief of men", "of men", "", "chief officer", "chief of men"),
    ],
)  # fmt: skip
def test_aligned_span(
    target: str, linked: str, others: str, phrase: str, expected: str | None
) -> None:
    links = [
        ((place, place + 5), (target.index(word), target.index(word) + len(word)))
        for place, words in ((0, linked), (10, others))
        for word in words.split()
    ]
    span = aligned_span(target, links, (0, 5), phrase)
    assert (None if span is None else target[slice(*span)]) == expected
