import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.engine import DecodingOptions
from service.scheduling.lanes import LANE_SHARE, MAX_LANE_WAIT_SECONDS, Entry, Lanes
from service.scheduling.request import Lane

GREEDY = DecodingOptions(beam=1)
BEAM = DecodingOptions(beam=4)


def entry(
    source: str,
    tokens: int,
    *,
    lane: Lane = Lane.NORMAL,
    request: int = 0,
    options: DecodingOptions = GREEDY,
    min_budget: int = 1000,
) -> Entry:
    return Entry(source, options, tokens, lane, request, min_budget, enqueued_at=0.0)


def lanes(*entries: Entry, budget: int = 100, workers: int = 1) -> Lanes:
    made = Lanes(budget, workers)
    for one in entries:
        made.add(one)
    return made


def take(waiting: Lanes, now: float = 0.0) -> str:
    return " ".join(one.source for one in waiting.take(now))


def test_batch_of_similar_lengths_within_the_budget() -> None:
    waiting = lanes(
        entry("a", 2), entry("b", 2), entry("c", 2), entry("d", 4), entry("e", 9), budget=8
    )
    # The longest of a request first. A sentence over the budget is a batch by itself.
    assert [take(waiting) for _ in range(4)] == ["e", "c d", "a b", ""]


def test_beams_count_and_options_stay_apart() -> None:
    waiting = lanes(
        entry("a", 2, options=BEAM), entry("b", 2, options=BEAM), entry("c", 2), budget=8
    )
    assert sorted([take(waiting) for _ in range(4)]) == ["", "a", "b", "c"]


def test_oldest_request_first() -> None:
    waiting = lanes(entry("late", 30, request=1), entry("first", 3, request=0), budget=10)
    assert take(waiting) == "first"
    assert take(waiting) == "late"


def test_deterministic_sentences_are_batched_alone() -> None:
    alone = DecodingOptions(beam=1, deterministic=True)
    waiting = lanes(entry("a", 2, options=alone), entry("b", 2, options=alone))
    assert sorted(take(waiting) for _ in range(3)) == ["", "a", "b"]


def test_short_article_uses_all_workers() -> None:
    waiting = lanes(*[entry(str(n), 5, min_budget=10) for n in range(8)], budget=100, workers=2)
    assert [len(waiting.take(0.0)) for _ in range(5)] == [4, 2, 2, 0, 0]


def test_longest_first_under_light_load() -> None:
    waiting = lanes(entry("short", 3, request=0), entry("long", 30, request=1), budget=40)
    assert [take(waiting) for _ in range(3)] == ["long", "short", ""]


def test_late_long_sentence_does_not_overtake() -> None:
    late = Entry("late", GREEDY, 30, Lane.NORMAL, 1, 1000, enqueued_at=0.6)
    assert take(lanes(entry("short", 3, request=0), late, budget=40), 0.6) == "short"


def test_breaking_news_gives_way_only_after_the_maximum_wait() -> None:
    waiting = lanes(
        *[entry(f"b{n}", 50, lane=Lane.BREAKING, request=n) for n in range(20)],
        entry("n", 50),
        entry("z", 50, lane=Lane.ARCHIVE),
        budget=50,
    )
    assert [take(waiting, 1.0) for _ in range(10)] == [f"b{n}" for n in range(10)]
    assert take(waiting, MAX_LANE_WAIT_SECONDS + 1) == "z"
    assert take(waiting, MAX_LANE_WAIT_SECONDS + 1) == "n"
    assert take(waiting, MAX_LANE_WAIT_SECONDS + 1) == "b10"


def test_hold_after_breaking_news() -> None:
    waiting = lanes(entry("n", 1), entry("a", 1, lane=Lane.ARCHIVE))
    waiting.record_done(Lane.BREAKING, 10.0)
    assert waiting.hold_seconds(10.15) == pytest.approx(0.05)
    assert take(waiting, 10.15) == ""
    waiting.add(entry("b", 1, lane=Lane.BREAKING))
    assert take(waiting, 10.15) == "b"
    assert waiting.hold_seconds(10.25) is None
    assert take(waiting, 10.25) == "n"
    waiting.record_done(Lane.NORMAL, 11.0)
    assert take(waiting, 11.0) == "a"


def test_archive_gets_its_share_of_batches() -> None:
    waiting = lanes(
        *[entry(f"n{n}", 50, request=n) for n in range(20)],
        *[entry(f"z{n}", 50, lane=Lane.ARCHIVE, request=n) for n in range(20)],
        budget=50,
    )
    order = [take(waiting) for _ in range(2 * LANE_SHARE)]
    assert order == [
        *[f"n{n}" for n in range(7)], "z0", *[f"n{n}" for n in range(7, 14)], "z1",
    ]  # fmt: skip


def test_promote_and_remove() -> None:
    slow, other = entry("slow", 3, lane=Lane.ARCHIVE), entry("other", 3, lane=Lane.ARCHIVE)
    waiting = lanes(slow, other, entry("n", 30))
    waiting.promote(slow, Lane.BREAKING)
    assert take(waiting) == "slow"
    waiting.remove(other)
    assert (take(waiting), take(waiting), len(waiting)) == ("n", "", 0)


def test_promoted_sentence_leaves_its_old_lane() -> None:
    promoted = entry("a", 3, lane=Lane.ARCHIVE)
    waiting = lanes(promoted, entry("b", 3, lane=Lane.ARCHIVE, request=1))
    waiting.promote(promoted, Lane.NORMAL)
    assert take(waiting, MAX_LANE_WAIT_SECONDS + 1) == "b"
    assert take(waiting, MAX_LANE_WAIT_SECONDS + 1) == "a"


def test_take_by_rows_ignores_length() -> None:
    waiting = lanes(entry("a", 2), entry("b", 50), entry("c", 9, options=BEAM, request=1))
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
def test_every_sentence_is_taken_once_within_the_budget(
    rows: list[tuple[int, Lane, DecodingOptions, int]], promotions: list[Lane]
) -> None:
    entries = [
        entry(str(n), tokens, lane=lane, options=options, request=request)
        for n, (tokens, lane, options, request) in enumerate(rows)
    ]
    waiting = lanes(*entries, budget=60, workers=2)
    for one, lane in zip(entries, promotions, strict=False):
        if lane.rank < one.lane.rank:
            waiting.promote(one, lane)
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
