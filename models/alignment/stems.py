"""What an unknown word may be a form of, in Indonesian and in English, by its affixes alone.

The candidates are guesses: whoever asks takes the first that is a word it knows. Affixes after
Sneddon et al., Indonesian Reference Grammar (2010), chapter 1.
"""

from __future__ import annotations

_PARTICLES = ("lah", "kah", "pun")
_PRONOUNS = ("nya", "ku", "mu")
_SUFFIXES = ("kan", "an", "i")
# A prefix, and what may have stood in the place of its last sound.
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
_LEAST = 3
# No word with meaning is longer.
_LONGEST = 40


def indonesian(word: str) -> list[str]:
    """Forms that a lower-case word may be derived from, the nearest to it first."""
    if len(word) > _LONGEST:
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
    """Forms that a lower-case word may be an inflection of, the nearest to it first."""
    if len(word) > _LONGEST:
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
    return form.removesuffix(end) if len(form) >= len(end) + _LEAST else form


def _without_prefix(form: str) -> list[str]:
    return [
        tail + rest
        for prefix, tails in _PREFIXES
        if form.startswith(prefix) and len(rest := form.removeprefix(prefix)) >= _LEAST - 1
        for tail in tails
    ]


def _nearest(word: str, forms: set[str]) -> list[str]:
    kept = (form for form in forms if len(form) >= _LEAST and form != word)
    return sorted(kept, key=lambda form: (-len(form), form))
