"""BLEU, chrF++, significance and faults of systems on a test set."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest, Result

from scripts.quality.sets import InputError
from service.checks.compare import lost_and_invented
from service.checks.faults import echoes, in_source_language, loops

RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one system on one set.

    `bleu` and `chrf` are on a scale of 100. `p` is the probability that the choice of sentences
    alone gives a BLEU difference from our system this large (None for ours). The others count
    lines: `numbers`, with digits, and a number lost or invented; `odd`, under half or over twice
    the reference's length; `loops`, with a repeated phrase; `foreign`, unchanged or in Indonesian;
    `faulty`, any of the last three.
    """

    system: str
    bleu: float
    chrf: float
    numbers: int
    odd: int
    loops: int
    foreign: int
    faulty: int
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores, best BLEU first, and sacrebleu's signatures."""

    scores: list[Score]
    signatures: list[str]


def evaluate(
    systems: Mapping[str, Sequence[str]],
    sources: Sequence[str],
    references: Sequence[str],
    ours: str,
) -> Evaluation:
    """Score every system against the references, and compare it with ours.

    The comparison is a paired bootstrap test on BLEU (Koehn 2004) with 1,000 resamplings and a
    fixed seed. Raises `InputError` for a system with another number of lines.
    """
    for system, hypotheses in systems.items():
        if len(hypotheses) != len(references):
            raise InputError(
                f"{system} has {len(hypotheses)} lines, the reference {len(references)}"
            )
    bleu, chrf = BLEU(), CHRF(word_order=2)
    chances = _compare(systems, references, ours)
    scores = [
        _score(system, hypotheses, sources, references, bleu, chrf, chances.get(system))
        for system, hypotheses in systems.items()
    ]
    scores.sort(key=lambda score: -score.bleu)
    signatures = [
        f"BLEU {bleu.get_signature().format()}",
        f"chrF++ {chrf.get_signature().format()}",
    ]
    return Evaluation(scores, signatures)


def _score(
    system: str,
    hypotheses: Sequence[str],
    sources: Sequence[str],
    references: Sequence[str],
    bleu: BLEU,
    chrf: CHRF,
    p: float | None,
) -> Score:
    lines = list(zip(sources, hypotheses, references, strict=True))
    odd = [too_short(target, right) or too_long(target, right) for _, target, right in lines]
    looping = [loops(target, source) for source, target, _ in lines]
    foreign = [echoes(source, target) or in_source_language(target) for source, target, _ in lines]
    return Score(
        system,
        bleu=bleu.corpus_score(list(hypotheses), [list(references)]).score,
        chrf=chrf.corpus_score(list(hypotheses), [list(references)]).score,
        numbers=sum(numbers_wrong(source, target) for source, target, _ in lines),
        odd=sum(odd),
        loops=sum(looping),
        foreign=sum(foreign),
        faulty=sum(any(faults) for faults in zip(odd, looping, foreign, strict=True)),
        p=p,
    )


def too_short(hypothesis: str, reference: str) -> bool:
    """Tell whether it is empty, or has under half the reference's words."""
    return 2 * len(hypothesis.split()) < len(reference.split())


def too_long(hypothesis: str, reference: str) -> bool:
    """Tell whether it has over twice the reference's words."""
    return len(hypothesis.split()) > 2 * len(reference.split())


def numbers_wrong(source: str, hypothesis: str) -> bool:
    """Tell whether the line has digits, and loses or invents a number."""
    return bool(re.search(r"\d", source + hypothesis)) and any(
        lost_and_invented(source, hypothesis)
    )


def _compare(
    systems: Mapping[str, Sequence[str]], references: Sequence[str], ours: str
) -> dict[str, float]:
    """Return the p-value of each other system against ours."""
    same = [name for name in systems if name != ours and [*systems[name]] == [*systems[ours]]]
    others = [name for name in systems if name != ours and name not in same]
    # sacrebleu would call a difference of zero significant: no resampling gives a larger one.
    equal = dict.fromkeys(same, 1.0)
    if not others or len(references) < 2:
        return equal
    named: list[tuple[str, Sequence[str]]] = [
        (system, list(systems[system])) for system in (ours, *others)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, results = PairedTest(
            named, {"BLEU": BLEU()}, [list(references)], test_type="bs", n_samples=RESAMPLES
        )()
    return equal | {
        system: float(result.p_value)
        for system, result in zip(others, results["BLEU"][1:], strict=True)
        if isinstance(result, Result) and result.p_value is not None
    }
