"""The aligner's weights: a small file of words and probabilities.

The file is an `.npz` without pickled objects, and is read in milliseconds. For each language it
has the words of the corpora with their classes. A rare form shares the class of a more frequent
one (see `stems`). For each class it has the probability of no counterpart. For pairs of classes,
by source row, it has the probability of each given the other, as eight bits of its logarithm.
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

# The errors of a damaged archive.
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError)

WEIGHTS = Path(__file__).with_name("weights.npz")
UNKNOWN = -1
# A probability p is stored as round(-ln p · STEPS), at most MAX_CODE.
STEPS = 24.0
MAX_CODE = 255
_ARRAYS = (
    "source_words", "source_classes", "source_null",
    "target_words", "target_classes", "target_null",
    "missing", "row_sizes", "columns", "forward", "backward", "tension",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """One language of the lexicon."""

    classes: Mapping[str, int]  # of the known words
    null: Floats  # p(class | null word), for words without a counterpart
    forms: Callable[[str], list[str]]  # to look up for an unknown word

    def find(self, key: str) -> int:
        """Return the class of a word's key (see `key_of`), or `UNKNOWN`."""
        known = self.classes.get(key)
        if known is not None:
            return known
        return next(
            (self.classes[form] for form in self.forms(key) if form in self.classes), UNKNOWN
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Both languages and the table of their pairs."""

    source: Side
    target: Side
    pairs: Ints  # source class · width + target class, ascending
    forward: NDArray[np.uint8]  # p(target | source), as stored
    backward: NDArray[np.uint8]  # p(source | target), as stored
    missing: Floats  # by source class, the probability of no counterpart
    tension: tuple[float, float]  # of the prior on the diagonal, forward and backward
    signature: str

    @property
    def width(self) -> int:
        return len(self.target.null)


def key_of(word: str) -> str:
    """Return a lookup key: lower case, or the digits of `1.500` and `1,500`."""
    if word[0].isdecimal():
        return "".join(c for c in word if c.isdecimal()).lstrip("0") or "0"
    return word.lower().replace("’", "'")


def encode(probabilities: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return probabilities as stored bytes."""
    with np.errstate(divide="ignore"):
        steps = np.rint(-np.log(probabilities) * STEPS)
    return np.minimum(steps, MAX_CODE).astype(np.uint8)


def decode_table() -> Floats:
    """Return the probability of each stored byte; the last is the minimum."""
    table: Floats = np.exp(-np.arange(MAX_CODE + 1, dtype=np.float32) / np.float32(STEPS))
    return table


def write_lexicon(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write the arrays of `_ARRAYS`. The same arrays give the same bytes."""
    # An open file, since numpy would add a suffix to a name.
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **{name: arrays[name] for name in _ARRAYS})


def read_lexicon(path: Path = WEIGHTS) -> Lexicon:
    """Read a lexicon. Raises `ModelMissing` or `ModelCorrupt`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelMissing(
            f"{path}: {error.strerror}; install Kabar again, or create the file with "
            f"scripts/train_alignment.py"
        ) from error
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return _lexicon({name: arrays[name] for name in _ARRAYS}, content)
    except (KeyError, ValueError, IndexError, EOFError, OSError, *_DAMAGE) as error:
        raise ModelCorrupt(
            f"{path} is not a file of a word alignment's weights ({error}): install Kabar again"
        ) from error


def _lexicon(arrays: Mapping[str, NDArray[np.generic]], content: bytes) -> Lexicon:
    source = _side(arrays, "source", indonesian)
    target = _side(arrays, "target", english)
    sizes = arrays["row_sizes"].astype(np.int64)
    rows = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    pairs = rows * len(target.null) + arrays["columns"].astype(np.int64)
    forward, backward = arrays["forward"], arrays["backward"]
    missing = decode_table()[arrays["missing"].astype(np.uint8)]
    by_class = {len(sizes), len(source.null), len(missing)}
    if len(by_class) > 1 or not len(pairs) == len(forward) == len(backward):
        raise ValueError("its arrays have different lengths")
    if np.any(np.diff(pairs) <= 0):
        raise ValueError("its table is not sorted")
    tension = arrays["tension"].astype(np.float64)
    return Lexicon(
        source,
        target,
        pairs,
        forward.astype(np.uint8),
        backward.astype(np.uint8),
        missing,
        (float(tension[0]), float(tension[1])),
        hashlib.sha256(content).hexdigest()[:12],
    )


def _side(
    arrays: Mapping[str, NDArray[np.generic]], name: str, forms: Callable[[str], list[str]]
) -> Side:
    words = arrays[f"{name}_words"].astype(np.uint8).tobytes().decode("utf-8").split("\n")
    classes = arrays[f"{name}_classes"].astype(np.int64).tolist()
    null = decode_table()[arrays[f"{name}_null"].astype(np.uint8)]
    if len(words) != len(classes) or max(classes) >= len(null):
        raise ValueError(f"its {name} words have no classes")
    return Side(dict(zip(words, classes, strict=True)), null, forms)
