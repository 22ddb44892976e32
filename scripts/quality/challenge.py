"""The challenge set: difficult sentences with automatic checks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.checks.faults import echoes, in_source_language, loops

_STRAIGHT = str.maketrans("“”’‘", "\"\"''")

PATH = Path(__file__).with_name("challenge.toml")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A source, a good translation, and patterns it must have and lack."""

    source: str
    good: str
    has: list[str]
    lacks: list[str]


@dataclass(frozen=True, slots=True)
class Phenomenon:
    """Sentences with one kind of difficulty."""

    title: str
    sentences: list[Sentence]


def read_challenge(path: Path = PATH) -> dict[str, Phenomenon]:
    """Read the phenomena by name, in the file's order."""
    return {
        name: Phenomenon(
            entry["title"],
            [
                Sentence(
                    sentence["source"],
                    sentence["good"],
                    sentence["has"],
                    sentence.get("lacks", []),
                )
                for sentence in entry["sentences"]
            ],
        )
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


def faults(sentence: Sentence, hypothesis: str) -> list[str]:
    """Describe each fault of a translation; none if it passes."""
    wrong = []
    if not hypothesis.strip():
        return ["empty"]
    source_words, target_words = len(sentence.source.split()), len(hypothesis.split())
    if target_words > 3 * source_words + 6 or 3 * target_words < source_words - 3:
        wrong.append(f"{target_words} words for {source_words}")
    if loops(hypothesis, sentence.source):
        wrong.append("repeats itself")
    if echoes(sentence.source, hypothesis) or in_source_language(hypothesis):
        wrong.append("still Indonesian")
    # Straight and curly quotation marks are a matter of style.
    plain = hypothesis.translate(_STRAIGHT)
    wrong += [f"lacks /{pattern}/" for pattern in sentence.has if not _found(pattern, plain)]
    wrong += [f"has /{pattern}/" for pattern in sentence.lacks if _found(pattern, plain)]
    return wrong


def _found(pattern: str, text: str) -> bool:
    return bool(re.search(pattern, text, re.IGNORECASE))


def count_passed(
    challenge: Mapping[str, Phenomenon], hypotheses: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """Count passed and all sentences by phenomenon.

    `hypotheses` are in the set's order.
    """
    rest = iter(hypotheses)
    return {
        name: (
            sum(not faults(sentence, next(rest)) for sentence in phenomenon.sentences),
            len(phenomenon.sentences),
        )
        for name, phenomenon in challenge.items()
    }
