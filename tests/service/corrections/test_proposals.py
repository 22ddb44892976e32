"""Terms that a correction suggests, with the aligner that ships."""

from datetime import UTC, datetime

import pytest

from service.article import Correction
from service.corrections.proposals import propose_terms
from service.glossary.apply import link_words


def suggested(source: str, machine: str, target: str) -> list[tuple[str, str]]:
    correction = Correction(
        source, target, "Rina", datetime(2025, 2, 18, tzinfo=UTC), machine=machine
    )
    return [
        (proposal.source, proposal.target) for proposal in propose_terms(correction, link_words)
    ]


@pytest.mark.parametrize(
    ("source", "machine", "target", "terms"),
    [
        pytest.param(
            "Mahkamah Konstitusi menolak gugatan itu.",
            "The Constitutional Council rejected the lawsuit.",
            "The Constitutional Court rejected the lawsuit.",
            [("Mahkamah Konstitusi", "Constitutional Court")],
            id="the whole name, of which one word was replaced",
        ),
        pytest.param(
            "Lurah Kebon Agung membuka posko.",
            "The mayor of Kebon Agung opened a post.",
            "The urban village head of Kebon Agung opened a post.",
            [("Lurah", "urban village head")],
            id="more words than before",
        ),
        pytest.param(
            "Warga mengungsi ke balai desa.",
            "Residents fled to the village hall.",
            "Residents have fled to the village hall.",
            [],
            id="grammar is no term",
        ),
        pytest.param(
            "Air surut.", "The water is receding.", "The water is receding.", [], id="nothing"
        ),
        pytest.param(
            "Sebanyak 1.240 rumah terendam.",
            "A total of 1,204 houses were flooded.",
            "A total of 1,240 houses were flooded.",
            [],
            id="a number is no term",
        ),
        pytest.param(
            "Warga mengungsi ke balai desa sejak Senin malam karena air terus naik.",
            "People left for hall on Monday.",
            "With the river still climbing, villagers took shelter in a community centre.",
            [],
            id="a rewritten sentence suggests nothing",
        ),
    ],
)
def test_suggested_terms(
    source: str, machine: str, target: str, terms: list[tuple[str, str]]
) -> None:
    assert suggested(source, machine, target) == terms


def test_without_the_machines_english_there_are_none() -> None:
    correction = Correction("Air.", "Water.", "Rina", datetime(2025, 2, 18, tzinfo=UTC))
    assert propose_terms(correction, link_words) == []
