"""JSON, JSON Lines, CSV and TSV keep every other field, and the order of rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from converting import bad_rows, converted

from service.documents.formats import lines_of_bytes
from service.documents.formats.base import FormatOptions, UnreadableFile
from service.documents.formats.lines_of_bytes import raw_lines


def test_json_lines(tmp_path: Path) -> None:
    rows = (
        '{"id": 7, "judul": "Air surut", "isi": "Warga pulang.\\n\\nAir surut.", "x": [1, null]}\n'
        "\n"
        '{"isi": ["Satu desa.", "", "Dua desa."], "judul": null}\n'
        '{"isi": "<p>Air <b>surut</b>.</p>"}'
    )
    assert converted(tmp_path, "a.jsonl", rows) == (
        '{"id": 7, "judul": "[Air] [surut]", "isi": "[Warga] [pulang.]\\n\\n[Air] [surut.]", '
        '"x": [1, null]}\n'
        '{"isi": ["[Satu] [desa.]", "", "[Dua] [desa.]"], "judul": null}\n'
        '{"isi": "<p>[Air] [<b>surut</b>.]</p>"}\n'
    )


def test_named_fields_may_be_inside_objects(tmp_path: Path) -> None:
    row = '{"a": {"b": "Air surut."}, "title": "Air"}\n'
    assert converted(tmp_path, "a.jsonl", row, fields=("a.b",)) == (
        '{"a": {"b": "[Air] [surut.]"}, "title": "Air"}\n'
    )


def test_both_sides_of_a_row(tmp_path: Path) -> None:
    assert converted(tmp_path, "a.jsonl", '{"isi": "Air."}\n', bilingual=True) == (
        '{"isi": "Air.", "isi_en": "[Air.]"}\n'
    )
    assert converted(tmp_path, "a.csv", "id,isi\n1,Air.\n", bilingual=True) == (
        "id,isi,isi_en\n1,Air.,[Air.]\n"
    )


def test_bad_rows_of_json_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        b'{"isi": "Air."}\n{"isi": \n[1]\n{"id": 1}\n{"isi": 5}\n'
        b'{"isi": "caf\xe9 \xc3\xa9"}\n' + b"[" * 100_000 + b"\n"
    )
    rows = dict(bad_rows(path))
    assert list(rows) == ["row 2", "row 3", "row 4", "row 5", "row 6", "row 7"]
    assert "the row is not JSON" in rows["row 2"]
    assert "not an object" in rows["row 3"]
    assert "it has 'id': name fields with --fields" in rows["row 4"]
    assert "the field 'isi' is no text, but int" in rows["row 5"]
    assert "not valid UTF-8" in rows["row 6"]
    assert "the row is not JSON" in rows["row 7"]


def test_each_row_may_have_its_encoding(tmp_path: Path) -> None:
    rows = '{"isi": "“Kami siap”"}\n'.encode("cp1252") + '{"isi": "Air – surut"}\n'.encode()
    assert converted(tmp_path, "a.jsonl", rows) == (
        '{"isi": "[“Kami] [siap”]"}\n{"isi": "[Air] [–] [surut]"}\n'
    )


def test_a_line_of_any_length_takes_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"isi": "Air."}\n')
        for _ in range(3):
            file.write(b"a" * 1_000_000)
        file.write(b'\n{"isi": "Air."}\n')
    with path.open("rb") as file:
        lines = list(raw_lines(file, limit=100_000))
    assert [(len(line.data), line.offset, line.is_cut) for line in lines] == [
        (16, 16, False), (2_000, 3_000_017, True), (16, 3_000_033, False),
    ]  # fmt: skip


def test_rows_that_are_too_long(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"isi": "' + b"a" * 16_000_000 + b'"}\n{"isi": "Air."}\n')
    assert bad_rows(path) == [("row 1", "the row has more than 16 MB: split it into several rows")]
    assert lines_of_bytes.too_long(2_000_000).startswith("the row has more than 2 MB")


def test_json(tmp_path: Path) -> None:
    one = json.loads(converted(tmp_path, "a.json", '{"headline": "Air surut", "n": 1}'))
    assert one == {"headline": "[Air] [surut]", "n": 1}
    two = json.loads(converted(tmp_path, "a.json", '[{"isi": "Air."}, {"isi": "Surut."}]'))
    assert two == [{"isi": "[Air.]"}, {"isi": "[Surut.]"}]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "it is not JSON"),
        ("5", "neither an object nor a list"),
        ('[{"isi": "Air."}, {"id": 1}]', "article 2: the row has no field"),
    ],
)
def test_bad_json(content: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=said):
        converted(tmp_path, "a.json", content)


def test_csv(tmp_path: Path) -> None:
    rows = b'\xef\xbb\xbfid;judul;isi\r\n1;"Air; surut";"Warga\r\n\r\npulang."\r\n'
    rows += b"\r\n2;;\r\n3;Air;-\r\n"
    assert converted(tmp_path, "a.csv", rows) == (
        '\ufeffid;judul;isi\r\n1;"[Air;] [surut]";"[Warga]\n\n[pulang.]"\r\n2;;\r\n3;[Air];-\r\n'
    )
    assert converted(tmp_path, "a.tsv", "id\tjudul\n1\tAir, surut\n") == (
        "id\tjudul\n1\t[Air,] [surut]\n"
    )


def test_bad_rows_of_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,isi\n1,Air.\n2\n3,Air.,x\n4,caf\xe9 \xc3\xa9\n5,Air.\n")
    assert [(row, detail[:35]) for row, detail in bad_rows(path)] == [
        ("row 2", "the row has 1 columns, and the head"),
        ("row 3", "the row has 3 columns, and the head"),
        ("row 4", "not valid UTF-8; the file looks dam"),
    ]


@pytest.mark.parametrize(
    ("content", "fields", "said"),
    [
        (b"", (), "it is empty"),
        (b"id,x\n1,2\n", (), r"no column with a known name; its columns are 'id', 'x'.*--fields"),
        (b"id,x\n1,2\n", ("y",), "no column 'y'"),
        (b'id,isi\n1,"Air.\n' + b"2,Air.\n" * 2_500_000, (), "quotation mark in it is perhaps not"),
        ("id,isi\n1,Air.\n".encode("utf-16"), (), "UTF-16"),
    ],
    ids=["empty", "columns", "name", "quotation", "utf-16"],
)
def test_bad_csv(content: bytes, fields: tuple[str, ...], said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said):
        bad_rows(path, FormatOptions(fields))
