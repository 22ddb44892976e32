from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.article import Repair
from service.documents.repair import repair


def changed(text: str) -> list[tuple[str, str, str]]:
    return [(change.kind, change.before, change.after) for change in repair(text).changes]


@pytest.mark.parametrize(
    ("text", "repaired_text"),
    [
        ("Pelatih KlÃ¶cker tiba", "Pelatih Klöcker tiba"),
        ("â€œKami pulang,â€\x9d kata Rina", "“Kami pulang,” kata Rina"),
        ("Itâ€™s â€“ kata dia", "It’s – kata dia"),
        ("KafÃ© di BesanÃ§on", "Kafé di Besançon"),
        ("luas 2.000 kmÂ²", "luas 2.000 km²"),
        ("Â© 2025", "© 2025"),
        ("â€¢ Beras", "• Beras"),
        ("ÃƒÂ©", "é"),
    ],
)
def test_misread_encodings(text: str, repaired_text: str) -> None:
    assert repair(text).text == repaired_text
    assert {change.kind for change in repair(text).changes} == {"encoding"}


@pytest.mark.parametrize(
    "text",
    [
        "São Paulo, Ångström, naïve, «Ça va», Ünlü, Ñandú, İstanbul, Ærø, Đà Nẵng",
        "“É” ‘Ê’ – harga €5 · 30 °C ± 1 ½ …",
        "Â dan Ã adalah huruf.",
        "新华社 فارسی‌ها 한국 🇮🇩 👨‍👩‍👧",
        "Rp 5.000 untuk 2 kg",
    ],
)
def test_correct_encodings_stay(text: str) -> None:
    assert changed(text) == []


@pytest.mark.parametrize(
    ("text", "repaired_text"),
    [
        ("kese\u00adhatan", "kesehatan"),
        ("ke\u200bma\u200brin", "kemarin"),
        ("\ufeffBanjir surut", "Banjir surut"),
        ("1. \u2060 \u2060PT Maju", "1.  PT Maju"),
        ("selesai\u200b.", "selesai."),
    ],
)
def test_marks_without_width(text: str, repaired_text: str) -> None:
    assert repair(text).text == repaired_text
    assert {change.kind for change in repair(text).changes} == {"invisible"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("mentalyang", "mental yang"),
        ("duniadalam", "dunia dalam"),
        ("kerjatersebut", "kerja tersebut"),
        ("adalahcincin", "adalah cincin"),
        ("dengankeamanan", "dengan keamanan"),
        ("kepadaRina", "kepada Rina"),
        ("dikutipAntara", "dikutip Antara"),
        ("menghadapiSuhartono", "menghadapi Suhartono"),
        ("KPKtelah", "KPK telah"),
        ("BPBDdan", "BPBD dan"),
        ("Suhartonomengatakan", "Suhartono mengatakan"),
        ("Wulansaritersebut", "Wulansari tersebut"),
    ],
)
def test_glued_words(before: str, after: str) -> None:
    expected = [("word", before, after)] if before != after else []
    assert changed(f"Menurut dia, {before} kemarin.") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bromo ditutup. Gunung Bromoakan dibuka.", [("word", "Bromoakan", "Bromo akan")]),
        ("Gunung Cirakaakan dibuka.", []),
        ("Rina pergi. Pak Ramdan pulang.", []),
        # the first shows the name in the second
        (
            "kepadaWiratno dan Wiratnojuga",
            [("word", "kepadaWiratno", "kepada Wiratno"), ("word", "Wiratnojuga", "Wiratno juga")],
        ),
    ],
)
def test_a_name_must_stand_elsewhere_in_the_text(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert changed(text) == expected


@pytest.mark.parametrize(
    "word",
    [
        # words that end or begin like others
        *("sembahyang", "wayang", "melayang", "kepiting", "padahal", "daripada", "sebagaimana"),
        *("berdasarkan", "menyaksikan", "pendidikan", "disampaikan", "mempertanggungjawabkannya"),
        *("martini", "bikini", "operandi", "ramadan", "medan", "badan", "danau", "yayasan"),
        # brands, places and names
        *("detikTravel", "kumparanNEWS", "YouTube", "WhatsApp", "iPhone", "GoTo", "BeritaSatu"),
        *("Parahyangan", "Wulandari", "Padalarang", "Ramadan", "Wildan", "Brendan", "Pyongyang"),
        # misspelled words that end or begin like two
        *("lanjutakan", "berdasarakan", "kesepatakan", "mengindari", "ataupaun", "audioBoo"),
        *("kehendakNya", "MoU", "ODGJ", "KTPnya", "remake"),
        # addresses and tags
        *("#banjirdan", "@kerjayang", "situs/kerjayang", "kerjayang.com", "anak-kerjayang"),
    ],
)
def test_whole_words_stay(word: str) -> None:
    assert changed(f"Menurut dia, {word} kemarin.") == []


@pytest.mark.parametrize(
    ("text", "repaired_text"),
    [
        ("Rapat selesai.Kemudian warga pulang.", "Rapat selesai. Kemudian warga pulang."),
        ('"Siap," kata dia."Besok."', '"Siap," kata dia. "Besok."'),
        ("Benar?Tidak ada yang tahu.", "Benar? Tidak ada yang tahu."),
        ("pada Selasa (18/2/2025).Lebih lanjut, ia", "pada Selasa (18/2/2025). Lebih lanjut, ia"),
        ("Menteri Keuangan,Rina Wulandari, hadir.", "Menteri Keuangan, Rina Wulandari, hadir."),
    ],
)
def test_lost_spaces(text: str, repaired_text: str) -> None:
    assert repair(text).text == repaired_text
    assert [change.kind for change in repair(text).changes] == ["space"]


@pytest.mark.parametrize(
    "text",
    [
        "Harga Rp1.500 dan Rp2.000,50 di detik.com dan Kompas.Com.",
        "Rina Wulandari, S.H., M.Si., dan Dr.Budi di U.S. pukul 10.30.",
        "Virus W32.Gammima dan akun just.Luc",
        "Berkas laporan.PDF dan foto.JPG versi 2.0 No.5 Jl.Melati",
    ],
)
def test_complete_spaces_stay(text: str) -> None:
    assert changed(text) == []


@pytest.mark.parametrize(
    ("text", "repaired_text"),
    [
        ("kata dia.Baca juga: Harga Beras Naik", "kata dia.\nBaca juga: Harga Beras Naik"),
        ("pulangBaca juga: Harga Beras Naik\nYa.", "pulang\nBaca juga: Harga Beras Naik\nYa."),
        ("dia.[Gambas:Video 20detik]Polisi", "dia.\n[Gambas:Video 20detik]\nPolisi"),
    ],
)
def test_lost_line_breaks(text: str, repaired_text: str) -> None:
    assert repair(text).text == repaired_text
    assert {change.kind for change in repair(text).changes} == {"line"}


def test_overlapping_repairs() -> None:
    text = "Itu selesai.â€œKe\u00adsehatan mentalyang baikâ€\x9d, kata KlÃ¶\u00adcker,Rina."
    assert repair(text).text == "Itu selesai. “Kesehatan mental yang baik”, kata Klöcker, Rina."
    assert repair(text).changes == (
        Repair("space", ".", ". ", 11),
        Repair("encoding", "â€œ", "“", 12),
        Repair("invisible", "Ke\u00adsehatan", "Kesehatan", 15),
        Repair("word", "mentalyang", "mental yang", 26),
        Repair("encoding", "â€\x9d", "”", 41),
        Repair("invisible", "KlÃ¶\u00adcker", "Klöcker", 51),
        Repair("space", ",", ", ", 60),
    )


BROKEN = st.lists(
    st.sampled_from(
        [
            *(
                "Ã©",
                "â€œ",
                "\u200b",
                "\u00ad",
                "mentalyang",
                ".",
                "Kata dia",
                "kepadaRina",
                ",Rina",
            ),
            *("KPKtelah", " ", "\n", "Baca juga: Beras Naik", "Rina", "Ã", "[Gambas:Video]", "“"),
        ]
    )
).map("".join)


@given(st.one_of(st.text(), BROKEN))
def test_changes_account_for_the_whole_difference(text: str) -> None:
    repaired = repair(text)
    parts, at = [], 0
    for change in repaired.changes:
        assert change.start >= at
        assert text[change.start : change.start + len(change.before)] == change.before
        assert change.before != change.after
        parts += [text[at : change.start], change.after]
        at = change.start + len(change.before)
    assert "".join([*parts, text[at:]]) == repaired.text


@given(st.text(st.characters(max_codepoint=127)))
def test_visible_ascii_is_never_lost(text: str) -> None:
    repaired_text = repair(text).text
    assert "".join(repaired_text.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "a",
            "aB",
            "ab.Cd",
            "a\u200b",
            "Ã©",
            "Ã© é ",
            "mentalyang ",
            "aa,Ab",
            '"Ya.',
            "(",
            "kata\n",
        ),
        *("Mentalbagussebagai ", "dia.Baca juga: Kopi ", "[Gambas:", "\u00ad", "Ã", ".Baca JugaX"),
    ],
)
def test_time_is_linear(unit: str) -> None:
    times = []
    for characters in (25_000, 200_000):
        text = unit * (characters // len(unit))
        began = time.process_time()
        repair(text)
        times.append(time.process_time() - began)
    # eight times the text; quadratic time would be 64 times as long
    assert times[1] < 25 * max(times[0], 0.05)
