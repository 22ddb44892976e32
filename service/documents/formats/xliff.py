"""XLIFF 1.2 and 2.0: the sources of units that have no target yet.

Targets get the state `needs-review-translation` (1.2) or `translated` (2.0). Existing ones stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from lxml import etree

from service.article import Article, Kind
from service.documents.formats.base import (
    Document,
    FormatOptions,
    Unit,
    UnreadableFile,
    read_whole,
)
from service.documents.formats.flows import Flow, Rules, flow_of
from service.documents.formats.packages import Element, parse_xml, serialize_xml

# Elements with text of the sentence; all others stand for codes.
_AROUND = frozenset("g mrk pc sm".split())
_INDONESIAN = ("id", "in", "ind")


def _name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _never(element: Element) -> bool:
    return False


_RULES = Rules(
    is_block=_never,
    is_opaque=lambda element: _name(element) not in _AROUND,
    is_skipped=_never,
    is_verbatim=lambda element: element.get("translate") == "no",
    is_break=_never,
    kind=lambda element: Kind.PARAGRAPH,
)


class Xliff(Document):
    """An XLIFF file."""

    def units(self) -> Iterator[Unit]:
        self._root = parse_xml(read_whole(self.path))
        if _name(self._root) != "xliff":
            raise UnreadableFile(f"it is XML, but no XLIFF: it begins with <{_name(self._root)}>")
        self._is_new = (self._root.get("version") or "1").startswith("2")
        self._check_languages()
        self._flows: list[Flow] = []
        for source in self._root.iter("{*}source"):
            parent = source.getparent()
            if _name(parent) not in ("trans-unit", "segment") or _is_fixed(parent):
                continue
            target = parent.find("{*}target")
            if target is not None and "".join(target.itertext()).strip():
                continue
            flow = flow_of(source, _RULES, f"b{len(self._flows) + 1}")
            if flow is not None:
                self._flows.append(flow)
        yield Unit(Article(tuple(flow.block for flow in self._flows)))

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        for flow, block in zip(self._flows, articles[0].blocks, strict=True):
            source = flow.parent
            unit = source.getparent()
            target = unit.find("{*}target")
            if target is None:
                target = etree.Element(source.tag.replace("}source", "}target"))
                if not source.tag.startswith("{"):
                    target.tag = "target"
                target.tail = source.tail
                source.addnext(target)
            target.text = None
            flow.fill(target, block)
            if self._is_new:
                unit.set("state", "translated")
            else:
                target.set("state", "needs-review-translation")
        for element in self._root.iter("{*}file"):
            if not self._is_new and element.get("target-language") is None:
                element.set("target-language", "en")
        if self._is_new and self._root.get("trgLang") is None:
            self._root.set("trgLang", "en")
        file.write(serialize_xml(self._root))

    def _check_languages(self) -> None:
        for element in (self._root, *self._root.iter("{*}file")):
            for name in ("srcLang", "source-language"):
                code = element.get(name)
                if code and code.lower().split("-")[0].split("_")[0] not in _INDONESIAN:
                    raise UnreadableFile(f"its source language is {code}, not Indonesian (id)")


def _is_fixed(unit: Element) -> bool:
    return any(element.get("translate") == "no" for element in (unit, *unit.iterancestors()))


def open_document(path: Path, options: FormatOptions) -> Xliff:
    """Open an XLIFF file."""
    return Xliff(path, options)
