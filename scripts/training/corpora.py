"""Corpora of sentence pairs: reading them, keeping the test sets out, leaving rough pairs out.

A corpus is a pair of files, `NAME.id` and `NAME.en`, UTF-8, a sentence a line, aligned. What is
left out here is counted by reason, and the counts go into the model card.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelError


class CorpusError(ModelError):
    """A folder or file of training data cannot be used as it is; the message says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A source sentence and its translation; `machine` where a model wrote the source."""

    source: str
    target: str
    machine: bool = False


IN_EVALUATION = "in an evaluation file"

# Beyond these a pair is rarely a translation: characters of the one side to those of the other,
# with some allowance for short sentences.
_MAX_RATIO = 1.8
_ALLOWANCE = 12
_MAX_CHARACTERS = 900

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NUMBER_WORD = re.compile(
    r"\b(?:ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|"
    r"dozens?|half|quarter|tenth|\w+teenth|\w+tieth|noon|midnight|"
    r"se(?:belas|puluh|ratus)|belas|puluh|ratus|lusin)\b",
    re.IGNORECASE,
)
# Beside these the same number has other digits: `2.500.000` and `2.5 million`.
_SCALE = re.compile(
    r"\b(?:thousand|million|billion|trillion|(?:se)?ribu|(?:se)?juta|miliar|milyar|triliun)\b",
    re.IGNORECASE,
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'"})


_ASCII_MARKS = {code: " " for code in range(128) if not chr(code).isalnum()}


def normalise(text: str) -> str:
    """The form in which sentences are compared: letters and digits, without case, marks or
    accents, single spaces."""
    if text.isascii():  # most text, and ten times as fast
        return " ".join(text.casefold().translate(_ASCII_MARKS).split())
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = ("" if unicodedata.combining(c) else c if c.isalnum() else " " for c in plain)
    return " ".join("".join(kept).split())


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file; only line feeds end one. Raises `CorpusError`."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 at byte {error.start}") from error
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def read_corpus(folder: Path, name: str) -> list[Pair]:
    """The aligned lines of `NAME.id` and `NAME.en`. Raises `CorpusError`."""
    sources, targets = read_lines(folder / f"{name}.id"), read_lines(folder / f"{name}.en")
    if len(sources) != len(targets):
        raise CorpusError(
            f"{folder}: {name}.id has {len(sources)} lines, {name}.en {len(targets)}: they must "
            f"be aligned line by line"
        )
    return [
        Pair(source.strip(), target.strip())
        for source, target in zip(sources, targets, strict=True)
    ]


def evaluation_sentences(folder: Path) -> set[str]:
    """Every line of every `.id` and `.en` file below the folder, normalised.

    Raises `CorpusError` where there is none: training without knowing the test sets would make
    every later figure worthless.
    """
    sentences = {
        normalise(line)
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".id", ".en")
        for line in read_lines(path)
    } - {""}
    if not sentences:
        raise CorpusError(f"{folder}: no .id or .en file with sentences to keep out of training")
    return sentences


def tidy_target(target: str) -> str:
    """Straight quotation marks, whatever the corpus has: the English that we print."""
    return target.translate(_QUOTES)


def clean(
    pairs: Iterable[Pair], evaluation: set[str], seen: set[tuple[str, str]], removed: Counter[str]
) -> list[Pair]:
    """The pairs worth training on, in order; `seen` and `removed` go on from corpus to corpus."""
    kept = []
    for pair in pairs:
        key = (normalise(pair.source), normalise(pair.target))
        if reason := _fault(pair, key, evaluation, seen):
            removed[reason] += 1
            continue
        seen.add(key)
        kept.append(Pair(pair.source, tidy_target(pair.target)))
    return kept


def _fault(
    pair: Pair, key: tuple[str, str], evaluation: set[str], seen: set[tuple[str, str]]
) -> str | None:
    """Why the pair is left out, or nothing."""
    source, target = key
    if not source or not target:
        return "one side is empty"
    if source in evaluation or target in evaluation:
        return IN_EVALUATION
    if key in seen:
        return "twice"
    if source == target and len(source.split()) > 2:
        return "not translated"
    lengths = len(pair.source), len(pair.target)
    if max(lengths) > _MAX_CHARACTERS:
        return "very long"
    if max(lengths) > _MAX_RATIO * min(lengths) + _ALLOWANCE:
        return "lengths far apart"
    if numbers_disagree(pair.source, pair.target):
        return "numbers disagree"
    if ('"' in tidy_target(pair.source)) != ('"' in tidy_target(pair.target)):
        return "a quotation on one side only"
    return None


def numbers_disagree(source: str, target: str) -> bool:
    """Whether a number of two or more digits is on one side only.

    Separators are ignored (`1.500` and `1,500` agree). Where a side spells numbers out, nothing
    is claimed about the other's digits, and where one counts in thousands or more, about either's.
    """
    if _SCALE.search(source) or _SCALE.search(target):
        return False
    ours, theirs = (
        Counter(
            digits
            for number in _NUMBER.findall(side)
            if len(digits := re.sub(r"\D", "", number)) > 1
        )
        for side in (source, target)
    )
    return bool(
        (ours - theirs and not _NUMBER_WORD.search(target))
        or (theirs - ours and not _NUMBER_WORD.search(source))
    )
