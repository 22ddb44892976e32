"""Other ways to put a source, and how the targets of their parts become one again."""

from __future__ import annotations

import pytest

from service.checks.retries import rewordings


@pytest.mark.parametrize(
    ("source", "ways"),
    [
        ("Air surut.", []),
        ("Gempa menewaskan tujuh belas orang.", [("Gempa menewaskan 17 orang.",)]),
        ("Gereja dari abad kedua belas.", [("Gereja dari abad ke-12.",)]),
        ("Satu setengah juta warga.", [("1,500,000 warga.",)]),
        ("Rapat mulai pukul setengah tujuh.", [("Rapat mulai pukul 6:30.",)]),
        ("Rapat mulai jam tujuh malam.", []),
        ("Kerugian Rp1,5 triliun.", [("Kerugian Rp1.5 trillion.",)]),
        ("Bantuan Rp250 ribu pukul 10.30 WIB.", [("Bantuan Rp250,000 pukul 10:30 WIB.",)]),
        ("Ada dua ekor dan tiga kucing.", []),
        ("Pada 18 Februari 2025.", []),
        (
            '"Air mulai surut sejak pagi," kata Agus Nugroho.',
            [("Air mulai surut sejak pagi", "kata Agus Nugroho.")],
        ),
        (
            'Agus berkata: "Air mulai surut."',
            [("Agus berkata:", "Air mulai surut.")],
        ),
        ('Kata "damai" itu.', []),
        (
            "Warga menunggu air surut, sementara petugas membuka dapur umum di balai desa.",
            [
                (
                    "Warga menunggu air surut",
                    "sementara petugas membuka dapur umum di balai desa.",
                )
            ],
        ),
    ],
)
def test_ways(source: str, ways: list[tuple[str, ...]]) -> None:
    assert [way.parts for way in rewordings(source)] == ways


@pytest.mark.parametrize(
    ("source", "targets", "joined"),
    [
        (
            '"Air mulai surut sejak pagi," kata Agus.',
            ["The water has receded.", "Said Agus."],
            '"The water has receded," said Agus.',
        ),
        (
            '"Kapan air surut?" tanya Agus.',
            ["When will it recede?", "Agus asked."],
            '"When will it recede?" Agus asked.',
        ),
        (
            'Agus berkata: "Air mulai surut."',
            ["Agus said.", "The water is receding."],
            'Agus said: "The water is receding."',
        ),
        (
            'Menurut dia, "air mulai surut," tetapi warga menunggu.',
            ["According to him,", "the water is receding", "But residents wait."],
            'According to him, "the water is receding," but residents wait.',
        ),
        (
            "Warga menunggu air surut, sementara petugas membuka dapur umum di desa.",
            ["Residents wait for the water.", "While officers opened a kitchen."],
            "Residents wait for the water, while officers opened a kitchen.",
        ),
        (
            "Warga menunggu air surut, dan Bupati Demak membuka dapur umum.",
            ["Residents wait.", "Demak's regent opened a kitchen."],
            "Residents wait, Demak's regent opened a kitchen.",
        ),
    ],
)
def test_joining(source: str, targets: list[str], joined: str) -> None:
    (way,) = rewordings(source)
    assert way.join(targets) == joined
