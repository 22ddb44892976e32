"""The search, with candidates such as a model would give."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from models.inflight.salient_tokens import continuation_ids, salient_ids
from models.inflight.search import Pruning, Search, Step, TokenHypothesis
from service.text.lexicon import numbers

STOP = frozenset({1})


def test_greedy_search_takes_the_best_until_the_end() -> None:
    search = Search(1, 10, STOP)
    assert search.candidate_count == 1
    assert search.advance([[7]], [[-0.5]]) == [Step(0, 7)]
    assert search.advance([[8]], [[-0.25]]) == [Step(0, 8)]
    assert search.rows == [(7, 8)]
    assert search.advance([[1]], [[-0.25]]) == []
    assert search.done
    assert search.best() == [TokenHypothesis((7, 8), -1.0, 3, True)]


def test_greedy_search_ends_unfinished_at_its_limit() -> None:
    search = Search(1, 2, STOP)
    search.advance([[7]], [[-0.5]])
    assert search.advance([[8]], [[-0.5]]) == []
    assert search.done
    assert search.best() == [TokenHypothesis((7, 8), -1.0, 2, False)]


def test_an_end_at_the_limit_counts() -> None:
    search = Search(1, 2, STOP)
    search.advance([[7]], [[-0.5]])
    search.advance([[1]], [[-0.5]])
    assert search.best() == [TokenHypothesis((7,), -1.0, 2, True)]


def test_an_empty_hypothesis() -> None:
    search = Search(1, 5, STOP)
    search.advance([[1]], [[-0.125]])
    assert search.best() == [TokenHypothesis((), -0.125, 1, True)]


def test_beams_begin_from_a_single_row() -> None:
    search = Search(2, 10, STOP)
    assert search.candidate_count == 4
    assert search.advance([[5, 6, 7, 8]], [[-0.1, -0.2, -0.3, -0.4]]) == [Step(0, 5), Step(0, 6)]


def test_a_beam_may_continue_another() -> None:
    search = Search(2, 10, STOP)
    search.advance([[5, 6, 7, 8]], [[-1.0, -1.5, -3.0, -4.0]])
    steps = search.advance(
        [[10, 11, 12, 13], [20, 21, 22, 23]], [[-2.0, -3.0, -4.0, -5.0], [-0.5, -1.0, -2.0, -3.0]]
    )
    assert steps == [Step(1, 20), Step(1, 21)]  # -2.0 and -2.5, before -3.0
    assert search.rows == [(6, 20), (6, 21)]


def test_a_row_that_falls_behind_is_dropped() -> None:
    search = Search(3, 10, STOP)
    steps = search.advance([[5, 6, 7, 8, 9, 10]], [[-0.5, -2.0, -2.25, -3.0, -4.0, -5.0]])
    assert steps == [Step(0, 5), Step(0, 6)]  # -2.25 is too far behind -0.5
    # The best is -1.0; all but -2.5 are more than 1.5 behind it.
    rest = [-7.0, -8.0, -9.0, -9.0, -9.0]
    steps = search.advance([[11, 12, 13, 14, 15, 16]] * 2, [[-0.5, *rest], [-0.5, *rest]])
    assert steps == [Step(0, 11), Step(1, 11)]
    assert search.rows == [(5, 11), (6, 11)]


def test_an_early_end_does_not_prune_the_whole_sentence() -> None:
    search = Search(2, 10, STOP)
    search.advance([[5, 6, 7, 8]], [[-1.0, -9.0, -9.0, -9.0]])
    # Its end is likelier than the continuation: -1.25 and -2.5 in total.
    assert search.advance([[1, 6, 7, 8]], [[-0.25, -1.5, -9.0, -9.0]]) == [Step(0, 6)]
    # -3.0 is more than 1.5 behind -1.25, but not behind the equal rank for three tokens.
    assert search.advance([[7, 8, 9, 10]], [[-0.5, -9.0, -9.0, -9.0]]) == [Step(0, 7)]
    assert search.advance([[8, 9, 10, 11]], [[-0.25, -9.0, -9.0, -9.0]]) == [Step(0, 8)]
    assert search.advance([[1, 9, 10, 11]], [[-0.25, -9.0, -9.0, -9.0]]) == []
    assert search.done
    assert [found.ids for found in search.best()] == [(5,), (5, 6, 7, 8)]


def test_a_search_ends_when_no_likely_row_is_left() -> None:
    search = Search(4, 10, STOP)
    search.advance([[5, 6, 7, 8, 9, 10, 11, 12]], [[-1.0, *[-9.0] * 7]])
    assert search.advance([[1, *range(5, 12)]], [[-0.5, *[-9.0] * 7]]) == []
    assert search.done
    assert search.best() == [TokenHypothesis((5,), -1.5, 2, True)]


def test_without_pruning_no_row_is_dropped() -> None:
    search = Search(3, 10, STOP, pruning=None)
    steps = search.advance([[5, 6, 7, 8, 9, 10]], [[-0.5, -20.0, -30.0, -40.0, -50.0, -60.0]])
    assert steps == [Step(0, 5), Step(0, 6), Step(0, 7)]
    for _ in range(8):  # all continue with the same token
        steps = search.advance([[8, 9, 10, 11, 12, 13]] * 3, [[-0.5, *[-60.0] * 5]] * 3)
        assert steps == [Step(0, 8), Step(1, 8), Step(2, 8)]


def test_a_row_that_continues_like_a_likelier_one_is_dropped() -> None:
    search = Search(3, 10, STOP, pruning=Pruning(suffix=2, salient=frozenset({7})))
    rest = [-9.0] * 5
    search.advance([[5, 6, 7, 8, 9, 10]], [[-1.0, -1.1, -1.2, -9.0, -9.0, -9.0]])
    steps = search.advance([[11, 12, 13, 14, 15, 16]] * 3, [[-0.1, *rest]] * 3)
    assert steps == [Step(0, 11), Step(1, 11), Step(2, 11)]  # only one token is the same
    # All three end alike, but only the third has the salient 7.
    steps = search.advance([[12, 13, 14, 15, 16, 17]] * 3, [[-0.1, *rest]] * 3)
    assert steps == [Step(0, 12), Step(2, 12)]
    assert search.rows == [(5, 11, 12), (7, 11, 12)]


def test_continuations_of_a_salient_token_are_salient() -> None:
    pruning = Pruning(suffix=1, salient=frozenset({5}), continuations=frozenset({6, 7}))
    for first, rows in [(5, [(5, 6, 9), (5, 7, 9)]), (4, [(4, 6, 9)])]:
        search = Search(2, 10, STOP, pruning=pruning)
        search.advance([[first, 10, 11, 12]], [[-1.0, -9.0, -9.0, -9.0]])
        search.advance([[6, 7, 10, 11]], [[-0.5, -0.6, -9.0, -9.0]])
        search.advance([[9, 10, 11, 12]] * 2, [[-0.1, -9.0, -9.0, -9.0]] * 2)
        assert search.rows == rows


def test_the_order_of_salient_tokens_counts() -> None:
    search = Search(2, 10, STOP, pruning=Pruning(suffix=1, salient=frozenset({6, 7})))
    search.advance([[6, 7, 8, 9]], [[-1.0, -1.1, -9.0, -9.0]])
    search.advance([[7, 8, 9, 10], [6, 8, 9, 10]], [[-0.1, -9.0, -9.0, -9.0]] * 2)
    assert search.rows == [(6, 7), (7, 6)]
    assert len(search.advance([[5, 8, 9, 10]] * 2, [[-0.1, -9.0, -9.0, -9.0]] * 2)) == 2


def test_the_next_row_gets_the_rank_of_a_dropped_one() -> None:
    search = Search(2, 10, STOP, pruning=Pruning(suffix=1))
    search.advance([[5, 6, 7, 8]], [[-1.0, -1.1, -9.0, -9.0]])
    # Of two rows with 9 the likelier continues. The end has the second rank, not the third.
    rest = [-9.0, -9.0]
    steps = search.advance(
        [[9, 10, 11, 12], [9, 1, 10, 11]], [[-0.1, -9.0, *rest], [-0.1, -0.4, *rest]]
    )
    assert steps == [Step(0, 9)]
    assert search.best() == [TokenHypothesis((6,), -1.5, 2, True)]


@pytest.mark.parametrize(
    "token",
    [
        "▁Jakarta",
        "BI",
        "7",
        "1.",
        "“",
        '."',
        "▁not",
        "n't",
        "▁three",
        "▁cannot",
        "▁(",
        "-",
        "<0x31>",
    ],
)
def test_salient_tokens(token: str) -> None:
    assert salient_ids(["▁the", token]) == {1}


@pytest.mark.parametrize("token", ["▁the", "ing", "▁", ",", ".", "▁,", "▁knot", "▁someone", "é"])
def test_tokens_that_are_not_salient(token: str) -> None:
    assert salient_ids([token]) == frozenset()


@pytest.mark.parametrize(
    "table",
    [
        numbers.UNITS["en"],
        numbers.ENGLISH_TENS,
        numbers.NUMERALS["en"],
        numbers.SCALES["en"],
        numbers.UNSURE_SCALES["en"],
        numbers.ROUGH["en"],
        numbers.MEASURES["en"],
    ],
)
def test_words_of_facts_are_salient(table: Iterable[str]) -> None:
    single = [f"▁{word}" for word in table if " " not in word]
    assert salient_ids(single) == set(range(len(single)))


def test_continuations() -> None:
    tokens = ["▁Prab", "owo", "▁", ".", ",", "1", "é", "", "<0x41>", "▁,"]
    assert continuation_ids(tokens) == {1, 3, 4, 6}


def test_numbers_that_differ_in_their_separator_both_continue() -> None:
    words = ["1", "5", ".", ",", "▁people", "▁fled", "▁the"]
    pruning = Pruning(suffix=2, salient=salient_ids(words), continuations=continuation_ids(words))
    ids = {token: number for number, token in enumerate(words)}
    search = Search(2, 10, frozenset({99}), pruning=pruning)
    rest, unlikely = [90, 91], [-9.0, -9.0]
    search.advance([[ids["1"], 92, *rest]], [[-0.1, -9.0, *unlikely]])
    search.advance([[ids["."], ids[","], *rest]], [[-0.5, -0.6, *unlikely]])
    for token in ("5", "▁people", "▁fled", "▁the"):
        steps = search.advance([[ids[token], 92, *rest]] * 2, [[-0.1, -9.0, *unlikely]] * 2)
        assert len(steps) == 2
    assert [row[1] for row in search.rows] == [ids["."], ids[","]]


def test_a_search_ends_with_as_many_hypotheses_as_beams() -> None:
    search = Search(2, 10, STOP)
    done = []
    for rows, log_probabilities in [
        ([[1, 5, 6, 7]], [[-0.5, -1.0, -2.0, -3.0]]),
        ([[1, 8, 9, 10]] * 2, [[-1.0, -2.0, -3.0, -4.0]] * 2),
    ]:
        search.advance(rows, log_probabilities)
        done.append(search.done)
    assert done == [False, True]
    # -0.5 / 1, and (-1.0 - 1.0) / 2: the better mean is the first.
    assert search.best() == [
        TokenHypothesis((), -0.5, 1, True),
        TokenHypothesis((5,), -2.0, 2, True),
    ]


def test_the_length_penalty_decides_between_hypotheses() -> None:
    without = Search(2, 10, STOP, 0.0)
    with_two = Search(2, 10, STOP, 2.0)
    for search in (without, with_two):
        search.advance([[1, 5, 6, 7]], [[-0.5, -1.0, -2.0, -3.0]])
        search.advance([[1, 8, 9, 10], [1, 8, 9, 10]], [[-0.5, -2.0, -3.0, -4.0]] * 2)
    assert [found.ids for found in without.best()] == [(), (5,)]
    assert [found.ids for found in with_two.best()] == [(5,), ()]  # -1.5 / 4 before -0.5 / 1


def test_an_end_that_ranks_below_the_beams_is_no_hypothesis() -> None:
    search = Search(2, 10, STOP)
    steps = search.advance([[5, 6, 1, 7]], [[-0.1, -0.2, -0.3, -0.4]])
    assert steps == [Step(0, 5), Step(0, 6)]
    assert search.best() == []


def test_a_search_is_done_when_all_candidates_end() -> None:
    search = Search(2, 10, frozenset({1, 2, 3, 4}))
    assert search.advance([[1, 2, 3, 4]], [[-0.1, -0.2, -0.3, -0.4]]) == []
    assert search.done
    assert [found.log_probability for found in search.best()] == [-0.1, -0.2]


def test_nan_is_refused() -> None:
    for token in (5, 1):
        with pytest.raises(ValueError, match="probabilities are not numbers"):
            Search(1, 10, STOP).advance([[token]], [[math.nan]])
