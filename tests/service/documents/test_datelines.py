from __future__ import annotations

import pytest
from reading import STORY, blocks, kinds

from service.documents.text import read_text


@pytest.mark.parametrize(
    ("dateline", "separator", "story"),
    [
        ("JAKARTA, KOMPAS.com -", " ", STORY),
        ("JAKARTA, KOMPAS.com –", "", STORY),
        ("JAKARTA, KOMPAS.com\n-", " ", STORY),
        ("KOMPAS.com -", " ", STORY),
        ("ORBITINDONESIA.COM -", " ", STORY),
        ("Liputan6.com, Jakarta -", "", STORY),
        ("Liputan6.com, Jakarta", "", STORY),
        ("REPUBLIKA.CO.ID, DENPASAR --", " ", STORY),
        ("REPUBLIKA.CO.ID,\u00a0JAKARTA —", " ", STORY),
        ("TEMPO.CO,Jakarta-", "", STORY),
        ("Jakarta, CNBC Indonesia –", " ", STORY),
        ("Jakarta (ANTARA) -", " ", STORY),
        ("JAKARTA -", " ", STORY),
        ("JAKARTA-", " ", STORY),
        ("Kuala Lumpur -", " ", STORY),
        ("Kuala Lumpur\n-", "\n", "Warga pulang."),
    ],
)
def test_datelines(dateline: str, separator: str, story: str) -> None:
    article = read_text(dateline + separator + story)
    assert blocks(article) == [("dateline", dateline), ("paragraph", story)]
    assert article.blocks[0].separator == separator


def test_a_dateline_on_a_line_of_its_own() -> None:
    assert blocks(read_text(f"Jakarta -\n\n{STORY}")) == [
        ("dateline", "Jakarta -"),
        ("paragraph", STORY),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "TNI-Polri mengamankan lokasi banjir sejak Selasa pagi hingga malam hari.",
        "COVID-19 kembali merebak di tiga kota besar di Pulau Jawa pekan ini.",
        "Jakarta-Bandung kini dapat ditempuh dalam waktu kurang dari satu jam saja.",
        "KOMPAS.com melaporkan bahwa banjir sudah surut di sebagian besar wilayah.",
        "Jakarta - kota yang sibuk itu - mulai lengang menjelang libur Lebaran tahun ini.",
    ],
)
def test_no_dateline(text: str) -> None:
    assert blocks(read_text(text)) == [("paragraph", text)]


def test_the_dateline_below_a_long_masthead() -> None:
    masthead = "\n".join(["Home", "News", "Regional", "Bagikan", "Share", "Komentar"] * 3)
    assert kinds(f"{masthead}\nBanjir Surut di Demak\nDemak\n-\n{STORY}")[-3:] == [
        *("headline", "dateline", "paragraph"),
    ]


def test_a_heading_above_a_list_is_no_dateline() -> None:
    text = f"{STORY}\nDAFTAR BANTUAN\n- Beras\n- Selimut"
    assert kinds(text) == ["paragraph", "subheading", "list_item", "list_item"]


def test_a_headline_with_a_dash_is_no_dateline() -> None:
    headline = "Rusia - Ukraina Sepakat Gencatan Senjata Selama Tiga Puluh Hari ke Depan"
    blocks = read_text(f"{headline}\n\nKedua negara sepakat kemarin.").blocks
    assert [(block.kind.value, block.source) for block in blocks] == [
        ("headline", headline),
        ("paragraph", "Kedua negara sepakat kemarin."),
    ]
