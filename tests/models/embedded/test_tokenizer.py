"""The embedded model's tokenizer: it is lossless, without control tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unconverted import Unconverted

from models.embedded.base import BaseVocabulary
from models.embedded.tokenizer import EmbeddedTokenizer, build_tokenizer, missing_bytes
from models.errors import ModelCorrupt

AWKWARD = [
    "▁",
    "▁▁ ▁",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\0",
    "\x7f",
    "\u200b",
    "\u00a0",
    "\ufeff",
    "\ufffd",
    "e\u0301\u0323",
    "é",
    "👩🏽\u200d🚀",
    "🇮🇩",
    "ꦧꦱꦗꦮ",
    "اللغة",
    "\U0010ffff",
    "<eos>",
    "<bos>",
    "<pad>",
    "<unk>",
    "<mask>",
    "<start_of_turn>",
    "<unused0>",
    "<0x41>",
    "<0x0A>",
    "[multimodal]",
    "Indonesian: ",
    "\nEnglish:",
]

TEXTS = st.lists(st.one_of(st.text(max_size=8), st.sampled_from(AWKWARD)), max_size=8).map("".join)


@given(text=TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_text_is_decoded_exactly_and_has_no_control_tokens(
    embedded_tokenizer: EmbeddedTokenizer, text: str
) -> None:
    ids = embedded_tokenizer.encode(text)
    assert embedded_tokenizer.decode(ids) == text
    assert not {0, 1, 2, 3} & set(ids)


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_is_decoded_exactly(embedded_tokenizer: EmbeddedTokenizer, text: str) -> None:
    for longer in (text, f"Harga{text}beras", f" {text} ", text * 3):
        assert embedded_tokenizer.decode(embedded_tokenizer.encode(longer)) == longer


def test_every_character_of_unicode_is_decoded(embedded_tokenizer: EmbeddedTokenizer) -> None:
    surrogates = range(0xD800, 0xE000)
    characters = [chr(code) for code in range(0x110000) if code not in surrogates]
    texts = ["".join(characters[at : at + 4096]) for at in range(0, len(characters), 4096)]
    lost = [
        at
        for at, (text, ids) in enumerate(
            zip(texts, embedded_tokenizer.encode_batch(texts), strict=True)
        )
        if embedded_tokenizer.decode(ids) != text
    ]
    assert lost == []


def test_every_byte_has_a_token(embedded_tokenizer: EmbeddedTokenizer) -> None:
    assert missing_bytes(embedded_tokenizer) == []
    for byte in range(256):
        place = embedded_tokenizer.tokens.index(f"<0x{byte:02X}>")
        expected = chr(byte) if byte < 128 else "\ufffd"  # alone it is not UTF-8
        assert embedded_tokenizer.decode([place]) == expected


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Harga beras naik lima persen.", "Harga|▁beras|▁naik|▁lima|▁persen|."),
        (
            "Presiden Prabowo Subianto tiba di Surabaya pada Selasa (18/2/2025).",
            "Pres|iden|▁Prab|owo|▁Sub|i|anto|▁tiba|▁di|▁Surabaya|▁pada|▁Selasa|▁(|1|8|/|2|/"
            "|2|0|2|5|).",
        ),
        (
            '"Rp1,5 triliun," ujar Sri Mulyani.',
            '"|Rp|1|,|5|▁tr|ili|un|,"|▁ujar|▁Sri|▁M|uly|ani|.',
        ),
        ("  dua  spasi\tdan tab\n", "▁|▁dua|▁|▁sp|asi|\t|dan|▁tab|\n"),
        ("<eos> & <bos>", "<|e|os|>|▁&|▁<|bos|>"),
        ("😀 ▁ é", "<0xF0>|<0x9F>|<0x98>|<0x80>|▁|<0xE2>|<0x96>|<0x81>|▁é"),
        ("", ""),
    ],
)
def test_literal_tokens(embedded_tokenizer: EmbeddedTokenizer, text: str, tokens: str) -> None:
    found = [embedded_tokenizer.tokens[place] for place in embedded_tokenizer.encode(text)]
    assert "|".join(found) == tokens


def test_a_batch_gives_what_its_texts_give_alone(embedded_tokenizer: EmbeddedTokenizer) -> None:
    alone = [embedded_tokenizer.encode(text) for text in AWKWARD]
    assert embedded_tokenizer.encode_batch(AWKWARD) == alone
    assert embedded_tokenizer.encode_batch([]) == []


def test_control_tokens_have_their_places(embedded_tokenizer: EmbeddedTokenizer) -> None:
    assert embedded_tokenizer.tokens[:6] == ["<pad>", "<eos>", "<bos>", "<unk>", "\n", "\n\n"]
    assert len(embedded_tokenizer.tokens) == 72_948
    assert (embedded_tokenizer.bos_id, embedded_tokenizer.eos_id) == (2, 1)
    assert embedded_tokenizer.line_feed_id == 4


def test_a_prompt_is_split_together_with_its_source(
    embedded_tokenizer: EmbeddedTokenizer,
) -> None:
    prompts = embedded_tokenizer.encode_prompts("Ke: {source}\nEn:", ["Harga beras", "<eos>", ""])
    assert [[embedded_tokenizer.tokens[place] for place in ids] for ids in prompts] == [
        ["<bos>", "Ke", ":", "▁Harga", "▁beras", "\n", "En", ":"],
        ["<bos>", "Ke", ":", "▁<", "e", "os", ">", "\n", "En", ":"],
        ["<bos>", "Ke", ":", "▁", "\n", "En", ":"],
    ]
    assert embedded_tokenizer.encode_prompts("{source}", []) == []


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("\n", {"\n", "\n\n", "<0x0A>"}),
        ("\n\n", {"\n\n"}),
        ("\0", {"<0x00>"}),
    ],
)
def test_the_tokens_that_start_with_a_text(
    embedded_tokenizer: EmbeddedTokenizer, text: str, tokens: set[str]
) -> None:
    ids = embedded_tokenizer.ids_starting_with(text)
    assert {embedded_tokenizer.tokens[place] for place in ids} == tokens


def test_the_saved_tokenizer_equals_the_built_one(
    embedded_tokenizer: EmbeddedTokenizer, unconverted: Unconverted
) -> None:
    assert unconverted.tokenizer.tokens == embedded_tokenizer.tokens
    assert unconverted.tokenizer.encode_batch(AWKWARD) == embedded_tokenizer.encode_batch(AWKWARD)


def split(tokenizer: EmbeddedTokenizer, text: str) -> list[str]:
    return [tokenizer.tokens[place] for place in tokenizer.encode(text)]


def whole(vocabulary: BaseVocabulary) -> range:
    return range(len(vocabulary.tokens))


@pytest.mark.parametrize(
    ("scores", "text", "tokens"),
    [
        ({}, "abc", ["abc"]),  # ab, then ab + c
        ({}, "bca", ["bc", "a"]),
        ({}, " ab", ["▁", "ab"]),  # ab scores better than ▁a
        ({"▁a": -0.5}, " ab", ["▁a", "b"]),
        ({"bc": -0.5}, "aab", ["a", "ab"]),
        ({"bc": -0.5, "abc": -50.0}, "abcb", ["abc", "b"]),  # a + bc gives it too
        ({}, "d", ["<0x64>"]),
        ({}, "a\n", ["a", "\n"]),
    ],
)
def test_pairs_merge_by_score(
    tiny_vocabulary: BaseVocabulary, scores: dict[str, float], text: str, tokens: list[str]
) -> None:
    changed = [
        scores.get(token, score)
        for token, score in zip(tiny_vocabulary.tokens, tiny_vocabulary.scores, strict=True)
    ]
    vocabulary = replace(tiny_vocabulary, scores=changed)
    assert split(build_tokenizer(vocabulary, whole(vocabulary)), text) == tokens


def test_ids_are_indexes_of_the_selected_tokens(tiny_vocabulary: BaseVocabulary) -> None:
    token_ids = [place for place in whole(tiny_vocabulary) if tiny_vocabulary.tokens[place] != "ab"]
    tokenizer = build_tokenizer(tiny_vocabulary, token_ids)
    assert tokenizer.tokens == [tiny_vocabulary.tokens[place] for place in token_ids]
    assert split(tokenizer, "abc ab") == ["abc", "▁a", "b"]  # through bc
    assert tokenizer.encode("\nc") == [260, 264]


def test_a_token_that_is_not_normal_is_never_produced(tiny_vocabulary: BaseVocabulary) -> None:
    place = tiny_vocabulary.tokens.index("ab")
    normal = [at != place and flag for at, flag in enumerate(tiny_vocabulary.normal)]
    vocabulary = replace(tiny_vocabulary, normal=normal)
    assert split(build_tokenizer(vocabulary, whole(vocabulary)), "ab") == ["a", "b"]


def test_missing_bytes_are_reported(tiny_vocabulary: BaseVocabulary) -> None:
    lost = {"<0x00>", "<0x41>", "<0xFF>"}
    token_ids = [
        place for place in whole(tiny_vocabulary) if tiny_vocabulary.tokens[place] not in lost
    ]
    assert missing_bytes(build_tokenizer(tiny_vocabulary, token_ids)) == [0, 65, 255]


@pytest.mark.parametrize("token", ["<bos>", "<eos>", "\n", "<0x96>"])
def test_a_vocabulary_without_a_needed_token_is_refused(
    tiny_vocabulary: BaseVocabulary, token: str
) -> None:
    token_ids = [
        place for place in whole(tiny_vocabulary) if tiny_vocabulary.tokens[place] != token
    ]
    with pytest.raises(ModelCorrupt) as caught:
        build_tokenizer(tiny_vocabulary, token_ids)
    assert caught.value.detail == f"the tokenizer lacks the token {token!r}"


@pytest.mark.parametrize("content", [None, "", "{}", "nothing of the kind"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "tokenizer.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelCorrupt, match=r"the tokenizer .*tokenizer\.json cannot be read"):
        EmbeddedTokenizer.load(path)
