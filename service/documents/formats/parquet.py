"""Parquet: rows with typed columns, of any number. Text columns may be lists of paragraphs.

All other columns, nested ones too, the order of columns, and the metadata stay.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from service.article import Article
from service.documents.formats.base import (
    BadRow,
    FormatOptions,
    Record,
    Table,
    Unit,
    UnreadableFile,
)
from service.documents.formats.rows import (
    BULLETS,
    ENGLISH,
    KNOWN_FIELDS,
    row_record,
    row_unit,
    with_english,
)

# Rows that are read at once, and rows of a group that is written.
_ROWS, _GROUP_ROWS = 256, 8_192


class Parquet(Table):
    """A Parquet file."""

    def units(self, skip: int = 0) -> Iterator[Unit | BadRow]:
        with self._open() as file:
            columns = self._columns(file.schema_arrow)
            total = file.metadata.num_rows
            size = self.path.stat().st_size
            number = 0
            for batch in _batches(file, columns):
                if number + batch.num_rows <= skip:
                    number += batch.num_rows
                    continue
                for row in batch.to_pylist():
                    number += 1
                    if number > skip:
                        end = size * number // max(1, total)
                        yield row_unit(row, f"row {number}", end)

    def record(self, unit: Unit, article: Article, bullets: Sequence[str] | None) -> Record:
        return row_record(unit, article, bullets)

    def write(self, file: IO[bytes], records: Iterator[Record | None]) -> None:
        with self._open() as source:
            columns = self._columns(source.schema_arrow)
            schema = self._schema(source.schema_arrow, columns)
            codec = "snappy"
            if source.metadata.num_row_groups and source.metadata.num_columns:
                codec = source.metadata.row_group(0).column(0).compression.lower()
            compression = "none" if codec == "uncompressed" else codec
            waiting: list[Any] = []
            with pq.ParquetWriter(file, schema, compression=compression) as writer:
                for batch in _batches(source, None):
                    own = list(itertools.islice(records, batch.num_rows))
                    waiting.append(self._english(batch, own, columns, schema))
                    if sum(one.num_rows for one in waiting) >= _GROUP_ROWS:
                        writer.write_table(pa.concat_tables(waiting))
                        waiting = []
                if waiting:
                    writer.write_table(pa.concat_tables(waiting))

    def _english(
        self, batch: Any, records: Sequence[Record | None], columns: Sequence[str], schema: Any
    ) -> Any:
        """Return the rows of a batch in English, without bad ones."""
        good = [n for n, record in enumerate(records) if record is not None]
        kept = batch.take(pa.array(good, pa.int64()))
        arrays = {name: kept.column(name) for name in kept.schema.names}
        for name in columns:
            values = kept.column(name).to_pylist()
            for at, n in enumerate(good):
                fields = (records[n] or {})["fields"]
                if name in fields:
                    values[at] = with_english(values[at], fields[name])
            target = name + ENGLISH if self.options.bilingual else name
            arrays[target] = pa.array(values, schema.field(target).type)
        if self.options.bullets:
            bullets = [(records[n] or {}).get(BULLETS, []) for n in good]
            arrays[BULLETS] = pa.array(bullets, pa.list_(pa.string()))
        return pa.Table.from_arrays([arrays[name] for name in schema.names], schema=schema)

    def _schema(self, schema: Any, columns: Sequence[str]) -> Any:
        for name in columns:
            field = schema.field(name)
            plain = field.with_type(_plain_type(field.type))
            if self.options.bilingual:
                schema = schema.append(plain.with_name(name + ENGLISH))
            else:
                schema = schema.set(schema.get_field_index(name), plain)
        if self.options.bullets:
            schema = schema.append(pa.field(BULLETS, pa.list_(pa.string())))
        return schema

    def _columns(self, schema: Any) -> list[str]:
        """Return the columns to translate. Raises `UnreadableFile`."""
        names = list(schema.names)
        chosen = list(self.options.fields)
        if not chosen:
            chosen = [
                name
                for name in names
                if name.strip().lower() in KNOWN_FIELDS and _is_text(schema.field(name).type)
            ]
        missing = [name for name in chosen if name not in names]
        if missing or not chosen:
            wanted = repr(missing[0]) if missing else "of text with a known name"
            raise UnreadableFile(
                f"it has no column {wanted}; its columns are {', '.join(map(repr, names))}: name "
                f"those to translate with --fields"
            )
        for name in chosen:
            if not _is_text(schema.field(name).type):
                raise UnreadableFile(
                    f"the column {name!r} is {schema.field(name).type}, and only text and lists of "
                    f"text can be translated: leave it out, or make a column of its text"
                )
        return chosen

    def _open(self) -> Any:
        try:
            return pq.ParquetFile(self.path, memory_map=False, pre_buffer=False)
        except (pa.ArrowException, ValueError) as error:
            reason = str(error).split("\n", 1)[0]
            raise UnreadableFile(f"it is no Parquet file, or cut off: {reason}") from error


def _batches(file: Any, columns: Sequence[str] | None) -> Iterator[Any]:
    try:
        yield from file.iter_batches(batch_size=_ROWS, columns=columns)
    except pa.ArrowException as error:
        reason = str(error).split("\n", 1)[0]
        raise UnreadableFile(f"a part of it is damaged: {reason}") from error


def _plain_type(kind: Any) -> Any:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: Any) -> bool:
    kind = _plain_type(kind)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def open_document(path: Path, options: FormatOptions) -> Parquet:
    """Open a Parquet file."""
    return Parquet(path, options)
