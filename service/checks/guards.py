"""A translator that looks at what it is given, mends it, and tries again where it must.

A wrapper with the translator's own interface. What is wrong with a target is found in
`verdict`, and what needs no model is mended in `mending`. What is left is tried again, cheapest
first: the other hypotheses of the same search, which cost next to nothing; the source put another
way (`rewording`); all hypotheses of a wider beam. Of the candidates the one with the least wrong is
taken, and of equals the one the model likes best. A sentence is tried in a bounded number of ways,
whatever comes out; what is left wrong is flagged by the pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.engine import DecodingOptions, Hypothesis
from service.checks.repairs import mended, with_values
from service.checks.retries import Rewording, rewordings
from service.checks.verdict import judge
from service.scheduling.request import RequestContext
from service.scheduling.translator import OnBatch, Outcome, Signature, Translator

# Beams of the second search, and hypotheses that are looked at.
_WIDE = 6
# Beams for a source in other words, at most: few of them help, and they are not to cost much.
_REWORDED = 2


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A hypothesis after mending, and how much is wrong with it."""

    hypothesis: Hypothesis
    weight: float

    @property
    def rank(self) -> tuple[float, float]:
        return self.weight, -self.hypothesis.score


class GuardedTranslator:
    """Translates with `inner`, and does not take its first word for it."""

    def __init__(self, inner: Translator) -> None:
        self._inner = inner

    @property
    def signature(self) -> Signature:
        return self._inner.signature

    @property
    def max_source_tokens(self) -> int:
        return self._inner.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return self._inner.count_tokens(sources)

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> tuple[list[Outcome], list[bool]]:
        """See `Translator`. A sentence is reported to `on_batch` once it is settled."""
        settled: dict[str, Outcome] = {}
        doubtful: dict[str, _Candidate] = {}

        def look(rows: Sequence[str], outcomes: Sequence[Outcome]) -> None:
            done: dict[str, Outcome] = {}
            for source, outcome in zip(rows, outcomes, strict=True):
                if not isinstance(outcome, Hypothesis) or not source.strip():
                    done[source] = outcome
                    continue
                candidate = _candidate(source, replace(outcome, others=()))
                for other in outcome.others if candidate.weight else ():
                    candidate = _better(candidate, _candidate(source, other))
                if candidate.weight:
                    doubtful[source] = candidate
                else:
                    done[source] = candidate.hypothesis
            _report(done, on_batch)
            settled.update(done)

        several = replace(options, hypotheses=max(options.beam, options.hypotheses))
        _, known = self._inner.translate(sources, several, context, look)
        if doubtful:
            better = self._retried(doubtful, options, context)
            _report(better, on_batch)
            settled.update(better)
        return [settled[source] for source in sources], known

    def _retried(
        self, doubtful: Mapping[str, _Candidate], options: DecodingOptions, context: RequestContext
    ) -> dict[str, Outcome]:
        """The best of what other ways give for each of these sources."""
        best = dict(doubtful)
        self._reworded(best, options, context)
        self._searched_wider(best, options, context)
        for source, candidate in best.items():
            if candidate.weight:
                hypothesis = candidate.hypothesis
                text = with_values(source, hypothesis.text)
                best[source] = _better(
                    candidate, _candidate(source, replace(hypothesis, text=text))
                )
        return {source: candidate.hypothesis for source, candidate in best.items()}

    def _reworded(
        self, best: dict[str, _Candidate], options: DecodingOptions, context: RequestContext
    ) -> None:
        """Try every source in other words, and keep what is better."""
        tried = [(source, way) for source in best for way in rewordings(source)]
        options = replace(options, beam=min(options.beam, _REWORDED))
        answers = self._more([part for _, way in tried for part in way.parts], options, context)
        rest = iter(answers)
        for source, way in tried:
            outcomes = [next(rest) for _ in way.parts]
            if (joined := _joined(way, outcomes)) is not None:
                best[source] = _better(best[source], _candidate(source, joined))

    def _searched_wider(
        self, best: dict[str, _Candidate], options: DecodingOptions, context: RequestContext
    ) -> None:
        """Look at all hypotheses of a wider search for what is still in doubt, also those that the
        first gave up; where the first search was as wide, all of its own were looked at."""
        if options.beam >= _WIDE:
            return
        left = [source for source, candidate in best.items() if candidate.weight]
        wide = replace(options, beam=_WIDE, hypotheses=_WIDE, thorough=True)
        for source, outcome in zip(left, self._more(left, wide, context), strict=True):
            if isinstance(outcome, Hypothesis):
                for hypothesis in (replace(outcome, others=()), *outcome.others):
                    best[source] = _better(best[source], _candidate(source, hypothesis))

    def _more(
        self, sources: Sequence[str], options: DecodingOptions, context: RequestContext
    ) -> list[Outcome]:
        return self._inner.translate(sources, options, context)[0] if sources else []


def _candidate(source: str, hypothesis: Hypothesis) -> _Candidate:
    text = mended(source, hypothesis.text)
    verdict = judge(source, text, finished=hypothesis.finished)
    return _Candidate(replace(hypothesis, text=text), verdict.weight)


def _better(one: _Candidate, other: _Candidate) -> _Candidate:
    return min(one, other, key=lambda candidate: candidate.rank)


def _joined(way: Rewording, outcomes: Sequence[Outcome]) -> Hypothesis | None:
    """One hypothesis of the parts', or none where the engine failed on one."""
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


def _report(done: Mapping[str, Outcome], on_batch: OnBatch | None) -> None:
    if on_batch is not None and done:
        on_batch(list(done), list(done.values()))
