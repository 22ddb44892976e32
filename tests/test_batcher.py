import pytest
from naughty import NaughtyEngine

from models.engine import DecodingOptions
from models.errors import EngineFailed
from service.batcher import Batcher, plan

OPTIONS = DecodingOptions(beam=1)


@pytest.mark.parametrize(
    ("lengths", "budget", "batches"),
    [
        ([], 10, []),
        ([3], 10, [range(1)]),
        ([50], 10, [range(1)]),  # over the budget alone: still goes
        ([2, 2, 2, 4], 8, [range(3), range(3, 4)]),  # padding counts: 4 * 4 > 8
        ([1, 1, 1, 1], 2, [range(2), range(2, 4)]),
        ([5, 5], 10, [range(2)]),
    ],
)
def test_plan(lengths: list[int], budget: int, batches: list[range]) -> None:
    assert plan(lengths, budget) == batches


def test_results_stand_by_index_and_equal_sources_cost_once() -> None:
    engine = NaughtyEngine()
    results, known = Batcher(engine).translate(["b c", "a", "b c", "d e f"], OPTIONS)
    assert [h.text for h in results] == ["[b] [c]", "[a]", "[b] [c]", "[d] [e] [f]"]
    assert known == [False] * 4
    assert sorted(engine.asked) == ["a", "b c", "d e f"]


def test_order_of_the_sources_does_not_change_the_batches() -> None:
    sources = [f"{'kata ' * (n % 5)}nomor {n}" for n in range(40)]
    first, second = NaughtyEngine(parallel_batches=1), NaughtyEngine(parallel_batches=1)
    Batcher(first, token_budget=20).translate(sources, OPTIONS)
    Batcher(second, token_budget=20).translate(sources[::-1], OPTIONS)
    assert first.batches == second.batches
    assert len(first.batches) > 5


def test_batches_keep_to_the_budget_with_beams_counted() -> None:
    engine = NaughtyEngine(parallel_batches=1)
    Batcher(engine, token_budget=24).translate(
        ["a b c", "d e f", "g h i", "j k l", "m n o"], DecodingOptions(beam=4)
    )
    assert [len(batch) for batch in engine.batches] == [1, 2, 2]


def test_each_batch_is_reported_once() -> None:
    seen: list[str] = []
    Batcher(NaughtyEngine(), token_budget=4).translate(
        ["a", "b b", "c c c", "d d d d"], OPTIONS, lambda rows, _: seen.extend(rows)
    )
    assert sorted(seen) == ["a", "b b", "c c c", "d d d d"]


def test_a_dropped_sentence_is_an_error_not_a_shift() -> None:
    with pytest.raises(EngineFailed, match="gave 1 translations for 2 sentences"):
        Batcher(NaughtyEngine(parallel_batches=1)).translate(["DROP a", "b c"], OPTIONS)


def test_the_batcher_survives_an_engine_that_raises() -> None:
    batcher = Batcher(NaughtyEngine())
    with pytest.raises(EngineFailed, match="told to raise"):
        batcher.translate(["RAISE"], OPTIONS)
    assert batcher.translate(["a"], OPTIONS)[0][0].text == "[a]"


def test_nothing_in_nothing_out() -> None:
    engine = NaughtyEngine()
    assert Batcher(engine).translate([], OPTIONS) == ([], [])
    assert engine.batches == []
