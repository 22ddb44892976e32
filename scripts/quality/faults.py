"""Counts of lines with wrong numbers, quotations, lengths, or loops."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from scripts.quality.scores import too_short
from scripts.quality.sets import TestSet
from service.checks.compare import pair_numbers
from service.checks.faults import loops
from service.checks.quotations import quotations


@dataclass(frozen=True, slots=True)
class FaultCounts:
    """Numbers of lines of a system, and its scores on a scale of 100.

    `digit_lines` have digits in source or output. `lost` and `invented` are of numbers in digits,
    `words` of numbers in words alone.
    """

    system: str
    digit_lines: int
    lost: int
    invented: int
    words: int
    quotations: int
    short: int
    loops: int
    bleu: float
    chrf: float


def count_faults(system: str, test: TestSet, hypotheses: Sequence[str]) -> FaultCounts:
    """Count the faults of a system, and score it."""
    lines = list(zip(test.sources, hypotheses, strict=True))
    pairings = [pair_numbers(source, hypothesis) for source, hypothesis in lines]
    lost = [[p.source[n].in_digits for n in p.missing] for p in pairings]
    invented = [[p.target[m].in_digits for m in p.invented] for p in pairings]
    return FaultCounts(
        system=system,
        digit_lines=sum(bool(re.search(r"\d", source + target)) for source, target in lines),
        lost=sum(any(line) for line in lost),
        invented=sum(any(line) for line in invented),
        words=sum(
            (bool(a) and not any(a)) or (bool(b) and not any(b))
            for a, b in zip(lost, invented, strict=True)
        ),
        quotations=sum(
            len(quotations(source)) != len(quotations(target)) for source, target in lines
        ),
        short=sum(
            too_short(target, reference)
            for target, reference in zip(hypotheses, test.references, strict=True)
        ),
        loops=sum(loops(target, source) for source, target in lines),
        bleu=BLEU().corpus_score(list(hypotheses), [test.references]).score,
        chrf=CHRF(word_order=2).corpus_score(list(hypotheses), [test.references]).score,
    )


def fault_table(rows: Sequence[FaultCounts]) -> list[str]:
    """Return the lines of a Markdown table, with Kabar in bold."""
    lines = [
        "| system | lines with digits | a number lost | invented | wrong in words | quotations "
        "| under half | loops | BLEU | chrF++ |",
        "|---|" + "---:|" * 9,
    ]
    for row in rows:
        name = f"**{row.system}**" if row.system.startswith("Kabar") else row.system
        lines.append(
            f"| {name} | {row.digit_lines} | {row.lost} | {row.invented} | {row.words} "
            f"| {row.quotations} | {row.short} | {row.loops} | {row.bleu:.1f} | {row.chrf:.1f} |"
        )
    return lines
