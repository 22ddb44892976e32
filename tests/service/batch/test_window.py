"""The work that is read ahead of the engine."""

from __future__ import annotations

from service.batch.window import MAX_WAITING_CHARACTERS, Window


def has_room(window: Window) -> bool:
    return window.has_room


def test_room_for_characters() -> None:
    window = Window(max_units=10, max_characters=100)
    first = window.begin(500)
    assert not has_room(window)
    assert first.progress(4, 5) == 400
    assert not has_room(window)
    assert first.progress(5, 5) == 100
    assert first.progress(5, 5) == 0
    assert has_room(window)
    assert first.finish() == 0


def test_room_for_units() -> None:
    window = Window(max_units=2)
    shares = [window.begin(1), window.begin(1)]
    assert not has_room(window)
    assert shares[0].finish() == 1
    assert has_room(window)


def test_finished_text_that_waits_for_an_earlier_row() -> None:
    window = Window(max_units=2)
    share = window.begin(MAX_WAITING_CHARACTERS)
    share.finish()
    assert not has_room(window)
    share.release()
    assert has_room(window)
