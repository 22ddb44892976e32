"""Placeholders: words in place of elements without text."""

from dataclasses import replace

import pytest

from service.article import Article
from service.documents.fragments import Fragment, read_fragment
from service.documents.rendering import html


def read(text: str) -> Article:
    return read_fragment(Fragment(text, "xml"))


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('Halo <x id="5"></x>, selamat datang!', "Halo X1, selamat datang!"),
        ('<x id="0"/> menghapus <x id="30"/>', "X1 menghapus X2"),
        ("Ada X1 dan <ph/>.", "Ada X1 dan X2."),
        ("<b>Halo <x/></b> <i>lagi <x/></i>", "Halo X1 lagi X2"),
        ("berkas<x/> dan <x/>lain", "berkas dan lain"),
        ("Halo <x/><x/>.", "Halo X1."),
        ("Baris <br/> lain", "Baris  lain"),
        ("<x/> <x/>", ""),
    ],
)
def test_words_in_gaps(text: str, source: str) -> None:
    article = read(text)
    assert "".join(block.source for block in article.blocks) == source.strip()
    blocks = [replace(one, target=one.source, target_marks=one.marks) for one in article.blocks]
    assert html(replace(article, blocks=tuple(blocks))) == text


def test_their_text_is_verbatim() -> None:
    (block,) = read('Halo <x id="5"></x>, selamat datang!').blocks
    assert block.verbatim == [(5, 7)]
    assert [(mark.opening, mark.closing) for mark in block.marks] == [('<x id="5">', "</x>")]
