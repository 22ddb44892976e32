"""Training of the word alignment's arrays from sentence pairs.

Each direction first learns alone, then both by agreement (see `expectation`). Only likely entries
stay in the table. Training is deterministic: the same pairs give the same arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.alignment.lexicon import encode, key_of
from models.alignment.words import words
from scripts.training.cells import (
    Cells,
    Doubles,
    Ints,
    Longs,
    Vocabulary,
    build_cells,
    spelling_likeness,
)
from scripts.training.corpora import CorpusError, Pair
from scripts.training.expectation import Model

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. docs/alignment.md has the figures behind these values."""

    max_words: int = 100  # of a sentence; longer pairs are left out
    own_class: int = 8  # uses that make any form of a word a separate class
    rounds_alone: int = 5
    rounds_of_agreement: int = 5
    null: float = 0.08  # the null word's share of the prior on positions
    tension: float = 4.0  # of the diagonal prior, at the start
    sparsity: float = 0.01  # weight of the Dirichlet prior on the table
    likeness: float = 0.3  # weight added to it for words with the same spelling
    floor: float = 1e-4  # entries that are less likely in both directions are left out
    max_counterparts: int = 60  # of a word


def train(
    pairs: Sequence[Pair], recipe: Recipe, log: Callable[[str], None] = lambda _: None
) -> Arrays:
    """Train, and return arrays for `write_lexicon`.

    Raises `CorpusError` if no pair is left.
    """
    sentences = [(_keys(pair.source), _keys(pair.target)) for pair in pairs]
    sentences = [
        sides for sides in sentences if all(0 < len(side) <= recipe.max_words for side in sides)
    ]
    if not sentences:
        raise CorpusError("no pair is left to train the word alignment on: check the corpora")
    cells = build_cells(sentences, recipe.own_class)
    source, target = cells.source, cells.target
    log(
        f"{len(sentences):,} pairs; {len(source.words):,} words of {len(source.uses):,} classes "
        f"and {len(target.words):,} of {len(target.uses):,}, {len(cells.codes):,} pairs of classes"
    )
    prior = recipe.sparsity + recipe.likeness * spelling_likeness(cells)
    model = Model(cells, prior, recipe.null, recipe.tension)
    rounds = recipe.rounds_alone + recipe.rounds_of_agreement
    for at in range(rounds):
        bits = model.round(agreeing=at >= recipe.rounds_alone)
        log(
            f"round {at + 1} of {rounds}: {bits:.3f} bits per word, tension "
            f"{model.forward.tension:.2f} and {model.backward.tension:.2f}"
        )
    return _prune(model, cells, recipe)


def _keys(text: str) -> list[str]:
    return [key_of(word.text) for word in words(text)]


def _prune(model: Model, cells: Cells, recipe: Recipe) -> Arrays:
    """Return the likeliest counterparts of every class, in either direction."""
    rows, columns = cells.rows, cells.columns
    forward, backward = model.forward.shares(), model.backward.shares()
    likely = _best(forward, rows, recipe) | _best(backward, columns, recipe)
    rows, columns = rows[likely], columns[likely]
    source_order, source = _side("source", cells.source, model.backward.null_counts, rows)
    target_order, target = _side("target", cells.target, model.forward.null_counts, columns)
    used = np.unique(rows)
    missing = model.backward.null_counts[used] / cells.source.uses[used]
    return {
        **source,
        **target,
        "missing": encode(np.clip(missing, 1e-4, 1)),
        "row_sizes": np.bincount(source_order[rows]).astype(np.uint32),
        "columns": target_order[columns].astype(np.uint32),
        "forward": encode(forward[likely]),
        "backward": encode(backward[likely]),
        "tension": np.array([model.forward.tension, model.backward.tension], np.float32),
    }


def _best(probabilities: Doubles, conditions: Ints, recipe: Recipe) -> NDArray[np.bool_]:
    """Mask cells above the floor and among the likeliest of a condition."""
    indexes = np.flatnonzero(probabilities >= recipe.floor)
    order = indexes[np.lexsort((-probabilities[indexes], conditions[indexes]))]
    ordered = conditions[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
    mask = np.zeros(len(probabilities), np.bool_)
    mask[order[rank < recipe.max_counterparts]] = True
    return mask


def _side(name: str, vocabulary: Vocabulary, null: Doubles, used: Ints) -> tuple[Longs, Arrays]:
    """Return new numbers of the used classes, and a language's arrays."""
    mask = np.zeros(len(vocabulary.uses), np.bool_)
    mask[used] = True
    order = np.cumsum(mask) - 1
    numbered = [
        (word, int(order[number]))
        for word, number in zip(vocabulary.words, vocabulary.classes, strict=True)
        if mask[number]
    ]
    null = np.maximum(null, 1e-4)
    return order, {
        f"{name}_words": np.frombuffer("\n".join(word for word, _ in numbered).encode(), np.uint8),
        f"{name}_classes": np.array([number for _, number in numbered], np.uint32),
        f"{name}_null": encode((null / null.sum())[mask]),
    }
