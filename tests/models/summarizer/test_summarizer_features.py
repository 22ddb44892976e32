"""Features counted by hand, and sparse products compared with dense ones."""

from __future__ import annotations

import numpy as np
import pytest

from models.summarizer.extractive import describe
from models.summarizer.features import FEATURES, shape
from models.summarizer.terms import weigh

SENTENCES = [
    "Banjir merendam Demak.",
    "Warga Demak mengungsi.",
    "Banjir merendam 1.240 rumah warga Demak.",
    '"Apakah air surut?"',
    "Harga beras naik.",
]


def feature(name: str, articles: list[int] | None = None) -> list[float]:
    found = describe(SENTENCES, [0, 0, 1, 2, 2], articles)
    values: list[float] = found.features[:, FEATURES.index(name)].tolist()
    return values


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("place", [0, 1, 2, 3, 4]),
        ("place_share", [0, 0.25, 0.5, 0.75, 1]),
        ("words_before", [0, 3, 6, 12, 15]),
        ("paragraph", [0, 0, 1, 2, 2]),
        ("place_in_paragraph", [0, 1, 0, 0, 1]),
        ("sentences", [5, 5, 5, 5, 5]),
        ("words", [3, 3, 6, 3, 3]),
        ("words_to_mean", [3 / 3.6, 3 / 3.6, 6 / 3.6, 3 / 3.6, 3 / 3.6]),
        ("new_share", [1, 2 / 3, 2 / 6, 1, 1]),
        ("numbers", [0, 0, 1 / 6, 0, 0]),
        ("capitals", [1 / 3, 1 / 3, 1 / 6, 0, 0]),
        ("stop_words", [0, 0, 0, 1 / 3, 0]),
        ("question", [0, 0, 0, 1, 0]),
        ("quoted", [0, 0, 0, 1, 0]),
    ],
)
def test_features_of_an_article(name: str, values: list[float]) -> None:
    assert feature(name) == pytest.approx(values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("place", [0, 1, 2, 0, 1]),
        ("place_share", [0, 0.5, 1, 0, 1]),
        ("words_before", [0, 3, 6, 0, 3]),
        ("paragraph", [0, 0, 1, 0, 0]),
        ("place_in_paragraph", [0, 1, 0, 0, 1]),
        ("sentences", [3, 3, 3, 2, 2]),
    ],
)
def test_places_are_counted_within_each_article(name: str, values: list[float]) -> None:
    assert feature(name, [7, 7, 7, 8, 8]) == pytest.approx(values)


def test_equal_paragraph_numbers_in_two_articles_are_two_paragraphs() -> None:
    found = describe(["Air naik.", "Air surut."], [0, 0], [0, 1])
    assert found.features[:, FEATURES.index("place_in_paragraph")].tolist() == [0, 0]


def test_likeness_agrees_with_the_dense_graph() -> None:
    terms = weigh([s.casefold().rstrip('.?"').split() for s in SENTENCES])
    matrix = np.zeros((terms.sentences, terms.terms))
    matrix[terms.rows, terms.columns] = terms.values
    graph = matrix @ matrix.T
    assert graph.diagonal() == pytest.approx(np.ones(5))
    for row in range(5):
        assert terms.similarities(row) == pytest.approx(graph[row])
    degrees = graph.sum(axis=1)
    assert feature("centrality") == pytest.approx(degrees / degrees.max())
    assert feature("lede_similarity") == pytest.approx(graph[0])
    between = [graph[n, n + 1] for n in range(4)]
    assert feature("before_similarity") == pytest.approx([0, *between])
    assert feature("after_similarity") == pytest.approx([*between, 0])
    assert graph[0, 2] > graph[0, 1] > 0 == graph[0, 4]


def test_sentences_of_another_article_are_not_adjacent() -> None:
    assert feature("before_similarity", [0, 0, 1, 1, 1])[2] == 0
    assert feature("before_similarity")[2] > 0


@pytest.mark.parametrize(
    ("sentence", "true"),
    [
        ("Air surut.", set[str]()),
        ("Air surut?", {"question"}),
        ('"Air surut!"', {"anonymous"}),
        ('"Air sudah surut," ujarnya.', {"anonymous"}),
        ('"Air sudah surut," ujar Rina.', set[str]()),
        ('"Air sudah surut di desa.', {"unbalanced", "anonymous"}),
        ("Kondisi Terkini", {"unfinished"}),
        ("Namun air surut.", {"dangling"}),
        ("“Dia pulang”, kata Rina di kantor Bupati.", {"dangling"}),
    ],
)
def test_shapes(sentence: str, true: set[str]) -> None:
    found = shape(sentence)
    names = ("question", "unfinished", "unbalanced", "dangling", "anonymous")
    assert {name for name in names if getattr(found, name)} == true


def test_a_sentence_of_stop_words_is_like_nothing() -> None:
    terms = weigh([["itu", "dan"], ["banjir"]])
    assert terms.similarities(0).tolist() == [0, 0]
    assert terms.similarities(1).tolist() == [0, 1]
