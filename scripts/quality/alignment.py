"""Figures of the word alignment: error rate, and detection of omissions.

Alignment error rate (Och and Ney 2003) needs sure and possible links, from a TOML file such as
`tests/models/alignment/gold.toml`. For omissions, a clause is cut from the English of each line.
The area under the ROC curve then says how well the coverage separates cut lines from whole ones.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random

from models.alignment.aligner import Aligner
from models.alignment.words import words
from scripts.training.corpora import CorpusError

_MIN_WORDS = 4
_RUN_WORDS = 5
# A clause may begin after punctuation, or at a conjunction or preposition.
_BOUNDARY = re.compile(
    r"(?<=[,;:–—])\s+|\s+(?=(?:and|but|which|who|that|while|after|before|because|when|where|"
    r"although|as|since|if|with|for|in|to|by)\s)"
)


@dataclass(frozen=True, slots=True)
class Gold:
    """A pair of sentences with manual links; possible ones include sure."""

    source: str
    target: str
    sure: frozenset[tuple[int, int]]
    possible: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Score:
    """Alignment error rate from 0 (best) to 1, precision, and recall.

    Precision is the share of the aligner's links that are possible. Recall is the share of sure
    links that it found.
    """

    error: float
    precision: float
    recall: float


def read_gold(path: Path) -> dict[str, list[Gold]]:
    """Read the pairs of each part of the file. Raises `CorpusError`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        return {part: [_gold(**entry) for entry in entries] for part, entries in content.items()}
    except (OSError, ValueError, TypeError) as error:
        raise CorpusError(f"{path}: {error}") from error


def _gold(id: str, en: str, sure: str, possible: str) -> Gold:
    source, target = _numbered(id), _numbered(en)

    def links(text: str) -> frozenset[tuple[int, int]]:
        return frozenset(_link(link, source, target) for link in text.split())

    certain = links(sure)
    return Gold(id, en, certain, certain | links(possible))


def _link(link: str, source: Mapping[str, int], target: Mapping[str, int]) -> tuple[int, int]:
    """Return the indexes of both words; a word may contain a colon too."""
    parts = link.split(":")
    for at in range(1, len(parts)):
        left, right = ":".join(parts[:at]), ":".join(parts[at:])
        if left in source and right in target:
            return source[left], target[right]
    raise ValueError(f"the sentences have no words for the link {link!r}")


def _numbered(text: str) -> dict[str, int]:
    """Map words to their indexes; the second `the` is `the#2`."""
    found: dict[str, int] = {}
    for index, word in enumerate(words(text)):
        name, times = word.text, 1
        while name in found:
            times += 1
            name = f"{word.text}#{times}"
        found[name] = index
    return found


def error_rate(aligner: Aligner, pairs: Sequence[Gold]) -> Score:
    """Compare the aligner's links with the manual ones."""
    found_sure = found_possible = found = sure = 0
    for pair in pairs:
        links = set(aligner.align(pair.source, pair.target).links)
        found_sure += len(links & pair.sure)
        found_possible += len(links & pair.possible)
        found += len(links)
        sure += len(pair.sure)
    return Score(
        1 - (found_sure + found_possible) / (found + sure),
        found_possible / max(found, 1),
        found_sure / sure,
    )


def without_clause(text: str, random: Random) -> str | None:
    """Cut a random clause, or return None.

    The clause and the remaining text have four words or more each.
    """
    ends = [0, *(match.end() for match in _BOUNDARY.finditer(text)), len(text)]
    clauses = [
        (start, end)
        for start, end in pairwise(ends)
        if len(words(text[start:end])) >= _MIN_WORDS
        and len(words(text[:start] + text[end:])) >= _MIN_WORDS
    ]
    if not clauses:
        return None
    start, end = random.choice(clauses)
    return text[:start] + text[end:]


def measures() -> dict[str, Callable[[Sequence[float]], float]]:
    """Return functions of the coverage of a sentence's words, by name."""
    return {
        "mean coverage": _mean,
        "least coverage of a word": min,
        f"least mean coverage of {_RUN_WORDS} words in a row": _min_run,
    }


def _mean(coverage: Sequence[float]) -> float:
    return sum(coverage) / len(coverage)


def _min_run(coverage: Sequence[float]) -> float:
    size = min(_RUN_WORDS, len(coverage))
    return min(_mean(coverage[at : at + size]) for at in range(len(coverage) - size + 1))


def cut_and_whole(pairs: Sequence[tuple[str, str]], seed: int) -> list[tuple[str, str, str]]:
    """Return source, target and cut target of pairs with a clause to cut."""
    random = Random(seed)
    found = []
    for source, target in pairs:
        cut = without_clause(target, random)
        if cut is not None:
            found.append((source, target, cut))
    return found
