"""The roots of Indonesian words.

A word in lower case comes in, a bool goes out; nothing raises. The roots, some 30,000, are those of
the package Sastrawi (from Kateglo). The rules that remove affixes are generous: an unknown word is
hardly Indonesian, but may be a name.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_LENGTH = 40
_MIN_ROOT_LENGTH = 3
_PARTICLES = ("", "lah", "kah", "pun", "tah")
_POSSESSIVES = ("", "nya", "ku", "mu")
_SUFFIXES = ("", "kan", "an", "i", "wan", "wati", "isme", "isasi")
# A prefix, and the letter that the root loses to it: `menulis` is meN- and `tulis`.
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


def is_known(word: str) -> bool:
    """Return whether the word has a known root."""
    if len(word) > _MAX_LENGTH:
        return False
    roots = _roots()
    if word in roots:
        return True
    return any(_has_root(stem, roots, _MAX_PREFIXES) for stem in _without_suffixes(word))


def is_root(word: str) -> bool:
    """Return whether the word itself is a root."""
    return word in _roots()


@cache
def _roots() -> frozenset[str]:
    listed = (files("Sastrawi") / "Stemmer/data/kata-dasar.txt").read_text(encoding="utf-8")
    return frozenset(word for word in listed.split() if len(word) >= _MIN_ROOT_LENGTH)


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
    if len(stem) < _MIN_ROOT_LENGTH:
        return False
    if stem in roots:
        return True
    return prefixes > 0 and any(
        _has_root(lost + stem.removeprefix(prefix), roots, prefixes - 1)
        for prefix, lost in _PREFIXES
        if stem.startswith(prefix)
    )
