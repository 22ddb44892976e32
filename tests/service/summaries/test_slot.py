"""Wordings that fit a slot."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.summaries.rendering import PrintedBullet, PrintedSummary, plain
from service.summaries.slot import Choice, Slot, fit

FLOOD = ["Floods covered 1,240 homes in Demak on Tuesday.", "Floods covered 1,240 homes."]
DIKE = ["A dike of the Wulan River broke at dawn.", "A dike of the Wulan broke.", "A dike broke."]
AID = ["The government opened 23 shelters for residents.", "It opened 23 shelters."]


def printed(candidates: list[list[str]], choices: list[Choice]) -> str:
    bullets = tuple(PrintedBullet(candidates[c][w]) for c, w in choices)
    return plain(PrintedSummary(None, None, bullets))


def test_longest_wordings_are_taken_where_all_fit() -> None:
    assert fit([FLOOD, DIKE, AID], Slot()) == [Choice(0, 0), Choice(1, 0), Choice(2, 0)]


def test_bullets_are_limited() -> None:
    assert fit([FLOOD, DIKE, AID], Slot(2)) == [Choice(0, 0), Choice(1, 0)]


def test_characters_are_counted_in_the_plain_text() -> None:
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


def test_more_bullets_come_before_longer_ones() -> None:
    chosen = fit([FLOOD, DIKE, AID], Slot(words=11))
    assert printed([FLOOD, DIKE, AID], chosen) == (
        "- Floods covered 1,240 homes.\n- A dike broke.\n- It opened 23 shelters."
    )


def test_next_candidates_replace_a_best_one_that_does_not_fit() -> None:
    assert fit([FLOOD, DIKE, AID], Slot(characters=27)) == [(1, 2)]
    assert fit([FLOOD, DIKE], Slot(characters=15)) == [(1, 2)]
    assert fit([FLOOD, DIKE], Slot(characters=14)) == []


def test_best_candidate_that_fits_is_always_admitted() -> None:
    assert fit([["one two three four"], ["one two"], ["three"]], Slot(words=4)) == [(0, 0)]


def test_candidate_that_takes_the_room_of_two_is_skipped() -> None:
    best, broad = ["one two"], ["one two three four"]
    assert fit([best, broad, ["a b"], ["c d"]], Slot(words=6)) == [(0, 0), (2, 0), (3, 0)]
    assert fit([best, broad, ["a b"], ["c d e"]], Slot(words=6)) == [(0, 0), (1, 0)]
    # With a limit of two bullets, skipping it gains nothing.
    assert fit([best, broad, ["a b"], ["c d"]], Slot(2, words=6)) == [(0, 0), (1, 0)]
    # Only the next four candidates are compared.
    far = [["one two three four five"]] * 3
    assert fit([best, broad, *far, ["a b"], ["c d"]], Slot(words=6)) == [(0, 0), (1, 0)]


def test_blank_wordings_are_skipped() -> None:
    assert fit([[], [" "], ["Rain fell.", "\n"]], Slot()) == [(2, 0)]
    assert fit([], Slot()) == []


@pytest.mark.parametrize("slot", [Slot(0), Slot(8), Slot(words=0), Slot(characters=0)])
def test_slot_without_room_is_refused(slot: Slot) -> None:
    with pytest.raises(ValueError, match="holds no bullets: give 1 to 7 bullets"):
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
def test_slot_is_never_overfilled(
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
