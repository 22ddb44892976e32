"""The possible stems of an unknown word in Indonesian and English.

They are guesses from the affixes; the caller uses the first that it knows. The affixes follow
Sneddon et al., Indonesian Reference Grammar (2010), chapter 1.
"""

from __future__ import annotations

_PARTICLES = ("lah", "kah", "pun")
_PRONOUNS = ("nya", "ku", "mu")
_SUFFIXES = ("kan", "an", "i")
# A prefix, and the letters that its last sound may replace.
_PREFIXES = (
    ("memper", ("",)),
    ("diper", ("",)),
    ("meng", ("", "k")),
    ("meny", ("s",)),
    ("mem", ("", "p")),
    ("men", ("", "t")),
    ("me", ("",)),
    ("peng", ("", "k")),
    ("peny", ("s",)),
    ("pem", ("", "p")),
    ("pen", ("", "t")),
    ("per", ("",)),
    ("pel", ("",)),
    ("pe", ("",)),
    ("ber", ("",)),
    ("bel", ("",)),
    ("be", ("",)),
    ("ter", ("",)),
    ("di", ("",)),
    ("ke", ("",)),
    ("se", ("",)),
    ("ku", ("",)),
)
_MIN_LENGTH = 3
# Longer strings are not words.
_MAX_LENGTH = 40


def indonesian(word: str) -> list[str]:
    """Return possible stems of a lower-case word, the nearest first."""
    if len(word) > _MAX_LENGTH:
        return []
    found = {word}
    if "-" in word:
        found.update(word.split("-"))
    for endings in (_PARTICLES, _PRONOUNS, _SUFFIXES):
        found |= {_without_end(form, end) for form in found for end in endings}
    for _ in range(2):
        found |= {form for known in found for form in _without_prefix(known)}
    return _nearest(word, found)


def english(word: str) -> list[str]:
    """Return possible stems of a lower-case word, the nearest first."""
    if len(word) > _MAX_LENGTH:
        return []
    found = set()
    for end, instead in (
        ("ies", ("y",)),
        ("es", ("", "e")),
        ("s", ("",)),
        ("ied", ("y",)),
        ("ed", ("", "e")),
        ("d", ("",)),
        ("ing", ("", "e")),
        ("ly", ("",)),
        ("er", ("", "e")),
        ("est", ("", "e")),
        ("n't", ("",)),
    ):
        if word.endswith(end):
            stem = word.removesuffix(end)
            found |= {stem + tail for tail in instead}
            if stem[-1:] == stem[-2:-1]:
                found.add(stem[:-1])
    return _nearest(word, found)


def _without_end(form: str, end: str) -> str:
    return form.removesuffix(end) if len(form) >= len(end) + _MIN_LENGTH else form


def _without_prefix(form: str) -> list[str]:
    return [
        tail + rest
        for prefix, tails in _PREFIXES
        if form.startswith(prefix) and len(rest := form.removeprefix(prefix)) >= _MIN_LENGTH - 1
        for tail in tails
    ]


def _nearest(word: str, forms: set[str]) -> list[str]:
    stems = (form for form in forms if len(form) >= _MIN_LENGTH and form != word)
    return sorted(stems, key=lambda form: (-len(form), form))
