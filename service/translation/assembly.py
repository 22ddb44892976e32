"""Assembly of the translated article from the results of its sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from service.article import Article, Block, Kind, Sentence, join_sentences
from service.checks.compare import facts_of
from service.translation.sentence_result import SentenceResult

# Separators mean the opposite in English: 1.240 is 1,240 there.
_FIGURES = re.compile(r"\d[.,]\d")

_BYLINE_ENGLISH = {
    "Oleh": "By",
    "Penulis": "Writer",
    "Wartawan": "Reporter",
    "Jurnalis": "Reporter",
    "Kontributor": "Contributor",
    "Redaktur": "Editor",
    "Pewarta": "Reporter",
    "Reporter": "Reporter",
    "Editor": "Editor",
    "Penyunting": "Editor",
}
_BYLINE = re.compile(rf"(\s*)({'|'.join(_BYLINE_ENGLISH)})(\s*:\s*|\s+)(.+)", re.S)


def assemble(article: Article, results: Mapping[tuple[int, int], SentenceResult]) -> Article:
    """Return the article with its targets, by index (block, sentence)."""
    blocks = []
    for b, block in enumerate(article.blocks):
        sentences = tuple(
            _with_result(block, sentence, results.get((b, s)))
            for s, sentence in enumerate(block.sentences)
        )
        english = block.source if block.is_english else join_sentences(block, sentences)[0]
        blocks.append(replace(block, sentences=sentences, target=english))
    return replace(article, blocks=tuple(blocks))


def _with_result(block: Block, sentence: Sentence, result: SentenceResult | None) -> Sentence:
    """Return a sentence with a model's or an editor's English, or its source."""
    if result is None and sentence.correction is not None:
        # The editor has the last word, so there are facts but no flags.
        target = sentence.correction.target
        return replace(sentence, target=target, facts=facts_of(sentence.source, target))
    if result is None:
        target = _untranslated(block, sentence.source)
        suspicious = not block.is_english and _FIGURES.search(target)
        return replace(sentence, target=target, flags=("figures",) if suspicious else ())
    return replace(
        sentence,
        target=result.target,
        confidence=result.confidence,
        flags=result.flags,
        facts=result.facts,
        terms=result.terms,
    )


def _untranslated(block: Block, source: str) -> str:
    """Return a sentence as it is, or a byline with an English label."""
    if block.kind is Kind.BYLINE and (match := _BYLINE.fullmatch(source)):
        space, label, gap, name = match.groups()
        return f"{space}{_BYLINE_ENGLISH[label]}{gap}{name}"
    return source
