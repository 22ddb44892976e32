"""Corrections as TMX 1.4b.

TMX is the exchange format of translation memories (LISA, 2005). A unit is a correction, with its
author and time as `creationid` and `creationdate`. Fields that TMX does not have are in `prop`
elements (`x-kabar-…`), which other programs ignore. Files of other programs are read for their
Indonesian and English, without the codes of inline tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from lxml import etree

from service.article import Correction
from service.corrections.validation import validate
from service.documents.xml_text import printable
from service.errors import CannotRead, InvalidRequest, ServiceError
from service.text.normalization import normalize

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_TIME = "%Y%m%dT%H%M%SZ"
# `in` is what ISO called Indonesian until 1989.
_LANGUAGES = {"id": "id", "in": "id", "ind": "id", "en": "en", "eng": "en"}
# Elements whose text is the code of a tag in the translated file.
_CODE_ELEMENTS = {"bpt", "ept", "it", "ph", "ut"}
_DEFAULT_AUTHOR = "TMX"
_CONTEXT, _MACHINE, _WITHDRAWN, _WITHDRAWN_BY = (
    f"x-kabar-{name}" for name in ("context", "machine", "withdrawn", "withdrawn-by")
)


class InvalidTmx(ServiceError):
    """A file that is not TMX, or breaks off; nothing of it was imported."""

    slug = "invalid-tmx"
    title = "The file is not readable TMX"
    status = 422
    exit_code = 3


def write_tmx(corrections: Iterable[Correction], file: IO[bytes]) -> int:
    """Write corrections to a binary file, and return their number."""
    count = 0
    with etree.xmlfile(file, encoding="utf-8") as xml:
        xml.write_declaration()
        with xml.element("tmx", version="1.4"):
            header = {
                "creationtool": "Kabar",
                "creationtoolversion": version("kabar"),
                "segtype": "sentence",
                "o-tmf": "Kabar",
                "adminlang": "en",
                "srclang": "id",
                "datatype": "plaintext",
            }
            xml.write(etree.Element("header", header), "\n")
            with xml.element("body"):
                xml.write("\n")
                for correction in corrections:
                    xml.write(_unit(correction), "\n")
                    count += 1
    return count


def _unit(correction: Correction) -> etree._Element:
    unit = etree.Element(
        "tu",
        tuid=correction.id,
        creationdate=correction.created.strftime(_TIME),
        creationid=printable(correction.author),
    )
    withdrawn = correction.withdrawn
    for name, value in (
        (_CONTEXT, correction.context),
        (_MACHINE, correction.machine),
        (_WITHDRAWN, None if withdrawn is None else withdrawn.strftime(_TIME)),
        (_WITHDRAWN_BY, correction.withdrawn_by),
    ):
        if value is not None:
            etree.SubElement(unit, "prop", type=name).text = printable(value)
    for language, text in (("id", correction.source), ("en", correction.target)):
        variant = etree.SubElement(unit, "tuv", {_XML_LANG: language})
        etree.SubElement(variant, "seg").text = printable(text)
    return unit


def read_tmx(path: Path) -> Iterator[Correction | str]:
    """Yield for each unit a correction, or the reason why it has none.

    Raises `CannotRead`, and `InvalidTmx` if the file is not TMX.
    """
    try:
        # Units without a time get the file's, so that a second import finds the same corrections.
        time = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        with path.open("rb") as file:
            yield from _units(file, path.name, time)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error


def _units(file: IO[bytes], name: str, time: datetime) -> Iterator[Correction | str]:
    # Without external files and entities, because a few lines can expand to gigabytes.
    parts = etree.iterparse(
        file, events=("start", "end"), load_dtd=False, no_network=True, resolve_entities=False
    )
    depth = count = 0
    try:
        for event, element in parts:
            depth += 1 if event == "start" else -1
            if event == "start":
                if depth == 1 and etree.QName(element).localname != "tmx":
                    raise InvalidTmx(f"{name} is XML, but not TMX: it begins with <{element.tag}>")
                continue
            if element.tag != "tu":
                continue
            count += 1
            yield _read(element, count, time)
            # Free the unit, because a whole file may not fit into memory.
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise InvalidTmx(f"{name} is not TMX, or breaks off: {error.msg}") from error


def _read(unit: etree._Element, number: int, default_time: datetime) -> Correction | str:
    texts: dict[str, str] = {}
    for variant in unit.iterchildren("tuv"):
        code = variant.get(_XML_LANG) or variant.get("lang") or ""
        language = _LANGUAGES.get(re.split(r"[-_]", code.lower())[0])
        segment = variant.find("seg")
        if language is not None and segment is not None:
            texts.setdefault(language, "".join(_text(segment)))
    name = unit.get("tuid") or f"unit {number}"
    if missing := {"id", "en"} - texts.keys():
        return f"{name}: it has no {' and no '.join(sorted(missing))}"
    author = unit.get("changeid") or unit.get("creationid") or _DEFAULT_AUTHOR
    try:
        source, target, author = validate(texts["id"], texts["en"], author)
    except InvalidRequest as error:
        return f"{name}: {error.detail}"
    own = {prop.get("type"): prop.text or "" for prop in unit.iterchildren("prop")}
    context, machine = own.get(_CONTEXT), own.get(_MACHINE)
    return Correction(
        source,
        target,
        author,
        _time(unit.get("changedate") or unit.get("creationdate")) or default_time,
        None if context is None else normalize(context),
        None if machine is None else normalize(machine),
        _time(own.get(_WITHDRAWN)),
        own.get(_WITHDRAWN_BY),
    )


def _text(element: etree._Element) -> Iterator[str]:
    """Yield the text of a segment and its marks, without the codes of tags."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _CODE_ELEMENTS:
            yield from _text(child)
        yield child.tail or ""


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
