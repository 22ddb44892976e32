"""The format of labeled pages, and the counts on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from scripts.evaluate_pages import InputError, Piece, app, confusion, read_page, score, table
from service.article import Kind

if TYPE_CHECKING:
    from pathlib import Path

PAGE = """# a page
headline | Banjir Surut di Demak

paragraph | Warga pulang
more | pada Rabu.
furniture + Baca juga: Harga Beras Naik
paragraph | Pasar masih tutup, kata dia.
furniture _ (rin/bud)
"""


def test_a_page_is_read() -> None:
    page = read_page("demak", PAGE.splitlines())
    assert page.text == (
        "Banjir Surut di Demak\n\nWarga pulang\npada Rabu.Baca juga: Harga Beras Naik\n"
        "Pasar masih tutup, kata dia. (rin/bud)"
    )
    assert page.pieces == (
        Piece(Kind.HEADLINE, 0, 21, True),
        Piece(Kind.PARAGRAPH, 23, 35, True),
        Piece(Kind.PARAGRAPH, 36, 46, False),
        Piece(Kind.FURNITURE, 46, 73, True),
        Piece(Kind.PARAGRAPH, 74, 102, True),
        Piece(Kind.FURNITURE, 103, 112, True),
    )


def test_a_correct_page_has_no_errors() -> None:
    result = score([read_page("demak", PAGE.splitlines())])
    assert result.errors == []
    assert (result.lost_lines, result.left_lines, result.wrong_borders) == (0, 0, 0)
    assert (result.story_lines, result.furniture_lines, result.blocks) == (4, 2, 5)
    assert result.right_kinds == 6


def test_errors_are_counted() -> None:
    rows = [
        "headline | Banjir Surut di Demak",
        "paragraph | ADVERTISEMENT",
        "paragraph | Warga pulang.",
        "furniture | Baca berita lain di situs kami.",
        "paragraph | Pasar tutup.",
        "paragraph _ Sekolah dibuka.",
    ]
    result = score([read_page("demak", rows)])
    assert (result.lost_lines, result.lost_characters) == (1, 13)
    assert (result.left_lines, result.left_characters) == (1, 26)
    assert result.wrong_borders == 1
    assert result.errors == [
        "demak: joined before: 'Sekolah dibuka.'",
        "demak: paragraph taken for furniture: 'ADVERTISEMENT'",
        "demak: furniture taken for paragraph: 'Baca berita lain di situs kami.'",
    ]
    assert table({"toy": result}).splitlines()[-1] == (
        "| toy (1) | 5 | 1 | 13 of 68 | 1 | 1 | 26 of 26 | 4 of 6 | 6 | 1 |"
    )
    assert confusion(result.kinds) == (
        "| | headline | paragraph | furniture |\n"
        "|---|---:|---:|---:|\n"
        "| **headline** | 1 |  |  |\n"
        "| **paragraph** |  | 3 | 1 |\n"
        "| **furniture** |  | 1 |  |"
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["Warga pulang."], "demak: line 1: 'Warga pulang.' is not a kind"),
        (["story | Warga pulang."], "demak: line 1: 'story | Warga pulang.' is not a kind"),
        (["", "more | Warga pulang."], "demak: line 2: 'more | Warga pulang.' is not a kind"),
        (["# nothing", ""], "demak: the page has no labeled line"),
    ],
)
def test_other_formats_are_refused(rows: list[str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        read_page("demak", rows)


def test_the_command_prints_counts_and_errors(tmp_path: Path) -> None:
    (tmp_path / "demak.txt").write_text(PAGE, encoding="utf-8")
    result = CliRunner().invoke(app, [str(tmp_path), "--errors"])
    assert result.exit_code == 0
    assert "| 4 | 0 | 0 of 62 | 2 | 0 | 0 of 32 | 6 of 6 | 5 | 0 |" in result.output
    assert result.output.endswith("- no error\n")


def test_a_folder_without_pages_ends_the_command(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path)])
    assert result.exit_code == 2
    assert "has no labeled page (.txt)" in result.output
