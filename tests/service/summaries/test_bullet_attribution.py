"""Pronouns that are replaced by the speaker's name, and doubtful ones that stay."""

from __future__ import annotations

import pytest

from service.summaries.attribution import name_speaker

INTRODUCED = (1, "Kepala BPBD Demak, Agus Nugroho, mengatakan air mulai surut.")
SAID = (1, '"Air mulai surut," kata Kepala BPBD Demak, Agus Nugroho, Selasa.')


@pytest.mark.parametrize(
    ("before", "source", "target", "text"),
    [
        (INTRODUCED, '"Warga aman," ujarnya.', '"Residents are safe," he said.',
         '"Residents are safe," Agus Nugroho said.'),
        (SAID, '"Warga aman," kata dia.', '"Residents are safe," he said.',
         '"Residents are safe," Agus Nugroho said.'),
        (SAID, "Ia menambahkan, warga aman.", "He added that residents were safe.",
         "Agus Nugroho added that residents were safe."),
        (SAID, "Ia juga menjelaskan penyebab banjir.", "He also explained the cause of the flood.",
         "Agus Nugroho also explained the cause of the flood."),
        (SAID, "Menurutnya, warga aman.", "According to him, residents are safe.",
         "According to Agus Nugroho, residents are safe."),
        (SAID, "Namun, dia menegaskan tanggul kuat.", "However, he stressed the dyke was strong.",
         "However, Agus Nugroho stressed the dyke was strong."),
        ((1, "Menurut pengamat ekonomi Siti Aminah, harga naik."), '"Naik 5 persen," tuturnya.',
         '"Up 5 percent," she said.', '"Up 5 percent," Siti Aminah said.'),
        ((1, '"Air naik," kata Siti Aminah (45), warga Demak.'), '"Kami takut," ujarnya.',
         '"We are afraid," she said.', '"We are afraid," Siti Aminah said.'),
        ((1, "Kapolsek Demak AKP Budi Santoso mengatakan jalan ditutup."),
         '"Warga aman," ujar dia.', '"Residents are safe," he said.',
         '"Residents are safe," Budi Santoso said.'),
    ],
)  # fmt: skip
def test_speaker_is_named(before: tuple[int, str], source: str, target: str, text: str) -> None:
    found = name_speaker([before, (2, source)], 1, target, "en")
    assert (found.text, found.name_index, found.unresolved) == (text, 0, False)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('"Warga aman," ujarnya.', '"Warga aman," ujar Agus Nugroho.'),
        ('"Warga aman," kata dia.', '"Warga aman," kata Agus Nugroho.'),
        ("Ia menambahkan, warga aman.", "Agus Nugroho menambahkan, warga aman."),
        ("Menurutnya, warga aman.", "Menurut Agus Nugroho, warga aman."),
    ],
)
def test_speaker_is_named_in_indonesian(source: str, text: str) -> None:
    assert name_speaker([INTRODUCED, (2, source)], 1, source, "id").text == text


DOUBTFUL = [
    # Two people spoke.
    [SAID, (1, '"Kami siaga," kata Bupati Demak, Siti Aminah.'), (2, '"Warga aman," ujarnya.')],
    # Too far back.
    [SAID, (2, "Air merendam sawah."), (3, "Sawah itu luas."), (4, '"Warga aman," ujarnya.')],
    # The beginning of the name is unsure: Pringapus may be part of it.
    [(1, "Kepala BPBD Pringapus Agus Nugroho mengatakan air surut."), (2, '"Aman," ujarnya.')],
    # Not a person.
    [(1, "BMKG mengatakan hujan turun."), (2, '"Warga waspada," ujarnya.')],
    [(1, "Bank Mandiri menyatakan laba naik."), (2, '"Laba naik," ujarnya.')],
    # No speaker.
    [(1, "Air merendam sawah."), (2, '"Warga aman," ujarnya.')],
    # Another person opens the sentence between.
    [SAID, (1, "Pelaku ditangkap di Kudus."), (2, '"Saya menyesal," ujarnya.')],
    # The pronoun may mean the person whom the sentence mentions.
    [(1, "Bupati Demak, Siti Aminah, mengatakan telah menemui Menteri Budi Santoso."),
     (2, "Ia menyebut air surut.")],
    # Wawan speaks, whose full name is unknown.
    [SAID, (1, "Wawan yang mewakili Siti Aminah menyatakan setuju."), (2, "Dia berharap adil.")],
    # The last speaker has no name.
    [SAID, (1, '"Kami siaga," kata petugas itu.'), (2, '"Warga aman," ujarnya.')],
    [SAID, (1, "BMKG menyebut hujan turun."), (2, '"Warga aman," ujarnya.')],
    # A space is missing.
    [(1, "Gubernur JakartaBudi Santoso mengatakan air surut."), (2, '"Aman," ujarnya.')],
    # No reporting verb.
    [SAID, (2, "Ia lahir di Solo.")],
    [SAID, (2, "Mereka mengungsi ke Kudus.")],
]  # fmt: skip


@pytest.mark.parametrize("article", DOUBTFUL)
def test_doubtful_pronoun_stays(article: list[tuple[int, str]]) -> None:
    found = name_speaker(article, len(article) - 1, "He said so.", "en")
    assert (found.text, found.name, found.unresolved) == ("He said so.", None, True)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Banjir merendam 200 rumah.", "Floods hit 200 houses."),
        ('"Aman," kata Bupati Demak, Siti Aminah.', '"It is safe," said Siti Aminah.'),
        ('"Ia mengatakan itu," tulis laporan.', '"He said so," the report wrote.'),
    ],
)
def test_sentence_without_a_pronoun_stays(source: str, target: str) -> None:
    found = name_speaker([SAID, (2, source)], 1, target, "en")
    assert (found.text, found.unresolved) == (target, False)


@pytest.mark.parametrize("target", ['"Residents are safe."', '"Safe," he said, and he added more.'])
def test_english_without_exactly_one_pronoun_stays(target: str) -> None:
    found = name_speaker([SAID, (2, '"Warga aman," ujarnya.')], 1, target, "en")
    assert (found.text, found.unresolved) == (target, True)


def test_short_name_becomes_the_full_name() -> None:
    article = [INTRODUCED, (2, '"Air surut," kata Agus.'), (3, '"Warga aman," ujarnya.')]
    assert name_speaker(article, 2, '"Safe," he said.', "en").text == '"Safe," Agus Nugroho said.'


def test_speaker_who_goes_on_as_a_pronoun_is_found() -> None:
    article = [SAID, (2, '"Warga aman," ujarnya.'), (3, "Ia menambahkan, tanggul kuat.")]
    assert name_speaker(article, 2, "He added the dyke was strong.", "en").name == "Agus Nugroho"


def test_name_with_brackets_inside_costs_no_summary() -> None:
    """The words of such a name stand in no sentence as they are."""
    introduced = "Direktur Jenderal Pemasyarakatan (Dirjenpas) Mashudi menjelaskan aturan itu."
    article = [(1, introduced), (1, '"Napi aman," kata dia.')]
    assert name_speaker(article, 1, '"Inmates are safe," he said.', "en").name is None
