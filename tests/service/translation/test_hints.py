"""Hints of the dictionary in the model's input."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions, Hypothesis
from service.checks.compare import Comparison
from service.checks.verdict import judge
from service.glossary.terms import read_glossary
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext
from service.storage.sentence_cache import SentenceCache
from service.storage.sqlite_store import SQLiteStore
from service.translation.hints import add_hints, dictionary, ignored_hints, with_english
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences

NEWSROOM = Path(str(files("service.glossary") / "newsroom.csv"))


@pytest.mark.parametrize(
    ("source", "hinted"),
    [
        (
            "Warga mengumpulkan ranjau paku di jalan.",
            "Warga mengumpulkan ranjau paku {nail trap} di jalan.",
        ),
        ("Tali pusat bayi itu dijepit.", "Tali pusat {umbilical cord} bayi itu dijepit {clamp}."),
        (
            "Klem itu menjepit tali pusatnya.",
            "Klem itu menjepit {clamp} tali pusatnya {umbilical cord}.",
        ),
        ("Atlet Boling Raih Emas", "Atlet Boling {bowling} Raih Emas"),
        ("Ia membeli beras dan rumah.", "Ia membeli beras dan rumah."),
        # A name, an acronym, and braces of the source itself.
        ("Menurut Paku Alam, ia hadir.", "Menurut Paku Alam, ia hadir."),
        ("Aturan ODOL berlaku.", "Aturan ODOL berlaku."),
        ("Isi {nama} dan tali pusat.", "Isi (nama) dan tali pusat."),
        ("", ""),
    ],
)
def test_a_rare_word_gets_its_english(source: str, hinted: str) -> None:
    assert add_hints(source) == hinted


def test_every_entry_is_well_formed() -> None:
    entries = dictionary().terms
    assert len(entries) > 10_000
    assert len({entry.source for entry in entries}) == len(entries)
    for entry in entries:
        assert re.fullmatch(r"[a-zà-ÿ]+(?:[-' ][a-zà-ÿ]+)*", entry.source), entry
        assert 1 <= len(entry.targets) <= 2, entry
        assert all(re.fullmatch(r"[^\s{}/][^{}/]*", target) for target in entry.targets), entry


def test_the_model_reads_hints() -> None:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine), hinted=True), DecodingOptions(beam=1))
    pipeline.translate_sentences(["Tali pusat bayi itu dipotong."])
    assert engine.asked[0] == "Tali pusat {umbilical cord} bayi itu dipotong."
    assert pipeline.signature()["dictionary"] == dictionary().hash


def test_a_sentence_that_hints_make_too_long_gets_none() -> None:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine), hinted=True), DecodingOptions(beam=1))
    source = "Tali pusat bayi itu dipotong di rumah sakit oleh bidan kemarin siang."
    pipeline.translate_sentences([source])
    assert engine.asked[0] == source


def test_the_dictionary_agrees_with_the_newsroom_glossary() -> None:
    terms: dict[str, set[str]] = {}
    for term in read_glossary(NEWSROOM.read_bytes(), "newsroom").terms:
        terms.setdefault(term.source.lower(), set()).update(map(str.lower, term.targets))
    both = [entry for entry in dictionary().terms if entry.source in terms]
    assert len(both) > 500
    for entry in both:
        assert terms[entry.source] & {target.lower() for target in entry.targets}, entry
    # A hint must not bring a figure into the English.
    assert not [e for e in dictionary().terms if re.search(r"\d", "".join(e.targets))]


@pytest.mark.parametrize(
    ("target", "ignored"),
    [
        ("Residents collected nail traps on the road.", []),
        ("Residents collected hoes on the road.", ["ranjau paku"]),
    ],
)
def test_ignored_hints(target: str, ignored: list[str]) -> None:
    source = "Warga mengumpulkan ranjau paku di jalan."
    found = ignored_hints(source, target)
    assert [match.term.source for match in found] == ignored
    assert with_english(source, found) == source.replace("".join(ignored) or "-", "nail trap")


class _Stubborn(NaughtyEngine):
    """An engine that uses no hint, only English that stands in the source."""

    def _one(self, source: str) -> Hypothesis:
        trap = "nail traps" if "mengumpulkan nail trap" in source else "hoes"
        return Hypothesis(f"Residents collected {trap} on the road.", -0.2, 6, 6, True)


def test_a_sentence_that_ignores_a_hint_is_translated_with_its_english() -> None:
    pipeline = Pipeline(Sentences(Batcher(_Stubborn()), hinted=True), DecodingOptions(beam=1))
    [result] = pipeline.translate_sentences(["Warga mengumpulkan ranjau paku di jalan."])
    assert result.target == "Residents collected nail traps on the road."


def test_the_cache_knows_hinted_sentences(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    cache = SentenceCache(SQLiteStore(tmp_path / "c.sqlite3", 10**7), engine.signature)
    sentences = Sentences(Batcher(engine), cache, hinted=True)
    source, options = "Tali pusat bayi itu dipotong.", DecodingOptions(beam=1)
    assert sentences.cached([source], options) == 0
    sentences.translate([source], options, RequestContext())
    assert sentences.cached([source], options) == 1


def test_a_hint_in_the_target_is_a_flag() -> None:
    source = "Tali pusat bayi itu dipotong."
    leaked = judge(Comparison(source, "The baby's {umbilical cord} was cut."))
    right = judge(Comparison(source, "The baby's umbilical cord was cut."))
    assert leaked.flags == ("prompt",)
    assert right.flags == ()
