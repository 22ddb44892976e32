"""Edits of a text: their application and composition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of `text[start:end]` into `after`."""

    kind: str
    start: int
    end: int
    after: str

    @property
    def growth(self) -> int:
        """The number of characters that the edit adds."""
        return len(self.after) - (self.end - self.start)


class _Placed(NamedTuple):
    """An edit and its span in the text between two lists of edits."""

    start: int
    end: int
    is_newer: bool
    edit: Edit


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after edits that are in order and do not overlap."""
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.after]
        at = edit.end
    return "".join([*parts, text[at:]])


def compose(middle: str, first: list[Edit], second: list[Edit]) -> list[Edit]:
    """Return the edits that do `first` and then `second` at once.

    `middle` is the text after `first`. Each list is in order and does not overlap. Edits of both
    that overlap become one.
    """
    if not first:
        return second
    placed = [*_shifted(first), *(_Placed(e.start, e.end, True, e) for e in second)]
    placed.sort(key=lambda one: one[:3])
    composed: list[Edit] = []
    shift = 0
    for cluster in _clusters(placed):
        start, end = cluster[0].start, max(one.end for one in cluster)
        newer = [one.edit for one in cluster if one.is_newer]
        older = [one.edit for one in cluster if not one.is_newer]
        growth = sum(edit.growth for edit in older)
        inner = [Edit(e.kind, e.start - start, e.end - start, e.after) for e in newer]
        after = apply(middle[start:end], inner)
        kind = (newer or older)[-1].kind
        composed.append(Edit(kind, start - shift, end - shift - growth, after))
        shift += growth
    return composed


def _shifted(edits: Iterable[Edit]) -> Iterator[_Placed]:
    """Yield the edits with their spans in the text that they make."""
    shift = 0
    for edit in edits:
        start = edit.start + shift
        shift += edit.growth
        yield _Placed(start, start + len(edit.after), False, edit)


def _clusters(placed: Sequence[_Placed]) -> Iterator[Sequence[_Placed]]:
    """Yield the runs of edits that overlap."""
    first = 0
    while first < len(placed):
        end, last = placed[first].end, first + 1
        while last < len(placed) and placed[last].start < end:
            end = max(end, placed[last].end)
            last += 1
        yield placed[first:last]
        first = last
