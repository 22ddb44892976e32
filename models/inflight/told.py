"""The tokens that a reader would miss: of two hypotheses that differ in one of these, neither can
stand for the other."""

from __future__ import annotations

from collections.abc import Iterable

# Characters that say nothing by themselves; a space is written as the first.
_PLAIN = "▁ ,."

# Words without a capital that say how many, or that it is not so.
_WORDS = frozenset(
    """
    no not n't nor never none nothing nobody neither without
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred hundreds thousand thousands million millions billion billions trillion trillions
    dozen dozens half third quarter first second once twice percent
    """.split()
)


def told(tokens: Iterable[str]) -> frozenset[int]:
    """The ids of those of a vocabulary that have a capital, a digit, a quotation mark or another
    sign but a comma or a full stop, or are a number or a negation."""
    return frozenset(number for number, token in enumerate(tokens) if _tells(token.strip(_PLAIN)))


def _tells(text: str) -> bool:
    return bool(text) and (text in _WORDS or not (text.isalpha() and text.islower()))
