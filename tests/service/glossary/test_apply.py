"""Application of a glossary to fixed targets."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.engine import Hypothesis
from service.glossary.alignment import Links
from service.glossary.apply import GlossaryResult, Retranslate, TranslatedSentence, apply_glossary
from service.glossary.terms import Glossary, term_of

GLOSSARY = Glossary(
    (
        term_of("KPK", "the Corruption Eradication Commission|KPK", "exact"),
        term_of("Komisi Pemberantasan Korupsi", "the Corruption Eradication Commission|KPK"),
        term_of("KAI", "state railway company KAI|KAI", "exact"),
        term_of("DPR RI", "the House of Representatives|DPR", "exact"),
        term_of("bupati", "regent"),
        term_of("wakil bupati", "deputy regent"),
        term_of("kabupaten", "* regency"),
        term_of("NTT", "East Nusa Tenggara", "exact"),
        term_of("Nusa Tenggara Timur", "East Nusa Tenggara"),
        term_of("perda", "regional regulation|bylaw"),
        term_of("Polri", "the National Police"),
        term_of("Bintang", "Bintang", "exact"),
    )
)


def applied(source: str, target: str, *, running: bool = True) -> GlossaryResult:
    [result] = apply_glossary(GLOSSARY, [TranslatedSentence(source, target, None, running)])
    return result


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        # Already there, in some form.
        ("Bupati pergi.", "The regent left.", "The regent left."),
        ("Para bupati pergi.", "The Regents left.", "The Regents left."),
        ("Perda itu batal.", "The bylaw is void.", "The bylaw is void."),
        # Left in Indonesian.
        ("Kata bupati, aman.", "According to a bupati, it is safe.",
         "According to a regent, it is safe."),
        ("Para bupati pergi.", "The Bupati left.", "The regents left."),
        ("Bupati Sari Wening pergi.", "Bupati Sari Wening left.", "Regent Sari Wening left."),
        ("Wakil bupati pergi.", "The wakil bupati left.", "The deputy regent left."),
        ("Wakil bupati dan bupati.", "The wakil bupati and the bupati.",
         "The deputy regent and the regent."),
        ("Polri diam.", "Polri said nothing.", "The National Police said nothing."),
        ("Anggota Polri diam.", "Members of Polri kept quiet.",
         "Members of the National Police kept quiet."),
        ("Di Kabupaten Sukamaju.", "In Kabupaten Sukamaju.", "In Sukamaju regency."),
        ("Di Kabupaten itu.", "In that Kabupaten.", "In that regency."),
        # Short forms at their first mention.
        ("KPK menahan dia.", "KPK arrested him.",
         "The Corruption Eradication Commission (KPK) arrested him."),
        ("KPK menahan dia.", "The KPK arrested him.",
         "The Corruption Eradication Commission (KPK) arrested him."),
        ("KPK menahan dia.", "The Corruption Eradication Commission arrested him.",
         "The Corruption Eradication Commission (KPK) arrested him."),
        ("KPK menahan dia.", "The Corruption Eradication Commission (KPK) arrested him.",
         "The Corruption Eradication Commission (KPK) arrested him."),
        ("KPK menahan dia.", "The Anti-Graft Commission (KPK) arrested him.",
         "The Corruption Eradication Commission (KPK) arrested him."),
        ("KPK menahan dia.", "The KPK (Corruption Eradication Commission) arrested him.",
         "The KPK (Corruption Eradication Commission) arrested him."),
        ("Ketua KPK diam.", "KPK chair was silent.",
         "Corruption Eradication Commission (KPK) chair was silent."),
        ("DPR RI setuju.", "The House of Representatives DPR agreed.",
         "The House of Representatives (DPR) agreed."),
        ("Tiket KAI habis.", "KAI tickets are gone.",
         "State railway company KAI tickets are gone."),
        # The source explains it.
        ("Komisi Pemberantasan Korupsi (KPK) diam.",
         "The Corruption Eradication Commission (KPK) is silent.",
         "The Corruption Eradication Commission (KPK) is silent."),
        ("Komisi Pemberantasan Korupsi (KPK) diam.",
         "The Anti-Corruption Body (KPK) is silent.",
         "The Corruption Eradication Commission (KPK) is silent."),
        ("Di Nusa Tenggara Timur (NTT).", "In East Nusa Tenggara (NTT).",
         "In East Nusa Tenggara (NTT)."),
        ("Di Nusa Tenggara Timur (NTT).", "In Nusa Tenggara Timur (NTT).",
         "In East Nusa Tenggara (NTT)."),
        ("Peraturan daerah (perda) batal.", "The local rule (perda) is void.",
         "The local rule (perda) is void."),
        ("Di NTT.", "In NTT.", "In East Nusa Tenggara."),
        # No term in the source.
        ("Air surut.", "KPK bupati.", "KPK bupati."),
    ],
)  # fmt: skip
def test_targets(source: str, target: str, expected: str) -> None:
    result = applied(source, target)
    assert result.target == expected
    assert all(use.applied for use in result.uses)


def test_headlines_keep_short_forms() -> None:
    assert applied("KPK Tahan Bupati", "KPK Holds Bupati", running=False).target == (
        "KPK Holds regent"
    )


def test_only_the_first_mention_is_explained() -> None:
    results = apply_glossary(
        GLOSSARY,
        [
            TranslatedSentence("KPK Tahan Bupati", "KPK Holds Regent", None, False),
            TranslatedSentence("Ia tiba di KPK.", "He arrived at KPK."),
            TranslatedSentence("KPK diam.", "The KPK is silent."),
            TranslatedSentence(
                "Kata KPK, aman.", "The Corruption Eradication Commission says it is safe."
            ),
        ],
    )
    assert [result.target for result in results] == [
        "KPK Holds Regent",
        "He arrived at the Corruption Eradication Commission (KPK).",
        "The KPK is silent.",
        "The Corruption Eradication Commission says it is safe.",
    ]


def test_uses_report_the_place_and_fate_of_a_term() -> None:
    result = applied("Kata KPK, bupatinya dan Polri.", "KPK said the regent and others.")
    assert result.target == (
        "The Corruption Eradication Commission (KPK) said the regent and others."
    )
    assert [(u.source, u.target, u.start, u.end, u.applied) for u in result.uses] == [
        ("KPK", "Corruption Eradication Commission (KPK)", 5, 8, True),
        ("bupatinya", "regent", 10, 19, True),
        ("Polri", "National Police", 24, 29, False),
    ]


def test_a_name_must_stay_as_it_is() -> None:
    assert applied("Bintang pergi.", "Bintang left.").uses[0].applied
    assert not applied("Bintang pergi.", "The star left.").uses[0].applied


def _answering(answers: dict[str, str], asked: list[str]) -> Retranslate:
    def retranslate(sources: Sequence[str]) -> list[Hypothesis | None]:
        asked.extend(sources)
        return [Hypothesis(answers[s], -0.1, 5, 5, True) if s in answers else None for s in sources]

    return retranslate


def test_a_sentence_that_lacks_a_term_is_translated_again_with_its_english() -> None:
    asked: list[str] = []
    answers = {"Di rumah regent ada Polri.": "There are Polri at the house of the regent."}
    results = apply_glossary(
        GLOSSARY,
        [
            TranslatedSentence("Air surut.", "The water is receding.", "Air surut."),
            TranslatedSentence("Kata bupati.", "The regent said.", "Kata bupati."),
            TranslatedSentence(
                "Di rumah  bupati ada Polri.",
                "There are Polri at the house of the ruler.",
                "Di rumah bupati ada Polri.",
            ),
        ],
        _answering(answers, asked),
    )
    assert asked == ["Di rumah regent ada Polri."]
    assert results[2].target == "There are the National Police at the house of the regent."
    assert results[2].hypothesis == Hypothesis(next(iter(answers.values())), -0.1, 5, 5, True)
    assert [result.hypothesis for result in results[:2]] == [None, None]


@pytest.mark.parametrize(
    ("second", "finished"),
    [
        ("The regent.", True),  # much shorter
        ("The regent left " + "and left " * 20, True),
        ("The regent left the city at night.", False),
        ("The ruler left the city at night.", True),  # no better
    ],
)
def test_a_second_translation_that_is_no_better_is_not_taken(second: str, finished: bool) -> None:
    source = "Bupati pergi malam itu."
    sentence = TranslatedSentence(source, "The ruler left the city then.", source)
    [result] = apply_glossary(
        GLOSSARY, [sentence], lambda sources: [Hypothesis(second, -0.1, 5, 5, finished)]
    )
    assert (result.target, result.hypothesis) == ("The ruler left the city then.", None)
    assert [use.applied for use in result.uses] == [False]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (None, []),
        ("Something else altogether.", []),
        ("Bupati pergi ke kabupaten sukamaju.", ["Regent pergi ke regency sukamaju."]),
        ("Bupati pergi ke Kabupaten Sukamaju.", ["Regent pergi ke Sukamaju regency."]),
    ],
)
def test_prompts_with_terms(prompt: str | None, expected: list[str]) -> None:
    asked: list[str] = []
    source = "BUPATI PERGI KE KABUPATEN SUKAMAJU."
    apply_glossary(
        GLOSSARY, [TranslatedSentence(source, "He left.", prompt)], _answering({}, asked)
    )
    assert asked == expected


@pytest.mark.parametrize(
    ("source", "target", "words", "expected"),
    [
        ("Kata bupati itu.", "The ruler said.", "ruler", "The regent said."),
        ("Kata bupati itu.", "An elder said.", "elder", "A regent said."),
        ("Kata bupati itu.", "The ruler said.", "The ruler", "The regent said."),
        ("Para bupati itu.", "The rulers said.", "rulers", "The regents said."),
        ("Perda itu.", 'The rule, "said.', "rule", 'The regional regulation, "said.'),
        ("Polri diam.", "Police were silent.", "Police", "The National Police were silent."),
        ("Di Kabupaten Suka.", "In the county of Suka.", "county", "In the regency of Suka."),
        ("Di Kabupaten Suka.", "In County Suka.", "County", "In Suka regency."),
        # A name of another part of the source, too many words, no word.
        ("Kata bupati Sari.", "The ruler Sari said.", "ruler Sari", None),
        ("Kata bupati itu.", "He who rules this land said.", "He who rules this land", None),
        ("Kata bupati itu.", "It was said.", "", None),
    ],
)
def test_aligned_words_are_replaced(
    source: str, target: str, words: str, expected: str | None
) -> None:
    def align(given: str, text: str) -> Links:
        assert (given, text) == (source, target)
        match = re.search("bupati|perda|polri|kabupaten", given, re.IGNORECASE)
        assert match is not None
        places = [(text.index(word), text.index(word) + len(word)) for word in words.split()]
        links = [(match.span(), place) for place in places]
        if "Suka" in given and "Suka" not in words:
            links.append(((given.index("Suka"),) * 2, (text.index("Suka"), text.index("Suka") + 4)))
        return links

    [result] = apply_glossary(GLOSSARY, [TranslatedSentence(source, target)], None, align)
    assert result.target == (expected or target)
    assert [use.applied for use in result.uses] == [expected is not None]


_WORDS = st.lists(
    st.sampled_from("regent KPK bupati the a said (KPK) Sari 12 , x".split()),
    max_size=12,
).map(" ".join)
_SOURCES = st.lists(
    st.sampled_from(["bupati", "KPK", "Sari", "12", "air", "Polri", "Bupati Sari", "(KPK)"]),
    max_size=8,
).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(_SOURCES, _WORDS)
def test_text_outside_terms_stays(source: str, target: str) -> None:
    source += " kata Sari."
    result = applied(source, target)
    kept = [word for word in target.split() if word in {"said", "Sari", "12", ",", "x"}]
    assert [w for w in result.target.split() if w in {"said", "Sari", "12", ",", "x"}] == kept
    assert [source[use.start : use.end] for use in result.uses] == [u.source for u in result.uses]
    assert all(use.target in result.target for use in result.uses if use.applied)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_without_terms_nothing_changes(source: str, target: str) -> None:
    result = applied(source, target)
    if not result.uses:
        assert result.target == target
