"""The challenge set: what a desk meets, with checks that a program can make (`challenge.toml`)."""

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
    """A source; a translation that is good; patterns that one must contain, and must not."""

    source: str
    good: str
    has: list[str]
    lacks: list[str]


@dataclass(frozen=True, slots=True)
class Phenomenon:
    """Sentences of one kind."""

    title: str
    sentences: list[Sentence]


def read_challenge(path: Path = PATH) -> dict[str, Phenomenon]:
    """The phenomena by name, in the file's order."""
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
    """What is wrong with the translation of a sentence, in words; empty where it passes."""
    wrong = []
    if not hypothesis.strip():
        return ["empty"]
    ours, theirs = len(sentence.source.split()), len(hypothesis.split())
    if theirs > 3 * ours + 6 or 3 * theirs < ours - 3:
        wrong.append(f"{theirs} words for {ours}")
    if loops(hypothesis, sentence.source):
        wrong.append("repeats itself")
    if echoes(sentence.source, hypothesis) or in_source_language(hypothesis):
        wrong.append("still Indonesian")
    # Which quotation marks the English has is a matter of style.
    plain = hypothesis.translate(_STRAIGHT)
    wrong += [f"lacks /{pattern}/" for pattern in sentence.has if not _found(pattern, plain)]
    wrong += [f"has /{pattern}/" for pattern in sentence.lacks if _found(pattern, plain)]
    return wrong


def _found(pattern: str, text: str) -> bool:
    return bool(re.search(pattern, text, re.IGNORECASE))


def passed(
    challenge: Mapping[str, Phenomenon], hypotheses: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """By phenomenon: sentences that pass, of how many. `hypotheses` are in the set's order."""
    rest = iter(hypotheses)
    return {
        name: (
            sum(not faults(sentence, next(rest)) for sentence in phenomenon.sentences),
            len(phenomenon.sentences),
        )
        for name, phenomenon in challenge.items()
    }
