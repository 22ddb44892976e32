"""The salient tokens: names, numbers, units, quotation marks, negations.

If two hypotheses differ in one of these tokens, pruning does not drop one as a copy of the other.
"""

from __future__ import annotations

from collections.abc import Iterable

# A token that begins a word starts with this mark, which stands for a space.
_SPACE = "▁"

# Characters that carry no meaning alone.
_PLAIN = f"{_SPACE} ,."

# English words in lower case for numbers, units and negations.
_WORDS = frozenset(
    """
    no not n't nor never none nothing nobody neither without cannot
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    twenties thirties forties fifties sixties seventies eighties nineties
    first second third fourth fifth sixth seventh eighth ninth tenth twelfth hundredth thousandth
    once twice single double doubled doubles doubling triple tripled both pair couple twin twins
    trio dozen noon midday midnight
    half third thirds quarter quarters
    hundred thousand million billion trillion tn trn bn mn m k b
    tens dozens scores decades hundreds thousands millions billions trillions
    percent percentage pct rupiah rupiahs dollar dollars euro euros yen yuan ringgit pound pounds
    kilo kilos
    km kms kilometer kilometers kilometre kilometres meter meters metre metres cm centimeter
    centimeters centimetre centimetres mm millimeter millimeters millimetre millimetres kg kilogram
    kilograms gram grams ton tons tonne tonnes liter liters litre litres hectare hectares ha
    second seconds minute minutes hour hours day days week weeks month months year years century
    centuries degree degrees mile miles foot feet
    """.split()
)


def salient_ids(vocabulary: Iterable[str]) -> frozenset[int]:
    """Return the ids of the salient tokens of a vocabulary.

    They contain a capital letter, a digit, a quotation mark or another sign. Commas and full stops
    alone are not salient. Words for numbers, units and negations are.
    """
    return frozenset(
        number for number, token in enumerate(vocabulary) if _is_salient(token.strip(_PLAIN))
    )


def _is_salient(text: str) -> bool:
    return bool(text) and (text in _WORDS or not (text.isalpha() and text.islower()))


def continuation_ids(vocabulary: Iterable[str]) -> frozenset[int]:
    """Return the ids that may continue a word or a number, as in `1.5`."""
    return frozenset(
        number
        for number, token in enumerate(vocabulary)
        if token[:1].isalpha() or token[:1] in {",", "."}
    )
