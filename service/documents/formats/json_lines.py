"""JSON Lines: an object a line, of any number of lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from service.article import Article
from service.documents.decode import UnreadableText
from service.documents.formats.base import (
    BadRow,
    FormatOptions,
    Record,
    Table,
    Unit,
    UnreadableFile,
)
from service.documents.formats.lines_of_bytes import (
    RawLine,
    decoded_line,
    is_utf16,
    raw_lines,
    too_long,
)
from service.documents.formats.rows import (
    BULLETS,
    ENGLISH,
    known_fields,
    row_record,
    row_unit,
    with_english,
)
from service.errors import InvalidRequest

_MAX_NAMES = 12


class JsonLines(Table):
    """A file of one JSON object a line; blank lines are not rows."""

    def units(self, skip: int = 0) -> Iterator[Unit | BadRow]:
        with self.path.open("rb") as file:
            for number, line in _rows(file):
                if number <= skip:
                    continue
                try:
                    row = _parsed(line)
                    values = chosen_values(row, self.options)
                    yield row_unit(values, f"row {number}", line.offset)
                except (UnreadableText, InvalidRequest) as error:
                    yield BadRow.of(number, error.detail, line.data, line.offset)

    def record(self, unit: Unit, article: Article, bullets: Sequence[str] | None) -> Record:
        return row_record(unit, article, bullets)

    def write(self, file: IO[bytes], records: Iterator[Record | None]) -> None:
        with self.path.open("rb") as source:
            for (_, line), record in zip(_rows(source), records, strict=True):
                if record is not None:
                    row = put_english(_parsed(line), record, self.options)
                    file.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
                    file.write(b"\n")


def _rows(file: IO[bytes]) -> Iterator[tuple[int, RawLine]]:
    if is_utf16(file.read(4096)):
        raise UnreadableFile("it is UTF-16 or UTF-32: save it as UTF-8")
    file.seek(0)
    filled = (line for line in raw_lines(file) if line.is_cut or line.data.strip())
    yield from enumerate(filled, start=1)


def _parsed(line: RawLine) -> dict[str, Any]:
    if line.is_cut:
        raise InvalidRequest(too_long())
    try:
        row = json.loads(decoded_line(line.data))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"the row is not JSON: {error}") from error
    if not isinstance(row, dict):
        raise InvalidRequest("the row is JSON, but not an object with fields")
    return row


def chosen_values(row: dict[str, Any], options: FormatOptions) -> dict[str, Any]:
    """Return the values to translate, by name. Raises `InvalidRequest` if there are none.

    A name with points leads into objects: `article.body`.
    """
    names = known_fields(row, options)
    found = {name: value for name in names if (value := _get(row, name)) is not None}
    for name, value in found.items():
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) or text is None for text in texts):
            raise InvalidRequest(f"the field {name!r} is no text, but {type(value).__name__}")
    if not found and not any(name in row for name in names):
        has = ", ".join(map(repr, list(row)[:_MAX_NAMES])) or "no fields"
        wanted = ", ".join(options.fields) if options.fields else "a known name"
        raise InvalidRequest(
            f"the row has no field with {wanted}; it has {has}: name fields with --fields"
        )
    return found


def put_english(row: dict[str, Any], record: Record, options: FormatOptions) -> dict[str, Any]:
    """Return the row with its English, and with `bilingual` both."""
    for name, english in record["fields"].items():
        value = with_english(_get(row, name), english)
        _put(row, name + ENGLISH if options.bilingual else name, value)
    if BULLETS in record:
        row[BULLETS] = record[BULLETS]
    return row


def _get(row: dict[str, Any], name: str) -> Any:
    value: Any = row
    if name in row:
        return row[name]
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _put(row: dict[str, Any], name: str, value: Any) -> None:
    *parts, last = [name] if name in row or "." not in name else name.split(".")
    for part in parts:
        row = row[part]
    row[last] = value


def open_document(path: Path, options: FormatOptions) -> JsonLines:
    """Open a file of JSON lines."""
    return JsonLines(path, options)
