"""HTML, a page or a part of one, read into an article of typed blocks.

HTML comes in; out goes an `Article` whose `frame` is the same document with a place for every
block, and whose blocks have their inline markup as marks. What is not read, a script or an
attribute, stays in the frame. Raises `UnreadableHtml` where elements are nested too deep.

Elements say what a block is; what they leave open (a dateline, `Baca juga: ...`) is told by the
rules for plain text. White space is collapsed as browsers do.

The parser is libxml2, by lxml: it makes up no element that was not there, and none twice. A parser
by the HTML standard opens unclosed elements again in every paragraph, which makes gigabytes of a
few hundred kilobytes, and takes a fragment of a table apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from service.article import Article, Block, Kind, Mark
from service.documents.elements import (
    BLOCKS,
    PREFORMATTED,
    SILENT,
    STORY,
    Element,
    as_sent,
    closing,
    is_furniture,
    is_hidden,
    is_verbatim,
    kind_of,
    opening,
    parsed,
    seen,
    written,
)
from service.documents.furniture import RELATED_HEADING, furniture
from service.documents.rendering import escaped
from service.documents.runs import Gathering, Run
from service.documents.text import Part, read_parts
from service.errors import InvalidRequest


class UnreadableHtml(InvalidRequest):
    """The markup cannot be read."""

    slug = "unreadable-html"
    title = "The HTML could not be read"
    exit_code = 3


_PAGE = re.compile(
    r"(?:[\s\ufeff]++|<!--.*?-->|<\?[^>]*+>)*+<(?:!doctype|html|head|body)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_DOCTYPE = re.compile(r"<!doctype[^>]*>", re.IGNORECASE)
# ` - WartaSenja.com` after a title.
_SITE = re.compile(r"\s+[-–—|»•·:]\s+[^-–—|»•·:]{1,40}$")
_SITE_WORDS = 4


@dataclass(frozen=True, slots=True)
class _Around:
    """An open element, and what holds inside of it."""

    role: str  # block, inline or skipped
    kind: Kind | None = None
    in_story: bool = False
    verbatim: bool = False


def read_html(html: str) -> Article:
    """The article in some HTML."""
    is_page = _PAGE.match(html) is not None
    root, whole = parsed(html if is_page else "<html><body>" + html)
    if not whole:
        raise UnreadableHtml(
            "its elements are nested more than 2,000 deep, which no page needs: send the article's "
            "own element, or its text"
        )
    if root is None:
        return Article((), frame=(html,))
    implied = {
        name
        for name in ("html", "head", "body")
        if not is_page or not re.search(rf"<{name}[\s>/]", html, re.IGNORECASE)
    }
    reader = _Reader(root, is_page, implied)
    doctype = _DOCTYPE.search(html) if is_page else None
    if doctype:
        reader.frame.append(doctype[0])
    for comment in reversed(list(root.itersiblings(preceding=True))):
        reader.frame.append(opening(comment))
    reader.read()
    for comment in root.itersiblings():
        reader.frame.append(opening(comment))
    return _article(reader.runs, reader.frame)


class _Reader:
    """Walks through a document and gathers its runs of text and its frame."""

    def __init__(self, root: Element, is_page: bool, implied: set[str]) -> None:
        self.frame: list[str | Run] = []
        self.runs: list[Run] = []
        self._root, self._is_page, self._implied = root, is_page, implied
        self._blocks, self._story = _around_blocks(root)
        self._around = [_Around("block")]
        self._run: Gathering | None = None

    def read(self) -> None:
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
                self._opaque(opening(node))
            if node is not self._root:
                self._text(node.tail)
        self._end_run()

    def _enter(self, node: Element) -> bool:
        """Begin an element; whether what is in it is to be read."""
        around, tag = self._around[-1], node.tag
        is_block = node in self._blocks
        if is_block:
            self._end_run()
        if tag in SILENT or is_hidden(node) or (tag == "title" and not self._is_page):
            self._opaque(written(node))
        elif is_block and is_furniture(node) and self._is_apart(node):
            self._set_aside(node, Kind.FURNITURE)
        elif tag in PREFORMATTED:
            self._set_aside(node, around.kind)
        elif tag == "br":
            self._break(node)
        else:
            self._open(node, is_block)
            return True
        self._around.append(_Around("skipped"))
        return False

    def _open(self, node: Element, is_block: bool) -> None:
        around = self._around[-1]
        verbatim = is_verbatim(node, around.verbatim)
        if is_block:
            if node.tag not in self._implied:
                self.frame.append(opening(node, not verbatim))
            in_story = around.in_story or node.tag in ("article", "main")
            kind = kind_of(node) or around.kind
            self._around.append(_Around("block", kind, in_story, verbatim))
        else:
            run = self._gathering()
            run.open(node, verbatim and not run.verbatim)
            self._around.append(replace(around, role="inline", verbatim=verbatim))

    def _leave(self, node: Element) -> None:
        role = self._around.pop().role
        if role == "inline" and self._run is not None:
            self._run.close()
        elif role == "block":
            self._end_run()
            if node.tag not in self._implied:
                self.frame.append(closing(node))

    def _is_apart(self, node: Element) -> bool:
        """Whether furniture by its name is not in fact around or in the story."""
        if node.tag in ("form", "header", "menu", "dialog") and node in self._story:
            return False
        if node.tag == "header" and self._around[-1].in_story:
            return False
        return not (node.tag == "footer" and self._around[-1].kind is Kind.QUOTATION)

    def _set_aside(self, node: Element, kind: Kind | None) -> None:
        """A block that stays in the frame as it is."""
        self.frame.append(written(node))
        if kind is Kind.FURNITURE:
            text = " ".join(" ".join(seen(node)).split())
            marks = []
        else:
            text = "".join(seen(node)).strip()
            marks = [Mark(0, len(text), "pre", "", verbatim=True)]
        if text:
            self.runs.append(Run(kind, text=text, marks=marks))

    def _opaque(self, html: str) -> None:
        if self._run is None:
            self.frame.append(html)
        else:
            self._run.put("", html)

    def _break(self, node: Element) -> None:
        """A line break; two in a row part paragraphs, where nothing is open around them."""
        tag = opening(node)
        if self._run is not None and self._run.ends_with_break:
            before = self._run.marks.pop().opening
            self._end_run()
            self.frame.append(before)
        if self._run is None:
            self.frame.append(tag)
        else:
            self._run.put("br", tag)

    def _text(self, text: str | None) -> None:
        if text and self._around[-1].role != "skipped":
            self._gathering().add(as_sent(text))

    def _gathering(self) -> Gathering:
        if self._run is None:
            around = self._around[-1]
            self._run = Gathering(around.kind, around.in_story, around.verbatim)
        return self._run

    def _end_run(self) -> None:
        if self._run is None:
            return
        run, self._run = self._run.run(), None
        if run.text:
            self.runs.append(run)
            self.frame.append(run)
        else:
            self.frame.append(run.lead)


def _around_blocks(root: Element) -> tuple[set[Element], set[Element]]:
    """The elements that are blocks or have one in them, and those that have story in them."""
    blocks: set[Element] = set()
    story: set[Element] = set()
    for names, found in ((BLOCKS, blocks), (STORY, story)):
        for node in root.iter(*names):
            while node is not None and node not in found:
                found.add(node)
                node = node.getparent()
    return blocks, story


# Lines that lead elsewhere are no headings and no items of a list either.
_ELSEWHERE = frozenset("related share more advertisement pages follow copyright embed".split())
_MAY_LEAD = (None, Kind.SUBHEADING, Kind.LIST_ITEM)


def _article(runs: list[Run], frame: Sequence[str | Run]) -> Article:
    _choose_headline(runs)
    _mark_asides(runs)
    article = read_parts(list(_parts(runs)))
    blocks: list[Block] = []
    waiting = iter(article.blocks)
    for run in runs:
        block = next(waiting)
        if len(block.source) == len(run.text):
            run.frame = [run.lead, len(blocks), run.tail]
            blocks.append(replace(block, marks=tuple(run.marks)))
            continue
        dateline, story = block, next(waiting)
        around, before, after = _cut(run.marks, len(dateline.source), len(run.text), story.source)
        run.frame = [
            run.lead + "".join(mark.opening for mark in around),
            len(blocks),
            escaped(dateline.separator),
            len(blocks) + 1,
            "".join(mark.closing for mark in reversed(around)) + run.tail,
        ]
        blocks += replace(dateline, marks=before), replace(story, marks=after)
    return replace(article, blocks=tuple(blocks), frame=_flat(frame))


def _choose_headline(runs: Sequence[Run]) -> None:
    """One headline: the first `h1`, of those in the story where there are any. Where there is
    none, the page's title is it."""
    headings = [run for run in runs if run.kind is Kind.HEADLINE]
    chosen = next((run for run in headings if run.in_story), headings[0] if headings else None)
    for run in headings:
        if run is not chosen:
            run.kind = Kind.SUBHEADING
    for run in runs:
        if run.kind is Kind.TITLE:
            _cut_site(run, chosen.text if chosen else "")
            if chosen is None:
                run.kind, chosen = Kind.HEADLINE, run


def _cut_site(run: Run, headline: str) -> None:
    """Leaves the name of the site, after the title, in the frame."""
    site = _SITE.search(run.text)
    at = len(run.text) if site is None or len(site[0].split()) - 1 > _SITE_WORDS else site.start()
    if headline and run.text.startswith(headline) and not run.text[len(headline) :][:1].isalnum():
        at = len(headline)
    if len(run.text[:at].split()) > 1 or run.text[:at] == headline:
        run.tail = escaped(run.text[at:]) + run.tail
        run.text = run.text[:at]


def _mark_asides(runs: Sequence[Run]) -> None:
    """What leads elsewhere: such headings and items, and links below `Baca juga` or the like."""
    links = [
        any(m.tag == "a" and m.start == 0 and m.end == len(run.text) for m in run.marks)
        for run in runs
    ]
    below = False
    for run, is_link, then_link in zip(runs, links, [*links, False][1:], strict=True):
        if below and is_link and run.kind in _MAY_LEAD:
            run.kind = Kind.FURNITURE
            continue
        # Of paragraphs the rules for plain text take care.
        marked = run.kind in (Kind.SUBHEADING, Kind.LIST_ITEM)
        name = furniture(run.text) if marked or (then_link and len(run.text) <= 40) else None
        heading = RELATED_HEADING.fullmatch(run.text) is not None
        below = heading or (name == "related" and len(run.text.split()) <= 3)
        if marked and (heading or name in _ELSEWHERE):
            run.kind = Kind.FURNITURE


def _parts(runs: Sequence[Run]) -> Iterable[Part]:
    for number, run in enumerate(runs):
        if number + 1 == len(runs):
            separator = ""
        else:
            items = run.kind is runs[number + 1].kind is Kind.LIST_ITEM
            separator = "\n" if items else "\n\n"
        yield Part(run.text, run.kind, separator)


def _cut(
    marks: Sequence[Mark], end: int, length: int, story: str
) -> tuple[list[Mark], tuple[Mark, ...], tuple[Mark, ...]]:
    """The marks around a dateline and its paragraph, those in the dateline, which has `end`
    characters, and those in the paragraph. One that is in both keeps its larger part."""
    around: list[Mark] = []
    for mark in marks:
        if mark.start > 0 or mark.end < length or mark.depth != len(around):
            break
        around.append(mark)
    start = length - len(story)
    before: list[Mark] = []
    after: list[Mark] = []
    for mark in marks[len(around) :]:
        if mark.end <= end or end - mark.start > mark.end - start:
            before.append(replace(mark, end=min(mark.end, end)))
        else:
            after.append(
                replace(mark, start=max(mark.start - start, 0), end=max(mark.end - start, 0))
            )
    return around, _nested(before), _nested(after)


def _nested(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """The marks with their depths among themselves."""
    nested: list[Mark] = []
    depths: list[int] = []
    for mark in marks:
        while depths and depths[-1] >= mark.depth:
            depths.pop()
        nested.append(replace(mark, depth=len(depths)))
        depths.append(mark.depth)
    return tuple(nested)


def _flat(frame: Sequence[str | Run]) -> tuple[str | int, ...]:
    flat: list[str | int] = []
    texts: list[str] = []
    for item in frame:
        for piece in [item] if isinstance(item, str) else item.frame:
            if isinstance(piece, str):
                texts.append(piece)
                continue
            flat += "".join(texts), piece
            texts = []
    return (*flat, "".join(texts))
