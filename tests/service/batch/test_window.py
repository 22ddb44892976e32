"""The work that is read ahead of the engine."""

from __future__ import annotations

from service.batch.window import MAX_WAITING_CHARACTERS, Window


def test_room_for_characters() -> None:
    window = Window(max_units=10, max_characters=100)
    first = window.begin(500)
    assert not window.has_room
    assert first.progress(4, 5) == 400
    assert not window.has_room
    assert first.progress(5, 5) == 100
    assert first.progress(5, 5) == 0
    assert window.has_room
    assert first.finish() == 0


def test_room_for_units() -> None:
    window = Window(max_units=2)
    shares = [window.begin(1), window.begin(1)]
    assert not window.has_room
    assert shares[0].finish() == 1
    assert window.has_room


def test_finished_text_that_waits_for_an_earlier_row() -> None:
    window = Window(max_units=2)
    share = window.begin(MAX_WAITING_CHARACTERS)
    share.finish()
    assert not window.has_room
    share.release()
    assert window.has_room
