"""Plain text: one article a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from service.article import Article, Kind
from service.documents.decode import decode
from service.documents.formats.base import Document, FormatOptions, Unit, read_whole
from service.documents.manuscript import Manuscript
from service.documents.rendering import plain_text

_OMITTED = {Kind.FURNITURE, Kind.TITLE}


class PlainText(Document):
    """A text file."""

    def units(self) -> Iterator[Unit]:
        yield Unit(Manuscript.from_text(decode(read_whole(self.path))).read())

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        (article,) = articles
        text = _both(article) if self.options.bilingual else plain_text(article)
        file.write((text + "\n").encode())


def _both(article: Article) -> str:
    """Return each block's source, and its English below."""
    return "\n\n".join(
        f"{block.source}\n{block.target}"
        for block in article.blocks
        if block.kind not in _OMITTED and block.source.strip()
    )


def open_document(path: Path, options: FormatOptions) -> PlainText:
    """Open a text file."""
    return PlainText(path, options)
