"""Figures of the word alignment: its links beside hand-made ones, and its sense of what is missing.

Alignment error rate (Och and Ney 2003) needs sure and possible links, from a TOML file (see
`tests/models/alignment/gold.toml`). For the other figure, a clause is cut out of the English of each line,
and the area under the curve says how well a value of the coverage tells cut lines from whole ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np

from models.alignment.aligner import Aligner
from models.alignment.words import words
from scripts.training.corpora import CorpusError

_LEAST_WORDS = 4
_IN_A_ROW = 5
# Where a clause may begin: after a comma or the like, or at a word that opens one.
_BOUNDARY = re.compile(
    r"(?<=[,;:–—])\s+|\s+(?=(?:and|but|which|who|that|while|after|before|because|when|where|"
    r"although|as|since|if|with|for|in|to|by)\s)"
)


@dataclass(frozen=True, slots=True)
class Gold:
    """A pair of sentences with its links by hand; the possible ones include the sure."""

    source: str
    target: str
    sure: frozenset[tuple[int, int]]
    possible: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Score:
    """Alignment error rate, 0 (best) to 1; the share of links made that are possible; and of sure
    links that were made."""

    error: float
    precision: float
    recall: float


def read_gold(path: Path) -> dict[str, list[Gold]]:
    """The pairs of each part of the file. Raises `CorpusError`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return {part: [_gold(**entry) for entry in entries] for part, entries in content.items()}
    except (OSError, ValueError, TypeError) as error:
        raise CorpusError(f"{path}: {error}") from error


def _gold(id: str, en: str, sure: str, possible: str) -> Gold:
    sides = _numbered(id), _numbered(en)

    def links(text: str) -> frozenset[tuple[int, int]]:
        halves = [_halves(link, sides) for link in text.split()]
        return frozenset((sides[0][left], sides[1][right]) for left, right in halves)

    certain = links(sure)
    return Gold(id, en, certain, certain | links(possible))


def _halves(link: str, sides: tuple[dict[str, int], dict[str, int]]) -> tuple[str, str]:
    """The two words of a link; either may have a colon of its own."""
    parts = link.split(":")
    for at in range(1, len(parts)):
        halves = ":".join(parts[:at]), ":".join(parts[at:])
        if halves[0] in sides[0] and halves[1] in sides[1]:
            return halves
    raise ValueError(f"no such words: {link!r}")


def _numbered(text: str) -> dict[str, int]:
    """Words to their indexes; the second `the` is `the#2`."""
    found: dict[str, int] = {}
    for index, word in enumerate(words(text)):
        name, times = word.text, 1
        while name in found:
            times += 1
            name = f"{word.text}#{times}"
        found[name] = index
    return found


def error_rate(aligner: Aligner, pairs: Sequence[Gold]) -> Score:
    """How the aligner's links compare with those made by hand."""
    surely = maybe = made = sure = 0
    for pair in pairs:
        links = set(aligner.align(pair.source, pair.target).links)
        surely += len(links & pair.sure)
        maybe += len(links & pair.possible)
        made += len(links)
        sure += len(pair.sure)
    return Score(1 - (surely + maybe) / (made + sure), maybe / max(made, 1), surely / sure)


def without_clause(text: str, random: Random) -> str | None:
    """The text with a clause of four words or more cut out, or nothing where none can be."""
    ends = [0, *(match.end() for match in _BOUNDARY.finditer(text)), len(text)]
    clauses = [
        (start, end)
        for start, end in pairwise(ends)
        if len(words(text[start:end])) >= _LEAST_WORDS
        and len(words(text[:start] + text[end:])) >= _LEAST_WORDS
    ]
    if not clauses:
        return None
    start, end = random.choice(clauses)
    return text[:start] + text[end:]


def measures() -> dict[str, Callable[[Sequence[float]], float]]:
    """What may be made of the coverage of a sentence's words, by name."""
    return {
        "mean coverage": _mean,
        "least coverage of a word": min,
        f"least mean coverage of {_IN_A_ROW} words in a row": _least_run,
    }


def _mean(coverage: Sequence[float]) -> float:
    return sum(coverage) / len(coverage)


def _least_run(coverage: Sequence[float]) -> float:
    size = min(_IN_A_ROW, len(coverage))
    return min(_mean(coverage[at : at + size]) for at in range(len(coverage) - size + 1))


def cut_and_whole(pairs: Sequence[tuple[str, str]], seed: int) -> list[tuple[str, str, str]]:
    """Source, whole target and cut target of every pair that can be cut."""
    random = Random(seed)
    found = []
    for source, target in pairs:
        cut = without_clause(target, random)
        if cut is not None:
            found.append((source, target, cut))
    return found


def area(whole: Sequence[float], cut: Sequence[float]) -> float:
    """The chance that a whole line's value is above a cut line's (ties count half)."""
    values = np.concatenate([cut, whole])
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    above = ranks[len(cut) :].sum() - len(whole) * (len(whole) + 1) / 2
    return float(above / (len(whole) * len(cut)))
