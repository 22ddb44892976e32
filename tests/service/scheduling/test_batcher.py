from concurrent.futures import ThreadPoolExecutor

import pytest
from naughty import NaughtyEngine
from queued import OPTIONS, text, texts, until

from models.engine import DecodingOptions
from service.errors import Gone, NotReady, TimedOut
from service.scheduling.batcher import Batcher
from service.scheduling.request import Lane, RequestContext


def test_results_by_index_and_equal_sources_once() -> None:
    engine = NaughtyEngine()
    results = Batcher(engine).translate(["b c", "a", "b c", "d e f"], OPTIONS, RequestContext())
    assert [text(h) for h in results] == ["[b] [c]", "[a]", "[b] [c]", "[d] [e] [f]"]
    assert sorted(engine.asked) == ["a", "b c", "d e f"]


def test_order_of_sources_does_not_change_batches() -> None:
    sources = [f"{'kata ' * (n % 5)}nomor {n}" for n in range(40)]
    first, second = NaughtyEngine(parallel_batches=1), NaughtyEngine(parallel_batches=1)
    texts(Batcher(first, token_budget=20), sources)
    texts(Batcher(second, token_budget=20), sources[::-1])
    assert first.batches == second.batches
    assert len(first.batches) > 5


def test_each_batch_is_reported_once() -> None:
    seen: list[int] = []
    Batcher(NaughtyEngine(), token_budget=4).translate(
        ["a", "b b", "c c c", "d d d d"],
        OPTIONS,
        RequestContext(),
        lambda indexes, _: seen.extend(indexes),
    )
    assert sorted(seen) == [0, 1, 2, 3]


@pytest.mark.parametrize("fault", ["RAISE", "DROP", "GARBAGE"])
def test_faulty_sentence_fails_alone(fault: str) -> None:
    batcher = Batcher(NaughtyEngine(parallel_batches=1))
    found = texts(batcher, [f"{fault} a", "b c", "d"])
    assert found[0].startswith("failed: the engine ")
    assert found[1:] == ["[b] [c]", "[d]"]
    assert texts(batcher, ["b c"]) == ["[b] [c]"]


def test_requests_in_flight_share_batches() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    batcher = Batcher(engine)
    engine.release.clear()
    with ThreadPoolExecutor() as pool:
        blocking = pool.submit(texts, batcher, ["z"])
        until(lambda: engine.started == 1)
        others = [pool.submit(texts, batcher, [f"kata {n}"]) for n in range(5)]
        until(lambda: len(batcher._lanes) == 5)
        engine.release.set()
        assert [other.result() for other in others] == [[f"[kata] [{n}]"] for n in range(5)]
        blocking.result()
    assert [len(batch) for batch in engine.batches] == [1, 5]


def test_equal_sentences_of_many_requests_are_translated_once() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    batcher = Batcher(engine)
    engine.release.clear()
    with ThreadPoolExecutor(50) as pool:
        calls = [
            pool.submit(texts, batcher, ["Banjir surut.", f"Nomor {n % 2}"]) for n in range(50)
        ]
        until(lambda: sum(len(e.result_queues) for e in batcher._flights.values()) == 100)
        engine.release.set()
        assert {call.result()[0] for call in calls} == {"[Banjir] [surut.]"}
    assert sorted(engine.asked) == ["Banjir surut.", "Nomor 0", "Nomor 1"]


def test_breaking_news_overtakes_and_promotes() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    batcher = Batcher(engine, token_budget=2)
    engine.release.clear()
    with ThreadPoolExecutor() as pool:
        first = pool.submit(texts, batcher, ["satu dua"])
        until(lambda: engine.started == 1)
        archive = pool.submit(
            batcher.translate, ["a b", "c d", "e f"], OPTIONS, RequestContext(Lane.ARCHIVE)
        )
        until(lambda: len(batcher._lanes) == 3)
        breaking = pool.submit(
            batcher.translate, ["e f", "x y"], OPTIONS, RequestContext(Lane.BREAKING)
        )
        until(lambda: len(batcher._lanes) == 4)
        engine.release.set()
        for call in (first, archive, breaking):
            call.result()
    assert engine.batches[0] == ["satu dua"]
    assert sorted(map(tuple, engine.batches[1:3])) == [("e f",), ("x y",)]
    assert sorted(map(tuple, engine.batches[3:])) == [("a b",), ("c d",)]


def test_retries_go_before_later_requests() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    batcher = Batcher(engine, token_budget=2)
    early, late = RequestContext(), RequestContext()
    engine.release.clear()
    with ThreadPoolExecutor() as pool:
        pool.submit(texts, batcher, ["satu dua"])
        until(lambda: engine.started == 1)
        pool.submit(batcher.translate, ["a b", "c d"], OPTIONS, late)
        until(lambda: len(batcher._lanes) == 2)
        again = DecodingOptions(beam=2)
        pool.submit(batcher.translate, ["e f"], again, early)
        until(lambda: len(batcher._lanes) == 3)
        engine.release.set()
    assert engine.batches[1] == ["e f"]
    assert sorted(engine.batches[2:]) == [["a b"], ["c d"]]


def test_cancelled_request_is_not_translated() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    batcher = Batcher(engine)
    engine.release.clear()
    with ThreadPoolExecutor() as pool:
        blocking = pool.submit(texts, batcher, ["z"])
        until(lambda: engine.started == 1)
        context = RequestContext()
        cancelled = pool.submit(batcher.translate, ["a b", "c d"], OPTIONS, context)
        other = pool.submit(texts, batcher, ["c d"])
        until(lambda: sum(len(e.result_queues) for e in batcher._flights.values()) == 4)
        context.cancel()
        with pytest.raises(Gone):
            cancelled.result(5)
        engine.release.set()
        assert other.result() == ["[c] [d]"]
        blocking.result()
    assert engine.asked == ["z", "c d"]


def test_a_deadline_ends_the_wait() -> None:
    engine = NaughtyEngine()
    engine.release.clear()
    batcher = Batcher(engine)
    with pytest.raises(TimedOut, match="send the same request again"):
        batcher.translate(["a"], OPTIONS, RequestContext(seconds=0.05))
    engine.release.set()
    assert texts(batcher, ["b"]) == ["[b]"]


def test_deterministic_sentences_are_batched_alone() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    options = DecodingOptions(beam=1, deterministic=True)
    assert texts(Batcher(engine), ["a", "b", "c"], options) == ["[a]", "[b]", "[c]"]
    assert [len(batch) for batch in engine.batches] == [1, 1, 1]


def test_close_finishes_running_work_and_fails_the_rest() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    batcher = Batcher(engine, token_budget=1)
    engine.release.clear()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(texts, batcher, ["a"])
        until(lambda: engine.started == 1)
        waiting = pool.submit(texts, batcher, ["b"])
        until(lambda: len(batcher._lanes) == 1)
        closing = pool.submit(batcher.close)
        until(lambda: batcher._closing)
        engine.release.set()
        closing.result()
        assert running.result() == ["[a]"]
        assert waiting.result() == ["failed: the service is ending"]
    with pytest.raises(NotReady):
        texts(batcher, ["c"])


def test_no_sources() -> None:
    engine = NaughtyEngine()
    assert Batcher(engine).translate([], OPTIONS, RequestContext()) == []
    assert engine.batches == []
