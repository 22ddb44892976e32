"""The elements of HTML: their parser, serializer, and meaning for a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from lxml import etree

from service.article import Kind
from service.documents.rendering import escaped

# An element, comment or processing instruction; lxml has no types for them.
Element = Any

# The parser drops or moves content after these end tags, so they get a name without meaning.
_LAST_TAGS = re.compile(r"</(?=(?:html|body)[\s>/])", re.IGNORECASE)
_NEUTRAL_TAG = "</kabar-"

# Elements that begin and end a block (HTML standard, section 15.3: `display` is not `inline`).
BLOCKS = frozenset(
    "address article aside blockquote body caption center col colgroup dd details dialog dir div dl"
    " dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr"
    " html legend li listing main menu nav ol optgroup option p pre search section summary table"
    " tbody td tfoot th thead title tr ul xmp amp-ad amp-consent amp-sidebar amp-sticky-ad".split()
)
# Elements that hold no text of the page.
TEXTLESS = frozenset(
    "applet area audio base button canvas datalist embed frame iframe input link map math meta"
    " meter noembed noframes noscript object param plaintext progress script select source style"
    " svg template textarea track video".split()
)
_FURNITURE = frozenset(
    "nav aside footer menu search dialog form header"
    " amp-ad amp-consent amp-sidebar amp-sticky-ad".split()
)
# Parts of class names of boxes without story, and the most pieces and characters of text in one.
_FURNITURE_CLASSES = frozenset(
    "ads advertisement bacajuga breadcrumb breadcrumbs comments iklan komentar lihatjg linksisip"
    " newsletter paging pagination related share sharing social sosmed tag tagcloud taglist"
    " tags terkait".split()
)
_MAX_PIECES, _MAX_BOX = 300, 600
_CLASS_PART = re.compile(r"[a-z]+")
_SENTENCE = re.compile(r"[.?!][\"”]?(?:\s+[A-Z\"“]|\s*$)")
_FURNITURE_ROLES = frozenset("navigation contentinfo search menu menubar toolbar tablist".split())
# Elements that hold the story: some pages have a form around all of them.
STORY = frozenset("p h1 article main".split())
PREFORMATTED = frozenset("pre listing xmp".split())
_VERBATIM = PREFORMATTED | frozenset("code kbd samp var".split())
_KINDS = {
    "title": Kind.TITLE,
    "h1": Kind.HEADLINE,
    **dict.fromkeys(("h2", "h3", "h4", "h5", "h6", "legend", "summary"), Kind.SUBHEADING),
    "li": Kind.LIST_ITEM,
    "blockquote": Kind.QUOTATION,
    **dict.fromkeys(("figcaption", "caption"), Kind.CAPTION),
}
_KIND_CLASSES = {"deck": Kind.DECK, "byline": Kind.BYLINE, "dateline": Kind.DATELINE}

_VOID = frozenset(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source track"
    " wbr".split()
)
_RAW = frozenset("iframe noembed noframes plaintext script style xmp".split())
_INDONESIAN = re.compile(r"\s*(?:id|in)(?:[-_].*)?\s*", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(r"(charset\s*=\s*)[^\s;\"']+", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parse(html: str) -> tuple[Element, bool]:
    """Return the root of a document, and whether the parser read all of it.

    The root is None for a document without elements. The parser stops where elements are nested
    more than about 2,000 deep.
    """
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    html = _LAST_TAGS.sub(_NEUTRAL_TAG, html.replace("\0", ""))
    root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    return root, all(error.type_name != "ERR_RESOURCE_LIMIT" for error in parser.error_log)


def restore(text: str) -> str:
    """Return text of a parsed document with its original end tags."""
    return text.replace(_NEUTRAL_TAG, "</") if _NEUTRAL_TAG in text else text


def kind_of(element: Element) -> Kind | None:
    """Return the kind of a text in the element, or None if it shows none."""
    if element.tag in ("p", "div", "h2"):
        for name in _classes(element):
            if name in _KIND_CLASSES:
                return _KIND_CLASSES[name]
        parent = element.getparent()
        if element.tag == "p" and parent is not None and parent.tag == "hgroup":
            return Kind.DECK  # HTML standard, section 4.3.7
    return _KINDS.get(element.tag)


def is_furniture(element: Element) -> bool:
    """Return whether the element leads elsewhere and holds no story."""
    return element.tag in _FURNITURE or _value(element, "role") in _FURNITURE_ROLES


def is_box(element: Element) -> bool:
    """Return whether a class says that the element is links or buttons.

    It must be small and without a sentence: sites also use such names around a story.
    """
    parts = {part for name in _classes(element) for part in _CLASS_PART.findall(name)}
    if not parts & _FURNITURE_CLASSES:
        return False
    pieces = list(islice(visible_text(element), _MAX_PIECES + 1))
    text = "".join(pieces)
    small = len(pieces) <= _MAX_PIECES and len(text) <= _MAX_BOX
    return small and _SENTENCE.search(text) is None


def is_hidden(element: Element) -> bool:
    """Return whether a browser hides the element."""
    return (
        element.get("hidden") is not None
        or _value(element, "aria-hidden") == "true"
        or _HIDDEN_STYLE.search(element.get("style") or "") is not None
    )


def is_verbatim(element: Element, around: bool) -> bool:
    """Return whether its text stays untranslated.

    `around` tells whether the text around it does (HTML standard, section 3.2.6.5).
    """
    if element.get("translate") is not None and _value(element, "translate") in ("yes", "no", ""):
        return _value(element, "translate") == "no"
    return around or element.tag in _VERBATIM or "notranslate" in _classes(element)


def start_tag(element: Element, translated: bool = True) -> str:
    """Return the start tag of an element, or a whole comment.

    The tag of `translated` text names English and UTF-8 instead of the source's language and
    encoding.
    """
    if not isinstance(element.tag, str):
        return restore(f"<!--{element.text or ''}-->")
    attributes = "".join(
        f' {name}="{_attribute(_adapted(element, name, value) if translated else value)}"'
        for name, value in _attributes(element)
    )
    return restore(f"<{element.tag}{attributes}>")


def end_tag(element: Element) -> str:
    """Return the end tag, or an empty string for an element without one."""
    return "" if not isinstance(element.tag, str) or element.tag in _VOID else f"</{element.tag}>"


def serialize(element: Element) -> str:
    """Return the whole element as it was sent."""
    pieces = []
    events = ("start", "end", "comment", "pi")
    for event, node in etree.iterwalk(element, events=events):
        if event != "end":
            pieces.append(start_tag(node, translated=node.tag == "meta"))
            if event == "start":
                pieces.append(_text(node, node.text))
        if event != "start":
            pieces.append(end_tag(node))
            if node is not element:
                pieces.append(_text(node.getparent(), node.tail))
    return "".join(pieces)


def visible_text(element: Element) -> Iterator[str]:
    """Yield the text in the element that a browser shows, piece by piece."""
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            if node.tag in TEXTLESS or is_hidden(node):
                walk.skip_subtree()
            else:
                yield node.text or ""
        elif node is not element:
            yield node.tail or ""


def _classes(element: Element) -> list[str]:
    names: list[str] = (element.get("class") or "").lower().split()
    return names


def _value(element: Element, name: str) -> str:
    value: str = (element.get(name) or "").strip().lower()
    return value


def _adapted(element: Element, name: str, value: str) -> str:
    if name in ("lang", "xml:lang") and _INDONESIAN.fullmatch(value):
        return "en"
    if element.tag == "meta" and name == "charset":
        return "utf-8"
    if element.tag == "meta" and name == "content" and _value(element, "http-equiv"):
        return _CHARSET.sub(r"\1utf-8", value)
    return value


def _attributes(element: Element) -> Iterable[tuple[str, str]]:
    # For thousands, lxml's own list takes time that grows with the square of their number.
    if len(element.attrib) <= 100:
        items: Iterable[tuple[str, str]] = element.attrib.items()
        return items
    return [(value.attrname, str(value)) for value in element.xpath("@*")]


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("\u00a0", "&nbsp;").replace('"', "&quot;")


def _text(element: Element, text: str | None) -> str:
    text = restore(text or "")
    return text if element.tag in _RAW else escaped(text)
