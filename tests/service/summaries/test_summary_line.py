"""The one line above the bullets."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.summaries.summary_line import summary_line

FLOOD = ["Floods covered 1,240 homes in Demak on Tuesday.", "Floods covered 1,240 homes."]
DIKE = ["A dike of the Wulan River broke at dawn.", "A dike of the Wulan broke.", "A dike broke."]


def test_short_headline_is_the_line() -> None:
    assert summary_line(" Floods hit\nDemak ", FLOOD) == "Floods hit Demak"
    assert summary_line("x" * 109, FLOOD) == "x" * 109
    assert summary_line("x" * 110, FLOOD) == "Floods covered 1,240 homes"


def test_shortest_wording_without_its_full_stop_is_the_line() -> None:
    assert summary_line(None, DIKE) == "A dike broke"
    assert summary_line("", ["Who opened the dike?"]) == "Who opened the dike?"
    assert summary_line(None, ["A dike of the Wulan broke.", " "]) == "A dike of the Wulan broke"
    assert summary_line(None, ["A dike broke .", "."]) == "A dike broke"
    assert summary_line(None, []) is None


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
def test_full_stop_of_an_abbreviation_stays(text: str) -> None:
    assert summary_line(None, [text]) == text


def test_long_wording_is_cut_before_its_last_phrase() -> None:
    text = (
        "Residents of the old town fled to the hall, after the river had burst its banks at dawn."
    )
    assert summary_line(None, [text], 60) == "Residents of the old town fled to the hall"
    assert summary_line(None, [text], 43) == "Residents of the old town fled to the hall"
    assert summary_line(None, [text], 42) is None
    assert summary_line(None, ["x " * 40 + "x.", text, "y " * 40 + "y."], 60) == (
        "Residents of the old town fled to the hall"
    )


@pytest.mark.parametrize(
    "text",
    [
        # a number, in digits or in words
        "Residents of the town fled to the hall, after the river had covered 240 homes.",
        "Residents of the town fled to the hall, after the river had taken three bridges.",
        "Residents of the old town fled to the hall, following the heavy rain on Tuesday.",
        "Passengers fled to the arrivals hall, after flight QZ8501 had been searched by police.",
        # an attribution
        "Prices will rise in every province, according to what the minister has written.",
        "Prices rose in every province, after a tax was passed said the minister there.",
        # a retraction
        "The regent was named a suspect in the case, after which he was cleared by the court.",
        "The regent left office in the case of the dike, because of claims that proved false.",
        # a condition of a future event
        "The road to the old town will open again, after the dike has been repaired there.",
        # a sentence that goes on
        "The mayor of the old town, after a day of rain, called upon residents to leave it.",
        "The mayor of the old town, after a day of rain - the worst - called on all to go.",
        # quotations
        "“The mayor of the town called on us to go, after the rain came down on the town.”",
        "Residents' boats were all taken from the hall, after the rain came down on the town.",
        # too few words, or not a sentence
        "He had gone, after the river had burst its banks and taken the bridges of the town.",
        "Residents of the town fled to the hall, after the river had burst its banks at dawn",
        # no such boundary
        "Residents of the town fled to the hall after the river had burst its banks at dawn.",
        "The flood covered the homes of Demak, Kudus, and Pati, and the roads between the towns.",
    ],
)
def test_unsafe_phrase_is_not_cut(text: str) -> None:
    assert summary_line(None, [text], 60) is None


@settings(deadline=None)
@given(st.none() | st.text(), st.lists(st.text(max_size=150), max_size=3), st.integers(1, 120))
def test_line_is_shorter_than_its_limit(
    headline: str | None, wordings: list[str], limit: int
) -> None:
    line = summary_line(headline, wordings, limit)
    assert line is None or (0 < len(line) < limit and line == line.strip())
