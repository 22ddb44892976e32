"""Repairs without a model, and ambiguous cases that stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.checks.compare import Comparison, pair_numbers
from service.checks.repairs import repaired, with_source_values
from service.checks.retries import rewordings
from service.checks.verdict import judge


@pytest.mark.parametrize(
    ("source", "target", "better"),
    [
        ("Ada 1.240 rumah.", "There are 1.240 houses.", "There are 1,240 houses."),
        ("Naik 4,82 persen.", "Up 4,82 percent.", "Up 4.82 percent."),
        ("Rp1.250,5 juta dari 3.000.", "Rp1.250,5 million of 3.000.",
         "Rp1,250.5 million of 3,000."),
        ("Jarak 31 mil.", "A distance of 31 kilometers.", "A distance of 31 miles."),
        ("Jumat (7/12/2024).", "Friday (12/7/2024).", "Friday (7/12/2024)."),
        ("Jumat (7/12).", "Friday (12/8).", "Friday (12/8)."),
        ("Pukul 10.30 WIB.", "At 10:30.", "At 10:30 WIB."),
        ("Pukul 10.30 WIB.", "At 10:30 a.m. today.", "At 10:30 a.m. WIB today."),
        ("Pukul 10.30 WITA.", "At 10:30 WITA.", "At 10:30 WITA."),
        ("Pukul 10.30 WIB.", "At 10:30 Western Indonesian Time.",
         "At 10:30 Western Indonesian Time."),
        ('"Air surut.', "The water recedes.", '"The water recedes.'),
        ('Kami pulang."', "We go home.", 'We go home."'),
        ('"Kami pulang."', "We go home.", '"We go home."'),
        ('Kata "damai" itu.', "The word peace.", "The word peace."),
        ("Standar 802.11n.", "The 802.11n standard.", "The 802.11n standard."),
        ("Ada 5 rumah.", "There are 6 houses.", "There are 6 houses."),
        ("Pukul 19.30 WITA.", "At 19:30 WIB.", "At 19:30 WITA."),
        ("Pukul 19.30 WITA.", "At 18:30 WIB.", "At 18:30 WIB."),
        ("Warga ronda pada malam Jumat.", "Residents patrol on Friday night.",
         "Residents patrol on Thursday night."),
        ("Bus itu terguling pada malam Minggu.", "The bus overturned on Sunday.",
         "The bus overturned on Saturday night."),
        ("Menurut Juli, air surut.", "According to July, the water receded.",
         "According to Juli, the water receded."),
        ("Pada Juli air surut.", "In July the water receded.", "In July the water receded."),
        ("Gula pasir: Rp17,5 ribu", "Sugar: Rp17.5,00", "Sugar: Rp17,500"),
        ("Ongkosnya dua juta tiga ratus ribu rupiah.", "The fare is Rp2.300,000.",
         "The fare is Rp2,300,000."),
        ("", "", ""),
    ],
)  # fmt: skip
def test_repaired(source: str, target: str, better: str) -> None:
    assert repaired(Comparison(source, target)).target == better


@pytest.mark.parametrize(
    ("source", "target", "better"),
    [
        ("Tewas 15 orang.", "The dead number 3.", "The dead number 15."),
        ("Rugi Rp1,5 triliun.", "It lost Rp1.5 billion.", "It lost Rp1.5 trillion."),
        ("Rugi Rp250 ribu.", "It lost Rp250.", "It lost Rp250,000."),
        ("Tujuh belas orang tewas.", "Seven people died.", "17 people died."),
        ("Ribuan orang datang.", "Hundreds came.", "Thousands came."),
        ("Puluhan juta orang.", "Hundreds of millions of people.", "Tens of millions of people."),
        ("Pukul 02.15 WIB.", "At 2:15 PM.", "At 02:15."),
        ("Jam setengah tujuh.", "At 7:30 p.m.", "At 6:30 p.m."),
        ("Satu setengah juta orang.", "A million people.", "1,500,000 people."),
        ("Cicilannya Rp5 jt-an.", "The installment is Rp50.", "The installment is Rp5 million."),
        ("Bantuan Rp50 ribuan.", "Aid of Rp50.", "Aid of Rp50,000."),
        ("Puluhan Ribu Orang.", "Dozens of people.", "Tens of thousands of people."),
        ("Peringkat ketiga.", "Ranked 4th.", "Ranked 4th."),
        ("Abad ke-21.", "The 22nd century.", "The 22nd century."),
        ("Ada 5 dan 7 rumah.", "There are 6 and 8 houses.", "There are 6 and 8 houses."),
        ("Pada 2007.", "In 2008.", "In 2008."),
        ("Naik 5 persen.", "Up 6 meters.", "Up 6 meters."),
    ],
)
def test_source_values(source: str, target: str, better: str) -> None:
    assert with_source_values(Comparison(source, target)).target == better


@given(
    st.text(alphabet='0123456789., "Rpjutaibkm%WIB', max_size=40),
    st.text(alphabet='0123456789., "Rpmiloneth%WIB', max_size=40),
)
def test_repairs_never_add_weight(source: str, target: str) -> None:
    comparison = Comparison(source, target)
    before, after = judge(comparison), judge(repaired(comparison))
    assert after.weight <= before.weight or before.flags == ("untranslated",)


_INDONESIAN = st.lists(
    st.sampled_from(
        "1 2.500 1,5 10.30 (juta) ribu ratus juta miliar Rp Rp2 M T persen pukul WIB ke-21 ketiga "
        "jam setengah tujuh lewat kurang malam koma lima belas puluhan Puluhan ratusan Mei Selasa "
        '(18/2/2025) 2-1 skor II km - , " ('.split()
    ),
    max_size=10,
).map(" ".join)
_ENGLISH = st.lists(
    st.sampled_from(
        "1 2,500 2.500 1.5 10:30 2:15 p.m. million thousands tens of dozens hundreds percent 4th "
        "half past a quarter to twelve and point five "
        'seven May Tuesday (2/18/2025) II miles - , " ('.split()
    ),
    max_size=10,
).map(" ".join)


@given(_INDONESIAN, _ENGLISH)
def test_random_sentences(source: str, target: str) -> None:
    """No sentence raises an error, and a source value corrects a number."""
    pairing = pair_numbers(source, target)
    changed = with_source_values(Comparison(source, target)).target
    changed_pairing = pair_numbers(source, changed)
    before, after = (len(p.missing) + len(p.invented) for p in (pairing, changed_pairing))
    assert after < before or changed == target
    for rewording in rewordings(source):
        rewording.join(list(rewording.parts))
