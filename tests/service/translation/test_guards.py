"""Retries of doubtful sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from models.ctranslate.engine import CTranslateCausal
from models.engine import DecodingOptions, Hypothesis
from models.errors import EngineFailed
from service.checks.checked import Checked
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext
from service.scheduling.translator import OnBatch, Outcome
from service.translation.guards import CheckedOutcome, translate_checked

GREEDY = DecodingOptions(beam=1)


class Scripted:
    """A translator with fixed answers; a list is the hypotheses of a beam."""

    signature: Mapping[str, str] = {"model": "scripted"}
    max_source_tokens = 100

    def __init__(self, answers: Mapping[str, str | list[str]]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, int]] = []
        self.searches: list[DecodingOptions] = []

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(source.split()) for source in sources]

    def translate(
        self,
        sources: Sequence[str],
        options: DecodingOptions,
        context: RequestContext,
        on_batch: OnBatch | None = None,
    ) -> list[Outcome]:
        self.asked += [(source, options.hypotheses) for source in sources]
        self.searches.append(options)
        outcomes = [self._outcome(source, options.hypotheses) for source in sources]
        if on_batch is not None:
            on_batch(range(len(sources)), outcomes)
        return outcomes

    def _outcome(self, source: str, hypotheses: int) -> Outcome:
        answer = self.answers.get(source, "FAIL")
        if answer == "FAIL":
            return EngineFailed("told to fail")
        texts = [answer] if isinstance(answer, str) else answer
        made = [Hypothesis(text, -0.1 * n, 5, 5, True) for n, text in enumerate(texts, start=1)]
        others = tuple(made[1:hypotheses])
        return Hypothesis(texts[0], -0.1, 5, 5, True, others)


def guarded(
    answers: Mapping[str, str | list[str]], *sources: str
) -> tuple[list[str | None], list[tuple[str, int]]]:
    scripted = Scripted(answers)
    outcomes = translate_checked(scripted, sources, GREEDY, RequestContext())
    texts = [outcome.text if isinstance(outcome, Checked) else None for outcome in outcomes]
    return texts, scripted.asked


@pytest.mark.parametrize(
    ("source", "answers", "text", "asked"),
    [
        ("Air surut.", {"Air surut.": "The water recedes."}, "The water recedes.", []),
        ("Ada 1.240 rumah.", {"Ada 1.240 rumah.": "There are 1.240 houses."},
         "There are 1,240 houses.", []),
        (
            "Tewas tujuh belas orang.",
            {"Tewas tujuh belas orang.": "Seven died.", "Tewas 17 orang.": "Seventeen died."},
            "Seventeen died.",
            [("Tewas 17 orang.", 1)],
        ),
        (
            "Ada 5 dan 7 rumah.",
            {"Ada 5 dan 7 rumah.": ["There are 5.", "There are 7.", "There are 5 and 7."]},
            "There are 5 and 7.",
            [("Ada 5 dan 7 rumah.", 6)],
        ),
        (
            "Tewas 15 orang.",
            {"Tewas 15 orang.": "The dead number 3."},
            "The dead number 15.",
            [("Tewas 15 orang.", 6)],
        ),
        (
            "Ada 5 dan 7 rumah.",
            {"Ada 5 dan 7 rumah.": "There are 5."},
            "There are 5.",
            [("Ada 5 dan 7 rumah.", 6)],
        ),
    ],
)  # fmt: skip
def test_best_target_and_its_retries(
    source: str,
    answers: Mapping[str, str | list[str]],
    text: str,
    asked: list[tuple[str, int]],
) -> None:
    texts, requests = guarded(answers, source)
    assert texts == [text]
    assert requests[1:] == asked


def test_failed_sentence_does_not_affect_others() -> None:
    texts, _ = guarded({"Air surut.": "The water recedes."}, "Ada 5.", "Air surut.")
    assert texts == [None, "The water recedes."]


def test_failed_retry_leaves_the_first_target() -> None:
    class FailsOnRetry(Scripted):
        def _outcome(self, source: str, hypotheses: int) -> Outcome:
            if hypotheses > 1:
                return EngineFailed("out of memory")
            return super()._outcome(source, hypotheses)

    scripted = FailsOnRetry({"Ada 5.": "There are some."})
    outcomes = translate_checked(scripted, ["Ada 5."], GREEDY, RequestContext())
    assert [outcome.text for outcome in outcomes if isinstance(outcome, Checked)] == [
        "There are some."
    ]


def test_only_the_wide_search_is_thorough() -> None:
    scripted = Scripted({"Ada 5.": "There are some."})
    translate_checked(scripted, ["Ada 5."], DecodingOptions(beam=4), RequestContext())
    assert [(search.beam, search.thorough) for search in scripted.searches] == [
        (4, False),
        (6, True),
    ]


def test_on_settled_reports_each_result_once() -> None:
    answers = {"Air surut.": "The water recedes.", "Tewas 15 orang.": "The dead number 3."}
    reported: dict[str, str] = {}

    sources = list(answers)

    def on_settled(indexes: Sequence[int], outcomes: Sequence[CheckedOutcome]) -> None:
        for index, outcome in zip(indexes, outcomes, strict=True):
            assert sources[index] not in reported
            assert isinstance(outcome, Checked)
            reported[sources[index]] = outcome.text

    outcomes = translate_checked(Scripted(answers), sources, GREEDY, RequestContext(), on_settled)
    assert [outcome.text for outcome in outcomes if isinstance(outcome, Checked)] == [
        reported[source] for source in sources
    ]
    assert reported == {
        "Air surut.": "The water recedes.",
        "Tewas 15 orang.": "The dead number 15.",
    }


def test_spelled_number_with_the_embedded_model(exact_engine: CTranslateCausal) -> None:
    source = "Pesawat itu menabrak dinding, menewaskan tujuh belas orang."
    batcher = Batcher(exact_engine)
    try:
        (plain,) = batcher.translate([source], GREEDY, RequestContext())
        (better,) = translate_checked(batcher, [source], GREEDY, RequestContext())
    finally:
        batcher.close()
    assert isinstance(plain, Hypothesis)
    assert isinstance(better, Checked)
    assert "17" not in plain.text
    assert "17" in better.text
