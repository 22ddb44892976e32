from __future__ import annotations

from pathlib import Path

import pytest

from scripts.evaluate_pages import read_folder, score
from service.documents.repair import repair

PAGES = Path(__file__).parent / "pages"


@pytest.mark.parametrize(
    ("folder", "pages", "story", "furniture", "left", "wrong_kinds", "wrong_borders"),
    [
        ("first", 31, 243, 190, 1, 4, 1),
        ("second", 34, 247, 161, 4, 12, 2),
        ("third", 22, 121, 143, 0, 2, 0),
    ],
)
def test_labeled_pages(
    folder: str,
    pages: int,
    story: int,
    furniture: int,
    left: int,
    wrong_kinds: int,
    wrong_borders: int,
) -> None:
    result = score(read_folder(PAGES / folder))
    assert (result.lost_lines, result.lost_characters) == (0, 0)
    assert (result.pages, result.story_lines, result.furniture_lines) == (pages, story, furniture)
    assert result.left_lines == left
    assert result.kinds.total() - result.right_kinds == wrong_kinds
    assert result.wrong_borders == wrong_borders


def test_only_lost_line_breaks_are_repaired_on_the_pages() -> None:
    changes = [
        (page.name, change.kind, change.before, change.after)
        for folder in ("first", "second")
        for page in read_folder(PAGES / folder)
        for change in repair(page.text).changes
    ]
    assert changes == [
        ("antara-lem", "line", ".", ".\n"),
        ("republika-lem", "line", ".", ".\n"),
        ("republika-lem", "line", ".", ".\n"),
        ("kompas-baca-satu-baris", "line", ".", ".\n"),
        ("kompas-baca-satu-baris", "line", ".", ".\n"),
        ("republika-judul-lem", "line", ".", ".\n"),
        ("republika-judul-lem", "line", ".", ".\n"),
    ]
