from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from naughty import NaughtyEngine
from paths import SAMPLE

from models.engine import DecodingOptions
from models.errors import EngineFailed
from service.article import Article, Block, Kind
from service.documents.repair import repair
from service.documents.text import read_text
from service.scheduling.batcher import Batcher
from service.storage.sentence_cache import SentenceCache
from service.storage.sqlite_store import SQLiteStore
from service.translation.pipeline import Pipeline
from service.translation.preparation import model_input, segmented
from service.translation.records import Translation
from service.translation.sentences import Sentences

PAGE = """\
Banjir Rendam Demak

DEMAK, WARTASENJA.com - Banjir merendam 1.240 rumah. Air mulai surut.

Baca Juga: Cara Menyimpan Dokumen

Penyebabnya:

- Hujan lebat
- Tanggul jebol

"Kami siaga," kata Agus.
"""


def caching(engine: NaughtyEngine, folder: Path) -> Pipeline:
    cache = SentenceCache(SQLiteStore(folder / "c.sqlite3", 10**7), engine.signature)
    return Pipeline(Sentences(Batcher(engine), cache), DecodingOptions(beam=1))


def pipeline(engine: NaughtyEngine | None = None) -> Pipeline:
    return Pipeline(Sentences(Batcher(engine or NaughtyEngine())), DecodingOptions(beam=1))


def translate(text: str, engine: NaughtyEngine | None = None) -> Translation:
    return pipeline(engine).translate(read_text(text))


def test_blocks_of_a_page() -> None:
    translation = translate(PAGE)
    assert [(block.kind.value, block.target) for block in translation.article.blocks] == [
        ("headline", "[Banjir] [Rendam] [Demak]"),
        ("dateline", "DEMAK, WARTASENJA.com -"),
        ("paragraph", "[Banjir] [merendam] [1,240] [rumah.] [Air] [mulai] [surut.]"),
        ("furniture", ""),
        ("paragraph", "[Penyebabnya:]"),
        ("list_item", "- [Hujan] [lebat]"),
        ("list_item", "- [Tanggul] [jebol]"),
        ("paragraph", '["Kami] [siaga,"] [kata] [Agus.]'),
    ]
    assert translation.headline == "[Banjir] [Rendam] [Demak]"
    assert translation.text == (
        "[Banjir] [Rendam] [Demak]\n\n"
        "DEMAK, WARTASENJA.com - [Banjir] [merendam] [1,240] [rumah.] [Air] [mulai] [surut.]\n\n"
        "[Penyebabnya:]\n\n"
        "- [Hujan] [lebat]\n"
        "- [Tanggul] [jebol]\n\n"
        '["Kami] [siaga,"] [kata] [Agus.]'
    )


def test_ids_and_offsets_of_sentences() -> None:
    blocks = translate(PAGE).article.blocks
    assert [(s.id, s.source, s.start, s.end) for s in blocks[2].sentences] == [
        ("b3.1", "Banjir merendam 1.240 rumah.", 0, 28),
        ("b3.2", "Air mulai surut.", 29, 45),
    ]
    item = blocks[5]
    assert [(s.source, s.start) for s in item.sentences] == [("Hujan lebat", 2)]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Satu tiba.\nADVERTISEMENT\n\nDua pergi.", "[Satu] [tiba.]\n\n[Dua] [pergi.]"),
        ("Satu tiba.\n\nADVERTISEMENT\nDua pergi.", "[Satu] [tiba.]\n\n[Dua] [pergi.]"),
        ("ADVERTISEMENT\n\nSatu tiba.", "[Satu] [tiba.]"),
    ],
)
def test_furniture_separates_paragraphs(text: str, english: str) -> None:
    assert translate(text).text == english


def test_model_gets_no_furniture_or_dateline() -> None:
    engine = NaughtyEngine()
    translate(PAGE, engine)
    assert not any("Baca Juga" in source or "DEMAK" in source for source in engine.asked)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Oleh: Rina Wulandari", "By: Rina Wulandari"),
        ("Penulis: Budi Santoso", "Writer: Budi Santoso"),
        ("Editor: Ayu Lestari", "Editor: Ayu Lestari"),
    ],
)
def test_byline(source: str, target: str) -> None:
    article = Article((Block("b1", Kind.BYLINE, source),))
    assert pipeline().translate(article).article.blocks[0].target == target


def test_sentence_without_letters() -> None:
    engine = NaughtyEngine()
    translation = translate("!!!", engine)
    assert translation.text == "!!!"
    assert engine.batches == []


def test_long_sentence_is_split_and_flagged() -> None:
    words = [f"kata{n}" for n in range(30)]
    engine = NaughtyEngine()
    translation = translate(" ".join(words) + ".", engine)
    assert max(len(source.split()) for source in engine.asked) <= 12
    assert translation.text == " ".join(f"[{word}]" for word in words[:-1]) + " [kata29.]"
    assert translation.article.blocks[0].sentences[0].flags == ("split",)


def test_sentence_of_five_thousand_words() -> None:
    words = [f"kata{n}" for n in range(5000)]
    assert translate(" ".join(words)).text == " ".join(f"[{word}]" for word in words)


def test_many_paragraphs() -> None:
    paragraphs = [
        f"Kalimat {n} tentang banjir di Demak. Warga nomor {n} mengungsi." for n in range(4_000)
    ]
    text = "\n\n".join(paragraphs)
    blocks = translate(text).article.blocks
    assert len(blocks) == 4_000
    assert blocks[3_999].target == (
        "[Kalimat] [3999] [tentang] [banjir] [di] [Demak.] [Warga] [nomor] [3999] [mengungsi.]"
    )


@pytest.mark.parametrize(
    ("source", "target", "flags"),
    [
        ("EMPTY satu dua tiga empat.", "EMPTY satu dua tiga empat.", ("untranslated",)),
        ("LOOP a b c d.", " ".join(["again"] * 20), ("loop", "unfinished", "long")),
        ("CUT a b c d e f g.", "short", ("short", "dropped")),
        ("Presiden tiba.", "[Presiden] [tiba.]", ()),
        ("1.240", "1.240", ("figures",)),
        ("1240", "1240", ()),
    ],
)
def test_flags(source: str, target: str, flags: tuple[str, ...]) -> None:
    (sentence,) = translate(source).article.blocks[0].sentences
    assert (sentence.target, sentence.flags) == (target, flags)


def test_confidence_is_the_mean_probability_of_a_token() -> None:
    (sentence,) = translate("Presiden tiba.").article.blocks[0].sentences
    assert sentence.confidence == pytest.approx(0.6065, abs=1e-4)  # e ** -0.5


def test_edited_article_translates_only_changed_sentences(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    cached = caching(engine, tmp_path)
    first = cached.translate(read_text("Satu tiba. Dua pergi. Tiga tidur."))
    second = cached.translate(read_text("Satu tiba. Dua pulang. Tiga tidur."))
    assert (first.sentences_translated, first.sentences_reused) == (3, 0)
    assert (second.sentences_translated, second.sentences_reused) == (1, 2)
    assert second.text == "[Satu] [tiba.] [Dua] [pulang.] [Tiga] [tidur.]"


@pytest.mark.alone
def test_time_of_a_cached_article(tmp_path: Path) -> None:
    sample = SAMPLE
    article = read_text(sample.read_text(encoding="utf-8"))
    cached = caching(NaughtyEngine(), tmp_path)
    first = cached.translate(article)
    again = [cached.translate(article) for _ in range(3)]
    assert {one.text for one in again} == {first.text}
    assert {one.sentences_translated for one in again} == {0}
    assert min(one.seconds["total"] for one in again) < 0.2


def test_cache_ignores_unicode_form_and_white_space(tmp_path: Path) -> None:
    engine = NaughtyEngine()
    cached = caching(engine, tmp_path)
    cached.translate(read_text("Kafe\u0301 itu ramai."))
    again = cached.translate(read_text("Caf\u00e9 itu ramai.".replace("C", "K")))
    assert again.sentences_translated == 0
    assert cached.translate(read_text("Kaf\u00e9 itu\u00a0ramai.")).sentences_translated == 0


def test_translate_lines() -> None:
    lines = ["Satu tiba. Dua pergi.", "", "  ", "ADVERTISEMENT", "a\u2028b", "- tiga"]
    assert pipeline().translate_lines(lines) == (
        [
            "[Satu] [tiba.] [Dua] [pergi.]",
            "",
            "",
            "[ADVERTISEMENT]",
            "[a] [b]",
            "[-] [tiga]",
        ],
        [],
    )
    assert pipeline().translate_lines(["a", "EMPTY"])[1] == [(2, ("untranslated",))]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=8))
def test_translate_lines_keeps_their_number(lines: list[str]) -> None:
    assert len(pipeline().translate_lines(lines)[0]) == len(lines)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_segmentation_keeps_the_text(text: str) -> None:
    article = segmented(read_text(text))
    assert article.source == repair(text).text
    for block in article.blocks:
        for sentence in block.sentences:
            assert block.source[sentence.start : sentence.end] == sentence.source
        kept = "".join(sentence.source for sentence in block.sentences)
        if block.kind not in (Kind.FURNITURE, Kind.LIST_ITEM):
            assert kept.split() == block.source.split() or (
                "".join(kept.split()) == "".join(block.source.split())
            )


def test_progress_counts_distinct_parts() -> None:
    seen: list[tuple[int, int]] = []
    pipeline().translate(
        read_text("Satu tiba. Dua pergi. Satu tiba."),
        progress=lambda done, all_: seen.append((done, all_)),
    )
    assert seen[-1] == (2, 2)


def test_failed_sentence_stays_and_is_flagged() -> None:
    translation = translate("Satu tiba. RAISE pergi sekarang. Tiga tidur.")
    assert translation.text == "[Satu] [tiba.] RAISE pergi sekarang. [Tiga] [tidur.]"
    assert [s.flags for s in translation.article.blocks[0].sentences] == [(), ("failed",), ()]
    assert translation.article.blocks[0].sentences[1].confidence is None
    counts = (
        translation.sentences_translated,
        translation.sentences_reused,
        translation.sentences_failed,
    )
    assert counts == (2, 0, 1)


def test_engine_that_fails_on_every_sentence() -> None:
    with pytest.raises(EngineFailed, match="the engine raised on demand"):
        translate("RAISE pergi. RAISE lagi.")


@pytest.mark.parametrize("text", ["", "   \n\n ", "ADVERTISEMENT\n"])
def test_nothing_to_translate(text: str) -> None:
    engine = NaughtyEngine()
    translation = translate(text, engine)
    assert translation.text == ""
    assert engine.batches == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("HARGA CABAI TEMBUS RP90.000 PER KILOGRAM", "Harga cabai tembus Rp90.000 per kilogram"),
        ("UTANG NAIK US$1,2 MILIAR", "Utang naik US$1,2 miliar"),
        ("DPR SAHKAN UU", "Dpr sahkan uu"),
        ("GEMPA BUMI", "GEMPA BUMI"),
        ("KPK", "KPK"),
        ("DPR sahkan UU", "DPR sahkan UU"),
        ("12 345 67", "12 345 67"),
    ],
)
def test_capitals_become_sentence_case(source: str, expected: str) -> None:
    assert model_input(source) == expected
