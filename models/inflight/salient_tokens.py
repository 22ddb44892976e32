"""The tokens that a reader would miss: of two hypotheses that differ in one of these, neither can
stand for the other."""

from __future__ import annotations

from collections.abc import Iterable

# How a token begins that begins a word: what a space is written as.
_SPACE = "▁"

# What says nothing by itself.
_PLAIN = f"{_SPACE} ,."

# English words without a capital that say how many, of what, or that it is not so.
_WORDS = frozenset(
    """
    no not n't nor never none nothing nobody neither without cannot
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    twenties thirties forties fifties sixties seventies eighties nineties
    first second third fourth fifth sixth seventh eighth ninth tenth twelfth hundredth thousandth
    once twice single double triple both pair couple twin twins trio dozen noon midday midnight
    half third thirds quarter quarters
    hundred thousand million billion trillion tn trn bn mn m k b
    tens dozens scores decades hundreds thousands millions billions trillions
    percent percentage pct rupiah rupiahs dollar dollars euro euros yen yuan ringgit pound pounds
    km kms kilometer kilometers kilometre kilometres meter meters metre metres cm centimeter
    centimeters centimetre centimetres mm millimeter millimeters millimetre millimetres kg kilogram
    kilograms gram grams ton tons tonne tonnes liter liters litre litres hectare hectares ha
    second seconds minute minutes hour hours day days week weeks month months year years century
    centuries degree degrees mile miles foot feet
    """.split()
)


def told(tokens: Iterable[str]) -> frozenset[int]:
    """The ids of those of a vocabulary that have a capital, a digit, a quotation mark or another
    sign but a comma or a full stop, or are a negation, a number or what it counts."""
    return frozenset(number for number, token in enumerate(tokens) if _tells(token.strip(_PLAIN)))


def _tells(text: str) -> bool:
    return bool(text) and (text in _WORDS or not (text.isalpha() and text.islower()))


def within_words(tokens: Iterable[str]) -> frozenset[int]:
    """The ids of those that go on with a word, or with a number: after one that is told they are
    part of it, as in `1.5` and `1,5`."""
    return frozenset(
        number
        for number, token in enumerate(tokens)
        if token[:1].isalpha() or token[:1] in {",", "."}
    )
