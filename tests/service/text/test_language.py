"""Which language it is, on paragraphs of `languages.tsv`, which were written for this."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commanding import CommandLine
from hypothesis import given
from hypothesis import strategies as st
from naughty import NaughtyEngine
from serving import Serving, serving

from models.engine import DecodingOptions
from models.summarizer import ExtractiveSummarizer
from service.article import Article
from service.documents.text import read_fields, read_text
from service.errors import WrongLanguage
from service.scheduling.batcher import Batcher
from service.settings import load_settings
from service.summaries.make import Summaries, Wishes
from service.text.language import doubts, doubts_about_lines, judged, require_indonesian
from service.translation.pipeline import Pipeline, Translation

SAMPLES = [
    (code, text)
    for line in (Path(__file__).parent / "languages.tsv").read_text(encoding="utf-8").splitlines()
    for code, text in [line.split("\t")]
]
OF = {code: [text for c, text in SAMPLES if c == code] for code in ("id", "ms", "en", "jv", "su")}

MALAY = OF["ms"][1]
ENGLISH = OF["en"][0]
JAVANESE = OF["jv"][0]
SUNDANESE = OF["su"][0]
INDONESIAN = OF["id"][0]


def page(*paragraphs: str) -> Article:
    return judged(read_fields(None, paragraphs))


def code_of(text: str) -> str | None:
    guess = page(text).language
    return None if guess is None else guess.code


def test_paragraphs_are_told_apart() -> None:
    assert Counter((code, code_of(text)) for code, text in SAMPLES) == {
        ("id", "id"): 32,
        ("ms", "ms"): 30,
        ("ms", "id"): 2,
        ("en", "en"): 31,
        ("jv", "jv"): 14,
        ("jv", "id"): 1,
        ("jv", None): 1,
        ("su", "su"): 16,
    }


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("id", "Indonesian"),
        ("ms", "Malay"),
        ("en", "English"),
        ("jv", "Javanese"),
        ("su", "Sundanese"),
    ],
)
def test_articles_are_told_apart_surely(code: str, name: str) -> None:
    for start in range(0, len(OF[code]) - 4, 4):
        guess = page(*OF[code][start : start + 4]).language
        assert guess is not None
        assert (guess.code, guess.name) == (code, name)
        assert 0.75 <= guess.confidence < 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", None),
        ("Banjir", None),
        ("Hello", None),
        ("Air surut.", None),
        ("12.500 - 13.000 (1/2) ...", None),
        ("qwrt zxcv bnmp lkjh gfds qwrt zxcv bnmp lkjh gfds qwrt zxcv bnmp", None),
        # A foreign sentence does not make a paragraph foreign.
        (
            '"We are very happy to be here and we hope to win the cup," tulis pelatih itu di akun '
            "media sosial pribadinya dua hari lalu.",
            "id",
        ),
        (
            '"Aku ora ngerti yen banyune munggah," ujar Sarmi dalam bahasa Jawa. Ia lalu menangis '
            "dan meminta petugas mencari suaminya yang belum pulang.",
            "id",
        ),
        ("Film Lord of the Rings: The Return of the King kembali tayang di bioskop Depok.", "id"),
        # Names are no language.
        ("Tani; Machida, Watanabe, Hiroki; Kamada, Kubo, Endo, Fujita; Nakamura, Machino", None),
        # Words that both languages have are no evidence.
        ("Perdana Menteri itu naik kereta ke kota dan tidak berkata apa-apa tentang polisi.", "id"),
        # One word of Malay, as in a name, is not enough.
        ("Rombongan bupati mengunjungi kantor Syarikat Teluk Biru, Jumat, untuk rapat.", "id"),
        ("De burgemeester zei dat de dijk gisteren is doorgebroken en dat er hulp komt.", "nl"),
        ("政府星期二表示，洪水淹没了四个区的一千二百四十所房屋，居民已经被疏散到二十三个临时避难所，"
         "目前没有人员伤亡的报告，水位正在下降。", "zh"),
        ("قال رئيس البلدية إن الفيضانات غمرت أكثر من ألف منزل في أربع مناطق منذ مساء الثلاثاء",
         "ar"),
    ],
)  # fmt: skip
def test_one_paragraph(text: str, code: str | None) -> None:
    assert code_of(text) == code


def test_every_paragraph_is_judged_for_itself() -> None:
    article = page(INDONESIAN, ENGLISH, OF["id"][1], JAVANESE, "Air surut.", SUNDANESE, MALAY)
    assert [block.language for block in article.blocks] == [
        None, "en", None, "jv", None, "su", "ms",
    ]  # fmt: skip


def test_short_blocks_of_an_english_article_go_with_it_unless_they_are_indonesian() -> None:
    text = (
        "Floods Hit Demak\n\n"
        "Foto: Warga menunggu perahu. (Dok. BPBD)\n\n"
        f"{ENGLISH}\n\n{OF['en'][1]}\n\n12.500"
    )
    article = judged(read_text(text))
    assert [(block.kind.value, block.language) for block in article.blocks] == [
        ("headline", "en"),
        ("caption", None),
        ("paragraph", "en"),
        ("paragraph", "en"),
        ("paragraph", None),
    ]


@pytest.mark.parametrize(
    ("article", "found"),
    [
        (page(INDONESIAN, ENGLISH), []),
        (page(ENGLISH), []),
        (page(MALAY), ["the text looks like Malay, not Indonesian"]),
        (page(*OF["id"][:5], JAVANESE), ["block b6 looks like Javanese, not Indonesian"]),
        (
            page(*OF["id"], *OF["su"][:7], JAVANESE),
            [
                "blocks b33, b34, b35, b36, b37 and 2 more look like Sundanese, not Indonesian",
                "block b40 looks like Javanese, not Indonesian",
            ],
        ),
        (
            page(*OF["ms"][:4], SUNDANESE),
            [
                "the text looks like Malay, not Indonesian",
                "block b5 looks like Sundanese, not Indonesian",
            ],
        ),
    ],
)
def test_doubts(article: Article, found: list[str]) -> None:
    assert doubts(article) == found


def test_doubts_about_lines() -> None:
    assert doubts_about_lines(OF["id"]) == []
    assert doubts_about_lines(OF["ms"]) == ["the text looks like Malay, not Indonesian"]
    assert doubts_about_lines([]) == []


def test_what_is_not_indonesian_can_be_refused() -> None:
    require_indonesian(page(INDONESIAN, ENGLISH))
    with pytest.raises(WrongLanguage, match="block b6 looks like Javanese"):
        require_indonesian(page(*OF["id"][:5], JAVANESE))


def test_an_article_of_six_hundred_words_takes_a_moment() -> None:
    article = read_fields("Banjir Rendam Demak", OF["id"])
    assert 600 < len(article.source.split()) < 1000
    judged(article)
    began = time.process_time()
    for _ in range(10):
        judged(article)
    assert (time.process_time() - began) / 10 < 0.02  # 1.3 ms on a quiet machine


@given(st.lists(st.text(st.characters(codec=None), max_size=300), max_size=6))
def test_any_text_is_judged_and_stays_the_same(texts: list[str]) -> None:
    article = read_fields(None, texts)
    assert judged(article).source == article.source


def test_every_letter_of_unicode_is_taken() -> None:
    letters = [chr(n) for n in range(0x110000) if chr(n).isalpha()]
    for start in range(0, len(letters), 1500):
        page("".join(letters[start : start + 1500]))


# In the pipeline.


def translate(*paragraphs: str) -> tuple[Translation, NaughtyEngine]:
    engine = NaughtyEngine()
    pipeline = Pipeline(Batcher(engine), DecodingOptions(beam=1))
    return pipeline.translate(read_fields(None, paragraphs)), engine


def test_an_english_paragraph_comes_through_untouched() -> None:
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


def test_what_is_not_english_is_translated() -> None:
    translation, engine = translate("Air surut.", MALAY)
    assert engine.asked
    assert all(block.target.startswith("[") for block in translation.article.blocks)


def test_lines_in_english_come_through() -> None:
    engine = NaughtyEngine()
    pipeline = Pipeline(Batcher(engine), DecodingOptions(beam=1))
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


def test_a_bullet_in_english_comes_through() -> None:
    engine = NaughtyEngine()
    pipeline = Pipeline(Batcher(engine), DecodingOptions(beam=1))
    article = read_fields("Floods Hit Demak", [ENGLISH, OF["en"][1]])
    summary = Summaries(ExtractiveSummarizer(), pipeline).summarize([article], Wishes(1))
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
    assert body["language"] == {"code": "id", "name": "Indonesian", "confidence": 0.9}
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
        "the text looks like Malay, not Indonesian: its English is not to be trusted"
        in body["report"]["warnings"]
    )
    # What was made without the condition does not answer a request with it.
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
    """What became of each article: done, or the type of its problem."""
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
    assert "looks like Malay, not Indonesian: its English is not to be trusted" in done.stderr
    refused = kabar(*command, str(file), "--strict-language")
    assert (refused.code, refused.stdout) == (3, "")
    assert refused.stderr.splitlines()[-1].startswith(
        "kabar: The text is not in Indonesian: the text looks like Malay, not Indonesian: "
    )


def test_of_several_files_only_that_one_is_refused(kabar: CommandLine, tmp_path: Path) -> None:
    for name, text in (("a", MALAY), ("b", INDONESIAN), ("c", ENGLISH)):
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    done = kabar("translate", str(tmp_path), "--strict-language")
    assert done.code == 3
    assert "a.txt: The text is not in Indonesian: the text looks like Malay" in done.stderr
    assert "==> " + str(tmp_path / "b.txt") in done.stdout
    assert ENGLISH in done.stdout
