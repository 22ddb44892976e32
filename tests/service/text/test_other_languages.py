"""Articles in other languages: in the pipeline, over HTTP, on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commanding import CommandLine
from naughty import NaughtyEngine
from samples import ENGLISH, INDONESIAN, MALAY, OF
from serving import Serving, serving

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.documents.text import read_fields
from service.scheduling.batcher import Batcher
from service.settings import load_settings
from service.summaries.records import BulletOptions
from service.summaries.summaries import Summaries
from service.translation.pipeline import Pipeline
from service.translation.records import Translation
from service.translation.sentences import Sentences

# In the pipeline.


def translate(*paragraphs: str) -> tuple[Translation, NaughtyEngine]:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    return pipeline.translate(read_fields(None, paragraphs)), engine


def test_an_english_paragraph_stays_unchanged() -> None:
    spaced = ENGLISH.replace(". ", ".  ")
    translation, engine = translate(INDONESIAN, spaced)
    block = translation.article.blocks[1]
    assert block.target == block.source == spaced
    assert [(s.target, s.confidence, s.flags) for s in block.sentences] == [
        (source, None, ()) for source in spaced.split("  ")
    ]
    asked = " ".join(engine.asked)
    assert "Demak" in asked
    assert "government" not in asked


def test_other_languages_are_translated() -> None:
    translation, engine = translate("Air surut.", MALAY)
    assert engine.asked
    assert all(block.target.startswith("[") for block in translation.article.blocks)


def test_english_lines_stay_unchanged() -> None:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    lines = [
        "Air surut.",
        "The water has gone down.",
        "Water down.",
        "Situs Technology for Transparency Network",
        "",
        ENGLISH,
    ]
    assert pipeline.translate_lines(lines)[0] == [
        "[Air] [surut.]",
        "The water has gone down.",
        "[Water] [down.]",
        "[Situs] [Technology] [for] [Transparency] [Network]",
        "",
        ENGLISH,
    ]


def test_an_english_bullet_stays_unchanged() -> None:
    engine = NaughtyEngine()
    pipeline = Pipeline(Sentences(Batcher(engine)), DecodingOptions(beam=1))
    article = read_fields("Floods Hit Demak", [ENGLISH, OF["en"][1]])
    summary = Summaries(ExtractiveSummarizer(), pipeline).summarize([article], BulletOptions(1))
    (bullet,) = summary.bullets
    assert (summary.headline, bullet.text) == ("Floods Hit Demak", bullet.sources[0].text)
    assert engine.asked == []


# Over HTTP.


@pytest.fixture
def engine() -> NaughtyEngine:
    return NaughtyEngine()


@pytest.fixture
def service(engine: NaughtyEngine, tmp_path: Path) -> Iterator[Serving]:
    with serving(engine, load_settings(data_dir=tmp_path)) as service:
        yield service


def ask(service: Serving, path: str, body: Any) -> httpx2.Response:
    return httpx2.post(f"{service.address}{path}", json=body, timeout=20)


def test_the_answer_names_the_language(service: Serving) -> None:
    body = ask(service, "/v1/translations", {"body": [*OF["id"][:8], ENGLISH]}).json()
    assert body["language"] == {"code": "id", "name": "Indonesian", "confidence": 0.89}
    assert [block.get("language") for block in body["blocks"]] == [None] * 8 + ["en"]
    assert "language" not in body["blocks"][0]
    assert not [warning for warning in body["report"]["warnings"] if "looks like" in warning]


@pytest.mark.parametrize("text", ["", "Banjir", "Air surut."])
def test_too_little_text_has_no_language_and_no_warning(text: str, service: Serving) -> None:
    body = ask(service, "/v1/translations", {"text": text, "options": {"strict_language": True}})
    assert body.status_code == 200
    assert body.json()["language"] is None
    assert not [w for w in body.json()["report"]["warnings"] if "looks like" in w]


@pytest.mark.parametrize("path", ["/v1/translations", "/v1/summaries"])
def test_another_language_is_a_warning_or_an_error(path: str, service: Serving) -> None:
    request = {"body": OF["ms"][:4]}
    body = ask(service, path, request).json()
    assert body["language"]["name"] == "Malay"
    assert (
        "the text looks like Malay, not Indonesian: its English is not reliable"
        in body["report"]["warnings"]
    )
    # A cached result of a request without the condition does not answer one with it.
    for _ in range(2):
        refused = ask(service, path, request | {"options": {"strict_language": True}})
        assert refused.status_code == 422
        assert refused.json()["type"] == "wrong-language"
        assert refused.json()["detail"] == (
            "the text looks like Malay, not Indonesian: send Indonesian, or leave "
            "strict_language out to have it translated with a warning"
        )
    assert ask(service, path, request).json()["cached"] is True


def test_the_setting_holds_for_every_request_and_job(engine: NaughtyEngine, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, strict_language=True)
    articles = [{"text": INDONESIAN}, {"text": MALAY}, {"text": ENGLISH}]
    with serving(engine, settings) as service:
        assert ask(service, "/v1/translations", articles[1]).status_code == 422
        id = ask(service, "/v1/jobs", {"articles": articles}).json()["id"]
        assert outcomes(service, id) == ["done", "wrong-language", "done"]


def test_an_article_of_a_job_in_another_language_fails_alone(service: Serving) -> None:
    articles = [{"text": MALAY}, {"text": INDONESIAN}]
    id = ask(service, "/v1/jobs", {"articles": articles, "strict_language": True}).json()["id"]
    assert outcomes(service, id) == ["wrong-language", "done"]
    id = ask(service, "/v1/jobs", {"articles": articles}).json()["id"]
    assert outcomes(service, id) == ["done", "done"]


def outcomes(service: Serving, job: str) -> list[str]:
    """Return the outcome of each article: done, or the type of its problem."""
    answer = httpx2.get(f"{service.address}/v1/jobs/{job}/results", timeout=20)
    rows = [json.loads(line) for line in answer.text.splitlines()]
    return [row["error"]["type"] if row["outcome"] == "failed" else "done" for row in rows]


# On the command line.


@pytest.fixture
def kabar(
    engine: NaughtyEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    return CommandLine(engine, monkeypatch, capsys)


@pytest.mark.parametrize("command", [["translate"], ["summarize"], ["translate", "--lines"]])
def test_a_file_in_another_language(command: list[str], kabar: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "berita.txt"
    file.write_text("\n\n".join(OF["ms"][:4]), encoding="utf-8")
    done = kabar(*command, str(file))
    assert done.code == 0
    assert done.stdout.startswith(("[", "- ["))
    assert "looks like Malay, not Indonesian: its English is not reliable" in done.stderr
    refused = kabar(*command, str(file), "--strict-language")
    assert (refused.code, refused.stdout) == (3, "")
    assert refused.stderr.splitlines()[-1].startswith(
        "kabar: The text is not in Indonesian: the text looks like Malay, not Indonesian: "
    )


def test_only_the_file_in_another_language_is_refused(kabar: CommandLine, tmp_path: Path) -> None:
    for name, text in (("a", MALAY), ("b", INDONESIAN), ("c", ENGLISH)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    done = kabar("translate", str(tmp_path), "--strict-language")
    assert done.code == 3
    assert "a.txt: The text is not in Indonesian: the text looks like Malay" in done.stderr
    assert "==> " + str(tmp_path / "b.txt") in done.stdout
    assert ENGLISH in done.stdout
