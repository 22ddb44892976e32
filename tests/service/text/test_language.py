"""Language identification, on the paragraphs of `languages.tsv`, written for this test."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import ENGLISH, INDONESIAN, JAVANESE, MALAY, OF, SAMPLES, SUNDANESE

from service.article import Article
from service.documents.text import read_fields, read_text
from service.errors import WrongLanguage
from service.text.language import (
    identify_language,
    mismatches,
    mismatches_of_lines,
    require_indonesian,
)


def page(*paragraphs: str) -> Article:
    return identify_language(read_fields(None, paragraphs))


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
        # Names have no language.
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


def test_each_paragraph_has_its_own_language() -> None:
    article = page(INDONESIAN, ENGLISH, OF["id"][1], JAVANESE, "Air surut.", SUNDANESE, MALAY)
    assert [block.language for block in article.blocks] == [
        None, "en", None, "jv", None, "su", "ms",
    ]  # fmt: skip


def test_short_blocks_of_an_english_article_are_english_unless_indonesian() -> None:
    text = (
        "Floods Hit Demak\n\n"
        "Foto: Warga menunggu perahu. (Dok. BPBD)\n\n"
        f"{ENGLISH}\n\n{OF['en'][1]}\n\n12.500"
    )
    article = identify_language(read_text(text))
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
def test_mismatches(article: Article, found: list[str]) -> None:
    assert mismatches(article) == found


def test_mismatches_of_lines() -> None:
    assert mismatches_of_lines(OF["id"]) == []
    assert mismatches_of_lines(OF["ms"]) == ["the text looks like Malay, not Indonesian"]
    assert mismatches_of_lines([]) == []


def test_other_languages_can_be_refused() -> None:
    require_indonesian(page(INDONESIAN, ENGLISH))
    with pytest.raises(WrongLanguage, match="block b6 looks like Javanese"):
        require_indonesian(page(*OF["id"][:5], JAVANESE))


def test_an_article_of_six_hundred_words_takes_milliseconds() -> None:
    article = read_fields("Banjir Rendam Demak", OF["id"])
    assert 600 < len(article.source.split()) < 1000
    identify_language(article)
    began = time.process_time()
    for _ in range(10):
        identify_language(article)
    assert (time.process_time() - began) / 10 < 0.02  # 1.3 ms on a quiet machine


@given(st.lists(st.text(st.characters(codec=None), max_size=300), max_size=6))
def test_any_text_is_identified_and_stays_the_same(texts: list[str]) -> None:
    article = read_fields(None, texts)
    assert identify_language(article).source == article.source


def test_every_letter_of_unicode_is_accepted() -> None:
    letters = [chr(n) for n in range(0x110000) if chr(n).isalpha()]
    for start in range(0, len(letters), 1500):
        page("".join(letters[start : start + 1500]))
