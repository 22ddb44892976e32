"""RSS and Atom feeds: their texts as fragments, and back into the same feed.

Titles, descriptions and contents of items are translated; links, dates, names and all other
elements stay as they are. RSS 2.0, RSS 1.0 and Atom 1.0 come in as bytes, and go out in UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lxml import etree

from service.documents.fragments import Fragment
from service.documents.xml_text import printable
from service.errors import InvalidRequest

_ATOM = "{http://www.w3.org/2005/Atom}"
_RSS1 = "{http://purl.org/rss/1.0/}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}RDF"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_INDONESIAN = re.compile(r"\s*(?:id|in)(?:[-_].*)?\s*", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]\w*);")
# In an item, of RSS and of Atom; titles come first.
_RSS_PARTS = ("title", "description")
_ATOM_PARTS = ("title", "summary", "content")

# lxml has no types for them.
_Element = Any


class InvalidFeed(InvalidRequest):
    """A document that is not RSS or Atom."""

    slug = "invalid-feed"
    title = "The feed could not be read"
    exit_code = 3


@dataclass(frozen=True, slots=True)
class _Part:
    """An element with text to translate, and the form in which it holds it."""

    element: _Element
    form: Literal["text", "html", "xhtml"]
    text: str

    @property
    def fragment(self) -> Fragment:
        if self.form == "text":
            return Fragment(self.text)
        form: Literal["html", "xml"] = "html" if self.form == "html" else "xml"
        return Fragment(self.text, form, "punctuation")


class FeedDocument:
    """A feed: the fragments to translate, and the feed with their English."""

    def __init__(self, root: _Element, parts: Sequence[_Part], items: int, kind: str) -> None:
        """`kind` is `rss`, `rdf` or `atom`."""
        self._root, self._parts = root, parts
        self.items = items
        self.media_type = f"application/{kind}+xml"

    @property
    def fragments(self) -> list[Fragment]:
        """The texts of the items; the titles of all items come first."""
        return [part.fragment for part in self._parts]

    def write(self, english: Sequence[str]) -> bytes:
        """Return the feed with the English of each fragment, in order."""
        for part, text in zip(self._parts, english, strict=True):
            _put(part, printable(text))
        _name_language(self._root)
        tree = self._root.getroottree()
        written: bytes = etree.tostring(tree, encoding="utf-8", xml_declaration=True)
        return written


def read_feed(xml: bytes, max_items: int | None = None) -> FeedDocument:
    """Return a feed, of which at most the first `max_items` are translated.

    Raises `InvalidFeed`.
    """
    # Without entities and other files: a feed comes from strangers.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False
    )
    try:
        root = etree.fromstring(xml.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidFeed(
            f"it is not well-formed XML ({error}): send the feed as its server sends it"
        ) from None
    kind, item_tag = _kind(root)
    items = list(root.iter(item_tag))[:max_items]
    titles: list[_Part] = []
    rest: list[_Part] = []
    for item in items:
        for number, part in enumerate(_parts(item, kind)):
            (rest if number else titles).append(part)
    return FeedDocument(root, [*titles, *rest], len(items), kind)


def _kind(root: _Element) -> tuple[str, str]:
    """Return the kind of a feed, and the name of its items."""
    if root.tag == "rss":
        return "rss", "item"
    if root.tag == _RDF:
        return "rdf", f"{_RSS1}item"
    if root.tag == f"{_ATOM}feed":
        return "atom", f"{_ATOM}entry"
    raise InvalidFeed(
        f"its root element is <{etree.QName(root).localname}>: send RSS (<rss>, <rdf:RDF>) or Atom "
        f"(<feed>), or an article to POST /v1/translations"
    )


def _parts(item: _Element, kind: str) -> Iterator[_Part]:
    """Yield the parts of an item, a title first."""
    if kind == "atom":
        for name in _ATOM_PARTS:
            for element in item.findall(f"{_ATOM}{name}"):
                yield from _atom_part(element)
        return
    space = _RSS1 if kind == "rdf" else ""
    names = [*(f"{space}{name}" for name in _RSS_PARTS), _CONTENT]
    for name in names:
        for element in item.findall(name):
            if len(element) == 0 and (text := element.text or "").strip():
                yield _Part(element, "html" if _MARKUP.search(text) else "text", text)


def _atom_part(element: _Element) -> Iterator[_Part]:
    kind = element.get("type", "text")
    if element.get("src") is not None:
        return
    if kind == "xhtml":
        div = element.find(f"{_XHTML}div")
        if div is not None and "".join(div.itertext()).strip() and _is_plain(div):
            yield _Part(div, "xhtml", _inner(div))
    elif kind in ("text", "html") and len(element) == 0 and (element.text or "").strip():
        yield _Part(element, kind, element.text)


def _is_plain(element: _Element) -> bool:
    """Return whether all elements inside are XHTML, without other vocabularies."""
    return all(
        child.tag.startswith(_XHTML) for child in element.iter() if isinstance(child.tag, str)
    )


def _inner(element: _Element) -> str:
    """Return what is inside an element, without the declarations around it."""
    for child in element.iter():
        if isinstance(child.tag, str):
            child.tag = child.tag.removeprefix(_XHTML)
    inner = etree.tostring(element, encoding="unicode", with_tail=False)
    start, end = inner.index(">") + 1, inner.rindex("</")
    return str(inner[start:end])


def _put(part: _Part, text: str) -> None:
    element = part.element
    if part.form != "xhtml":
        cdata = part.form == "html" and "]]>" not in text
        element.text = etree.CDATA(text) if cdata else text
        return
    filled = etree.fromstring(f"<div>{text}</div>")
    for child in list(element):
        element.remove(child)
    element.text = filled.text
    element.extend(list(filled))
    for child in element.iter():
        if isinstance(child.tag, str):
            child.tag = f"{_XHTML}{child.tag}"


def _name_language(root: _Element) -> None:
    """Name English where the feed names Indonesian."""
    for element in root.iter("language", f"{_RSS1}language"):
        if element.text and _INDONESIAN.fullmatch(element.text):
            element.text = "en"
    for element in root.iter():
        value = element.get(_XML_LANG) if isinstance(element.tag, str) else None
        if value is not None and _INDONESIAN.fullmatch(value):
            element.set(_XML_LANG, "en")
