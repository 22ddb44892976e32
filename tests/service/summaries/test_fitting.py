"""Which bullets fit a slot, and the one line above them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.summaries.fitting import Choice, Slot, fit, one_line
from service.summaries.forms import Point, Printed, plain

FLOOD = ["Floods covered 1,240 homes in Demak on Tuesday.", "Floods covered 1,240 homes."]
DIKE = ["A dike of the Wulan River broke at dawn.", "A dike of the Wulan broke.", "A dike broke."]
AID = ["The government opened 23 shelters for residents.", "It opened 23 shelters."]


def printed(candidates: list[list[str]], choices: list[Choice]) -> str:
    points = tuple(Point(candidates[c][w]) for c, w in choices)
    return plain(Printed(None, None, points))


def test_with_room_for_all_the_longest_are_taken() -> None:
    assert fit([FLOOD, DIKE, AID], Slot()) == [Choice(0, 0), Choice(1, 0), Choice(2, 0)]


def test_no_more_bullets_than_asked_for() -> None:
    assert fit([FLOOD, DIKE, AID], Slot(2)) == [Choice(0, 0), Choice(1, 0)]


def test_characters_are_those_of_the_plain_text() -> None:
    whole = (
        "- Floods covered 1,240 homes in Demak on Tuesday.\n"
        "- A dike of the Wulan River broke at dawn."
    )
    assert printed([FLOOD, DIKE], fit([FLOOD, DIKE], Slot(2))) == whole
    assert fit([FLOOD, DIKE], Slot(2, characters=len(whole))) == [(0, 0), (1, 0)]
    assert fit([FLOOD, DIKE], Slot(2, characters=len(whole) - 1)) == [(0, 0), (1, 1)]


def test_words_are_counted_over_all_bullets() -> None:
    # 8 and 9 words; 4, 6 and 3.
    assert fit([FLOOD, DIKE], Slot(words=17)) == [(0, 0), (1, 0)]
    assert fit([FLOOD, DIKE], Slot(words=16)) == [(0, 0), (1, 1)]
    assert fit([FLOOD, DIKE], Slot(words=13)) == [(0, 0), (1, 2)]
    assert fit([FLOOD, DIKE], Slot(words=10)) == [(0, 1), (1, 1)]
    assert fit([FLOOD, DIKE], Slot(words=7)) == [(0, 1), (1, 2)]


def test_more_bullets_before_longer_ones() -> None:
    chosen = fit([FLOOD, DIKE, AID], Slot(words=11))
    assert printed([FLOOD, DIKE, AID], chosen) == (
        "- Floods covered 1,240 homes.\n- A dike broke.\n- It opened 23 shelters."
    )


def test_where_the_best_does_not_fit_the_next_do() -> None:
    assert fit([FLOOD, DIKE, AID], Slot(characters=27)) == [(1, 2)]
    assert fit([FLOOD, DIKE], Slot(characters=15)) == [(1, 2)]
    assert fit([FLOOD, DIKE], Slot(characters=14)) == []


def test_the_best_that_fits_is_in_whatever_it_takes() -> None:
    assert fit([["one two three four"], ["one two"], ["three"]], Slot(words=4)) == [(0, 0)]


def test_what_takes_the_room_of_two_is_passed_over() -> None:
    best, broad = ["one two"], ["one two three four"]
    assert fit([best, broad, ["a b"], ["c d"]], Slot(words=6)) == [(0, 0), (2, 0), (3, 0)]
    assert fit([best, broad, ["a b"], ["c d e"]], Slot(words=6)) == [(0, 0), (1, 0)]
    # Two bullets are all that is wanted: nothing is gained without it.
    assert fit([best, broad, ["a b"], ["c d"]], Slot(2, words=6)) == [(0, 0), (1, 0)]
    # Beyond the next four nothing is looked at.
    far = [["one two three four five"]] * 3
    assert fit([best, broad, *far, ["a b"], ["c d"]], Slot(words=6)) == [(0, 0), (1, 0)]


def test_blank_wordings_are_none() -> None:
    assert fit([[], [" "], ["Rain fell.", "\n"]], Slot()) == [(2, 0)]
    assert fit([], Slot()) == []


@pytest.mark.parametrize("slot", [Slot(0), Slot(8), Slot(words=0), Slot(characters=0)])
def test_slots_that_cannot_be(slot: Slot) -> None:
    with pytest.raises(ValueError, match="is no room for 1 to 7 bullets"):
        fit([FLOOD], slot)


_WORDINGS = st.lists(
    st.text(st.sampled_from("ab \n\x00\x1c\u00a0😀"), max_size=12), max_size=4
).map(lambda texts: sorted(texts, key=len, reverse=True))


@settings(deadline=None)
@given(
    st.lists(_WORDINGS, max_size=8),
    st.integers(1, 7),
    st.none() | st.integers(1, 12),
    st.none() | st.integers(1, 60),
)
def test_nothing_is_over_the_slot(
    candidates: list[list[str]], bullets: int, words: int | None, characters: int | None
) -> None:
    chosen = fit(candidates, Slot(bullets, words, characters))
    text = printed(candidates, chosen)
    assert len(text.splitlines()) == len(chosen) <= bullets
    assert len({choice.candidate for choice in chosen}) == len(chosen)
    assert sorted(chosen) == chosen
    assert words is None or len(text.split()) - len(chosen) <= words
    assert characters is None or len(text) <= characters
    assert chosen == fit(candidates, Slot(bullets, words, characters))


def test_the_headline_where_it_is_short() -> None:
    assert one_line(" Floods hit\nDemak ", FLOOD) == "Floods hit Demak"
    assert one_line("x" * 109, FLOOD) == "x" * 109
    assert one_line("x" * 110, FLOOD) == "Floods covered 1,240 homes"


def test_else_the_shortest_wording_without_its_stop() -> None:
    assert one_line(None, DIKE) == "A dike broke"
    assert one_line("", ["Who opened the dike?"]) == "Who opened the dike?"
    assert one_line(None, ["A dike of the Wulan broke.", " "]) == "A dike of the Wulan broke"
    assert one_line(None, ["A dike broke .", "."]) == "A dike broke"
    assert one_line(None, []) is None


@pytest.mark.parametrize(
    "text",
    [
        "He bought a stake in Sinar Kencana Inc.",
        "He flew to the U.S.",
        "The match begins at 7 p.m.",
        "He waited ...",
        "“We will rebuild.”",
    ],
)
def test_a_stop_that_belongs_to_something_stays(text: str) -> None:
    assert one_line(None, [text]) == text


def test_a_long_wording_is_cut_before_its_circumstance() -> None:
    text = (
        "Residents of the old town fled to the hall, after the river had burst its banks at dawn."
    )
    assert one_line(None, [text], 60) == "Residents of the old town fled to the hall"
    assert one_line(None, [text], 43) == "Residents of the old town fled to the hall"
    assert one_line(None, [text], 42) is None
    assert one_line(None, ["x " * 40 + "x.", text, "y " * 40 + "y."], 60) == (
        "Residents of the old town fled to the hall"
    )


@pytest.mark.parametrize(
    "text",
    [
        # a number would be lost, in digits or in words
        "Residents of the town fled to the hall, after the river had covered 240 homes.",
        "Residents of the town fled to the hall, after the river had taken three bridges.",
        "Residents of the old town fled to the hall, following the heavy rain on Tuesday.",
        "Passengers fled to the arrivals hall, after flight QZ8501 had been searched by police.",
        # who says so
        "Prices will rise in every province, according to what the minister has written.",
        "Prices rose in every province, after a tax was passed said the minister there.",
        # what takes it back
        "The regent was named a suspect in the case, after which he was cleared by the court.",
        "The regent left office in the case of the dike, because of claims that proved false.",
        # what it is a condition of
        "The road to the old town will open again, after the dike has been repaired there.",
        # a sentence that goes on
        "The mayor of the old town, after a day of rain, called upon residents to leave it.",
        "The mayor of the old town, after a day of rain - the worst - called on all to go.",
        # quotations
        "“The mayor of the town called on us to go, after the rain came down on the town.”",
        "Residents' boats were all taken from the hall, after the rain came down on the town.",
        # too little, or no sentence
        "He had gone, after the river had burst its banks and taken the bridges of the town.",
        "Residents of the town fled to the hall, after the river had burst its banks at dawn",
        # no such boundary
        "Residents of the town fled to the hall after the river had burst its banks at dawn.",
        "The flood covered the homes of Demak, Kudus, and Pati, and the roads between the towns.",
    ],
)
def test_nothing_is_cut_where_it_may_not_be(text: str) -> None:
    assert one_line(None, [text], 60) is None


@settings(deadline=None)
@given(st.none() | st.text(), st.lists(st.text(max_size=150), max_size=3), st.integers(1, 120))
def test_a_line_is_shorter_than_its_limit(
    headline: str | None, wordings: list[str], limit: int
) -> None:
    line = one_line(headline, wordings, limit)
    assert line is None or (0 < len(line) < limit and line == line.strip())
