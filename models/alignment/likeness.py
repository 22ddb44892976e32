"""How alike two words are that may be one name, or one loan, in two spellings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# English and Indonesian ways to write one sound, brought together: `Rusia` and `Russia`,
# `inflasi` and `inflation`, `organisasi` and `organization`, `kuota` and `quota`.
_ENDINGS = re.compile(
    r"(?:(?P<si>[ts]ions?)|(?P<itas>ity)|(?P<ik>ical|ics?)|(?P<is>ists?)|(?P<isme>isms?))$"
)
_SOUNDS = (
    ("ph", "f"),
    ("th", "t"),
    ("sch", "sk"),
    ("sh", "s"),
    ("sy", "s"),
    ("ch", "s"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "si"),
    ("c", "k"),
    ("qu", "ku"),
    ("x", "ks"),
    ("y", "i"),
    ("v", "f"),
    ("z", "s"),
    ("oe", "u"),
    ("ou", "u"),
    ("oo", "u"),
    ("w", "u"),
)
_TWICE = re.compile(r"(.)\1+")
# From here on likeness is no accident.
ALIKE = 0.7
# A shorter word is too often like another by chance, and no name is longer.
_SHORTEST, _LONGEST = 4, 40


def likeness(one: str, other: str) -> float:
    """Dice's coefficient of the two words' pairs of letters, spelling set aside: 0 to 1."""
    ours, theirs = letters(one), letters(other)
    if not ours or not theirs:
        return 0.0
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


@lru_cache(maxsize=4096)
def _letters(word: str) -> frozenset[str]:
    plain = spelling(word)
    return frozenset(map("".join, zip("^" + plain, plain, strict=False)))


def letters(word: str) -> frozenset[str]:
    """The pairs of letters of a lower-case word; none where it is too short or long."""
    return _letters(word) if _SHORTEST <= len(word) <= _LONGEST else frozenset()


def spelling(word: str) -> str:
    """A lower-case word as either language might write it."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if c.isalpha())
    plain = _ENDINGS.sub(lambda match: match.lastgroup or "", plain)
    for sound, instead in _SOUNDS:
        plain = plain.replace(sound, instead)
    return _TWICE.sub(r"\1", plain)
