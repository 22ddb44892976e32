"""Passages that are cut from a bullet, and passages that never are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.summaries.shortening import shorter_versions
from service.text.lexicon.numbers import Language


@pytest.mark.parametrize(
    ("language", "text", "shorter"),
    [
        ("id", "DEMAK, WARTASENJA.com - Air mulai surut.", "Air mulai surut."),
        ("en", "DEMAK, WARTASENJA.com - The water fell.", "The water fell."),
        ("en", "However, the dyke held.", "The dyke held."),
        ("en", "Meanwhile, 12 schools stayed closed.", "12 schools stayed closed."),
        ("en", "In addition, Agus asked for help.", "Agus asked for help."),
        ("en", "But the dyke held.", "The dyke held."),
        ("id", "Namun, tanggul tetap kokoh.", "Tanggul tetap kokoh."),
        ("id", "Sementara itu, 12 sekolah tutup.", "12 sekolah tutup."),
        ("id", "Selain itu, Agus meminta bantuan.", "Agus meminta bantuan."),
        ("id", "Adapun korban dibawa ke Kudus.", "Korban dibawa ke Kudus."),
        ("en", "It opened on Monday, 17 February 2025 (17/2/2025).",
         "It opened on Monday, 17 February 2025."),
        ("id", "Jalan dibuka 17 Februari 2025 (17/2/2025).", "Jalan dibuka 17 Februari 2025."),
        ("en", "The bridge (photo: Rina) reopened.", "The bridge reopened."),
        ("id", "Jembatan itu (foto: Rina) dibuka.", "Jembatan itu dibuka."),
        ("id", "Badan Nasional Penanggulangan Bencana (BNPB) mengirim tenda.",
         "Badan Nasional Penanggulangan Bencana mengirim tenda."),
        ("en", "The World Health Organization (WHO) sent tents.",
         "The World Health Organization sent tents."),
        ("en", "Agus told reporters that the dyke held.", "Agus said that the dyke held."),
        ("en", '"The dyke held," Agus told reporters.', '"The dyke held," Agus said.'),
        ("id", '"Tanggul kokoh," kata Agus kepada wartawan di Demak.',
         '"Tanggul kokoh," kata Agus di Demak.'),
        ("id", '"Tanggul kokoh," kata Agus, dikutip dari Antara, Senin (17/2/2025).',
         '"Tanggul kokoh," kata Agus.'),
        ("id", '"Tanggul kokoh," ujar Agus dikutip Antara.', '"Tanggul kokoh," ujar Agus.'),
        ("id", '"Tanggul kokoh," kata Agus dikutip Antara .', '"Tanggul kokoh," kata Agus.'),
        ("id", '"Aman," kata Rina, S.H., dikutip dari Antara.', '"Aman," kata Rina, S.H.'),
        ("en", '"The dyke held," Agus said, as quoted by Antara on Monday.',
         '"The dyke held," Agus said.'),
    ],
)  # fmt: skip
def test_lossless_cuts(language: Language, text: str, shorter: str) -> None:
    assert shorter_versions(text, language) == [text, shorter]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The water fell, police said."),
        ("en", "According to BMKG, rain will fall."),
        ("en", "The suspect allegedly took about 12 phones."),
        ("en", "The dyke did not hold."),
        ("en", "It opened on Monday (17/2/2025)."),
        ("en", "It opened on 18 February (17/2/2025)."),
        ("en", "Otherwise, the road will close."),
        ("en", "Previously, the road was closed."),
        ("en", '"However, the dyke held," Agus said.'),
        ("en", "The loss was reported by the bank."),
        ("en", "He was quoted by Antara."),
        ("en", "Losses fell, as reported by the bank."),
        ("en", "Agus told reporters to leave."),
        ("en", "Senator Budi (PKS) resigned."),
        ("en", "The agency (BNPB) said BNPB sent tents."),
        ("en", "However, know these five habits:"),
        ("id", "Menurut Budi, angka itu dikutip dari laporan."),
        ("id", "Pelaku diduga mengambil sekitar 12 ponsel."),
        ("id", "Air surut, kata polisi."),
        ("id", "Namun jika hujan turun, jalan ditutup."),
        ("id", '"Namun, tanggul kokoh," kata Agus.'),
        ("id", "Jalan dibuka Senin (17/2/2025)."),
        ("id", "Surat itu dikirim kepada wartawan."),
    ],
)
def test_meaningful_passages_stay(language: Language, text: str) -> None:
    assert shorter_versions(text, language) == [text]


@pytest.mark.parametrize(
    ("language", "text", "shorter"),
    [
        ("en", "The flood hit the old market, which stands beside the river.",
         "The flood hit the old market."),
        ("en", "The flood hit the old market, leaving hundreds homeless.", None),
        ("en", "The storm hit the coast at night, forcing residents to flee.",
         "The storm hit the coast at night."),
        ("id", "Banjir merendam pasar lama itu, yang berdiri di tepi sungai.",
         "Banjir merendam pasar lama itu."),
        ("en", "He took money from the bank, which he denies.", None),
        ("en", "The flood hit the market, which has 12 stalls.", None),
        ("en", "The flood hit the market, which is old, police said.", None),
        ("en", "The old market by the river, which burned down.", None),
        ("en", "The dyke held, said an official, who asked for anonymity.", None),
        ("id", "Banjir merendam pasar lama itu, yang diduga akibat hujan.", None),
    ],
)  # fmt: skip
def test_final_clauses_are_cut_for_a_limit(
    language: Language, text: str, shorter: str | None
) -> None:
    versions = [text] if shorter is None else [text, shorter]
    assert shorter_versions(text, language, limit=15) == versions
    assert shorter_versions(text, language) == [text]


def test_cuts_stop_at_the_limit() -> None:
    text = "However, the flood hit the old market, which stands beside the river."
    mild = "The flood hit the old market, which stands beside the river."
    assert shorter_versions(text, "en", limit=60) == [text, mild]
    assert shorter_versions(text, "en", limit=59)[-1] == "The flood hit the old market."


def test_facts_are_checked_against_the_source() -> None:
    source = "Namun, Badan Nasional Penanggulangan Bencana (BNPB) mengirim 12 tenda."
    text = "However, the National Disaster Mitigation Agency (BNPB) sent 12 tents."
    assert shorter_versions(text, "en", source=source)[-1] == (
        "The National Disaster Mitigation Agency (BNPB) sent 12 tents."
    )


_PIECES = st.sampled_from(
    "However, |Namun, |Agus |said |told reporters| (17/2/2025)|17 February |, which |, yang |12 "
    '|"|“|”|(|)|. |, dikutip dari Antara|, as quoted by Antara|the dyke |held|tanggul kokoh|5,5 %'
    "|, forcing |kepada wartawan |kata |DEMAK - |(BNPB) |\n|'".split("|")
)


@given(
    st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=12).map("".join)),
    st.sampled_from(["en", "id"]),
)
def test_marks_stay_paired_and_no_digit_is_new(text: str, language: Language) -> None:
    for shorter in shorter_versions(text, language, limit=1):
        for opened, closed in ("()", "[]", "“”", "«»"):
            assert shorter.count(opened) - shorter.count(closed) == (
                text.count(opened) - text.count(closed)
            )
        assert shorter.count('"') % 2 == text.count('"') % 2
        rest = iter(text)
        assert all(digit in rest for digit in shorter if digit.isdigit())
