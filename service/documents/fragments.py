"""The reader of fragments: texts that translation APIs send.

A fragment is no page. All of its text is translated, nothing is repaired or set aside, and the
white space around it stays. A fragment of plain text, HTML or XML comes in; an article that is
`whole` goes out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from service.article import Article, Block, Kind, Sentence
from service.documents.fragment_rules import NO_RULES, TagRules
from service.documents.html import read_whole_html
from service.documents.xml import read_whole_xml
from service.text.language import identify_language

FragmentForm = Literal["text", "html", "xml"]
# Sentences end at punctuation and at line ends; at punctuation alone; nowhere.
Splitting = Literal["lines", "punctuation", "none"]

_LINE = re.compile(r"\S(?:[^\r\n]*\S)?")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A text that is translated whole, and how it is read.

    `context` is the text before it.
    """

    text: str
    form: FragmentForm = "text"
    splitting: Splitting = "lines"
    context: str = ""
    rules: TagRules = NO_RULES

    @property
    def content(self) -> list[object]:
        """Plain data for the id of a result."""
        return [*self.to_json().values()]

    def to_json(self) -> dict[str, Any]:
        """Return the fragment as plain data for JSON."""
        rules = self.rules
        return {
            "text": self.text,
            "form": self.form,
            "splitting": self.splitting,
            "context": self.context,
            "ignored": sorted(rules.ignored),
            "splitting_tags": sorted(rules.splitting),
            "non_splitting_tags": sorted(rules.non_splitting),
            "outline": rules.outline,
        }

    @classmethod
    def from_json(cls, sent: Mapping[str, Any]) -> Self:
        """Return the fragment of `to_json`."""
        rules = TagRules(
            frozenset(sent["ignored"]),
            frozenset(sent["splitting_tags"]),
            frozenset(sent["non_splitting_tags"]),
            sent["outline"],
        )
        return cls(sent["text"], sent["form"], sent["splitting"], sent["context"], rules)


def read_fragment(fragment: Fragment) -> Article:
    """Return the article of a fragment.

    Raises `UnreadableHtml` or `UnreadableXml`.
    """
    if fragment.form == "html":
        article = read_whole_html(fragment.text, fragment.rules)
    elif fragment.form == "xml":
        article = read_whole_xml(fragment.text, fragment.rules, fragment.splitting == "lines")
    else:
        article = _read_text(fragment.text, fragment.splitting == "lines")
    article = replace(article, context=fragment.context)
    return _unsplit(identify_language(article)) if fragment.splitting == "none" else article


def _read_text(text: str, by_line: bool) -> Article:
    """Return a block for each line, or one block."""
    words = text.strip()
    start = text.find(words)
    spans = [(start, start + len(words))] if words else []
    if by_line:
        spans = [match.span() for match in _LINE.finditer(text)]
    if not spans:
        return Article((), lead=text, whole=True)
    ends = [*(start for start, _ in spans[1:]), len(text)]
    return Article(
        tuple(
            Block(f"b{n}", Kind.PARAGRAPH, text[start:end], text[end:until])
            for n, ((start, end), until) in enumerate(zip(spans, ends, strict=True), start=1)
        ),
        lead=text[: spans[0][0]],
        whole=True,
    )


def _unsplit(article: Article) -> Article:
    """Return the article with one sentence in each block."""
    blocks = []
    for block in article.blocks:
        sentence = Sentence(f"{block.id}.1", block.source, 0, len(block.source))
        blocks.append(replace(block, sentences=(sentence,)))
    return replace(article, blocks=tuple(blocks))
