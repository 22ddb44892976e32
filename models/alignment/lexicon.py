"""What the aligner knows of words: a small file of numbers and names, read in milliseconds.

The file is an `.npz` without pickled objects. For each language it holds the words that occurred,
each with its class (a rare form shares that of a commoner one, see `stems`), and for each class
how often such words have no counterpart. For pairs of classes, row by row of the source, it holds
the probability of either given the other, as eight bits of its logarithm.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.alignment.stems import english, indonesian
from models.errors import ModelCorrupt, ModelMissing

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# What a damaged archive raises.
_TORN = (zipfile.BadZipFile, zlib.error, NotImplementedError)

WEIGHTS = Path(__file__).with_name("weights.npz")
UNKNOWN = -1
# A probability p is kept as round(-ln p · STEPS); what is less than the least is not kept.
STEPS = 24.0
LEAST = 255
_ARRAYS = (
    "source_words", "source_classes", "source_null",
    "target_words", "target_classes", "target_null",
    "missing", "row_sizes", "columns", "forward", "backward", "tension",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One language: the class of each known word; by class, the probability that a word that
    stands for nothing on the other side is of it; and the forms to look for where one is unknown.
    """

    classes: Mapping[str, int]
    null: Floats
    forms: Callable[[str], list[str]]

    def find(self, key: str) -> int:
        """The class of a word's key (see `key_of`), or `UNKNOWN`."""
        known = self.classes.get(key)
        if known is not None:
            return known
        return next(
            (self.classes[form] for form in self.forms(key) if form in self.classes), UNKNOWN
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Both sides and the table between them. `pairs` is sorted: source class · width + target
    class; `forward` is p(target | source) and `backward` p(source | target), as kept bytes.
    `missing` is the probability that a source word, by class, has no counterpart; `tension` is
    that of the prior on the diagonal, forward and backward."""

    source: Side
    target: Side
    pairs: Ints
    forward: NDArray[np.uint8]
    backward: NDArray[np.uint8]
    missing: Floats
    tension: tuple[float, float]
    signature: str

    @property
    def width(self) -> int:
        return len(self.target.null)


def key_of(word: str) -> str:
    """What a word is looked up by: lower case, and of a number its digits (`1.500`, `1,500`)."""
    if word[0].isdecimal():
        return "".join(c for c in word if c.isdecimal()).lstrip("0") or "0"
    return word.lower().replace("’", "'")


def encode(probabilities: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Probabilities as they are kept, one byte each."""
    with np.errstate(divide="ignore"):
        steps = np.rint(-np.log(probabilities) * STEPS)
    return np.minimum(steps, LEAST).astype(np.uint8)


def decoded() -> Floats:
    """The probability that each byte stands for; that of the last is the floor."""
    table: Floats = np.exp(-np.arange(LEAST + 1, dtype=np.float32) / np.float32(STEPS))
    return table


def write_lexicon(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write the arrays that `_ARRAYS` names. The same arrays give the same bytes."""
    # Given a name, numpy would add a suffix to it.
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **{name: arrays[name] for name in _ARRAYS})


def read_lexicon(path: Path = WEIGHTS) -> Lexicon:
    """Read a lexicon. Raises `ModelMissing` and `ModelCorrupt`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelMissing(
            f"{path}: {error.strerror}; install Kabar again, or make the file with "
            f"scripts/train_alignment.py"
        ) from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _lexicon({name: arrays[name] for name in _ARRAYS}, content)
    except (KeyError, ValueError, IndexError, EOFError, OSError, *_TORN) as error:
        raise ModelCorrupt(f"{path} is not a word alignment's weights: {error}") from error


def _lexicon(arrays: Mapping[str, NDArray[np.generic]], content: bytes) -> Lexicon:
    source = _side(arrays, "source", indonesian)
    target = _side(arrays, "target", english)
    sizes = arrays["row_sizes"].astype(np.int64)
    rows = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    pairs = rows * len(target.null) + arrays["columns"].astype(np.int64)
    forward, backward = arrays["forward"], arrays["backward"]
    missing = decoded()[arrays["missing"].astype(np.uint8)]
    by_class = {len(sizes), len(source.null), len(missing)}
    if len(by_class) > 1 or not len(pairs) == len(forward) == len(backward):
        raise ValueError("its arrays are of unequal lengths")
    if np.any(np.diff(pairs) <= 0):
        raise ValueError("its table is not sorted")
    there, back = (float(value) for value in arrays["tension"].astype(np.float64))
    return Lexicon(
        source,
        target,
        pairs,
        forward.astype(np.uint8),
        backward.astype(np.uint8),
        missing,
        (there, back),
        hashlib.sha256(content).hexdigest()[:12],
    )


def _side(
    arrays: Mapping[str, NDArray[np.generic]], name: str, forms: Callable[[str], list[str]]
) -> Side:
    words = arrays[f"{name}_words"].astype(np.uint8).tobytes().decode("utf-8").split("\n")
    classes = arrays[f"{name}_classes"].astype(np.int64).tolist()
    null = decoded()[arrays[f"{name}_null"].astype(np.uint8)]
    if len(words) != len(classes) or max(classes) >= len(null):
        raise ValueError(f"its {name} words have no classes")
    return Side(dict(zip(words, classes, strict=True)), null, forms)
