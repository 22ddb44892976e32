"""The run reads ahead by a bounded number of rows, so that its memory does not grow with them.

`scripts/bench_archive.py` measures the memory of the whole process.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from service.article import Article, Block, Kind
from service.batch.errors_file import ErrorsFile
from service.batch.inputs import BatchInput
from service.batch.journal import Journal, JournalHeader
from service.batch.opening import Opener
from service.batch.run import Run, RunOptions
from service.batch.work import Done
from service.documents.formats.base import BadRow, FormatOptions, Record, Table, Unit
from service.documents.formats.registry import FORMATS
from service.scheduling.request import RequestContext

ROWS = 5_000


class Counted(Table):
    """Makes rows, and counts those that are read and not yet recorded."""

    def __init__(self, path: Path, bad_every: int) -> None:
        super().__init__(path, FormatOptions())
        self._bad_every = bad_every
        self.ahead = self.max_ahead = 0

    def units(self, skip: int = 0) -> Iterator[Unit | BadRow]:
        for n in range(ROWS):
            if n and n % self._bad_every == 0:
                yield BadRow.of(n, "bad", "x")
                continue
            self.ahead += 1
            self.max_ahead = max(self.max_ahead, self.ahead)
            yield Unit(Article((Block("b1", Kind.PARAGRAPH, f"Air {n} surut."),)), f"row {n}")

    def record(self, unit: Unit, article: Article, bullets: Sequence[str] | None) -> Record:
        self.ahead -= 1
        return {"text": article.blocks[0].target}

    def write(self, file: IO[bytes], records: Iterator[Record | None]) -> None:
        for record in records:
            file.write((record["text"] if record else "bad").encode() + b"\n")


class Opening(Opener):
    """Opens the same table for any input."""

    table: Counted

    def open(self, item: BatchInput) -> tuple[Table, Journal]:
        header = JournalHeader(0, 0, "")
        return self.table, Journal(item.path.with_suffix(".journal"), header, resume=False)


def run(tmp_path: Path, slow_seconds: float, bad_every: int) -> Counted:
    """Translate; the first row takes so many seconds."""
    path = tmp_path / "rows"
    path.write_text("")
    opener = Opening(FormatOptions(), "")
    table = Counted(path, bad_every)
    object.__setattr__(opener, "table", table)

    def translate(article: Article, context: RequestContext, *, prose: bool) -> Done:
        (block,) = article.blocks
        if "Air 0 " in block.source:
            time.sleep(slow_seconds)
        english = replace(article, blocks=(replace(block, target=block.source.upper()),))
        return Done(english, 0, 0, None)

    item = BatchInput(path, "rows", FORMATS["jsonl"], 1, tmp_path / "out")
    running = Run(translate, opener, ErrorsFile(None), lambda event: None, RunOptions())
    assert running.run([item]).files == 1
    lines = (tmp_path / "out").read_text().splitlines()
    bad = {n for n in range(1, ROWS) if n % bad_every == 0}
    assert lines == ["bad" if n in bad else f"AIR {n} SURUT." for n in range(ROWS)]
    return table


def test_rows_in_work_are_few(tmp_path: Path) -> None:
    assert run(tmp_path, 0, ROWS).max_ahead <= 200


def test_rows_behind_a_slow_one_are_bounded(tmp_path: Path) -> None:
    assert run(tmp_path, 3, ROWS).max_ahead <= 4_200


def test_bad_rows_behind_a_slow_one_are_bounded(tmp_path: Path) -> None:
    assert run(tmp_path, 1, 2).max_ahead <= 2_200
