"""One record for a judged hypothesis, made once and carried to the end of the pipeline."""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.engine import Hypothesis
from service.article import Fact
from service.checks.compare import Comparison
from service.checks.repairs import repaired
from service.checks.verdict import Verdict, judge


@dataclass(frozen=True, slots=True)
class Checked:
    """A hypothesis with its repaired text, its comparison with the source, and the verdict."""

    hypothesis: Hypothesis
    comparison: Comparison
    verdict: Verdict

    @property
    def text(self) -> str:
        """The target."""
        return self.hypothesis.text

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts of the source and their counterparts in the target."""
        return self.comparison.facts

    @property
    def rank(self) -> tuple[float, float]:
        """The order of candidates for one source: the least wrong first, then the likeliest."""
        return self.verdict.weight, -self.hypothesis.score

    def compared_with(self, source: str, target: str) -> Comparison:
        """Return the comparison of a pair: the one at hand where the texts are the same."""
        at_hand = self.comparison
        same = at_hand.source == source and at_hand.target == target
        return at_hand if same else Comparison(source, target)

    def verdict_on(self, comparison: Comparison) -> Verdict:
        """Return the verdict on a pair, judged anew where it is not the pair at hand."""
        if comparison is self.comparison:
            return self.verdict
        return judge(comparison, finished=self.hypothesis.finished)


def check(source: str, hypothesis: Hypothesis) -> Checked:
    """Repair a hypothesis and judge it; its alternatives (`others`) are left out."""
    comparison = repaired(Comparison(source, hypothesis.text))
    return judged(comparison, replace(hypothesis, text=comparison.target, others=()))


def judged(comparison: Comparison, hypothesis: Hypothesis) -> Checked:
    """Judge a hypothesis that is the target of the comparison."""
    return Checked(hypothesis, comparison, judge(comparison, finished=hypothesis.finished))
