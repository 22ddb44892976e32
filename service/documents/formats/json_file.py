"""JSON: one article, or a list of articles, each an object with fields."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from service.article import Article
from service.documents.decode import decode
from service.documents.formats.base import (
    Document,
    FormatOptions,
    Unit,
    UnreadableFile,
    read_whole,
)
from service.documents.formats.json_lines import chosen_values, put_english
from service.documents.formats.rows import row_record, row_unit
from service.errors import InvalidRequest


class JsonFile(Document):
    """A JSON file."""

    def units(self) -> Iterator[Unit]:
        try:
            self._data = json.loads(decode(read_whole(self.path)))
        except (ValueError, RecursionError) as error:
            raise UnreadableFile(f"it is not JSON: {error}") from error
        self._units: list[Unit] = []
        for number, row in enumerate(self._rows(), start=1):
            label = f"article {number}" if isinstance(self._data, list) else ""
            try:
                unit = row_unit(chosen_values(row, self.options), label)
            except InvalidRequest as error:
                raise UnreadableFile(f"{label}: {error.detail}".lstrip(": ")) from error
            self._units.append(unit)
            yield unit

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        data = copy.deepcopy(self._data)
        rows = data if isinstance(data, list) else [data]
        for row, unit, article in zip(rows, self._units, articles, strict=True):
            put_english(row, row_record(unit, article, None), self.options)
        file.write(json.dumps(data, ensure_ascii=False, indent=2).encode("utf-8", "replace"))
        file.write(b"\n")

    def _rows(self) -> Iterator[dict[str, Any]]:
        for row in self._data if isinstance(self._data, list) else [self._data]:
            if not isinstance(row, dict):
                raise UnreadableFile("it is JSON, but neither an object nor a list of objects")
            yield row


def open_document(path: Path, options: FormatOptions) -> JsonFile:
    """Open a JSON file."""
    return JsonFile(path, options)
