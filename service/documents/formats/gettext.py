"""Gettext catalogues (po): messages that have no translation yet.

Placeholders such as `%(name)s` and `{name}` stay as they are. A message with flags of the checks
is fuzzy, so that programs do not use it before a review.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import polib

from service.article import Article, Block, Kind, Mark
from service.documents.decode import decode
from service.documents.formats.base import (
    Document,
    FormatOptions,
    Unit,
    UnreadableFile,
    read_whole,
)

_PLACEHOLDER = re.compile(
    r"%(?:\([\w.]+\)|\d+\$)?[-+ #0]*\d*(?:\.\d+)?[diouxXeEfFgGcrs]|%[a-zA-Z]\b|\{[\w.:!]*\}"
    r"|<[^<>]{1,200}>|&\w+;"
)


class Catalogue(Document):
    """A po file."""

    def units(self) -> Iterator[Unit]:
        text = decode(read_whole(self.path))
        if "msgid" not in text:
            raise UnreadableFile("it has no msgid: it is no po file")
        try:
            self._file = polib.pofile(text)
        except (OSError, ValueError) as error:
            reason = str(error).removeprefix("Syntax error in po file ").strip()
            raise UnreadableFile(f"it is no valid po file: {reason}") from error
        # One block for a message, or two with a plural.
        self._places: list[tuple[polib.POEntry, int | None]] = []
        blocks: list[Block] = []
        for entry in self._file:
            if entry.obsolete or entry.translated() or "fuzzy" in entry.flags:
                continue
            texts = [(None, entry.msgid)]
            if entry.msgid_plural:
                texts = [(0, entry.msgid), (1, entry.msgid_plural)]  # type: ignore[list-item]
            for place, text in texts:
                words = text.strip()
                if words:
                    id = f"b{len(blocks) + 1}"
                    blocks.append(
                        Block(id, Kind.PARAGRAPH, words, "\n\n", marks=_placeholders(words))
                    )
                    self._places.append((entry, place))
        yield Unit(Article(tuple(blocks)))

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        for (entry, place), block in zip(self._places, articles[0].blocks, strict=True):
            source = entry.msgid_plural if place == 1 else entry.msgid
            lead = source[: len(source) - len(source.lstrip())]
            tail = source[len(source.rstrip()) :]
            english = lead + block.target + tail
            if place is None:
                entry.msgstr = english
            else:
                entry.msgstr_plural[place] = english
            if any(sentence.flags for sentence in block.sentences) and not entry.fuzzy:
                entry.flags.append("fuzzy")
        self._file.metadata["Language"] = "en"
        self._file.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
        file.write((str(self._file).rstrip("\n") + "\n").encode())


def _placeholders(text: str) -> tuple[Mark, ...]:
    return tuple(
        Mark(match.start(), match.end(), "placeholder", "", verbatim=True)
        for match in _PLACEHOLDER.finditer(text)
    )


def open_document(path: Path, options: FormatOptions) -> Catalogue:
    """Open a po file."""
    return Catalogue(path, options)
