"""Speakers named in the place of pronouns, and all those that nobody can be sure of."""

from __future__ import annotations

import pytest

from service.summaries.speakers import named

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
def test_the_speaker_is_named(before: tuple[int, str], source: str, target: str, text: str) -> None:
    found = named([before, (2, source)], 1, target, "en")
    assert (found.text, found.witness, found.unresolved) == (text, 0, False)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('"Warga aman," ujarnya.', '"Warga aman," ujar Agus Nugroho.'),
        ('"Warga aman," kata dia.', '"Warga aman," kata Agus Nugroho.'),
        ("Ia menambahkan, warga aman.", "Agus Nugroho menambahkan, warga aman."),
        ("Menurutnya, warga aman.", "Menurut Agus Nugroho, warga aman."),
    ],
)
def test_indonesian(source: str, text: str) -> None:
    assert named([INTRODUCED, (2, source)], 1, source, "id").text == text


OTHERS = [
    # Two people spoke.
    [SAID, (1, '"Kami siaga," kata Bupati Demak, Siti Aminah.'), (2, '"Warga aman," ujarnya.')],
    # Too far back.
    [SAID, (2, "Air merendam sawah."), (3, "Sawah itu luas."), (4, '"Warga aman," ujarnya.')],
    # Where the name begins is not sure: Demak may be one.
    [(1, "Kepala BPBD Pringapus Agus Nugroho mengatakan air surut."), (2, '"Aman," ujarnya.')],
    # No person.
    [(1, "BMKG mengatakan hujan turun."), (2, '"Warga waspada," ujarnya.')],
    [(1, "Bank Mandiri menyatakan laba naik."), (2, '"Laba naik," ujarnya.')],
    # Nobody at all.
    [(1, "Air merendam sawah."), (2, '"Warga aman," ujarnya.')],
    # Somebody else begins in between.
    [SAID, (1, "Pelaku ditangkap di Kudus."), (2, '"Saya menyesal," ujarnya.')],
    # The one who was spoken of may be meant.
    [(1, "Bupati Demak, Siti Aminah, mengatakan telah menemui Menteri Budi Santoso."),
     (2, "Ia menyebut air surut.")],
    # Wawan speaks, whoever that is.
    [SAID, (1, "Wawan yang mewakili Siti Aminah menyatakan setuju."), (2, "Dia berharap adil.")],
    # Somebody without a name spoke last.
    [SAID, (1, '"Kami siaga," kata petugas itu.'), (2, '"Warga aman," ujarnya.')],
    [SAID, (1, "BMKG menyebut hujan turun."), (2, '"Warga aman," ujarnya.')],
    # A space was lost.
    [(1, "Gubernur JakartaBudi Santoso mengatakan air surut."), (2, '"Aman," ujarnya.')],
    # No verb of speech.
    [SAID, (2, "Ia lahir di Solo.")],
    [SAID, (2, "Mereka mengungsi ke Kudus.")],
]  # fmt: skip


@pytest.mark.parametrize("article", OTHERS)
def test_in_doubt_nothing_changes(article: list[tuple[int, str]]) -> None:
    found = named(article, len(article) - 1, "He said so.", "en")
    assert (found.text, found.name, found.unresolved) == ("He said so.", None, True)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Banjir merendam 200 rumah.", "Floods hit 200 houses."),
        ('"Aman," kata Bupati Demak, Siti Aminah.', '"It is safe," said Siti Aminah.'),
        ('"Ia mengatakan itu," tulis laporan.', '"He said so," the report wrote.'),
    ],
)
def test_a_sentence_without_a_pronoun_needs_none(source: str, target: str) -> None:
    found = named([SAID, (2, source)], 1, target, "en")
    assert (found.text, found.unresolved) == (target, False)


@pytest.mark.parametrize("target", ['"Residents are safe."', '"Safe," he said, and he added more.'])
def test_english_without_the_one_pronoun_stays(target: str) -> None:
    found = named([SAID, (2, '"Warga aman," ujarnya.')], 1, target, "en")
    assert (found.text, found.unresolved) == (target, True)


def test_the_full_name_of_a_short_one() -> None:
    article = [INTRODUCED, (2, '"Air surut," kata Agus.'), (3, '"Warga aman," ujarnya.')]
    assert named(article, 2, '"Safe," he said.', "en").text == '"Safe," Agus Nugroho said.'


def test_a_speaker_who_goes_on_is_followed() -> None:
    article = [SAID, (2, '"Warga aman," ujarnya.'), (3, "Ia menambahkan, tanggul kuat.")]
    assert named(article, 2, "He added the dyke was strong.", "en").name == "Agus Nugroho"
