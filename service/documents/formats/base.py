"""The interface of a format: units of text in document order, and the writer.

A `Document` is in memory as a whole, and its file has a limited size. A `Table` is read and
written row by row, and may have any size. Both raise `UnreadableFile` with the place and the
remedy; the caller adds the file's name.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from service.article import Article
from service.errors import ServiceError

# A file that is read as a whole, and one row, in bytes.
MAX_DOCUMENT_BYTES = 64_000_000
MAX_ROW_BYTES = 16_000_000
# Characters of a bad row that the list of errors shows.
_SHOWN = 2_000


class UnreadableFile(ServiceError):
    """A file that is damaged, locked, too large, or not of its format."""

    slug = "unreadable-file"
    title = "The file cannot be read"
    status = 422
    exit_code = 3


class NothingTranslated(ServiceError):
    """A file that would come out as it went in."""

    slug = "nothing-translated"
    title = "Nothing was translated"
    status = 422
    exit_code = 3


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """The options of reading and writing.

    `fields` are the names of the columns to translate (empty: the known ones). `bilingual` writes
    the source beside the English. `bullets` adds those of each row. `target` is the format to
    write, if it is not that of the file.
    """

    fields: tuple[str, ...] = ()
    bilingual: bool = False
    bullets: bool = False
    target: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """The blocks that are translated together: an article, a chapter, a row.

    `label` names the place in the file. `end` is the number of bytes of the file up to its end, if
    that is known.
    """

    article: Article
    label: str = ""
    end: int = 0

    @property
    def characters(self) -> int:
        return sum(len(block.source) for block in self.article.blocks)


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read; `content` is its beginning, as it is in the file."""

    label: str
    detail: str
    content: str
    end: int = 0

    @classmethod
    def of(cls, number: int, detail: str, content: str | bytes, end: int = 0) -> BadRow:
        if isinstance(content, bytes):
            content = content[:_SHOWN].decode("utf-8", "backslashreplace")
        return cls(f"row {number}", detail, content[:_SHOWN].rstrip("\r\n"), end)


# The English of a row as plain data for JSON.
Record = dict[str, Any]


class Source:
    """An open file of any format. `notes` are messages for the user."""

    def __init__(self, path: Path, options: FormatOptions) -> None:
        self.path, self.options = path, options
        self.notes: list[str] = []


class Document(Source):
    """A file that is read as a whole."""

    @abstractmethod
    def units(self) -> Iterator[Unit]:
        """Yield the units in document order. Raises `UnreadableFile`."""

    @abstractmethod
    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        """Write the file with the translated article of each unit."""


class Table(Source):
    """A file of rows. Rows are numbered from 1, as in the file, without a header."""

    @abstractmethod
    def units(self, skip: int = 0) -> Iterator[Unit | BadRow]:
        """Yield a unit for each row after the first `skip`. Raises `UnreadableFile`."""

    @abstractmethod
    def record(self, unit: Unit, article: Article, bullets: Sequence[str] | None) -> Record:
        """Return all that `write` needs of a translated row."""

    @abstractmethod
    def write(self, file: IO[bytes], records: Iterator[Record | None]) -> None:
        """Read the rows again and write them with their records; None leaves a row out."""


def read_whole(path: Path, limit: int = MAX_DOCUMENT_BYTES) -> bytes:
    """Return the bytes of a file. Raises `UnreadableFile` above the limit."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise UnreadableFile(
            f"it has more than {limit // 1_000_000} MB, and this format is read as a whole: split "
            f"it into smaller files"
        )
    return data


def joined(articles: Sequence[Article]) -> tuple[Article, list[int]]:
    """Return one article with all blocks, and the number of blocks of each.

    Blocks get new ids, so that they are unique.
    """
    blocks = [block for article in articles for block in article.blocks]
    numbered = tuple(replace(block, id=f"b{n}") for n, block in enumerate(blocks, start=1))
    return Article(numbered), [len(article.blocks) for article in articles]


def parted(article: Article, originals: Sequence[Article]) -> list[Article]:
    """Return the translated parts of an article that was `joined` of the originals."""
    parts, at = [], 0
    for original in originals:
        end = at + len(original.blocks)
        parts.append(replace(original, blocks=article.blocks[at:end]))
        at = end
    return parts
