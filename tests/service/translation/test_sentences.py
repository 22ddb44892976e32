from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions
from service.checks.checked import Checked
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext
from service.storage.sentence_cache import SentenceCache, sentence_key
from service.storage.sqlite_store import SQLiteStore
from service.storage.store import Level
from service.translation.guards import CheckedOutcome
from service.translation.sentences import Sentences

OPTIONS = DecodingOptions(beam=1)


def cached(engine: NaughtyEngine, folder: Path, token_budget: int = 400) -> Sentences:
    store = SQLiteStore(folder / "c.sqlite3", 10**7)
    cache = SentenceCache(store, engine.signature)
    return Sentences(Batcher(engine, token_budget=token_budget), cache)


@pytest.mark.parametrize(
    ("signature", "options", "source"),
    [
        ({"model": "b"}, OPTIONS, "Presiden tiba."),
        ({"model": "a"}, DecodingOptions(beam=4), "Presiden tiba."),
        ({"model": "a"}, DecodingOptions(beam=1, length_penalty=0.5), "Presiden tiba."),
        ({"model": "a"}, DecodingOptions(beam=1, deterministic=True), "Presiden tiba."),
        ({"model": "a"}, OPTIONS, "Presiden tiba!"),
        ({"model": "a"}, OPTIONS, "presiden tiba."),
    ],
)
def test_key_depends_on_signature_options_and_source(
    signature: dict[str, str], options: DecodingOptions, source: str
) -> None:
    key = sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.")
    assert len(key) == 32
    assert sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.") == key
    assert sentence_key(signature, options, source) != key


def test_key_depends_on_the_pipeline_version(monkeypatch: pytest.MonkeyPatch) -> None:
    key = sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.")
    monkeypatch.setattr("service.storage.sentence_cache.PIPELINE_VERSION", "another")
    assert sentence_key({"model": "a"}, OPTIONS, "Presiden tiba.") != key


def test_only_missing_sentences_are_translated(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    translator = cached(engine, tmp_path)
    translator.translate(["satu", "dua"], OPTIONS, RequestContext())
    results, known = translator.translate(["dua", "tiga", "satu"], OPTIONS, RequestContext())
    assert [h.text for h in results if isinstance(h, Checked)] == ["[dua]", "[tiga]", "[satu]"]
    assert known == [True, False, True]
    assert sorted(engine.asked) == ["dua", "satu", "tiga"]


def test_failed_sentences_are_not_cached(tmp_path: Path) -> None:
    engine = NaughtyEngine(parallel_batches=1)
    translator = cached(engine, tmp_path)
    for _ in range(2):
        outcomes, _ = translator.translate(["a b c", "RAISE", "d"], OPTIONS, RequestContext())
    assert [isinstance(outcome, Checked) for outcome in outcomes] == [True, False, True]
    assert engine.asked.count("a b c") == 2  # in the batch that failed, and alone
    assert engine.asked.count("RAISE") == 3


def test_progress_counts_cached_sentences(tmp_path: Path) -> None:
    translator = cached(NaughtyEngine(), tmp_path)
    translator.translate(["satu"], OPTIONS, RequestContext())
    done: list[tuple[object, list[str]]] = []

    def on_done(places: object, outcomes: Sequence[CheckedOutcome]) -> None:
        done.append((places, [o.text for o in outcomes if isinstance(o, Checked)]))

    translator.translate(["satu", "dua", "satu"], OPTIONS, RequestContext(), on_done)
    assert done == [([[0, 2]], ["[satu]"]), ([[1]], ["[dua]"])]


def test_unreadable_cache_value_is_translated_again(tmp_path: Path) -> None:
    translator = cached(NaughtyEngine(), tmp_path)
    key = sentence_key(translator.translator.signature, OPTIONS, "satu")
    with closing(SQLiteStore(tmp_path / "c.sqlite3", 10**7)) as store:
        store.put(Level.SENTENCE, {key: b"nonsense"})
    (outcome,), known = translator.translate(["satu"], OPTIONS, RequestContext())
    assert isinstance(outcome, Checked)
    assert (outcome.text, known) == ("[satu]", [False])
