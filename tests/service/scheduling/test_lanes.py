import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine import DecodingOptions
from service.scheduling.lanes import PATIENCE_SECONDS, SHARE, Entry, Lanes
from service.scheduling.request import Lane

GREEDY = DecodingOptions(beam=1)
BEAM = DecodingOptions(beam=4)


def entry(
    source: str,
    tokens: int,
    *,
    lane: Lane = Lane.NORMAL,
    context: int = 0,
    options: DecodingOptions = GREEDY,
    spread: int = 1000,
) -> Entry:
    return Entry(source, options, tokens, lane, context, spread, since=0.0)


def lanes(*entries: Entry, budget: int = 100, workers: int = 1) -> Lanes:
    made = Lanes(budget, workers)
    for one in entries:
        made.add(one)
    return made


def taken(waiting: Lanes, now: float = 0.0) -> str:
    return " ".join(one.source for one in waiting.take(now))


def test_a_batch_holds_neighbours_in_length_and_padding_counts() -> None:
    waiting = lanes(
        entry("a", 2), entry("b", 2), entry("c", 2), entry("d", 4), entry("e", 9), budget=8
    )
    # the longest of a request first; what is over the budget alone still goes
    assert [taken(waiting) for _ in range(4)] == ["e", "c d", "a b", ""]


def test_beams_count_and_options_are_not_mixed() -> None:
    waiting = lanes(
        entry("a", 2, options=BEAM), entry("b", 2, options=BEAM), entry("c", 2), budget=8
    )
    assert sorted([taken(waiting) for _ in range(4)]) == ["", "a", "b", "c"]


def test_whoever_came_first_is_in_the_next_batch() -> None:
    waiting = lanes(entry("late", 30, context=1), entry("first", 3, context=0), budget=10)
    assert taken(waiting) == "first"
    assert taken(waiting) == "late"


def test_deterministic_sentences_are_alone() -> None:
    alone = DecodingOptions(beam=1, deterministic=True)
    waiting = lanes(entry("a", 2, options=alone), entry("b", 2, options=alone))
    assert sorted(taken(waiting) for _ in range(3)) == ["", "a", "b"]


def test_a_short_article_is_spread_over_the_workers() -> None:
    waiting = lanes(*[entry(str(n), 5, spread=10) for n in range(8)], budget=100, workers=2)
    assert [len(waiting.take(0.0)) for _ in range(5)] == [4, 2, 2, 0, 0]


def test_where_little_waits_the_longest_goes_first() -> None:
    waiting = lanes(entry("short", 3, context=0), entry("long", 30, context=1), budget=40)
    assert [taken(waiting) for _ in range(3)] == ["long", "short", ""]


def test_what_comes_later_does_not_go_first_because_it_is_longer() -> None:
    late = Entry("late", GREEDY, 30, Lane.NORMAL, 1, 1000, since=0.6)
    assert taken(lanes(entry("short", 3, context=0), late, budget=40), 0.6) == "short"


def test_breaking_news_goes_before_and_only_patience_lets_others_in() -> None:
    waiting = lanes(
        *[entry(f"b{n}", 50, lane=Lane.BREAKING, context=n) for n in range(20)],
        entry("n", 50),
        entry("z", 50, lane=Lane.ARCHIVE),
        budget=50,
    )
    assert [taken(waiting, 1.0) for _ in range(10)] == [f"b{n}" for n in range(10)]
    assert taken(waiting, PATIENCE_SECONDS + 1) == "z"
    assert taken(waiting, PATIENCE_SECONDS + 1) == "n"
    assert taken(waiting, PATIENCE_SECONDS + 1) == "b10"


def test_after_breaking_news_others_wait_for_what_may_come_back() -> None:
    waiting = lanes(entry("n", 1), entry("a", 1, lane=Lane.ARCHIVE))
    waiting.served(Lane.BREAKING, 10.0)
    assert waiting.held(10.15) == pytest.approx(0.05)
    assert taken(waiting, 10.15) == ""
    waiting.add(entry("b", 1, lane=Lane.BREAKING))
    assert taken(waiting, 10.15) == "b"
    assert waiting.held(10.25) is None
    assert taken(waiting, 10.25) == "n"
    waiting.served(Lane.NORMAL, 11.0)
    assert taken(waiting, 11.0) == "a"


def test_the_archive_gets_its_share_of_ordinary_work() -> None:
    waiting = lanes(
        *[entry(f"n{n}", 50, context=n) for n in range(20)],
        *[entry(f"z{n}", 50, lane=Lane.ARCHIVE, context=n) for n in range(20)],
        budget=50,
    )
    order = [taken(waiting) for _ in range(2 * SHARE)]
    assert order == [
        *[f"n{n}" for n in range(7)], "z0", *[f"n{n}" for n in range(7, 14)], "z1",
    ]  # fmt: skip


def test_a_sentence_is_hastened_and_removed() -> None:
    slow, other = entry("slow", 3, lane=Lane.ARCHIVE), entry("other", 3, lane=Lane.ARCHIVE)
    waiting = lanes(slow, other, entry("n", 30))
    waiting.hasten(slow, Lane.BREAKING)
    assert taken(waiting) == "slow"
    waiting.remove(other)
    assert (taken(waiting), taken(waiting), len(waiting)) == ("n", "", 0)


def test_a_hastened_sentence_is_not_looked_for_where_it_was() -> None:
    hastened = entry("a", 3, lane=Lane.ARCHIVE)
    waiting = lanes(hastened, entry("b", 3, lane=Lane.ARCHIVE, context=1))
    waiting.hasten(hastened, Lane.NORMAL)
    assert taken(waiting, PATIENCE_SECONDS + 1) == "b"
    assert taken(waiting, PATIENCE_SECONDS + 1) == "a"


def test_for_an_engine_with_batches_of_its_own_length_does_not_count() -> None:
    waiting = lanes(entry("a", 2), entry("b", 50), entry("c", 9, options=BEAM, context=1))
    assert [one.source for one in waiting.take(0.0, 2)] == ["b", "a"]
    assert [one.source for one in waiting.take(0.0, 2)] == ["c"]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 30), st.sampled_from(Lane), st.sampled_from([GREEDY, BEAM]),
            st.integers(0, 5),
        ),
        max_size=40,
    ),
    st.lists(st.sampled_from(Lane), max_size=40),
)  # fmt: skip
def test_everybody_is_taken_once_and_batches_keep_to_the_budget(
    rows: list[tuple[int, Lane, DecodingOptions, int]], hastened: list[Lane]
) -> None:
    entries = [
        entry(str(n), tokens, lane=lane, options=options, context=call)
        for n, (tokens, lane, options, call) in enumerate(rows)
    ]
    waiting = lanes(*entries, budget=60, workers=2)
    for one, lane in zip(entries, hastened, strict=False):
        if lane.rank < one.lane.rank:
            waiting.hasten(one, lane)
    seen: list[Entry] = []
    now = 0.0
    while batch := waiting.take(now):
        now += 7.0
        cost = len(batch) * max(one.tokens for one in batch) * batch[0].options.beam
        assert len(batch) == 1 or cost <= 60
        assert len({(one.lane, one.options) for one in batch}) == 1
        seen += batch
    assert sorted(map(id, seen)) == sorted(map(id, entries))
    assert len(waiting) == 0
