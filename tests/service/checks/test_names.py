"""Missing and invented names."""

from __future__ import annotations

import pytest

from models.alignment.aligner import Aligner
from service.checks.names import names


def missing_and_invented(source: str, target: str) -> tuple[list[str], list[str]]:
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
        # A capital at the beginning of a sentence is no evidence of a name.
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
        # A title: all words have capitals.
        (
            "Banjir di Demak, Warga Mengungsi",
            "Floods in Kudus, Residents Flee",
            ["Demak"],
            ["Kudus"],
        ),
        # Countries have different names in the two languages.
        ("Ia terbang ke Mesir kemarin.", "He flew to Japan yesterday.", ["Mesir"], ["Japan"]),
        ("Ia ke Semarang kemarin.", "He went to Egypt yesterday.", ["Semarang"], ["Egypt"]),
        (
            "Warga Belanda menetap di Bali.",
            "Danish citizens live in Bali.",
            ["Belanda"],
            ["Danish"],
        ),
        # An ordinary word that is a company's name.
        (
            "Kantor Twitter di Jakarta ditutup.",
            "The Apple office in Jakarta was closed.",
            ["Twitter"],
            ["Apple"],
        ),
    ],
)
def test_replaced_names(source: str, target: str, missing: list[str], invented: list[str]) -> None:
    assert missing_and_invented(source, target) == (missing, invented)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Ia berkunjung ke Jepang dan Mesir.", "He visited Japan and Egypt."),
        ("Menteri Luar Negeri Rusia tiba di Jenewa.", "Russia's Foreign Minister came to Geneva."),
        ("Warga di lereng Gunung Merapi mengungsi.", "Residents near Mount Merapi fled."),
        # Other spellings, and offices in English.
        ("Ia lahir di Makasar.", "He was born in Makassar."),
        ("Kata Kepala Dinas Sosial Semarang.", "The head of Semarang Social Services said so."),
        # Acronyms, spelled out.
        ("Kasus DBD naik di Sleman.", "Cases of Dengue rose in Sleman."),
        ("Komisi Pemberantasan Korupsi memanggil saksi.", "The KPK summoned a witness."),
        ("Saksi dipanggil KPK.", "The Corruption Eradication Commission summoned a witness."),
        # Short forms and other names.
        ("Banjir melanda Jaksel.", "Floods hit South Jakarta."),
        ("Ia mudik ke Solo saat Lebaran.", "He went home to Surakarta for Eid."),
        ("Jemaah haji tiba di Mekkah kemarin.", "Hajj pilgrims arrived in Makkah yesterday."),
        ("Ia lahir di Burma.", "He was born in Myanmar."),
        ("Presiden tiba di Peking.", "The president arrived in Beijing."),
        ("Ia bermain di Liga Inggris.", "He plays in the Premier League."),
        # Titles: all words have capitals.
        ("Banjir Rendam Demak, Warga Mengungsi", "Demak Flooded, Residents Flee"),
        ("Menteri Pertanian Tinjau Sawah di Jepara", "Agriculture Minister Visits Jepara Fields"),
    ],
)
def test_translated_names(source: str, target: str) -> None:
    assert missing_and_invented(source, target) == ([], [])
