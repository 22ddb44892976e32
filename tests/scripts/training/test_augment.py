"""Rules keep a translation correct, with the same change on both sides."""

from __future__ import annotations

from random import Random

import pytest

from scripts.training import augment
from scripts.training.corpora import Pair
from service.checks.compare import lost_and_invented

PLAIN = Pair("Warga sudah pulang ke desa.", "The residents have returned to the village.")
SEEDS = range(40)


def test_small_letters_leave_the_target_in_ordinary_case() -> None:
    pair = Pair("Warga Kupang sudah pulang.", "The residents of Kupang have returned.")
    made = [augment.small_letters(pair, Random(seed)) for seed in SEEDS]
    assert set(made) == {
        Pair("Warga kupang sudah pulang", "The residents of Kupang have returned"),
        Pair("Warga kupang sudah pulang.", "The residents of Kupang have returned."),
    }
    assert augment.small_letters(Pair("Uang Rp5 juta.", "Rp5 million."), Random(1)) is None


def test_headlines_have_no_full_stop() -> None:
    made = {augment.headline(PLAIN, Random(seed)) for seed in SEEDS}
    assert made == {
        Pair("Warga sudah pulang ke desa", "The residents have returned to the village"),
        Pair("Warga Sudah Pulang ke Desa", "The Residents Have Returned to the Village"),
    }
    assert augment.headline(Pair("Sudah?", "Already?"), Random(1)) is None


def test_numbers_change_alike_on_both_sides() -> None:
    pair = Pair(
        "Pada 1998 ada 1.250 orang, 4,5 persen, di 12 desa.",
        "In 1998 there were 1,250 people, 4.5 percent, in 12 villages.",
    )
    made = {augment.numbers(pair, Random(seed)) for seed in SEEDS}
    assert len(made) == 40
    for changed in made:
        assert changed is not None
        assert lost_and_invented(changed.source, changed.target) == ([], [])
        assert "1.250" not in changed.source


def test_numbers_on_one_side_only_stay() -> None:
    assert augment.numbers(Pair("Ada 1 dari 25.", "One of twenty-five."), Random(1)) is None


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Anak berusia 8 tahun itu selamat.", "An 8-year-old child survived."),
        ("Pasien COVID-19 dirawat.", "COVID-19 patients are treated."),
    ],
)
def test_numbers_in_grammar_or_names_stay(source: str, target: str) -> None:
    for seed in SEEDS:
        assert augment.numbers(Pair(source, target), Random(seed)) is None


def test_no_date_is_put_before_the_part_of_the_day() -> None:
    night = Pair("Ia tiba Senin malam.", "She arrived on Monday night.")
    assert augment.weekday(night, Random(1)) is None
    dated = Pair("Rapat Senin (1/2), lalu Senin depan.", "Met Monday (1/2), then next Monday.")
    changed = augment.weekday(dated, Random(1))
    assert changed is not None
    assert changed.source.startswith("Rapat Senin (1/2), lalu Senin (")
    assert changed.target.startswith("Met Monday (1/2), then next Monday (")


def test_weekdays_get_the_same_date() -> None:
    pair = Pair("Ia tiba Senin di Bogor.", "She arrived in Bogor on Monday.")
    changed = augment.weekday(pair, Random(5))
    assert changed is not None
    date = changed.source.removeprefix("Ia tiba Senin (").removesuffix(") di Bogor.")
    assert set(date) <= set("0123456789/")
    assert changed.target == f"She arrived in Bogor on Monday ({date})."
    assert augment.weekday(changed, Random(5)) is None


def test_quotations_have_the_same_marks_on_both_sides() -> None:
    shapes = set()
    for seed in range(200):
        changed = augment.quotation(PLAIN, Random(seed))
        assert changed is not None
        source = changed.source.replace("“", '"').replace("”", '"')
        assert source.count('"') == changed.target.count('"')
        assert source.startswith('"') == changed.target.startswith('"') or "said" in changed.target
        shapes.add((source[0] == '"', source[-1] == '"', source.count('"')))
    assert shapes == {
        (True, False, 2),
        (False, True, 2),
        (True, False, 1),
        (False, True, 1),
        (False, False, 1),
        (True, True, 2),
    }


def test_spoken_words_change_the_source_only() -> None:
    pair = Pair("Saya tidak tahu bagaimana.", "I don't know how.")
    assert augment.spoken(PLAIN, Random(1)) is not None  # sudah
    made = {augment.spoken(pair, Random(seed)) for seed in range(400)}
    assert Pair("Gue nggak tahu gimana.", "I don't know how.") in made
    assert all(changed is not None and "I don't know how" in changed.target for changed in made)


@pytest.mark.parametrize("rule", [augment.list_item, augment.social])
def test_marks_are_the_same_on_both_sides(rule: augment.Rule) -> None:
    for seed in SEEDS:
        changed = rule(PLAIN, Random(seed))
        assert changed is not None
        assert changed.source.replace(PLAIN.source, "") == changed.target.replace(PLAIN.target, "")
        assert changed != PLAIN


def test_curly_marks_become_straight_ones() -> None:
    pair = Pair('"Ya," kata Jum\'at - dia.', '"Yes," said Friday - he.')
    assert augment.dashes(pair, Random(1)) == Pair(
        "“Ya,” kata Jum’at – dia.", '"Yes," said Friday – he.'
    )
    assert augment.dashes(Pair('Ya" kata dia', "Yes"), Random(1)) is None


def test_a_seed_gives_the_same_pairs_and_most_are_unchanged() -> None:
    def made(seed: int) -> list[tuple[Pair, str]]:
        random = Random(seed)
        return [augment.augment(PLAIN, random) for _ in range(500)]

    assert made(1) == made(1)
    assert made(1) != made(2)
    unchanged = [pair for pair, rule in made(1) if not rule]
    assert len(unchanged) > 250
    assert set(unchanged) == {PLAIN}
