"""Whether a word is Indonesian, by its root.

A word in small letters comes in, yes or no goes out; nothing raises. The roots, some 30,000, are
those of the package Sastrawi (from Kateglo). Affixes are taken off by the rules of the grammar,
generously: what is not known here is hardly a word, but may be a name or foreign.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 40
_SHORTEST_ROOT = 3
_PARTICLES = ("", "lah", "kah", "pun", "tah")
_POSSESSIVES = ("", "nya", "ku", "mu")
_SUFFIXES = ("", "kan", "an", "i", "wan", "wati", "isme", "isasi")
# A prefix, and what the root may have lost to it: `menulis` is meN- and `tulis`.
_PREFIXES = (
    *((prefix, "") for prefix in "di ke se ku kau ber be bel ter te per pe pel me".split()),
    *((prefix, "") for prefix in "antar pasca pra non anti".split()),
    *(
        (own + nasal, lost)
        for own in ("me", "pe")
        for nasal, lost in (
            *(("m", ""), ("m", "p"), ("n", ""), ("n", "t"), ("ng", ""), ("ng", "k")),
            *(("nge", ""), ("ny", "s")),
        )
    ),
)
_MAX_PREFIXES = 3


@lru_cache(maxsize=65_536)
def is_known(word: str) -> bool:
    """Whether the word has a root that is known."""
    if len(word) > _LONGEST:
        return False
    roots = _roots()
    if word in roots:
        return True
    return any(_has_root(stem, roots, _MAX_PREFIXES) for stem in _without_suffixes(word))


@cache
def _roots() -> frozenset[str]:
    listed = (files("Sastrawi") / "Stemmer/data/kata-dasar.txt").read_text(encoding="utf-8")
    return frozenset(word for word in listed.split() if len(word) >= _SHORTEST_ROOT)


def _without_suffixes(word: str) -> Iterator[str]:
    for particle in _PARTICLES:
        if word.endswith(particle):
            bare = word.removesuffix(particle)
            for possessive in _POSSESSIVES:
                if bare.endswith(possessive):
                    own = bare.removesuffix(possessive)
                    for suffix in _SUFFIXES:
                        if own.endswith(suffix):
                            yield own.removesuffix(suffix)


def _has_root(stem: str, roots: frozenset[str], prefixes: int) -> bool:
    if len(stem) < _SHORTEST_ROOT:
        return False
    if stem in roots:
        return True
    return prefixes > 0 and any(
        _has_root(lost + stem.removeprefix(prefix), roots, prefixes - 1)
        for prefix, lost in _PREFIXES
        if stem.startswith(prefix)
    )


def is_root(word: str) -> bool:
    """Whether the word stands in the list of roots as it is."""
    return word in _roots()
