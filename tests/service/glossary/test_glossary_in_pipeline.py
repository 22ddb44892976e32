"""A glossary in the pipeline and over HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest
from naughty import NaughtyEngine
from serving import serving

from models.engine import DecodingOptions, Hypothesis
from service.documents.manuscript import Manuscript
from service.glossary.registry import GlossaryRegistry
from service.glossary.terms import Glossary, term_of
from service.scheduling.batcher import Batcher
from service.settings import Settings
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences


class Fixed(NaughtyEngine):
    """Answers with fixed targets."""

    max_source_tokens = 200

    def __init__(self, targets: dict[str, str]) -> None:
        super().__init__()
        self._targets = targets

    def _one(self, source: str) -> Hypothesis:
        return Hypothesis(self._targets[source], -0.5, 3, 3, True)


GLOSSARY = Glossary(
    (
        term_of("KPK", "the Corruption Eradication Commission|KPK", "exact"),
        term_of("bupati", "regent"),
    )
)
TARGETS = {
    "KPK Tahan Bupati": "KPK Holds Regent",
    "KPK menahan bupati itu di rumahnya.": "KPK detained the ruler at his house.",
    "KPK menahan regent itu di rumahnya.": "KPK detained the regent at his house.",
    "Warga melihat bupati dibawa pergi.": "People saw him taken away.",
    "Warga melihat regent dibawa pergi.": "People saw him led away.",
}
ARTICLE = Manuscript.from_fields(
    "KPK Tahan Bupati",
    ["KPK menahan bupati itu di rumahnya.", "Warga melihat bupati dibawa pergi."],
)


def test_terms_are_applied_and_reported() -> None:
    engine = Fixed(TARGETS)
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    made = pipeline.translate(ARTICLE.read(), glossary=GLOSSARY)
    assert [block.target for block in made.article.blocks] == [
        "KPK Holds Regent",
        "The Corruption Eradication Commission (KPK) detained the regent at his house.",
        "People saw him taken away.",
    ]
    sentences = [sentence for block in made.article.blocks for sentence in block.sentences]
    assert [[(u.source, u.target, u.applied) for u in s.terms] for s in sentences] == [
        [("KPK", "KPK", True), ("Bupati", "Regent", True)],
        [("KPK", "Corruption Eradication Commission (KPK)", True), ("bupati", "regent", True)],
        [("bupati", "regent", False)],
    ]
    assert [("term_missing" in sentence.flags) for sentence in sentences] == [False, False, True]
    assert sorted(engine.asked) == sorted(TARGETS)
    assert (made.sentences_translated, made.sentences_reused, made.sentences_failed) == (3, 0, 0)
    assert made.signature["glossary"] == GLOSSARY.hash


def test_without_a_glossary_nothing_is_translated_twice() -> None:
    engine = Fixed(TARGETS)
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    made = pipeline.translate(ARTICLE.read())
    assert made.article.blocks[1].target == "KPK detained the ruler at his house."
    assert len(engine.asked) == 3
    assert made.signature["glossary"] is None
    assert [s.terms for block in made.article.blocks for s in block.sentences] == [(), (), ()]


def test_a_failed_sentence_stays_as_it_is() -> None:
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    article = Manuscript.from_text("KPK RAISE bupati. Air surut.").read()
    block = pipeline.translate(article, glossary=GLOSSARY).article.blocks[0]
    assert block.sentences[0].target == "KPK RAISE bupati."
    assert "failed" in block.sentences[0].flags
    assert block.sentences[0].terms == ()


def test_a_prompt_that_grows_too_long_is_not_translated() -> None:
    engine = NaughtyEngine()
    engine.max_source_tokens = 3
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    glossary = Glossary((term_of("perda", "a long regional regulation", "exact"),))
    pipeline.translate_sentences(["Itu perda EMPTY", "Itu perda CUT"], glossary=glossary)
    assert sorted(set(engine.asked)) == ["Itu perda CUT", "Itu perda EMPTY"]


def test_bullets_and_headlines() -> None:
    pipeline = Pipeline(Sentences(Batcher(Fixed(TARGETS))), DecodingOptions(beam=1))
    made = pipeline.translate_sentences(
        ["KPK menahan bupati itu di rumahnya.", "KPK Tahan Bupati"],
        glossary=GLOSSARY,
        headlines={1},
    )
    assert [(one.target, one.flags) for one in made] == [
        ("The Corruption Eradication Commission (KPK) detained the regent at his house.", ()),
        ("KPK Holds Regent", ()),
    ]


BODY = {"body": ["Warga melihat bupati pergi."]}


def _post(address: str, **options: object) -> httpx2.Response:
    return httpx2.post(f"{address}/v1/translations", json={**BODY, "options": options})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, beam=1)


def _engine() -> Fixed:
    targets = {"Warga melihat bupati pergi.": "People saw the bupati leave."}
    others = ["regent", "chief", "district head", "head"]
    return Fixed(
        targets | {f"Warga melihat {o} pergi.": "People saw the bupati leave." for o in others}
    )


def test_over_http(settings: Settings) -> None:
    with serving(_engine(), settings) as service:
        plain = _post(service.address).json()
        off = _post(service.address, glossary=[]).json()
        own = _post(
            service.address, glossary=[], terms=[{"source": "bupati", "target": "chief"}]
        ).json()
        assert [answer["text"] for answer in (plain, off, own)] == [
            "People saw the regent leave.",
            "People saw the bupati leave.",
            "People saw the chief leave.",
        ]
        assert len({answer["id"] for answer in (plain, off, own)}) == 3
        assert plain["blocks"][0]["sentences"][0]["terms"] == [
            {"source": "bupati", "target": "regent", "start": 14, "end": 20, "applied": True}
        ]
        assert off["signature"]["glossary"] is None
        assert _post(service.address).json()["id"] == plain["id"]


def test_a_changed_glossary_never_serves_an_old_result(settings: Settings) -> None:
    with serving(_engine(), settings) as service:
        registry = GlossaryRegistry(settings.glossary_dir)
        texts = [_post(service.address).json()["text"] for _ in range(2)]
        registry.add("desk", b"source,target\nbupati,district head\n")
        texts += [_post(service.address).json()["text"] for _ in range(2)]
        registry.add("desk", b"source,target\nbupati,head\n")
        texts.append(_post(service.address).json()["text"])
        registry.remove("desk")
        texts.append(_post(service.address).json()["text"])
    assert [text.removeprefix("People saw the ").removesuffix(" leave.") for text in texts] == [
        "regent", "regent", "district head", "district head", "head", "regent",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "detail"),
    [
        ({"glossary": ["politics"]}, "there is no glossary 'politics'"),
        ({"glossary": ["../../etc/passwd"]}, "there is no glossary '../../etc/passwd'"),
        ({"glossary": ["a"] * 21}, "at most 20 items"),
        ({"terms": [{"source": "", "target": "x"}]}, "options.terms.0.source: "),
        ({"terms": [{"source": "x", "target": "|"}]}, "options.terms.0.target: "),
        ({"terms": [{"source": "x", "target": "y", "case": "big"}]}, "'any' or 'exact'"),
        ({"terms": [{"source": f"x{n}", "target": "y"} for n in range(501)]}, "at most 500 items"),
    ],
)
def test_bad_options_are_refused(
    settings: Settings, options: dict[str, object], detail: str
) -> None:
    with serving(NaughtyEngine(), settings) as service:
        answer = _post(service.address, **options)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


def test_cached_sentences_stay_valid(settings: Settings) -> None:
    engine = _engine()
    with serving(engine, settings) as service:
        _post(service.address, glossary=[])
        asked: Sequence[str] = list(engine.asked)
        answer = _post(service.address, glossary=["newsroom"]).json()
        assert engine.asked == asked
    assert answer["cached"]
    assert answer["text"] == "People saw the regent leave."
