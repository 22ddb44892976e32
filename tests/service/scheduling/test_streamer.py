"""The queue for engines with inflight batching."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from naughty import NaughtyEngine
from queued import OPTIONS, texts, until

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.errors import Gone
from service.scheduling.request import Lane, RequestContext
from service.scheduling.streamer import Streamer


class InflightNaughty(NaughtyEngine):
    """An inflight engine that holds its sentences until `finish`."""

    max_rows = 2

    def __init__(self) -> None:
        super().__init__(parallel_batches=1)
        self.held: list[tuple[str, Future[Hypothesis]]] = []
        self.submitted: list[str] = []
        self.rounds: list[list[str]] = []  # sentences that ran together
        self.lock = threading.Lock()

    def submit(self, sources: Sequence[str], options: DecodingOptions) -> list[Future[Hypothesis]]:
        if any("REFUSE" in source for source in sources):
            raise EngineFailed("the engine refused")
        futures: list[Future[Hypothesis]] = [Future() for _ in sources]
        with self.lock:
            self.submitted += sources
            self.held += zip(sources, futures, strict=True)
        return futures

    def finish(self) -> None:
        with self.lock:
            held, self.held = self.held, []
        self.rounds.append([source for source, _ in held])
        for source, future in held:
            if future.cancelled():
                continue
            if "RAISE" in source:
                future.set_exception(EngineFailed("the engine was told to raise"))
            else:
                future.set_result(self._one(source))


def test_submits_no_more_than_max_rows() -> None:
    engine = InflightNaughty()
    streamer = Streamer(engine)
    with ThreadPoolExecutor() as pool:
        call = pool.submit(texts, streamer, ["a", "b", "c", "RAISE d"])
        until(lambda: len(engine.held) == 2)
        breaking = pool.submit(streamer.translate, ["x"], OPTIONS, RequestContext(Lane.BREAKING))
        until(lambda: len(streamer._lanes) == 3)
        assert len(engine.submitted) == 2
        engine.finish()
        until(lambda: len(engine.submitted) == 4 or len(engine.held) == 2)
        assert engine.submitted[2] == "x"
        while not (call.done() and breaking.done()):
            engine.finish()
            time.sleep(0.01)
    assert call.result() == ["[a]", "[b]", "[c]", "failed: the engine was told to raise"]
    streamer.close()


def test_cancel_reaches_the_engine() -> None:
    engine = InflightNaughty()
    streamer = Streamer(engine)
    context = RequestContext()
    with ThreadPoolExecutor() as pool:
        call = pool.submit(streamer.translate, ["a"], OPTIONS, context)
        until(lambda: len(engine.held) == 1)
        context.cancel()
        with pytest.raises(Gone):
            call.result(5)
        assert engine.held[0][1].cancelled()
        again = pool.submit(texts, streamer, ["a", "REFUSE"])
        until(lambda: "a" in engine.submitted[1:])
        engine.finish()
        assert again.result(5) == ["[a]", "failed: the engine refused"]
    streamer.close()


def test_deterministic_sentences_run_alone() -> None:
    engine = InflightNaughty()
    streamer = Streamer(engine)
    options = DecodingOptions(beam=1, deterministic=True)

    def finish(calls: Sequence[Future[Any]]) -> None:
        while not all(call.done() for call in calls):
            time.sleep(0.02)
            engine.finish()

    with ThreadPoolExecutor() as pool:
        ordinary = pool.submit(texts, streamer, ["a"])
        until(lambda: len(engine.held) == 1)
        alone = pool.submit(texts, streamer, ["x", "y"], options)
        until(lambda: len(streamer._lanes) == 1)
        finish([ordinary, alone])
        finish([pool.submit(texts, streamer, ["c"])])
    assert alone.result() == ["[x]", "[y]"]
    assert sorted(together for together in engine.rounds if together) == [
        ["a"],
        ["c"],
        ["x"],
        ["y"],
    ]
    streamer.close()


def test_late_leave_does_not_touch_a_new_entry() -> None:
    engine = InflightNaughty()
    streamer = Streamer(engine)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(texts, streamer, ["a"])
        until(lambda: len(engine.held) == 1)
        (done,) = streamer._flights.values()
        (results,) = done.result_queues
        engine.finish()
        first.result()
        second = pool.submit(texts, streamer, ["a"])
        until(lambda: len(engine.held) == 1)
        streamer._leave({done: [0]}, results)  # too late: it is done, and the next one is queued
        assert list(streamer._flights) == [("a", OPTIONS)]
        engine.finish()
        assert second.result() == ["[a]"]
    streamer.close()
