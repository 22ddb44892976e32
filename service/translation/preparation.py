"""Preparation of an article: language, sentences, corrections.

`prepare` is called once for an article, before the lookup. The other functions decide which
sentences a model translates, and in which form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from service.article import Article, Kind, Sentence
from service.corrections.store import SentenceCorrections
from service.text.language import identify_language
from service.text.mending import mend
from service.text.normalization import normalize
from service.text.segmentation import segment
from service.translation.verbatim import join_verbatim, verbatim_sentences

# Blocks that stay as they are.
_UNTRANSLATED = {Kind.DATELINE, Kind.FURNITURE}

_LIST_MARKER = re.compile(
    r"\s*(?:[•●▪◦·]\s*|(?:[-–—*]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])\s+|-(?=[A-Za-z]))"
)


def prepare(article: Article) -> Article:
    """Identify the language and segment the blocks, unless this has been done."""
    return article if article.is_segmented else segmented(identify_language(article))


def segmented(article: Article) -> Article:
    """Return the article with sentences; ids are `block.number`, from 1."""
    blocks = []
    for block in article.blocks:
        if block.kind is Kind.FURNITURE:
            blocks.append(block)
            continue
        begin = 0
        if block.kind is Kind.LIST_ITEM and (marker := _LIST_MARKER.match(block.source)):
            begin = marker.end()
        if block.kind in _UNTRANSLATED or block.kind is Kind.BYLINE:
            spans = [(0, len(block.source))] if block.source.strip() else []
        else:
            found = [(begin + a, begin + b) for a, b in segment(block.source[begin:])]
            spans = join_verbatim(found, block.verbatim)
        sentences = tuple(
            Sentence(f"{block.id}.{number}", block.source[start:end], start, end)
            for number, (start, end) in enumerate(spans, start=1)
        )
        blocks.append(replace(block, sentences=sentences))
    return replace(article, blocks=tuple(blocks))


def with_corrections(article: Article, corrections: SentenceCorrections) -> Article:
    """Attach the editors' corrections to the sentences of a segmented article.

    English blocks and verbatim sentences get none.
    """
    if not corrections:
        return article
    blocks = []
    for block in article.blocks:
        verbatim = verbatim_sentences(block)
        sentences = tuple(
            replace(sentence, correction=corrections.get(sentence.id))
            if s not in verbatim
            else sentence
            for s, sentence in enumerate(block.sentences)
        )
        blocks.append(block if block.is_english else replace(block, sentences=sentences))
    return replace(article, blocks=tuple(blocks))


def translatable(article: Article) -> Iterator[tuple[int, int]]:
    """Yield the indexes (block, sentence) that a model translates."""
    for b, block in enumerate(article.blocks):
        if block.kind in _UNTRANSLATED or block.kind is Kind.BYLINE or block.is_english:
            continue
        verbatim = verbatim_sentences(block)
        for s, sentence in enumerate(block.sentences):
            if s in verbatim or sentence.correction is not None:
                continue
            if any(character.isalpha() for character in sentence.source):
                yield b, s


def model_input(source: str) -> str:
    """Return the model's input: normalized, its words mended, and not all in capitals."""
    return _in_sentence_case(mend(normalize(source)))


def _in_sentence_case(sentence: str) -> str:
    """Return an all-caps sentence in sentence case, which models know better.

    Of 15 such headlines in the challenge set it translates 1 correctly in capitals, and 10 in
    sentence case. One or two words in capitals may be acronyms and stay.
    """
    if len(sentence.split()) < 3 or not sentence.isupper():
        return sentence
    lowered = re.sub(r"\brp(?=[ \d])", "Rp", sentence.capitalize())
    return re.sub(r"\bus\$", "US$", lowered, flags=re.IGNORECASE)
