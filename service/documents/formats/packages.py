"""Zip packages of XML (docx, pptx, odt, epub): safe to open, and written with some parts changed.

Sizes are limited before anything is unpacked, and again while it is: a few kilobytes can unpack to
gigabytes. XML is read without entities, DTDs and the network.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from lxml import etree

from service.documents.formats.base import UnreadableFile

# An element of lxml, which has no useful types for them.
Element = Any

_MAX_PART_BYTES = 64_000_000
_MAX_PARTS = 20_000
# Documents with pictures unpack to a few times their size; text alone to some 20 times.
_MAX_UNPACKED_BYTES, _MAX_RATIO = 2_000_000_000, 150
_SMALL_BYTES = 20_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = 0x1


class Package:
    """An open package. `close` it."""

    def __init__(self, path: Path) -> None:
        """Raises `UnreadableFile`."""
        self._path = path
        with path.open("rb") as file:
            head = file.read(8)
        if head == _OLE:
            raise UnreadableFile(
                "it is locked with a password, or an old Microsoft Office file: save it without a "
                "password in today's format"
            )
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise UnreadableFile(
                f"it is cut off or damaged ({error}): copy it again from its source"
            ) from error
        try:
            self._check(path.stat().st_size)
        except UnreadableFile:
            self.close()
            raise
        self.names = self._zip.namelist()

    def _check(self, size: int) -> None:
        infos = self._zip.infolist()
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            raise UnreadableFile("it is locked with a password: save it without one")
        unpacked = sum(info.file_size for info in infos)
        large = unpacked > _SMALL_BYTES and unpacked > _MAX_RATIO * size
        if len(infos) > _MAX_PARTS or unpacked > _MAX_UNPACKED_BYTES or large:
            raise UnreadableFile(
                f"it would unpack to {unpacked / 1e6:,.0f} MB in {len(infos):,} parts, which no "
                f"document needs: it is not opened"
            )
        if any("vbaproject" in info.filename.lower() for info in infos):
            raise UnreadableFile("it holds macros: save it without them")

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        """Return a part. Raises `UnreadableFile`."""
        try:
            with self._zip.open(name) as file:
                data = file.read(_MAX_PART_BYTES + 1)
        except KeyError:
            raise UnreadableFile(f"it lacks the part {name}: it is damaged") from None
        except Exception as error:  # zlib.error, BadZipFile, EOFError and others
            raise UnreadableFile(f"the part {name} in it is damaged ({error})") from error
        if len(data) > _MAX_PART_BYTES:
            raise UnreadableFile(f"the part {name} in it has more than 64 MB: split the document")
        return data

    def xml(self, name: str) -> Element:
        """Return the root of a part of XML. Raises `UnreadableFile`."""
        return parse_xml(self.read(name), name)

    def write(self, file: IO[bytes], changed: Mapping[str, bytes]) -> None:
        """Write the package with changed parts; order and compression stay."""
        with zipfile.ZipFile(file, "w") as target:
            for info in self._zip.infolist():
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type, copy.external_attr = info.compress_type, info.external_attr
                if info.filename in changed:
                    target.writestr(copy, changed[info.filename])
                    continue
                with self._zip.open(info) as source, target.open(copy, "w") as part:
                    shutil.copyfileobj(source, part, 1_000_000)

    def close(self) -> None:
        self._zip.close()


def parse_xml(data: bytes, name: str = "it") -> Element:
    """Return the root of XML. Raises `UnreadableFile`."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableFile(f"{name} is broken XML: {error}") from error


def serialize_xml(root: Element) -> bytes:
    """Return the XML of a tree, with its declaration and DTD."""
    data: bytes = etree.tostring(
        root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True
    )
    return data
