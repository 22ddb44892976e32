"""Results: ids, storage, and the cost of an order."""

from pathlib import Path

import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions, Hypothesis
from models.summarizer import ExtractiveSummarizer
from service.documents.manuscript import Manuscript
from service.errors import NotFound
from service.results.order import Order
from service.results.results import Results
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext
from service.storage.sqlite_store import SQLiteStore
from service.summaries.records import BulletOptions
from service.summaries.summaries import Summaries
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences

ORDER = Order("translation", (Manuscript.from_text("Satu tiba."),))


class OtherWords(NaughtyEngine):
    """Gives another text, as another batch may."""

    def _one(self, source: str) -> Hypothesis:
        return Hypothesis("other words", -0.5, 2, 2, True)


def results(engine: NaughtyEngine, folder: Path) -> Results:
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    store = SQLiteStore(folder / "cache.sqlite3", 10**7)
    return Results(pipeline, Summaries(ExtractiveSummarizer(), pipeline), store)


def test_first_of_two_processes_wins(tmp_path: Path) -> None:
    one, other = results(NaughtyEngine(), tmp_path), results(OtherWords(), tmp_path)
    prepared = one._prepared(ORDER)
    id = prepared.id
    assert other._prepared(ORDER).id == id
    one._make(prepared, RequestContext())
    other._make(other._prepared(ORDER), RequestContext())
    first, second = one.find_in_memory("translation", id), other.find_in_memory("translation", id)
    assert first is not None
    assert second is not None
    assert b"[Satu] [tiba.]" in second.untimed
    assert first.etag == second.etag


def test_failed_result_is_not_stored(tmp_path: Path) -> None:
    made = results(NaughtyEngine(), tmp_path)
    order = Order("translation", (Manuscript.from_text("Satu tiba. RAISE."),))
    result = made.result(order, RequestContext()).translation()
    assert result.report.sentences_failed == 1
    with pytest.raises(NotFound):
        made.find("translation", result.id)


def test_characters_of_an_order() -> None:
    article = (Manuscript.from_text("a" * 5000),)
    assert Order("translation", article).characters == 5000
    assert Order("summary", article).characters == 600
    assert Order("summary", article, bullet_options=BulletOptions(7)).characters == 1200
    assert Order("summary", article, bullet_options=BulletOptions(language="id")).characters == 0
    assert Order("summary", (Manuscript.from_text("a" * 80),)).characters == 80
