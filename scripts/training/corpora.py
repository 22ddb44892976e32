"""Cleaned corpora of sentence pairs, without sentences of test sets.

A corpus is two aligned files in UTF-8, `NAME.id` and `NAME.en`, with a sentence per line. Pairs
that are left out are counted by reason, for the model card.
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
    """Training data that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence and its translation; `machine` if a model wrote the source."""

    source: str
    target: str
    machine: bool = False


# The pairs that are in this repository.
WRITTEN_FOLDER = Path(__file__).resolve().parent / "written"

IN_EVALUATION = "in an evaluation file"

# A pair is rarely a translation if one side has more than 1.8 times the characters of the other.
# The allowance, in characters, is for short sentences.
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
# With these words, the same number has other digits: `2.500.000` and `2.5 million`.
_SCALE = re.compile(
    r"\b(?:thousand|million|billion|trillion|(?:se)?ribu|(?:se)?juta|miliar|milyar|triliun)\b",
    re.IGNORECASE,
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'"})
_ASCII_MARKS = {code: " " for code in range(128) if not chr(code).isalnum()}


def normalize(text: str) -> str:
    """Return letters and digits without case, accents and marks."""
    if text.isascii():  # ten times as fast, for most text
        return " ".join(text.casefold().translate(_ASCII_MARKS).split())
    plain = unicodedata.normalize("NFKD", text).casefold()
    letters = ("" if unicodedata.combining(c) else c if c.isalnum() else " " for c in plain)
    return " ".join("".join(letters).split())


def read_lines(path: Path) -> list[str]:
    """Read the lines of a UTF-8 file. Raises `CorpusError`.

    Only line feeds end a line.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise CorpusError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 at byte {error.start}") from error
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def read_corpus(folder: Path, name: str) -> list[Pair]:
    """Read the aligned lines of `NAME.id` and `NAME.en`. Raises `CorpusError`."""
    sources, targets = read_lines(folder / f"{name}.id"), read_lines(folder / f"{name}.en")
    if len(sources) != len(targets):
        raise CorpusError(
            f"{folder}: {name}.id has {len(sources)} lines, {name}.en {len(targets)}: align them "
            f"line by line"
        )
    return [
        Pair(source.strip(), target.strip())
        for source, target in zip(sources, targets, strict=True)
    ]


def read_written(files: str = "*.tsv") -> list[Pair]:
    """Read the project's own pairs, of the files in `written` that fit a pattern.

    An empty line parts two articles. Raises `CorpusError`.
    """
    pairs = []
    paths = sorted(WRITTEN_FOLDER.glob(files))
    if not paths:
        raise CorpusError(f"{WRITTEN_FOLDER}: no file fits {files}")
    for path in paths:
        for number, line in enumerate(read_lines(path), 1):
            if not line:
                continue
            source, tab, target = line.partition("\t")
            if not tab:
                raise CorpusError(f"{path}, line {number}: no tab between source and target")
            pairs.append(Pair(source.strip(), target.strip()))
    return pairs


def evaluation_sentences(folder: Path) -> set[str]:
    """Return all normalized lines of `.id` and `.en` files in the folder.

    Raises `CorpusError` if there are none, because figures are worthless after training on the
    test sets.
    """
    sentences = {
        normalize(line)
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".id", ".en")
        for line in read_lines(path)
    } - {""}
    if not sentences:
        raise CorpusError(
            f"{folder} has no .id or .en file with sentences to keep out of training: put the test "
            f"sets there"
        )
    return sentences


def tidy_target(target: str) -> str:
    """Make quotation marks straight, as in Kabar's English."""
    return target.translate(_QUOTES)


def clean(
    pairs: Iterable[Pair], evaluation: set[str], seen: set[tuple[str, str]], removed: Counter[str]
) -> list[Pair]:
    """Return the usable pairs in order; update `seen` and `removed`."""
    kept = []
    for pair in pairs:
        key = (normalize(pair.source), normalize(pair.target))
        if reason := _fault(pair, key, evaluation, seen):
            removed[reason] += 1
            continue
        seen.add(key)
        kept.append(Pair(pair.source, tidy_target(pair.target)))
    return kept


def _fault(
    pair: Pair, key: tuple[str, str], evaluation: set[str], seen: set[tuple[str, str]]
) -> str | None:
    """Return the reason to leave out the pair, or None."""
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
    """Tell whether only one side has some number of two or more digits.

    Separators are ignored: `1.500` and `1,500` agree. Numbers in words on one side excuse the
    digits of the other. Words from `thousand` up, on either side, excuse both.
    """
    if _SCALE.search(source) or _SCALE.search(target):
        return False
    source_numbers, target_numbers = (
        Counter(
            digits
            for number in _NUMBER.findall(side)
            if len(digits := re.sub(r"\D", "", number)) > 1
        )
        for side in (source, target)
    )
    return bool(
        (source_numbers - target_numbers and not _NUMBER_WORD.search(target))
        or (target_numbers - source_numbers and not _NUMBER_WORD.search(source))
    )
