"""Rewordings of a source, and the joined targets of their parts."""

from __future__ import annotations

import pytest

from service.checks.retries import rewordings


@pytest.mark.parametrize(
    ("source", "parts"),
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
def test_parts(source: str, parts: list[tuple[str, ...]]) -> None:
    assert [rewording.parts for rewording in rewordings(source)] == parts


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
def test_join(source: str, targets: list[str], joined: str) -> None:
    (rewording,) = rewordings(source)
    assert rewording.join(targets) == joined
