"""The elements of HTML: what each is to a reader of news, and how it is written again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from service.article import Kind
from service.documents.rendering import escaped

# An element, comment or processing instruction of lxml, which has no types.
Element = Any

# What follows these end tags would be lost or moved; under another name they mean nothing.
_LAST = re.compile(r"</(?=(?:html|body)[\s>/])", re.IGNORECASE)
_HARMLESS = "</kabar-"

# Begin and end a block (HTML standard, section 15.3: their `display` is not `inline`).
BLOCKS = frozenset(
    "address article aside blockquote body caption center col colgroup dd details dialog dir div dl"
    " dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr"
    " html legend li listing main menu nav ol optgroup option p pre search section summary table"
    " tbody td tfoot th thead title tr ul xmp".split()
)
# Hold no text of the page.
SILENT = frozenset(
    "applet area audio base button canvas datalist embed frame iframe input link map math meta"
    " meter noembed noframes noscript object param plaintext progress script select source style"
    " svg template textarea track video".split()
)
FURNITURE = frozenset("nav aside footer menu search dialog form header".split())
_FURNITURE_ROLES = frozenset("navigation contentinfo search menu menubar toolbar tablist".split())
# Where one of these stands, there is story: some pages have a form around all of them.
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
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


def parsed(html: str) -> tuple[Element, bool]:
    """The root of a document, or None where there is no element; and whether all of it was read:
    not where elements are nested more than about 2,000 deep."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    html = _LAST.sub(_HARMLESS, html.replace("\0", ""))
    root = etree.fromstring(html.encode("utf-8", "replace"), parser)
    return root, all(error.type_name != "ERR_RESOURCE_LIMIT" for error in parser.error_log)


def as_sent(text: str) -> str:
    """Text of a `parsed` document as it was before."""
    return text.replace(_HARMLESS, "</") if _HARMLESS in text else text


def kind_of(element: Element) -> Kind | None:
    """What a text in the element is, where the element says so."""
    if element.tag in ("p", "div", "h2"):
        for name in _classes(element):
            if name in _KIND_CLASSES:
                return _KIND_CLASSES[name]
        parent = element.getparent()
        if element.tag == "p" and parent is not None and parent.tag == "hgroup":
            return Kind.DECK  # HTML standard, section 4.3.7
    return _KINDS.get(element.tag)


def is_furniture(element: Element) -> bool:
    """Whether it holds what leads elsewhere, and not the story."""
    return element.tag in FURNITURE or _says(element, "role") in _FURNITURE_ROLES


def is_hidden(element: Element) -> bool:
    """Whether no reader sees the element."""
    return (
        element.get("hidden") is not None
        or _says(element, "aria-hidden") == "true"
        or _UNSEEN.search(element.get("style") or "") is not None
    )


def is_verbatim(element: Element, around: bool) -> bool:
    """Whether its text must stand as it is (HTML standard, section 3.2.6.5), given whether that
    holds of the text around it."""
    if element.get("translate") is not None and _says(element, "translate") in ("yes", "no", ""):
        return _says(element, "translate") == "no"
    return around or element.tag in _VERBATIM or "notranslate" in _classes(element)


def opening(element: Element, translated: bool = True) -> str:
    """The start tag, or a whole comment. Where the text is `translated`, the tag no longer says
    that it is Indonesian, or in an encoding that was the source's."""
    if not isinstance(element.tag, str):
        return as_sent(f"<!--{element.text or ''}-->")
    attributes = "".join(
        f' {name}="{_attribute(_true(element, name, value) if translated else value)}"'
        for name, value in _attributes(element)
    )
    return as_sent(f"<{element.tag}{attributes}>")


def closing(element: Element) -> str:
    """The end tag, where there is one."""
    return "" if not isinstance(element.tag, str) or element.tag in _VOID else f"</{element.tag}>"


def written(element: Element) -> str:
    """The whole element as it was sent."""
    pieces = []
    events = ("start", "end", "comment", "pi")
    for event, node in etree.iterwalk(element, events=events):
        if event != "end":
            pieces.append(opening(node, translated=node.tag == "meta"))
            if event == "start":
                pieces.append(_text(node, node.text))
        if event != "start":
            pieces.append(closing(node))
            if node is not element:
                pieces.append(_text(node.getparent(), node.tail))
    return "".join(pieces)


def seen(element: Element) -> Iterator[str]:
    """The text in the element that a reader sees, piece by piece."""
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            if node.tag in SILENT or is_hidden(node):
                walk.skip_subtree()
            else:
                yield node.text or ""
        elif node is not element:
            yield node.tail or ""


def _classes(element: Element) -> list[str]:
    names: list[str] = (element.get("class") or "").lower().split()
    return names


def _says(element: Element, name: str) -> str:
    value: str = (element.get(name) or "").strip().lower()
    return value


def _true(element: Element, name: str, value: str) -> str:
    if name in ("lang", "xml:lang") and _INDONESIAN.fullmatch(value):
        return "en"
    if element.tag == "meta" and name == "charset":
        return "utf-8"
    if element.tag == "meta" and name == "content" and _says(element, "http-equiv"):
        return _CHARSET.sub(r"\1utf-8", value)
    return value


def _attributes(element: Element) -> Iterable[tuple[str, str]]:
    # Where there are thousands, lxml's own list of them takes the square of their number.
    if len(element.attrib) <= 100:
        items: Iterable[tuple[str, str]] = element.attrib.items()
        return items
    return [(value.attrname, str(value)) for value in element.xpath("@*")]


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace("\u00a0", "&nbsp;").replace('"', "&quot;")


def _text(element: Element, text: str | None) -> str:
    text = as_sent(text or "")
    return text if element.tag in _RAW else escaped(text)
