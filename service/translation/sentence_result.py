"""The result of one sentence: target, confidence, flags, facts, terms.

It combines the checked hypotheses of the sentence, or of its parts, with the glossary's changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from models.engine import Hypothesis
from service.article import Fact, TermUse
from service.checks.checked import Checked
from service.checks.compare import Comparison
from service.checks.verdict import judge
from service.glossary.apply import GlossaryResult
from service.translation.guards import CheckedOutcome


@dataclass(frozen=True, slots=True)
class SentenceResult:
    """The English of one sentence and its findings."""

    target: str
    confidence: float | None
    flags: tuple[str, ...]
    facts: tuple[Fact, ...]
    terms: tuple[TermUse, ...] = ()
    reused: bool = False

    @property
    def failed(self) -> bool:
        """Whether the engine failed on it."""
        return "failed" in self.flags


def sentence_result(
    source: str,
    parts: Sequence[str],
    outcomes: Sequence[CheckedOutcome],
    applied: GlossaryResult | None,
) -> SentenceResult:
    """Combine the outcomes of a sentence's parts and the glossary.

    Flags: `failed` (the engine failed; the target is the source), `untranslated` (the model
    returned nothing; the target is the source), `split` (translated in parts), those of
    `checks.verdict`, and `term_missing` (a glossary term is not in the target).
    """
    checked = [outcome for outcome in outcomes if isinstance(outcome, Checked)]
    hypotheses = [one.hypothesis for one in checked]
    if applied is not None and applied.hypothesis is not None:
        hypotheses = [applied.hypothesis]
    texts = [
        outcome.text if isinstance(outcome, Checked) and outcome.text else part
        for part, outcome in zip(parts, outcomes, strict=True)
    ]
    target = " ".join(texts) if applied is None else applied.target
    comparison = (
        checked[0].compared_with(source, target)
        if len(checked) == len(parts) == 1
        else Comparison(source, target)
    )
    flags = []
    if len(checked) < len(outcomes):
        flags.append("failed")
    if not all(hypothesis.text for hypothesis in hypotheses):
        flags.append("untranslated")
    if len(parts) > 1:
        flags.append("split")
    if flags in ([], ["split"]):
        flags += _verdict_flags(comparison, checked, hypotheses, applied)
    if applied is not None and not all(use.applied for use in applied.uses):
        flags.append("term_missing")
    return SentenceResult(
        target,
        _confidence(hypotheses),
        tuple(flags),
        comparison.facts,
        () if applied is None else applied.uses,
    )


def _verdict_flags(
    comparison: Comparison,
    checked: Sequence[Checked],
    hypotheses: Sequence[Hypothesis],
    applied: GlossaryResult | None,
) -> tuple[str, ...]:
    """Return the flags of a target; reuse the verdict of an unchanged one."""
    finished = all(hypothesis.finished for hypothesis in hypotheses)
    unchanged = len(checked) == 1 and hypotheses == [checked[0].hypothesis]
    if unchanged and comparison is checked[0].comparison:
        verdict = checked[0].verdict
    else:
        verdict = judge(comparison, finished=finished)
    # The checks know no glossary. A name in the glossary's English looks invented to them; if the
    # source's name replaces it, its neighbors may look missing. Take the lighter verdict.
    if applied is not None and applied.target_for_checks != comparison.target:
        other = judge(Comparison(comparison.source, applied.target_for_checks), finished=finished)
        verdict = min(verdict, other, key=lambda one: (one.weight, one.flags))
    return verdict.flags


def _confidence(hypotheses: Sequence[Hypothesis]) -> float | None:
    if not hypotheses:
        return None
    tokens = sum(h.target_tokens + 1 for h in hypotheses)
    mean = sum(h.score * (h.target_tokens + 1) for h in hypotheses) / tokens
    return min(1.0, exp(mean))
