"""The record of a checked hypothesis, passed down the pipeline."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.engine import Hypothesis
from service.article import Fact
from service.checks.compare import Comparison
from service.checks.repairs import repaired
from service.checks.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Checked:
    """A repaired hypothesis, its comparison with the source, and the verdict."""

    hypothesis: Hypothesis
    comparison: Comparison
    verdict: Verdict

    @property
    def text(self) -> str:
        """The repaired target."""
        return self.hypothesis.text

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of the source and their counterparts in the target."""
        return self.comparison.facts

    @property
    def rank(self) -> tuple[float, float]:
        """The sort key of candidates: lowest weight, then best score."""
        return self.verdict.weight, -self.hypothesis.score

    def compared_with(self, source: str, target: str) -> Comparison:
        """Return the comparison of a pair; reuse this one for the same texts."""
        same = self.comparison.source == source and self.comparison.target == target
        return self.comparison if same else Comparison(source, target)

    def verdict_on(self, comparison: Comparison) -> Verdict:
        """Return the verdict on a pair, judged again only if it is another pair."""
        if comparison is self.comparison:
            return self.verdict
        return judge(comparison, finished=self.hypothesis.finished)


def check(source: str, hypothesis: Hypothesis, previous: Checked | None = None) -> Checked:
    """Repair and judge a hypothesis, without its alternatives (`others`).

    `previous` is a checked hypothesis of the same source. It saves reading the source's numbers
    again.
    """
    if previous is None:
        comparison = repaired(Comparison(source, hypothesis.text))
    else:
        comparison = repaired(previous.comparison.with_target(hypothesis.text))
    return judged(comparison, replace(hypothesis, text=comparison.target, others=()))


def judged(comparison: Comparison, hypothesis: Hypothesis) -> Checked:
    """Judge a hypothesis whose text is the target of the comparison."""
    return Checked(hypothesis, comparison, judge(comparison, finished=hypothesis.finished))
