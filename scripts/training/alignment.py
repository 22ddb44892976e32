"""Training of the word alignment: from pairs of sentences to the arrays of a `lexicon`.

Each direction first learns for itself, then both to agree (see `expectation`). Of the table only
what is likely is kept. There is no chance in it: the same pairs give the same arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.alignment.lexicon import encode, key_of
from models.alignment.words import words
from scripts.training.cells import Cells, Doubles, Ints, Longs, Vocabulary, alike, number
from scripts.training.corpora import CorpusError, Pair
from scripts.training.expectation import Model

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train; what was measured of it is in docs/alignment.md."""

    longest: int = 100  # words of a sentence; longer pairs are left out
    own_class: int = 8  # uses from which on a word is a class of its own, whatever its form
    alone: int = 5  # rounds of either direction for itself
    agreement: int = 5  # rounds to agree
    null: float = 0.08  # the null word's share of the prior on places
    tension: float = 4.0  # of the prior on the diagonal, to begin with
    sparsity: float = 0.01  # of the Dirichlet prior on the table
    alike: float = 0.3  # more of it where two words are spelt alike
    floor: float = 1e-4  # what is less likely, in both directions, is not kept
    most: int = 60  # nor more than so many of a word's counterparts


def train(
    pairs: Sequence[Pair], recipe: Recipe, say: Callable[[str], None] = lambda _: None
) -> Arrays:
    """Arrays for `write_lexicon`. Raises `CorpusError` where there is no pair to learn from."""
    sentences = [(_keys(pair.source), _keys(pair.target)) for pair in pairs]
    sentences = [
        sides for sides in sentences if all(0 < len(side) <= recipe.longest for side in sides)
    ]
    if not sentences:
        raise CorpusError("no pair is left to train the word alignment on")
    cells = number(sentences, recipe.own_class)
    source, target = cells.source, cells.target
    say(
        f"{len(sentences):,} pairs; {len(source.words):,} words of {len(source.uses):,} classes "
        f"and {len(target.words):,} of {len(target.uses):,}, {len(cells.codes):,} pairs of classes"
    )
    prior = recipe.sparsity + recipe.alike * alike(cells)
    model = Model(cells, prior, recipe.null, recipe.tension)
    rounds = recipe.alone + recipe.agreement
    for at in range(rounds):
        bits = model.round(agreeing=at >= recipe.alone)
        say(
            f"round {at + 1} of {rounds}: {bits:.3f} bits a word, tension "
            f"{model.forward.tension:.2f} and {model.backward.tension:.2f}"
        )
    return _kept(model, cells, recipe)


def _keys(text: str) -> list[str]:
    return [key_of(word.text) for word in words(text)]


def _kept(model: Model, cells: Cells, recipe: Recipe) -> Arrays:
    """What is worth shipping: of every class the likeliest counterparts in either direction."""
    rows, columns = cells.rows, cells.columns
    forward, backward = model.forward.shares(), model.backward.shares()
    kept = _best(forward, rows, recipe) | _best(backward, columns, recipe)
    rows, columns = rows[kept], columns[kept]
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
        "forward": encode(forward[kept]),
        "backward": encode(backward[kept]),
        "tension": np.array([model.forward.tension, model.backward.tension], np.float32),
    }


def _best(probabilities: Doubles, given: Ints, recipe: Recipe) -> NDArray[np.bool_]:
    """Which cells are above the floor and among the likeliest of their given word."""
    places = np.flatnonzero(probabilities >= recipe.floor)
    order = places[np.lexsort((-probabilities[places], given[places]))]
    ordered = given[order]
    rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
    mask = np.zeros(len(probabilities), np.bool_)
    mask[order[rank < recipe.most]] = True
    return mask


def _side(name: str, known: Vocabulary, null: Doubles, used: Ints) -> tuple[Longs, Arrays]:
    """The new numbers of the classes in use, and the arrays of one language."""
    mask = np.zeros(len(known.uses), np.bool_)
    mask[used] = True
    order = np.cumsum(mask) - 1
    kept = [(w, int(order[c])) for w, c in zip(known.words, known.classes, strict=True) if mask[c]]
    null = np.maximum(null, 1e-4)
    return order, {
        f"{name}_words": np.frombuffer("\n".join(word for word, _ in kept).encode(), np.uint8),
        f"{name}_classes": np.array([number for _, number in kept], np.uint32),
        f"{name}_null": encode((null / null.sum())[mask]),
    }
