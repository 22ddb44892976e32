"""The forms of an article in a request, and files of articles."""

import json
from pathlib import Path
from typing import Any

import pytest
from naughty import NaughtyEngine
from pydantic import ValidationError

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.cli.inputs import find_inputs, result_paths
from service.documents.manuscript import Manuscript
from service.errors import NoInput, TooLarge
from service.http.schemas.requests import SummaryRequest, TranslationRequest
from service.jobs.worker import deserialize, serialize
from service.results.answers import TranslationOut
from service.results.order import Order
from service.results.results import Results
from service.results.summary_answers import SummaryOut
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext
from service.summaries.summaries import Summaries
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences

PARTS = {
    "headline": "Banjir Surut",
    "deck": "Warga mulai pulang",
    "byline": "Penulis: Rina Wijaya",
    "dateline": "DEMAK, WARTASENJA.com -",
    "published": "2025-02-18T07:30:00+07:00",
    "body": ["Air surut di tiga desa.", "Warga pulang."],
    "captions": ["Warga menyapu lumpur."],
}


def made(sent: dict[str, Any], kind: str = "translation") -> Any:
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    results = Results(pipeline, Summaries(ExtractiveSummarizer(), pipeline), None)
    if kind == "summary":
        manuscript = SummaryRequest.model_validate(sent).manuscript(10_000)
        return results.result(Order("summary", (manuscript,)), RequestContext()).summary()
    manuscript = TranslationRequest.model_validate(sent).manuscript(10_000)
    return results.result(Order("translation", (manuscript,)), RequestContext()).translation()


def test_parts_become_blocks_of_their_kinds() -> None:
    result = made(PARTS)
    assert isinstance(result, TranslationOut)
    assert [(block.id, block.kind.value, block.target) for block in result.blocks] == [
        ("b1", "headline", "[Banjir] [Surut]"),
        ("b2", "deck", "[Warga] [mulai] [pulang]"),
        ("b3", "byline", "Writer: Rina Wijaya"),
        ("b4", "dateline", "DEMAK, WARTASENJA.com -"),
        ("b5", "paragraph", "[Air] [surut] [di] [tiga] [desa.]"),
        ("b6", "paragraph", "[Warga] [pulang.]"),
        ("b7", "caption", "[Warga] [menyapu] [lumpur.]"),
    ]
    assert result.published == "2025-02-18T07:30:00+07:00"
    assert result.html == (
        "<h1>[Banjir] [Surut]</h1>\n"
        '<p class="deck">[Warga] [mulai] [pulang]</p>\n'
        '<p class="byline">Writer: Rina Wijaya</p>\n'
        '<p class="dateline">DEMAK, WARTASENJA.com -</p>\n'
        "<p>[Air] [surut] [di] [tiga] [desa.]</p>\n"
        "<p>[Warga] [pulang.]</p>\n"
        "<figure><figcaption>[Warga] [menyapu] [lumpur.]</figcaption></figure>"
    )


def test_html_comes_back_as_text_html_and_markdown() -> None:
    result = made({"html": "<h1>Banjir Surut</h1><p>Air <b>surut</b> di <a href=/d>desa</a>."})
    assert isinstance(result, TranslationOut)
    assert result.headline == "[Banjir] [Surut]"
    assert result.text == "[Banjir] [Surut]\n\n[Air] [surut] [di] [desa.]"
    assert result.html == (
        '<h1>[Banjir] [Surut]</h1><p>[Air] [<b>surut</b>] [di] [<a href="/d">desa</a>.]</p>'
    )
    assert result.markdown == (
        r"# \[Banjir\] \[Surut\]" + "\n\n" + r"\[Air\] \[**surut**\] \[di\] \[[desa](/d).\]"
    )


def test_the_title_of_a_page_is_not_part_of_the_text() -> None:
    result = made({"html": "<!doctype html><title>Air Surut</title><h1>Banjir Surut</h1>"})
    assert result.text == "[Banjir] [Surut]"
    assert [block.kind.value for block in result.blocks] == ["title", "headline"]
    assert result.html == ("<!doctype html><title>[Air] [Surut]</title><h1>[Banjir] [Surut]</h1>")


def test_a_summary_of_html() -> None:
    result = made({"html": "<nav>Kota</nav><p>Air surut di tiga desa.</p>"}, "summary")
    assert isinstance(result, SummaryOut)
    assert [bullet.text for bullet in result.bullets] == ["[Air] [surut] [di] [tiga] [desa.]"]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "the request has no article"),
        ({"text": "a", "html": "b"}, "the request has `text` and `html`"),
        ({"html": "b", "headline": "a"}, "the request has `html` and `headline`"),
        ({"text": "b", "captions": []}, "the request has `text` and `captions`"),
        ({"deck": "a"}, "`deck` has no `headline` or `body` beside it"),
        ({"body": "a", "published": "kemarin"}, "send a date (`2025-02-18`)"),
        ({"body": "a", "published": "2025-02-30"}, "send a date (`2025-02-18`)"),
        ({"body": "a", "published": "20250218"}, "send a date (`2025-02-18`)"),
        ({"html": "\ud800"}, "half of a surrogate pair"),
    ],
)
def test_one_form_at_a_time(sent: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TranslationRequest.model_validate(sent)
    assert said in str(caught.value)


def test_markup_counts() -> None:
    request = TranslationRequest.model_validate({"html": "<p>Air.</p>"})
    assert request.manuscript(11).characters == 11
    with pytest.raises(TooLarge, match="has 11 characters and the limit is 10"):
        request.manuscript(10)


def test_every_part_is_in_the_id() -> None:
    whole = Manuscript.from_fields(**PARTS)  # type: ignore[arg-type]
    contents = [whole.content, Manuscript.from_text("a").content, Manuscript.from_html("a").content]
    contents += [
        Manuscript.from_fields(**{**PARTS, name: None if name != "captions" else []}).content  # type: ignore[arg-type]
        for name in PARTS
        if name != "body"
    ]
    assert len({json.dumps(content) for content in contents}) == len(contents)


@pytest.mark.parametrize(
    "manuscript",
    [
        Manuscript.from_text("Air."),
        Manuscript.from_html("<p>Air.</p>\r\n"),
        Manuscript.from_fields(**PARTS),  # type: ignore[arg-type]
        Manuscript.from_fields(None, "Air."),
    ],
)
def test_a_job_stores_the_manuscript(manuscript: Manuscript) -> None:
    assert deserialize(serialize(manuscript)) == manuscript


def test_a_job_of_an_earlier_version_is_read() -> None:
    old = b'{"text": null, "headline": "Banjir", "body": ["Air."]}'
    assert deserialize(old) == Manuscript.from_fields("Banjir", ["Air."])


def test_files_are_read_by_their_suffix(tmp_path: Path) -> None:
    for name in ("a.html", "b.HTM", "c.txt", "d.en.html", "e.en.txt", "f.md"):
        (tmp_path / name).write_text("<p>Air.</p>")
    found = find_inputs([str(tmp_path)])
    assert [item.relative.name for item in found] == ["a.html", "b.HTM", "c.txt"]
    assert [item.manuscript() for item in found] == [
        Manuscript.from_html("<p>Air.</p>"),
        Manuscript.from_html("<p>Air.</p>"),
        Manuscript.from_text("<p>Air.</p>"),
    ]


@pytest.mark.parametrize(
    ("form", "name"),
    [("text", "a.en.txt"), ("html", "a.en.html"), ("markdown", "a.en.md"), ("json", "a.json")],
)
def test_the_format_decides_the_name_of_the_result(form: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>Air.</p>")
    targets = result_paths(find_inputs([str(tmp_path / "a.html")]), form, tmp_path)
    assert targets == [tmp_path / name]


def test_a_folder_without_articles(tmp_path: Path) -> None:
    with pytest.raises(NoInput, match=r"reads its \.txt, \.html, \.htm files"):
        find_inputs([str(tmp_path)])
