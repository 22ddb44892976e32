"""The rules of a sender for the elements of a fragment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TagRules:
    """Names of elements, by what happens to the text in them.

    Text in `ignored` elements is not translated. `splitting` elements begin and end sentences,
    `non_splitting` ones do not. With `outline`, the structure of XML shows the others.
    """

    ignored: frozenset[str] = frozenset()
    splitting: frozenset[str] = frozenset()
    non_splitting: frozenset[str] = frozenset()
    outline: bool = True


NO_RULES = TagRules()
