from __future__ import annotations

import pytest

from service.text.lexicon.roots import is_known, is_root


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("kesehatan", True),
        ("menulis", True),
        ("penyanyi", True),
        ("berkelanjutan", True),
        ("dipadati", True),
        ("mentalyang", False),
        ("supporting", False),
        ("x" * 1000, False),
        ("", False),
    ],
)
def test_known_words(word: str, known: bool) -> None:
    assert is_known(word) is known


def test_roots() -> None:
    assert is_root("sehat")
    assert not is_root("kesehatan")
