"""HTML: a page or fragment, which keeps its markup."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from service.article import Article
from service.documents import rendering
from service.documents.decode import decode
from service.documents.formats.base import Document, FormatOptions, Unit, read_whole
from service.documents.manuscript import Manuscript


class Page(Document):
    """An HTML file."""

    def units(self) -> Iterator[Unit]:
        yield Unit(Manuscript.from_html(decode(read_whole(self.path))).read())

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        (article,) = articles
        html = rendering.html(article, bilingual=self.options.bilingual)
        file.write(html.encode("utf-8", "xmlcharrefreplace"))


def open_document(path: Path, options: FormatOptions) -> Page:
    """Open an HTML file."""
    return Page(path, options)
