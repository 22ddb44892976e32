"""Text, HTML and Markdown keep everything but their words."""

from __future__ import annotations

from pathlib import Path

import pytest
from converting import converted

from service.documents.formats.base import FormatOptions, UnreadableFile
from service.documents.formats.plain import open_document
from service.documents.formats.registry import SUFFIXES, UnknownFormat, format_of


def test_text(tmp_path: Path) -> None:
    assert converted(tmp_path, "a.txt", "Banjir Surut\n\nWarga pulang.\n") == (
        "[Banjir] [Surut]\n\n[Warga] [pulang.]\n"
    )


def test_both_sides_of_a_text(tmp_path: Path) -> None:
    assert converted(tmp_path, "a.txt", "Banjir Surut\n\nWarga pulang.", bilingual=True) == (
        "Banjir Surut\n[Banjir] [Surut]\n\nWarga pulang.\n[Warga] [pulang.]\n"
    )


def test_html(tmp_path: Path) -> None:
    page = '<h1>Banjir</h1><!-- x --><p class="y">Air <b>surut</b>.</p>'
    assert converted(tmp_path, "a.html", page) == (
        '<h1>[Banjir]</h1><!-- x --><p class="y">[Air] [<b>surut</b>.]</p>'
    )
    assert converted(tmp_path, "a.html", "<p>Air <i>surut</i>.</p>", bilingual=True) == (
        '<p><span lang="id">Air <i>surut</i>.</span><br>[Air] [<i>surut</i>.]</p>'
    )


MARKDOWN = [
    ("# Banjir *surut*\n", "# \\[Banjir\\] \\[*surut*\\]\n"),
    ("Judul\n=====\n\nAir surut.\n", "\\[Judul\\]\n=====\n\n\\[Air\\] \\[surut.\\]\n"),
    ("> Warga\n> pulang.\n", "> \\[Warga\\] \\[pulang.\\]\n"),
    ("- satu\n  dua\n- tiga\n", "- \\[satu\\] \\[dua\\]\n- \\[tiga\\]\n"),
    ("1. satu\n2. dua\n", "1. \\[satu\\]\n2. \\[dua\\]\n"),
    (
        "| A b | C |\n|---|---|\n| air | - |\n",
        "| \\[A\\] \\[b\\] | \\[C\\] |\n|---|---|\n| \\[air\\] | - |\n",
    ),
    ("```\nAir surut.\n```\n\nAir.\n", "```\nAir surut.\n```\n\n\\[Air.\\]\n"),
    ("---\ntitle: Air\n---\nAir.\n", "---\ntitle: Air\n---\n\\[Air.\\]\n"),
    ('[desa](http://a.b "c") surut\n', '\\[[desa](http://a.b "c")\\] \\[surut\\]\n'),
    ("Kata `bpbd` tadi.\n\n[1]: http://a.b\n", "\\[Kata\\] \\[`bpbd`\\] \\[tadi.\\]\n\n[1]: http://a.b\n"),
    ("<div>\nAir surut.\n</div>\n", "<div>\nAir surut.\n</div>\n"),
    ("![peta](p.png) Air surut.\n", "![peta](p.png)\\[Air\\] \\[surut.\\]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "target"), MARKDOWN)
def test_markdown(source: str, target: str, tmp_path: Path) -> None:
    assert converted(tmp_path, "a.md", source) == target


def test_both_sides_of_markdown(tmp_path: Path) -> None:
    assert converted(tmp_path, "a.md", "- air *surut*\n", bilingual=True) == (
        "- air *surut*<br>\\[air\\] \\[*surut*\\]\n"
    )


def test_a_text_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * 64_000_001)
    with pytest.raises(UnreadableFile, match="more than 64 MB"):
        list(open_document(path, FormatOptions()).units())


def test_formats_by_ending() -> None:
    assert {suffix: format_of(Path("a" + suffix.upper())).name for suffix in SUFFIXES}.items() >= {
        ".txt": "txt", ".htm": "html", ".markdown": "md", ".ndjson": "jsonl", ".tsv": "tsv",
        ".vtt": "vtt",
    }.items()  # fmt: skip
    assert format_of(Path("a.dat"), "csv").name == "csv"


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("a.xlsx", None, r"does not read \.xlsx files: save the sheet as \.csv"),
        ("a.doc", None, r"save it as \.docx"),
        ("a.qqq", None, "name its format with --from"),
        ("a", None, "files without an ending"),
        ("a.txt", "word", "--from word is not a format: choose txt"),
    ],
)
def test_unknown_formats(name: str, form: str | None, said: str) -> None:
    with pytest.raises(UnknownFormat, match=said):
        format_of(Path(name), form)
