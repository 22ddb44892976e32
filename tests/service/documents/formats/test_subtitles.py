"""Subtitles: everything but the text stays byte for byte, and lines are readable."""

from __future__ import annotations

from pathlib import Path

import pysubs2
import pytest
from converting import converted

from service.documents.formats.base import FormatOptions, UnreadableFile
from service.documents.formats.cue_lines import divided, wrapped
from service.documents.formats.subtitles import open_document

VTT = """WEBVTT - judul

NOTE
catatan --> kami

STYLE
::cue { color: red }

satu
00:01.000 --> 00:02.500 align:start
<v Budi>Air <i>surut</i>.

01:00:03.000 --> 01:00:04.000
- Apa kabar?
- Baik.
"""


def test_vtt(tmp_path: Path) -> None:
    assert converted(tmp_path, "a.vtt", VTT) == (
        VTT.replace("<v Budi>Air <i>surut</i>.", "<v Budi>[Air] [<i>surut</i>.]")
        .replace("- Apa kabar?", "- [Apa] [kabar?]")
        .replace("- Baik.", "- [Baik.]")
    )


def test_srt_has_the_same_times_in_another_reader(tmp_path: Path) -> None:
    source = (
        "1\r\n00:00:01,000 --> 00:00:03,000\r\nPresiden tiba di Surabaya pada Selasa pagi,\r\n\r\n"
        "2\r\n00:00:03,200 --> 00:00:05,000\r\nlalu pergi.\r\n\r\n"
        "3\r\n00:00:09,000 --> 00:00:10,000\r\n{\\an8}Warga pulang.\r\n"
    )
    target = converted(tmp_path, "a.srt", source)
    before, after = (pysubs2.SSAFile.from_string(text) for text in (source, target))
    assert [(line.start, line.end) for line in before] == [(line.start, line.end) for line in after]
    assert target == (
        "1\r\n00:00:01,000 --> 00:00:03,000\r\n[Presiden] [tiba] [di] [Surabaya]\r\n"
        "[pada] [Selasa] [pagi,]\r\n\r\n"
        "2\r\n00:00:03,200 --> 00:00:05,000\r\n[lalu] [pergi.]\r\n\r\n"
        "3\r\n00:00:09,000 --> 00:00:10,000\r\n{\\an8}[Warga] [pulang.]\r\n"
    )


def test_both_sides_of_a_cue(tmp_path: Path) -> None:
    cue = "1\n00:00:01,000 --> 00:00:03,000\nAir surut.\n"
    assert converted(tmp_path, "a.srt", cue, bilingual=True) == cue + "[Air] [surut.]\n"


def test_overlapping_cues_keep_their_times(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(
        "1\n00:00:01,000 --> 00:00:05,000\nAir.\n\n2\n00:00:02,000 --> 00:00:06,000\nSurut.\n"
    )
    document = open_document(path, FormatOptions())
    assert len(list(document.units())) == 1
    assert document.notes == ["cues 1 and 2 overlap: their times stay as they are"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Air surut.\n", "it has no cue with times"),
        ("1\n00:00:05,000 --> 00:00:01,000\nAir.\n", "cue 1 ends before it begins"),
    ],
)
def test_bad_subtitles(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=said):
        converted(tmp_path, "a.srt", content)


def test_division_by_length() -> None:
    text = "The president arrived in the morning, then went to the hall."
    assert divided(text, [40, 25]) == [
        "The president arrived in the morning,",
        "then went to the hall.",
    ]
    assert divided("one two", [1, 1, 1]) == ["one", "two", ""]
    assert divided("one two three", [100, 1, 1]) == ["one", "two", "three"]


def test_lines_of_readable_length() -> None:
    assert wrapped("Short.") == "Short."
    assert wrapped("The president arrived in Surabaya on Tuesday morning,") == (
        "The president arrived in\nSurabaya on Tuesday morning,"
    )
    assert all(len(line) <= 42 for line in wrapped("word " * 40).split("\n"))
