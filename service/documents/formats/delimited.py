"""CSV and TSV: rows of named columns, of any number.

Delimiter, line ends and a byte order mark stay. The output is UTF-8. Each line may have its own
encoding.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from service.article import Article
from service.documents.decode import UnreadableText
from service.documents.formats.base import (
    MAX_ROW_BYTES,
    BadRow,
    FormatOptions,
    Record,
    Table,
    Unit,
    UnreadableFile,
)
from service.documents.formats.lines_of_bytes import decoded_line, is_utf16, raw_lines, too_long
from service.documents.formats.rows import (
    BULLETS,
    ENGLISH,
    known_fields,
    row_record,
    row_unit,
)

_DELIMITERS = (",", ";", "\t", "|")
# Characters of a bad row that are kept.
_SHOWN = 2_000
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class _Row:
    """The cells of a row, or the reason why it has none."""

    number: int
    cells: list[str]
    raw: str
    offset: int
    fault: str | None = None


class Delimited(Table):
    """A file of rows below a header of names."""

    def units(self, skip: int = 0) -> Iterator[Unit | BadRow]:
        with self.path.open("rb") as file:
            rows = self._rows(file)
            columns = self._columns(next(rows).cells)
            for row in rows:
                if row.number <= skip:
                    continue
                if row.fault is not None:
                    yield BadRow.of(row.number, row.fault, row.raw, row.offset)
                    continue
                values = {name: row.cells[at] for name, at in columns.items()}
                yield row_unit(values, f"row {row.number}", row.offset)

    def record(self, unit: Unit, article: Article, bullets: Sequence[str] | None) -> Record:
        return row_record(unit, article, bullets)

    def write(self, file: IO[bytes], records: Iterator[Record | None]) -> None:
        with self.path.open("rb") as source:
            rows = self._rows(source)
            header = next(rows).cells
            columns = self._columns(header)
            text = io.TextIOWrapper(
                file, encoding="utf-8-sig" if self._has_bom else "utf-8", errors="replace",
                newline="", write_through=False,
            )  # fmt: skip
            writer = csv.writer(text, delimiter=self._delimiter, lineterminator=self._line_end)
            added = [name + ENGLISH for name in columns] if self.options.bilingual else []
            added += [BULLETS] if self.options.bullets else []
            writer.writerow([*header, *added])
            for row, record in zip(rows, records, strict=True):
                if record is not None:
                    writer.writerow(self._cells(row.cells, columns, record))
            text.detach()

    def _cells(self, cells: list[str], columns: dict[str, int], record: Record) -> list[str]:
        english: dict[str, str] = record["fields"]
        cells = list(cells)
        if self.options.bilingual:
            cells += [english.get(name, cells[at]) for name, at in columns.items()]
        else:
            for name, text in english.items():
                cells[columns[name]] = text
        if self.options.bullets:
            cells.append("\n".join(record.get(BULLETS, ())))
        return cells

    def _columns(self, header: Sequence[str]) -> dict[str, int]:
        """Return the index of each column to translate. Raises `UnreadableFile`."""
        names = [name.strip() for name in header]
        chosen = known_fields(names, self.options)
        missing = [name for name in chosen if name not in names]
        if missing or not chosen:
            wanted = (
                f"has no column {missing[0]!r}" if missing else "has no column with a known name"
            )
            raise UnreadableFile(
                f"it {wanted}; its columns are {', '.join(map(repr, names))}: name those to "
                f"translate with --fields, comma-separated"
            )
        return {name: names.index(name) for name in chosen}

    def _rows(self, file: IO[bytes]) -> Iterator[_Row]:
        """Yield the header as row 0, then the rows."""
        head = file.read(65_536)
        if is_utf16(head[:4096]):
            raise UnreadableFile("it is UTF-16 or UTF-32: save it as UTF-8")
        file.seek(0)
        self._has_bom = head.startswith(_BOM)
        first = head.splitlines()[0] if head.strip() else b""
        self._line_end = "\r\n" if b"\r\n" in head else "\n"
        self._delimiter = "\t" if self.path.suffix.lower() == ".tsv" else _delimiter(first)
        lines = _Lines(file)
        csv.field_size_limit(MAX_ROW_BYTES)
        reader = csv.reader(lines, delimiter=self._delimiter)
        width, number = 0, 0
        while True:
            lines.start_row()
            try:
                cells = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                raise UnreadableFile(
                    f"row {number} cannot be read ({error}): a quotation mark in it is perhaps not "
                    f"closed; correct it in the file"
                ) from error
            if not cells:
                continue
            fault = lines.fault
            if fault is None and number and len(cells) != width:
                fault = f"the row has {len(cells)} columns, and the header has {width}"
            width = width or len(cells)
            yield _Row(number, cells, lines.raw, lines.offset, fault)
            number += 1
        if not number:
            raise UnreadableFile("it is empty: a first row with the names of the columns is needed")


class _Lines:
    """The decoded lines of a file for the `csv` reader, and the raw text of the current row."""

    def __init__(self, file: IO[bytes]) -> None:
        self._lines = raw_lines(file)
        self.offset = 0
        self.start_row()

    def start_row(self) -> None:
        self.raw = ""
        self.fault: str | None = None

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.offset = line.offset
        if line.is_cut:
            self.fault = too_long()
            text = "-\n"
        else:
            try:
                text = decoded_line(line.data)
            except UnreadableText as error:
                self.fault = error.detail
                text = line.data.decode("ascii", "replace")
        if len(self.raw) < _SHOWN:
            self.raw += text[:_SHOWN]
        return text


def _delimiter(first: bytes) -> str:
    """Return the delimiter that occurs most often in the header."""
    text = first.decode("utf-8", "replace")
    return max(_DELIMITERS, key=text.count)


def open_document(path: Path, options: FormatOptions) -> Delimited:
    """Open a CSV or TSV file."""
    return Delimited(path, options)
