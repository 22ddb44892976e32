from __future__ import annotations

import pytest

from service.documents.manuscript import Manuscript
from service.errors import WrongLanguage
from service.results.readings import ReadingOut, read

PAGE = """Senin, 6 Juli 2026
Stroberi Putih Dipanen di Merbabu
Petani Merbabu memanen stroberi putih pada Senin pagi. Pembeli antre sejak pukul enam.
Baca juga: Harga Stroberi Naik
Kesehatan mentalyang baik penting, kata petani Slamet di kebun itu."""


def test_an_article_as_read() -> None:
    reading = ReadingOut.of(read(Manuscript.from_text(PAGE, published="2026-07-06")))
    assert reading.headline == "Stroberi Putih Dipanen di Merbabu"
    assert reading.published == "2026-07-06"
    assert [(block.id, block.kind.value) for block in reading.blocks] == [
        *(("b2", "headline"), ("b3", "paragraph"), ("b5", "paragraph")),
    ]
    assert [(s.id, s.source, s.start, s.end) for s in reading.blocks[1].sentences] == [
        ("b3.1", "Petani Merbabu memanen stroberi putih pada Senin pagi.", 0, 54),
        ("b3.2", "Pembeli antre sejak pukul enam.", 55, 86),
    ]
    assert [(line.id, line.source) for line in reading.furniture] == [
        ("b1", "Senin, 6 Juli 2026"),
        ("b4", "Baca juga: Harga Stroberi Naik"),
    ]
    assert [(repair.kind, repair.before) for repair in reading.repairs] == [("word", "mentalyang")]
    assert reading.language is not None
    assert reading.language.code == "id"


def test_nothing_to_read() -> None:
    reading = ReadingOut.of(read(Manuscript.from_text("")))
    assert reading.model_dump() == {
        "headline": None,
        "published": None,
        "blocks": [],
        "furniture": [],
        "repairs": [],
        "language": None,
    }


def test_strict_language() -> None:
    text = (
        "Les habitants du village sont rentrés chez eux après la baisse des eaux de la rivière "
        "et ils nettoient la boue depuis ce matin."
    )
    assert read(Manuscript.from_text(text)).language is not None
    with pytest.raises(WrongLanguage):
        read(Manuscript.from_text(text), strict_language=True)
