"""The guards: check every hypothesis, and try again where one is doubtful.

`translate_checked` judges the hypotheses of a first search. Doubtful sentences are tried again,
cheapest way first: the other hypotheses of the same search, which cost next to nothing; the source
in other words (`retries`); all hypotheses of a wider beam; a number put right by force. Of the
candidates the one with the least faults is taken, and of equals the likeliest. Retries are bounded
whatever comes out; the pipeline flags the faults that stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.checks.checked import Checked, check
from service.checks.repairs import with_source_values
from service.checks.retries import Rewording, rewordings
from service.scheduling.request import RequestContext
from service.scheduling.translator import Outcome, Translator

# Beams of the second search, and the number of its hypotheses that are judged.
_WIDE_BEAM = 6
# Most beams for a source in other words; more rarely help.
_REWORDED_BEAM = 2

# A judged hypothesis, or the reason why the engine has none.
CheckedOutcome = Checked | EngineFailed

# Called with the indexes of sources that are settled, and their outcomes.
OnSettled = Callable[[Sequence[int], Sequence[CheckedOutcome]], None]


def translate_checked(
    translator: Translator,
    sources: Sequence[str],
    options: DecodingOptions,
    context: RequestContext,
    on_settled: OnSettled | None = None,
) -> list[CheckedOutcome]:
    """Translate sources and return the best checked hypothesis of each, by index.

    `on_settled` is called as soon as a sentence needs no further try. Raises `Gone` or `TimedOut`
    where the request is not wanted any more.
    """
    settled: list[CheckedOutcome | None] = [None] * len(sources)
    doubtful: dict[int, Checked] = {}

    def settle(indexes: Sequence[int], outcomes: Sequence[CheckedOutcome]) -> None:
        for index, outcome in zip(indexes, outcomes, strict=True):
            settled[index] = outcome
        if on_settled is not None and indexes:
            on_settled(indexes, outcomes)

    def on_batch(indexes: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        done: dict[int, CheckedOutcome] = {}
        for index, outcome in zip(indexes, outcomes, strict=True):
            checked = _first_choice(sources[index], outcome)
            if isinstance(checked, Checked) and checked.verdict.weight and sources[index].strip():
                doubtful[index] = checked
            else:
                done[index] = checked
        settle(list(done), list(done.values()))

    # The other hypotheses of the beam are looked at before anything is translated again.
    several = replace(options, hypotheses=max(options.beam, options.hypotheses))
    translator.translate(sources, several, context, on_batch)
    if doubtful:
        best = _retried(translator, sources, doubtful, options, context)
        settle(list(best), list(best.values()))
    return [outcome for outcome in settled if outcome is not None]


def _first_choice(source: str, outcome: Outcome) -> CheckedOutcome:
    """Return the best of the hypotheses of one search."""
    if isinstance(outcome, EngineFailed):
        return outcome
    best = check(source, outcome)
    if best.verdict.weight and source.strip():
        for other in outcome.others:
            best = _better(best, check(source, other))
    return best


def _retried(
    translator: Translator,
    sources: Sequence[str],
    doubtful: dict[int, Checked],
    options: DecodingOptions,
    context: RequestContext,
) -> dict[int, Checked]:
    """Return the best that other ways give for each doubtful source, by its index."""
    best = dict(doubtful)
    _try_rewordings(translator, sources, best, options, context)
    _search_wider(translator, sources, best, options, context)
    for index, candidate in best.items():
        if candidate.verdict.weight:
            forced = with_source_values(candidate.comparison)
            if forced is not candidate.comparison:
                hypothesis = replace(candidate.hypothesis, text=forced.target)
                best[index] = _better(candidate, check(sources[index], hypothesis))
    return best


def _try_rewordings(
    translator: Translator,
    sources: Sequence[str],
    best: dict[int, Checked],
    options: DecodingOptions,
    context: RequestContext,
) -> None:
    """Try every doubtful source in other words, and keep improvements in `best`."""
    tried = [(index, way) for index in best for way in rewordings(sources[index])]
    parts = [part for _, way in tried for part in way.parts]
    narrow = replace(options, beam=min(options.beam, _REWORDED_BEAM))
    rest = iter(translator.translate(parts, narrow, context) if parts else [])
    for index, way in tried:
        hypothesis = _joined(way, [next(rest) for _ in way.parts])
        if hypothesis is not None:
            best[index] = _better(best[index], check(sources[index], hypothesis))


def _search_wider(
    translator: Translator,
    sources: Sequence[str],
    best: dict[int, Checked],
    options: DecodingOptions,
    context: RequestContext,
) -> None:
    """Judge all hypotheses of a wider search for the sources that are still doubtful.

    A first search of the same width has had all its hypotheses judged already.
    """
    left = [index for index, candidate in best.items() if candidate.verdict.weight]
    if options.beam >= _WIDE_BEAM or not left:
        return
    wide = replace(options, beam=_WIDE_BEAM, hypotheses=_WIDE_BEAM, thorough=True)
    outcomes = translator.translate([sources[index] for index in left], wide, context)
    for index, outcome in zip(left, outcomes, strict=True):
        if isinstance(outcome, Hypothesis):
            for hypothesis in (outcome, *outcome.others):
                best[index] = _better(best[index], check(sources[index], hypothesis))


def _better(one: Checked, other: Checked) -> Checked:
    return min(one, other, key=lambda candidate: candidate.rank)


def _joined(way: Rewording, outcomes: Sequence[Outcome]) -> Hypothesis | None:
    """Return one hypothesis of the parts', or None where the engine failed on a part."""
    hypotheses = [outcome for outcome in outcomes if isinstance(outcome, Hypothesis)]
    if len(hypotheses) < len(outcomes) or not all(h.text for h in hypotheses):
        return None
    tokens = [hypothesis.target_tokens + 1 for hypothesis in hypotheses]
    score = sum(h.score * n for h, n in zip(hypotheses, tokens, strict=True)) / sum(tokens)
    return Hypothesis(
        text=way.join([hypothesis.text for hypothesis in hypotheses]),
        score=score,
        source_tokens=sum(hypothesis.source_tokens for hypothesis in hypotheses),
        target_tokens=sum(hypothesis.target_tokens for hypothesis in hypotheses),
        finished=all(hypothesis.finished for hypothesis in hypotheses),
    )
