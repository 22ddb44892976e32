"""Export and import of TMX, from Kabar and from other programs."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from service.article import Correction
from service.corrections.tmx import InvalidTmx, read_tmx, write_tmx
from service.errors import CannotRead

FULL = Correction(
    source='"Air & lumpur <masih> naik," kata Agus.',
    target="“The water and mud are still rising,” Agus said.",
    author="Rina",
    created=datetime(2025, 2, 18, 7, 30, tzinfo=UTC),
    context="",
    machine="Water rises.",
    withdrawn=datetime(2025, 2, 19, tzinfo=UTC),
    withdrawn_by="Budi",
)
PLAIN = Correction("Air surut.", "The water is receding.", "Budi", datetime(2025, 3, 1, tzinfo=UTC))


def written(*corrections: Correction) -> bytes:
    file = io.BytesIO()
    assert write_tmx(corrections, file) == len(corrections)
    return file.getvalue()


def read(tmp_path: Path, data: bytes | str) -> list[Correction | str]:
    path = tmp_path / "memory.tmx"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_tmx(path))


def foreign(units: str, head: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{head}<tmx version="1.4"><header creationtool="x" srclang="id"/>'
        f"<body>{units}</body></tmx>"
    )


def unit(source: str, target: str, attributes: str = "", one: str = "id", two: str = "en") -> str:
    return (
        f'<tu {attributes}><tuv xml:lang="{one}"><seg>{source}</seg></tuv>'
        f'<tuv xml:lang="{two}"><seg>{target}</seg></tuv></tu>'
    )


def test_export_and_import_lose_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, written(FULL, PLAIN)) == [FULL, PLAIN]


def test_an_empty_export(tmp_path: Path) -> None:
    assert read(tmp_path, written()) == []


def test_the_fields_that_other_programs_read() -> None:
    root = etree.fromstring(written(PLAIN))
    assert root.get("version") == "1.4"
    header = root.find("header")
    assert header is not None
    assert {name: header.get(name) for name in ("srclang", "segtype", "datatype")} == {
        "srclang": "id",
        "segtype": "sentence",
        "datatype": "plaintext",
    }
    found = root.find("body/tu")
    assert found is not None
    assert found.get("creationid") == "Budi"
    assert found.get("creationdate") == "20250301T000000Z"
    assert [
        (variant.get("{http://www.w3.org/XML/1998/namespace}lang"), variant.findtext("seg"))
        for variant in found.findall("tuv")
    ] == [("id", "Air surut."), ("en", "The water is receding.")]


def test_characters_that_xml_cannot_hold(tmp_path: Path) -> None:
    odd = Correction("Air\x00surut.", "Water.", "Rina", PLAIN.created)
    (back,) = read(tmp_path, written(odd))
    assert isinstance(back, Correction)
    assert back.source == "Air\N{REPLACEMENT CHARACTER}surut."


def test_another_programs_file(tmp_path: Path) -> None:
    text = foreign(
        unit("Air  surut.", "Water recedes.", 'changedate="20240101T120000Z" changeid="ANI"')
        + unit(
            'Klik <bpt i="1">&lt;b&gt;</bpt>di <hi>sini</hi><ept i="1">&lt;/b&gt;</ept>.',
            "Click <ph>{1}</ph>here.",
            'creationdate="20240102T120000Z"',
            "ID-id",
            "en-GB",
        ),
        '<!DOCTYPE tmx SYSTEM "tmx14.dtd">',
    )
    assert read(tmp_path, text) == [
        Correction("Air surut.", "Water recedes.", "ANI", datetime(2024, 1, 1, 12, tzinfo=UTC)),
        Correction("Klik di sini.", "Click here.", "TMX", datetime(2024, 1, 2, 12, tzinfo=UTC)),
    ]


def test_utf_16_and_the_old_code_of_indonesian(tmp_path: Path) -> None:
    text = foreign(unit("Air.", "Water.", "", "in", "EN")).replace(
        '<?xml version="1.0"?>', '<?xml version="1.0" encoding="UTF-16"?>'
    )
    (back,) = read(tmp_path, text.encode("utf-16"))
    assert isinstance(back, Correction)
    assert (back.source, back.target) == ("Air.", "Water.")


def test_a_unit_without_a_time_gets_the_files(tmp_path: Path) -> None:
    first = read(tmp_path, foreign(unit("Air.", "Water.")))
    assert first == list(read_tmx(tmp_path / "memory.tmx"))


def test_unusable_units_are_named(tmp_path: Path) -> None:
    text = foreign(
        unit("Eau.", "Water.", 'tuid="a7"', "fr")
        + unit("Air.", " ")
        + unit("Air.", "Water.", 'creationdate="20240101T120000Z"')
    )
    *refused, kept = read(tmp_path, text)
    assert refused == [
        "a7: it has no id",
        "unit 2: the target of a correction is empty: send some text",
    ]
    assert isinstance(kept, Correction)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not TMX"),
        (b"PK\x03\x04\x00\x00", "is not TMX"),
        (b"Air surut.\tWater recedes.\n", "is not TMX"),
        (b"<html><body/></html>", "is XML, but not TMX: it begins with <html>"),
        (written(FULL, PLAIN)[:-20], "is not TMX, or breaks off"),
    ],
)
def test_files_that_are_not_tmx(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(InvalidTmx, match=message):
        read(tmp_path, data)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="No such file"):
        list(read_tmx(tmp_path / "none.tmx"))


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("rahasia")
    head = f'<!DOCTYPE tmx [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    found = read(tmp_path, foreign(unit("Air &x;.", "Water."), head))
    assert "rahasia" not in str(found)


def test_a_large_file_takes_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "large.tmx"
    with path.open("wb") as file:
        write_tmx(
            (Correction(f"Air {n}.", "Water.", "R", PLAIN.created) for n in range(20_000)), file
        )
    tracemalloc.start()
    assert sum(1 for _ in read_tmx(path)) == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000
