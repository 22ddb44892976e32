"""Names that the target lacks, and names that the source lacks, linked or not."""

from __future__ import annotations

import pytest

from models.alignment.aligner import Aligner
from service.checks.names import names


def told(source: str, target: str) -> tuple[list[str], list[str]]:
    """The names that are missing, and those that are invented."""
    found = names(source, target, Aligner.load().align(source, target))
    return (
        [source[start:end] for start, end in found.missing],
        [target[start:end] for start, end in found.invented],
    )


@pytest.mark.parametrize(
    ("source", "target", "missing", "invented"),
    [
        (
            "Presiden Prabowo Subianto meninjau lokasi banjir di Demak.",
            "President Jokowi inspected the flood site in Demak.",
            ["Prabowo Subianto"],
            ["Jokowi"],
        ),
        # At the beginning of a sentence, where the capital says nothing.
        ("Prabowo meninjau lokasi banjir.", "Jokowi inspected the site.", ["Prabowo"], ["Jokowi"]),
        (
            "Banjir merendam 124 rumah di Demak sejak Selasa.",
            "Floods have inundated 124 houses in Kudus since Tuesday.",
            ["Demak"],
            ["Kudus"],
        ),
        (
            "Menurut Ratna Sari, air mulai surut.",
            "According to Rina Sari, the water began to recede.",
            ["Ratna Sari"],
            ["Rina Sari"],
        ),
        # A title, in which all words have capitals.
        (
            "Banjir di Demak, Warga Mengungsi",
            "Floods in Kudus, Residents Flee",
            ["Demak"],
            ["Kudus"],
        ),
        # Countries, whose names are other words in either language.
        ("Ia terbang ke Mesir kemarin.", "He flew to Japan yesterday.", ["Mesir"], ["Japan"]),
        ("Ia ke Semarang kemarin.", "He went to Egypt yesterday.", ["Semarang"], ["Egypt"]),
        (
            "Warga Belanda menetap di Bali.",
            "Danish citizens live in Bali.",
            ["Belanda"],
            ["Danish"],
        ),
        # A word of the language that is somebody's name.
        (
            "Kantor Twitter di Jakarta ditutup.",
            "The Apple office in Jakarta was closed.",
            ["Twitter"],
            ["Apple"],
        ),
    ],
)
def test_a_name_in_the_place_of_another(
    source: str, target: str, missing: list[str], invented: list[str]
) -> None:
    assert told(source, target) == (missing, invented)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Ia berkunjung ke Jepang dan Mesir.", "He visited Japan and Egypt."),
        ("Menteri Luar Negeri Rusia tiba di Jenewa.", "Russia's Foreign Minister came to Geneva."),
        ("Warga di lereng Gunung Merapi mengungsi.", "Residents near Mount Merapi fled."),
        # Spelt in another way, and offices in English.
        ("Ia lahir di Makasar.", "He was born in Makassar."),
        ("Kata Kepala Dinas Sosial Semarang.", "The head of Semarang Social Services said so."),
        # Spelt out.
        ("Kasus DBD naik di Sleman.", "Cases of Dengue rose in Sleman."),
        ("Komisi Pemberantasan Korupsi memanggil saksi.", "The KPK summoned a witness."),
        ("Saksi dipanggil KPK.", "The Corruption Eradication Commission summoned a witness."),
        # Clipped, or called otherwise.
        ("Banjir melanda Jaksel.", "Floods hit South Jakarta."),
        ("Ia mudik ke Solo saat Lebaran.", "He went home to Surakarta for Eid."),
        ("Jemaah haji tiba di Mekkah kemarin.", "Hajj pilgrims arrived in Makkah yesterday."),
        ("Ia lahir di Burma.", "He was born in Myanmar."),
        ("Presiden tiba di Peking.", "The president arrived in Beijing."),
        ("Ia bermain di Liga Inggris.", "He plays in the Premier League."),
        # Titles, in which all words have capitals.
        ("Banjir Rendam Demak, Warga Mengungsi", "Demak Flooded, Residents Flee"),
        ("Menteri Pertanian Tinjau Sawah di Jepara", "Agriculture Minister Visits Jepara Fields"),
    ],
)
def test_names_that_are_put_into_english(source: str, target: str) -> None:
    assert told(source, target) == ([], [])
