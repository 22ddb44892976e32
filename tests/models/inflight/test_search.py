"""Which hypotheses a search finds, from candidates as a model would give them."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from models.inflight.salient_tokens import told, within_words
from models.inflight.search import Found, Pruning, Search, Step
from service.text.lexicon import numbers as words

STOP = frozenset({1})


def test_greedy_goes_on_with_the_best_until_it_ends() -> None:
    search = Search(1, 10, STOP)
    assert search.wanted == 1
    assert search.advance([[7]], [[-0.5]]) == [Step(0, 7)]
    assert search.advance([[8]], [[-0.25]]) == [Step(0, 8)]
    assert search.rows == [(7, 8)]
    assert search.advance([[1]], [[-0.25]]) == []
    assert search.done
    assert search.best() == [Found((7, 8), -1.0, 3, True)]


def test_greedy_ends_at_its_limit_unfinished() -> None:
    search = Search(1, 2, STOP)
    search.advance([[7]], [[-0.5]])
    assert search.advance([[8]], [[-0.5]]) == []
    assert search.done
    assert search.best() == [Found((7, 8), -1.0, 2, False)]


def test_an_end_at_the_limit_is_an_end() -> None:
    search = Search(1, 2, STOP)
    search.advance([[7]], [[-0.5]])
    search.advance([[1]], [[-0.5]])
    assert search.best() == [Found((7,), -1.0, 2, True)]


def test_an_empty_hypothesis() -> None:
    search = Search(1, 5, STOP)
    search.advance([[1]], [[-0.125]])
    assert search.best() == [Found((), -0.125, 1, True)]


def test_beams_begin_from_the_one_row_that_is_there() -> None:
    search = Search(2, 10, STOP)
    assert search.wanted == 4
    assert search.advance([[5, 6, 7, 8]], [[-0.1, -0.2, -0.3, -0.4]]) == [Step(0, 5), Step(0, 6)]


def test_a_beam_may_go_on_from_another_one() -> None:
    search = Search(2, 10, STOP)
    search.advance([[5, 6, 7, 8]], [[-1.0, -1.5, -3.0, -4.0]])
    steps = search.advance(
        [[10, 11, 12, 13], [20, 21, 22, 23]], [[-2.0, -3.0, -4.0, -5.0], [-0.5, -1.0, -2.0, -3.0]]
    )
    assert steps == [Step(1, 20), Step(1, 21)]  # -2.0 and -2.5, before -3.0
    assert search.rows == [(6, 20), (6, 21)]


def test_a_row_that_falls_behind_is_given_up() -> None:
    search = Search(3, 10, STOP)
    steps = search.advance([[5, 6, 7, 8, 9, 10]], [[-0.5, -2.0, -2.25, -3.0, -4.0, -5.0]])
    assert steps == [Step(0, 5), Step(0, 6)]  # -2.25 is too far behind -0.5
    # -1.0 is the best now, and all but -2.5 more than 1.5 behind it.
    rest = [-7.0, -8.0, -9.0, -9.0, -9.0]
    steps = search.advance([[11, 12, 13, 14, 15, 16]] * 2, [[-0.5, *rest], [-0.5, *rest]])
    assert steps == [Step(0, 11), Step(1, 11)]
    assert search.rows == [(5, 11), (6, 11)]


def test_what_ended_too_soon_leaves_all_of_the_sentence_its_time() -> None:
    search = Search(2, 10, STOP)
    search.advance([[5, 6, 7, 8]], [[-1.0, -9.0, -9.0, -9.0]])
    # Its end is likelier than what goes on: -1.25 and -2.5 in all.
    assert search.advance([[1, 6, 7, 8]], [[-0.25, -1.5, -9.0, -9.0]]) == [Step(0, 6)]
    # -3.0 is more than 1.5 behind -1.25, and not behind what that would be for three tokens.
    assert search.advance([[7, 8, 9, 10]], [[-0.5, -9.0, -9.0, -9.0]]) == [Step(0, 7)]
    assert search.advance([[8, 9, 10, 11]], [[-0.25, -9.0, -9.0, -9.0]]) == [Step(0, 8)]
    assert search.advance([[1, 9, 10, 11]], [[-0.25, -9.0, -9.0, -9.0]]) == []
    assert search.done
    assert [found.ids for found in search.best()] == [(5,), (5, 6, 7, 8)]


def test_a_search_ends_when_nothing_likely_goes_on() -> None:
    search = Search(4, 10, STOP)
    search.advance([[5, 6, 7, 8, 9, 10, 11, 12]], [[-1.0, *[-9.0] * 7]])
    assert search.advance([[1, *range(5, 12)]], [[-0.5, *[-9.0] * 7]]) == []
    assert search.done
    assert search.best() == [Found((5,), -1.5, 2, True)]


def test_without_pruning_no_row_is_given_up() -> None:
    search = Search(3, 10, STOP, pruning=None)
    steps = search.advance([[5, 6, 7, 8, 9, 10]], [[-0.5, -20.0, -30.0, -40.0, -50.0, -60.0]])
    assert steps == [Step(0, 5), Step(0, 6), Step(0, 7)]
    for _ in range(8):  # all go on with the same
        steps = search.advance([[8, 9, 10, 11, 12, 13]] * 3, [[-0.5, *[-60.0] * 5]] * 3)
        assert steps == [Step(0, 8), Step(1, 8), Step(2, 8)]


def test_a_row_that_goes_on_like_a_likelier_one_is_given_up() -> None:
    search = Search(3, 10, STOP, pruning=Pruning(alike=2, told=frozenset({7})))
    rest = [-9.0] * 5
    search.advance([[5, 6, 7, 8, 9, 10]], [[-1.0, -1.1, -1.2, -9.0, -9.0, -9.0]])
    steps = search.advance([[11, 12, 13, 14, 15, 16]] * 3, [[-0.1, *rest]] * 3)
    assert steps == [Step(0, 11), Step(1, 11), Step(2, 11)]  # only one token is the same
    # The second ends as the first does, and so does the third, which alone has said 7.
    steps = search.advance([[12, 13, 14, 15, 16, 17]] * 3, [[-0.1, *rest]] * 3)
    assert steps == [Step(0, 12), Step(2, 12)]
    assert search.rows == [(5, 11, 12), (7, 11, 12)]


def test_what_goes_on_with_a_word_that_is_told_is_told() -> None:
    pruning = Pruning(alike=1, told=frozenset({5}), within_words=frozenset({6, 7}))
    for first, rows in [(5, [(5, 6, 9), (5, 7, 9)]), (4, [(4, 6, 9)])]:
        search = Search(2, 10, STOP, pruning=pruning)
        search.advance([[first, 10, 11, 12]], [[-1.0, -9.0, -9.0, -9.0]])
        search.advance([[6, 7, 10, 11]], [[-0.5, -0.6, -9.0, -9.0]])
        search.advance([[9, 10, 11, 12]] * 2, [[-0.1, -9.0, -9.0, -9.0]] * 2)
        assert search.rows == rows


def test_in_what_order_things_were_told_counts() -> None:
    search = Search(2, 10, STOP, pruning=Pruning(alike=1, told=frozenset({6, 7})))
    search.advance([[6, 7, 8, 9]], [[-1.0, -1.1, -9.0, -9.0]])
    search.advance([[7, 8, 9, 10], [6, 8, 9, 10]], [[-0.1, -9.0, -9.0, -9.0]] * 2)
    assert search.rows == [(6, 7), (7, 6)]
    assert len(search.advance([[5, 8, 9, 10]] * 2, [[-0.1, -9.0, -9.0, -9.0]] * 2)) == 2


def test_the_rank_of_a_row_that_is_given_up_is_the_next_ones() -> None:
    search = Search(2, 10, STOP, pruning=Pruning(alike=1))
    search.advance([[5, 6, 7, 8]], [[-1.0, -1.1, -9.0, -9.0]])
    # Of two rows with 9 the likelier goes on, and the end has the second rank, not the third.
    rest = [-9.0, -9.0]
    steps = search.advance(
        [[9, 10, 11, 12], [9, 1, 10, 11]], [[-0.1, -9.0, *rest], [-0.1, -0.4, *rest]]
    )
    assert steps == [Step(0, 9)]
    assert search.best() == [Found((6,), -1.5, 2, True)]


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
def test_what_is_told(token: str) -> None:
    assert told(["▁the", token]) == {1}


@pytest.mark.parametrize("token", ["▁the", "ing", "▁", ",", ".", "▁,", "▁knot", "▁someone", "é"])
def test_what_is_not(token: str) -> None:
    assert told([token]) == frozenset()


@pytest.mark.parametrize(
    "table",
    [
        words.UNITS["en"],
        words.ENGLISH_TENS,
        words.NUMERALS["en"],
        words.SCALES["en"],
        words.UNSURE_SCALES["en"],
        words.ROUGH["en"],
        words.MEASURES["en"],
    ],
)
def test_what_facts_are_made_of_is_told(table: Iterable[str]) -> None:
    single = [f"▁{word}" for word in table if " " not in word]
    assert told(single) == set(range(len(single)))


def test_what_goes_on_with_a_word() -> None:
    tokens = ["▁Prab", "owo", "▁", ".", ",", "1", "é", "", "<0x41>", "▁,"]
    assert within_words(tokens) == {1, 3, 4, 6}


def test_numbers_that_differ_in_their_separator_both_go_on() -> None:
    tokens = ["<eos>", "<stop>", "1", "5", ".", ",", "▁people", "▁fled", "▁the"]
    pruning = Pruning(alike=2, told=told(tokens[2:]), within_words=within_words(tokens[2:]))
    ids = {token: number for number, token in enumerate(tokens[2:])}
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
    search.advance([[1, 5, 6, 7]], [[-0.5, -1.0, -2.0, -3.0]])
    assert not search.done
    search.advance([[1, 8, 9, 10], [1, 8, 9, 10]], [[-1.0, -2.0, -3.0, -4.0]] * 2)
    assert search.done
    # -0.5 / 1, and (-1.0 - 1.0) / 2: the better mean is the first.
    assert search.best() == [Found((), -0.5, 1, True), Found((5,), -2.0, 2, True)]


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


def test_a_search_whose_candidates_all_end_is_done() -> None:
    search = Search(2, 10, frozenset({1, 2, 3, 4}))
    assert search.advance([[1, 2, 3, 4]], [[-0.1, -0.2, -0.3, -0.4]]) == []
    assert search.done
    assert [found.log_probability for found in search.best()] == [-0.1, -0.2]


def test_what_is_not_a_number_is_refused() -> None:
    for token in (5, 1):
        with pytest.raises(ValueError, match="probabilities are not numbers"):
            Search(1, 10, STOP).advance([[token]], [[math.nan]])
