"""The guards: check every hypothesis, and retry doubtful sentences.

`translate_checked` judges the best hypothesis of a first search. It tries four remedies for a
doubtful sentence, cheapest first:

1. the other hypotheses of the same search, which cost next to nothing;
2. rewordings of the source (`checks.retries`);
3. all hypotheses of a wider beam;
4. the source's value in place of a wrong number.

The candidate with the lowest weight wins, and of equals the one with the best score. The number of
retries is bounded. The pipeline flags the remaining faults.

A sentence that ignores a hint is translated again with the English in its source.
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
from service.translation.hints import HintedTranslator, ignored_hints, with_english

# Beams of the second search, and the number of its hypotheses that are judged.
_WIDE_BEAM = 6
# Maximum number of beams for a rewording; more rarely help.
_MAX_REWORDING_BEAM = 2

# Lengths of an acceptable second translation with hints, in words, relative to the first.
_MIN_LENGTH, _MAX_LENGTH = 0.6, 1.6

# A checked hypothesis, or the reason why the engine has none.
CheckedOutcome = Checked | EngineFailed

# Called with the indexes of finished sources, and their outcomes.
OnSettled = Callable[[Sequence[int], Sequence[CheckedOutcome]], None]


def translate_checked(
    translator: Translator,
    sources: Sequence[str],
    options: DecodingOptions,
    context: RequestContext,
    on_settled: OnSettled | None = None,
    *,
    hinted: bool = False,
) -> list[CheckedOutcome]:
    """Translate sources; return the best checked hypothesis of each.

    `on_settled` is called as soon as a sentence needs no retry. `hinted` says that the model was
    trained with hints. Raises `Gone` if the request is cancelled, and `TimedOut` after its
    deadline.
    """
    if hinted:
        translator = HintedTranslator(translator)
    settled: list[CheckedOutcome | None] = [None] * len(sources)
    doubtful: dict[int, Checked] = {}
    ignoring: dict[int, Checked] = {}

    def settle(indexes: Sequence[int], outcomes: Sequence[CheckedOutcome]) -> None:
        for index, outcome in zip(indexes, outcomes, strict=True):
            settled[index] = outcome
        if on_settled is not None and indexes:
            on_settled(indexes, outcomes)

    def on_batch(indexes: Sequence[int], outcomes: Sequence[Outcome]) -> None:
        done: dict[int, CheckedOutcome] = {}
        for index, outcome in zip(indexes, outcomes, strict=True):
            checked = _best_of_search(sources[index], outcome)
            if isinstance(checked, Checked) and checked.verdict.weight and sources[index].strip():
                doubtful[index] = checked
            elif hinted and isinstance(checked, Checked) and _ignores_hints(checked):
                ignoring[index] = checked
            else:
                done[index] = checked
        settle(list(done), list(done.values()))

    # Ask for every hypothesis of the beam: they are candidates before any retry.
    all_beams = replace(options, hypotheses=max(options.beam, options.hypotheses))
    translator.translate(sources, all_beams, context, on_batch)
    if doubtful:
        best = _retry(translator, sources, doubtful, options, context)
        if hinted:
            ignoring |= {n: one for n, one in best.items() if _ignores_hints(one)}
        done = {n: one for n, one in best.items() if n not in ignoring}
        settle(list(done), list(done.values()))
    if ignoring:
        _insert_english(translator, ignoring, options, context)
        settle(list(ignoring), list(ignoring.values()))
    return [outcome for outcome in settled if outcome is not None]


def _best_of_search(source: str, outcome: Outcome) -> CheckedOutcome:
    """Return the best hypothesis of one search, checked."""
    if isinstance(outcome, EngineFailed):
        return outcome
    best = check(source, outcome)
    if best.verdict.weight and source.strip():
        for other in outcome.others:
            best = _better(best, check(source, other, best))
    return best


def _retry(
    translator: Translator,
    sources: Sequence[str],
    doubtful: dict[int, Checked],
    options: DecodingOptions,
    context: RequestContext,
) -> dict[int, Checked]:
    """Return the best candidate for each doubtful source, by index."""
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
    """Translate rewordings of doubtful sources; put improvements in `best`."""
    tries = [(index, rewording) for index in best for rewording in rewordings(sources[index])]
    parts = [part for _, rewording in tries for part in rewording.parts]
    narrow = replace(options, beam=min(options.beam, _MAX_REWORDING_BEAM))
    outcomes = iter(translator.translate(parts, narrow, context) if parts else [])
    for index, rewording in tries:
        hypothesis = _joined(rewording, [next(outcomes) for _ in rewording.parts])
        if hypothesis is not None:
            best[index] = _better(best[index], check(sources[index], hypothesis, best[index]))


def _search_wider(
    translator: Translator,
    sources: Sequence[str],
    best: dict[int, Checked],
    options: DecodingOptions,
    context: RequestContext,
) -> None:
    """Check all hypotheses of a wider search for doubtful sources.

    It is skipped if the first search had that width.
    """
    doubtful = [index for index, candidate in best.items() if candidate.verdict.weight]
    if options.beam >= _WIDE_BEAM or not doubtful:
        return
    wide = replace(options, beam=_WIDE_BEAM, hypotheses=_WIDE_BEAM, thorough=True)
    outcomes = translator.translate([sources[index] for index in doubtful], wide, context)
    for index, outcome in zip(doubtful, outcomes, strict=True):
        if isinstance(outcome, Hypothesis):
            for hypothesis in (outcome, *outcome.others):
                best[index] = _better(best[index], check(sources[index], hypothesis, best[index]))


def _ignores_hints(checked: Checked) -> bool:
    return bool(ignored_hints(checked.comparison.source, checked.text))


def _insert_english(
    translator: Translator,
    ignoring: dict[int, Checked],
    options: DecodingOptions,
    context: RequestContext,
) -> None:
    """Translate sources with the English of ignored hints; put improvements in `ignoring`."""
    prompts = {}
    for index, checked in ignoring.items():
        source = checked.comparison.source
        prompts[index] = with_english(source, ignored_hints(source, checked.text))
    outcomes = translator.translate(list(prompts.values()), options, context)
    for index, outcome in zip(prompts, outcomes, strict=True):
        first = ignoring[index]
        if isinstance(outcome, EngineFailed) or not outcome.finished:
            continue
        second = check(first.comparison.source, outcome, first)
        lengths = len(second.text.split()), len(first.text.split())
        if (
            second.verdict.weight <= first.verdict.weight
            and _MIN_LENGTH * lengths[1] <= lengths[0] <= _MAX_LENGTH * lengths[1]
            and not _ignores_hints(second)
        ):
            ignoring[index] = second


def _better(one: Checked, other: Checked) -> Checked:
    return min(one, other, key=lambda candidate: candidate.rank)


def _joined(rewording: Rewording, outcomes: Sequence[Outcome]) -> Hypothesis | None:
    """Join the hypotheses of the parts; None if the engine failed on one."""
    hypotheses = [outcome for outcome in outcomes if isinstance(outcome, Hypothesis)]
    if len(hypotheses) < len(outcomes) or not all(h.text for h in hypotheses):
        return None
    tokens = [hypothesis.target_tokens + 1 for hypothesis in hypotheses]
    score = sum(h.score * n for h, n in zip(hypotheses, tokens, strict=True)) / sum(tokens)
    return Hypothesis(
        text=rewording.join([hypothesis.text for hypothesis in hypotheses]),
        score=score,
        source_tokens=sum(hypothesis.source_tokens for hypothesis in hypotheses),
        target_tokens=sum(hypothesis.target_tokens for hypothesis in hypotheses),
        finished=all(hypothesis.finished for hypothesis in hypotheses),
    )
