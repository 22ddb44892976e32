"""The reader of HTML: a page or fragment into an article of typed blocks.

The `frame` of the article is the same document with a place for each block; the blocks have their
inline markup as marks. Scripts and attributes stay in the frame. Raises `UnreadableHtml` for
elements that are nested too deep.

Elements tell the kinds of blocks. The rules for plain text decide the rest: a dateline, `Baca juga:
...`. White space collapses as in browsers.

The parser is libxml2, through lxml: it invents no element, and repeats none. A parser by the HTML
standard opens unclosed elements again in every paragraph, which makes gigabytes out of a few
hundred kilobytes. It also takes a fragment of a table apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

from service.article import Article, Kind, Mark
from service.documents.asides import choose_headline, mark_asides
from service.documents.elements import (
    BLOCKS,
    PREFORMATTED,
    STORY,
    TEXTLESS,
    Element,
    end_tag,
    is_box,
    is_furniture,
    is_hidden,
    is_verbatim,
    kind_of,
    parse,
    restore,
    serialize,
    start_tag,
    visible_text,
)
from service.documents.fragment_rules import NO_RULES, TagRules
from service.documents.frame import article_in_frame, whole_in_frame
from service.documents.runs import Run, RunBuilder, parted
from service.errors import InvalidRequest


class UnreadableHtml(InvalidRequest):
    """HTML that the parser cannot read to its end."""

    slug = "unreadable-html"
    title = "The HTML could not be read"
    exit_code = 3


_PAGE = re.compile(
    r"(?:[\s\ufeff]++|<!--.*?-->|<\?[^>]*+>)*+<(?:!doctype|html|head|body)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_DOCTYPE = re.compile(r"<!doctype[^>]*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Context:
    """An open element, and the properties of the text inside it."""

    role: str  # block, inline or skipped
    kind: Kind | None = None
    in_story: bool = False
    verbatim: bool = False


def read_html(html: str) -> Article:
    """Return the article in an HTML page or fragment. Raises `UnreadableHtml`."""
    reader = _read(html)
    if reader is None:
        return Article((), frame=(html,))
    choose_headline(reader.runs)
    mark_asides(reader.runs)
    return article_in_frame(reader.runs, reader.frame)


def read_whole_html(html: str, rules: TagRules = NO_RULES) -> Article:
    """Return all text in HTML as blocks to translate, with no furniture.

    White space around the document stays. Raises `UnreadableHtml`.
    """
    words = html.strip()
    start = html.find(words)
    reader = _read(words, rules) if words else None
    if reader is None:
        return Article((), frame=(html,), whole=True)
    article = whole_in_frame(reader.runs, reader.frame)
    return replace(article, frame=(html[:start], *article.frame, html[start + len(words) :]))


def _read(html: str, rules: TagRules | None = None) -> _Reader | None:
    """Return the runs and the frame of a document; None if it has no elements."""
    is_page = _PAGE.match(html) is not None
    root, complete = parse(html if is_page else "<html><body>" + html)
    if not complete:
        raise UnreadableHtml(
            "its elements are nested more than 2,000 deep, which no page needs: send the article's "
            "own element, or its text"
        )
    if root is None:
        return None
    implied = {
        name
        for name in ("html", "head", "body")
        if not is_page or not re.search(rf"<{name}[\s>/]", html, re.IGNORECASE)
    }
    reader = _Reader(root, is_page, implied, rules)
    doctype = _DOCTYPE.search(html) if is_page else None
    if doctype:
        reader.frame.append(doctype[0])
    for comment in reversed(list(root.itersiblings(preceding=True))):
        reader.frame.append(start_tag(comment))
    reader.read()
    for comment in root.itersiblings():
        reader.frame.append(start_tag(comment))
    return reader


class _Reader:
    """A walk through a document that collects its runs of text and its frame."""

    def __init__(
        self, root: Element, is_page: bool, implied: set[str], rules: TagRules | None
    ) -> None:
        """Read all text with the `rules` of the sender, or None: an article."""
        self.frame: list[str | Run] = []
        self.runs: list[Run] = []
        self._root, self._is_page, self._implied = root, is_page, implied
        self._whole, self._rules = rules is not None, rules or NO_RULES
        blocks = (BLOCKS | self._rules.splitting) - self._rules.non_splitting
        self._blocks, self._story = _around(root, blocks), _around(root, STORY)
        self._context = [_Context("block")]
        self._run: RunBuilder | None = None

    def read(self) -> None:
        """Read the whole document."""
        walk = etree.iterwalk(self._root, events=("start", "end", "comment", "pi"))
        for event, node in walk:
            if event == "start":
                if self._enter(node):
                    self._text(node.text)
                else:
                    walk.skip_subtree()
                continue
            if event == "end":
                self._leave(node)
            else:
                self._opaque(start_tag(node))
            if node is not self._root:
                self._text(node.tail)
        self._end_run()

    def _enter(self, node: Element) -> bool:
        """Begin an element, and return whether to read its content."""
        context, tag = self._context[-1], node.tag
        is_block = node in self._blocks
        if is_block:
            self._end_run()
        if tag in TEXTLESS or is_hidden(node) or (tag == "title" and not self._is_page):
            self._opaque(serialize(node))
        elif is_block and not self._whole and self._is_furniture(node):
            self._set_aside(node, Kind.FURNITURE)
        elif tag in PREFORMATTED:
            self._set_aside(node, context.kind)
        elif tag == "br":
            self._break(node)
        else:
            self._open(node, is_block)
            return True
        self._context.append(_Context("skipped"))
        return False

    def _open(self, node: Element, is_block: bool) -> None:
        context = self._context[-1]
        verbatim = is_verbatim(node, context.verbatim) or node.tag in self._rules.ignored
        if is_block:
            if node.tag not in self._implied:
                self.frame.append(start_tag(node, not verbatim))
            in_story = context.in_story or node.tag in ("article", "main")
            kind = kind_of(node) or context.kind
            self._context.append(_Context("block", kind, in_story, verbatim))
        else:
            run = self._current_run()
            run.open(node, verbatim and not run.verbatim)
            self._context.append(replace(context, role="inline", verbatim=verbatim))

    def _leave(self, node: Element) -> None:
        role = self._context.pop().role
        if role == "inline" and self._run is not None:
            self._run.close()
        elif role == "block":
            self._end_run()
            if node.tag not in self._implied:
                self.frame.append(end_tag(node))

    def _is_furniture(self, node: Element) -> bool:
        if is_furniture(node) and self._is_apart(node):
            return True
        return node not in self._story and is_box(node)

    def _is_apart(self, node: Element) -> bool:
        """Return whether furniture is neither around the story nor inside it."""
        if node.tag in ("form", "header", "menu", "dialog") and node in self._story:
            return False
        if node.tag == "header" and self._context[-1].in_story:
            return False
        return not (node.tag == "footer" and self._context[-1].kind is Kind.QUOTATION)

    def _set_aside(self, node: Element, kind: Kind | None) -> None:
        """Add a block that stays in the frame as it is."""
        self.frame.append(serialize(node))
        if kind is Kind.FURNITURE:
            text = " ".join(" ".join(visible_text(node)).split())
            marks = []
        else:
            text = "".join(visible_text(node)).strip()
            marks = [Mark(0, len(text), "pre", "", verbatim=True)]
        if text:
            self.runs.append(Run(kind, text=text, marks=marks))

    def _opaque(self, html: str) -> None:
        if self._run is None:
            self.frame.append(html)
        else:
            self._run.put("", html)

    def _break(self, node: Element) -> None:
        """Add a line break; two separate paragraphs if no element is open."""
        tag = start_tag(node)
        if self._whole and self._run is not None and not self._run.is_open:
            self._end_run()  # lines of a post or a label are not one sentence
        if self._run is not None and self._run.ends_with_break:
            before = self._run.pop_break()
            self._end_run()
            self.frame.append(before)
        if self._run is None:
            self.frame.append(tag)
        else:
            self._run.put("br", tag)

    def _text(self, text: str | None) -> None:
        if text and self._context[-1].role != "skipped":
            self._current_run().add(restore(text))

    def _current_run(self) -> RunBuilder:
        if self._run is None:
            context = self._context[-1]
            self._run = RunBuilder(context.kind, context.in_story, context.verbatim)
        return self._run

    def _end_run(self) -> None:
        if self._run is None:
            return
        run, self._run = self._run.build(self._whole), None
        if not run.text:
            self.frame.append(run.lead)
            return
        for piece in [run] if self._whole else parted(run):
            self.frame.append(piece)
            if isinstance(piece, Run):
                self.runs.append(piece)


def _around(root: Element, names: frozenset[str]) -> set[Element]:
    """Return the elements with these names, and all elements around them."""
    found: set[Element] = set()
    for node in root.iter(*names):
        while node is not None and node not in found:
            found.add(node)
            node = node.getparent()
    return found
