from __future__ import annotations

import pytest
from reading import STORY, kinds

from service.documents.text import read_text


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Surabaya Raya", "Kampung Lampion Terima 5.000 Pesanan"], ["furniture", "headline"]),
        (["Banjir Demak", "Warga Pulang"], ["headline", "paragraph"]),
        (["Oleh: Rina Wulandari", "Warga Demak Pulang"], ["byline", "headline"]),
    ],
)
def test_the_headline_below_a_label(lines: list[str], expected: list[str]) -> None:
    assert kinds("\n".join([*lines, STORY])) == [*expected, "paragraph"]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Foto: Warga menyeberangi sungai", "caption"),
        ("(Foto: Antara/Rina)", "caption"),
        ("Warga menyeberangi sungai. (Foto: Antara/Rina)", "caption"),
        ("Ilustrasi banjir /Foto: Rina", "caption"),
        ("Oleh: Rina Wulandari", "byline"),
        ("Penulis: Rina Wulandari | Editor: Budi Santoso", "byline"),
        ("Reporter: Rina Wulandari", "byline"),
        ("- Beras 5 kilogram", "list_item"),
        ("• Beras 5 kilogram", "list_item"),
        ("1. Beras 5 kilogram", "list_item"),
        ("a. Beras 5 kilogram", "list_item"),
        ('"Kami tidak punya pilihan lain. Air naik cepat."', "quotation"),
        ("“Kami tidak punya pilihan lain.”", "quotation"),
        ('"Kami siap," kata Rina. "Besok berangkat."', "paragraph"),
        ("Bantuan Mulai Datang", "subheading"),
        ("Apa Penyebabnya?", "subheading"),
        ("10.30 WIB air mulai masuk.", "paragraph"),
        ("Foto: begitu kata dia. Lalu ia pergi. " + STORY * 4, "paragraph"),
        ("Editor: pekerjaan yang sepi.", "paragraph"),
        ("J. Kristiadi menolak rencana itu.", "paragraph"),
    ],
)
def test_kinds(line: str, kind: str) -> None:
    assert kinds(f"{STORY}\n\n{line}\n\n{STORY}") == ["paragraph", kind, "paragraph"]


@pytest.mark.parametrize(
    ("first", "kind"),
    [
        ("Banjir Surut, Warga Demak Pulang", "headline"),
        ("Mengapa Harga Beras Naik?", "headline"),
        ("'Kami Siap', Kata Warga Demak", "headline"),
        ("Banjir surut di Demak.", "paragraph"),
        ("Banjir surut. Kapan warga Demak pulang?", "paragraph"),
        ("Foto: Banjir di Demak", "caption"),
        ("1. Banjir di Demak", "list_item"),
    ],
)
def test_headlines(first: str, kind: str) -> None:
    assert kinds(f"{first}\n{STORY}") == [kind, "paragraph"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Oleh", "Rina Wulandari"], ["byline", "byline"]),
        (["Editor:", "rina"], ["byline", "byline"]),
        (["Penulis: rina wulandari | Editor: agus"], ["byline"]),
        (["By Admin - 6 Juli 2026"], ["byline"]),
        (["rin - detikJateng"], ["byline"]),
        (["Warga menyapu lumpur. (Warta Senja/Rina Wulandari)"], ["caption"]),
        (["Warga Demak menyapu lumpur. ©2026 WartaSenja/Rina"], ["caption"]),
    ],
)
def test_lines_below_the_headline(lines: list[str], expected: list[str]) -> None:
    text = "\n".join(["Banjir Surut di Demak", *lines, STORY, STORY])
    assert kinds(text) == ["headline", *expected, "paragraph", "paragraph"]


def test_a_byline_below_a_deck() -> None:
    text = f"Banjir Surut di Demak\n{STORY}\nRina Wulandari - WartaSenja.com\n2 jam lalu\n{STORY}"
    assert kinds(text) == ["headline", "paragraph", "byline", "furniture", "paragraph"]


def test_the_name_of_the_editor_below_the_story() -> None:
    assert kinds(f"{STORY}\n{STORY}\nEditor:\nagus")[2:] == ["byline", "byline"]
    assert "byline" not in kinds(f"{STORY}\nOleh\nRina\n, kata dia.\n{STORY}")


def test_one_line_is_a_paragraph() -> None:
    assert kinds("Banjir Surut di Demak") == ["paragraph"]


def test_a_conjunction_is_no_byline() -> None:
    assert read_text("Gempa Cianjur\n\nOleh Karena Itu\n\nWarga pergi.").blocks[1].kind != "byline"
