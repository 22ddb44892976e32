"""Fractions: read with their values, paired, missing and invented."""

from __future__ import annotations

from fractions import Fraction

import pytest

from service.checks.compare import Comparison, pair_numbers
from service.checks.number import NumberKind
from service.checks.numbers import numbers
from service.checks.repairs import with_source_values
from service.text.lexicon.numbers import Language


def _unpaired(source: str, target: str) -> tuple[list[str], list[str]]:
    """Return the missing and the invented numbers, as written."""
    pairing = pair_numbers(source, target)
    missing = [pairing.source[n] for n in pairing.missing]
    invented = [pairing.target[m] for m in pairing.invented]
    return (
        [source[number.start : number.end] for number in missing],
        [target[number.start : number.end] for number in invented],
    )


@pytest.mark.parametrize(
    ("text", "language", "written", "value"),
    [
        ("hampir sepertiga warga", "id", "sepertiga", "1/3"),
        ("Dua pertiganya hilang.", "id", "Dua pertiganya", "2/3"),
        ("dua per tiga anggota", "id", "dua per tiga", "2/3"),
        ("Tiga perempat dari peserta", "id", "Tiga perempat", "3/4"),
        ("3 perempat dari peserta", "id", "3 perempat", "3/4"),
        ("seperenam mengulang", "id", "seperenam", "1/6"),
        ("seperenam belas bagian", "id", "seperenam belas", "1/16"),
        ("seperdua puluh milimeter", "id", "seperdua puluh", "1/20"),
        ("seperseratus ribu", "id", "seperseratus ribu", "1/100000"),
        ("separuhnya rusak", "id", "separuhnya", "1/2"),
        ("setengah gaji", "id", "setengah", "1/2"),
        ("sejam setengah", "id", "sejam setengah", "3/2"),
        ("dua seperempat jam", "id", "dua seperempat", "9/4"),
        ("sisanya 2/3 dikembalikan", "id", "2/3", "2/3"),
        ("(1/4 dari anggaran)", "id", "1/4", "1/4"),
        ("¾ warga", "id", "¾", "3/4"),
        ("one-third of it", "en", "one-third", "1/3"),
        ("two-thirds of it", "en", "two-thirds", "2/3"),
        ("a quarter of it", "en", "a quarter", "1/4"),
        ("half of it", "en", "half", "1/2"),
        ("3 1/2 years", "en", "3 1/2", "7/2"),
        ("3½ years", "en", "3½", "7/2"),
        ("an hour and a half", "en", "an hour and a half", "3/2"),
        ("two and three-quarter hours", "en", "two", None),
        ("two and a quarter hours", "en", "two and a quarter", "9/4"),
        ("one six-hundredth", "en", "one six-hundredth", "1/600"),
    ],
)
def test_read(text: str, language: Language, written: str, value: str | None) -> None:
    number = numbers(text, language)[0]
    assert text[number.start : number.end] == written
    if value is not None:
        assert number.values == {Fraction(value)}
        assert number.kind is NumberKind.FRACTION
        assert number.firm


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Tiga perempat dari 48 peserta lulus.", "Three-quarters of the 48 participants passed."),
        ("Tiga perempat peserta lulus.", "Three quarters of the participants passed."),
        ("2/3 dari total hilang.", "Two-thirds of the total is gone."),
        ("Sekitar 1/4 warga mengungsi.", "About a quarter of residents fled."),
        ("Seperempat warga mengungsi.", "Of the residents, 25 percent fled."),
        ("Luasnya sepertiga hektare.", "It covers a third of a hectare."),
        ("sepertiga warga", "one in three residents"),
        ("satu dari tiga warga", "a third of residents"),
        ("Satu dari tiga pelaku ditangkap.", "One of the three suspects was arrested."),
        ("Tiga dari empat warga setuju.", "Three-quarters of residents agree."),
        ("Tiga dari empat warga setuju.", "Three out of four residents agree."),
        ("sepertiga warga termiskin", "the poorest third of residents"),
        ("setengah jam", "30 minutes"),
        ("satu setengah jam", "90 minutes"),
        ("selama satu setengah jam itu", "for that hour and a half"),
        ("setengah lusin telur", "half a dozen eggs"),
        ("seperempat miliar rupiah", "a quarter of a billion rupiah"),
        ("turun setengah poin persentase", "fell by half a percentage point"),
        ("naik 0,5 poin persentase", "rose 0.5 percentage points"),
        ("pria setengah baya", "a middle-aged man"),
        ("Ia bekerja setengah hati.", "The man works grudgingly."),
        ("Seperdelapan final dimulai.", "The round of 16 begins."),
        ("Babak 1/8 final dimulai.", "The round of 16 begins."),
        ("Mereka lolos ke perempat final.", "They reached the quarterfinals."),
        ("Kartu merah di babak pertama.", "A red card in the first half."),
        ("Gol di babak kedua.", "A goal in the second half."),
        ("Pelaku ketiga ditangkap.", "A third suspect was arrested."),
        ("selama tiga kuartal", "for three quarters"),
        ("Rabu (1/7) pagi", "on Wednesday (1/7) morning"),
        ("Jam setengah 12 sirene berbunyi.", "At 11:30 a siren sounded."),
        ("Pukul dua kurang seperempat.", "A quarter to 2."),
        ("Ia naik setengah jalan.", "Climbed partway."),
    ],
)
def test_agreement(source: str, target: str) -> None:
    assert _unpaired(source, target) == ([], [])


@pytest.mark.parametrize(
    ("source", "target", "missing", "invented"),
    [
        (
            "Tiga perempat dari 48 peserta lulus.",
            "Of the 48 participants passed.",
            ["Tiga perempat"],
            [],
        ),
        ("Luasnya sepertiga hektare.", "It covers 30 hectares.", ["sepertiga"], ["30"]),
        ("Setengah dari peserta gugur.", "The participants dropped out.", ["Setengah"], []),
        ("2/3 dari total hilang.", "A third of the total is gone.", ["2/3"], ["A third"]),
        ("Seperenam mengulang.", "One-tenth had to repeat.", ["Seperenam"], ["One-tenth"]),
        ("Sepertiga warga setuju.", "33 percent of residents agree.", ["Sepertiga"], ["33"]),
        ("Warga setuju.", "Half of the residents agree.", [], ["Half"]),
        ("Satu dari lima warga setuju.", "One in four agree.", ["Satu dari lima"], ["One in four"]),
        ("setengah jam", "15 minutes", ["setengah"], ["15"]),
    ],
)
def test_disagreement(source: str, target: str, missing: list[str], invented: list[str]) -> None:
    assert _unpaired(source, target) == (missing, invented)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Selasa (1/7)", "id"),
        ("pada 1/7 lalu", "id"),
        ("mulai 1/7 tarif naik", "id"),
        ("Skor 24/7", "id"),
        ("on Tuesday 1/7 at noon", "en"),
        ("MÃ¼slÃ¼m", "id"),
        ("halftime", "en"),
        ("He got an A, not a", "en"),
    ],
)
def test_no_fraction(text: str, language: Language) -> None:
    assert NumberKind.FRACTION not in {number.kind for number in numbers(text, language)}


@pytest.mark.parametrize(
    ("source", "target", "corrected"),
    [
        (
            "Hanya seperenam yang mengulang.",
            "Only one-tenth of them had to repeat.",
            "Only one-sixth of them had to repeat.",
        ),
        (
            "Ia menunggu seperempat jam.",
            "She waited half an hour.",
            "She waited one-quarter of an hour.",
        ),
        ("2/3 dari total hilang.", "A third of the total is gone.", "2/3 of the total is gone."),
    ],
)
def test_the_fraction_of_the_source_replaces_another(
    source: str, target: str, corrected: str
) -> None:
    assert with_source_values(Comparison(source, target)).target == corrected
