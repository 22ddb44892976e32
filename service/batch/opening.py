"""The opening of inputs: overwriting, resuming, and the journals of tables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from service.batch.file_run import FileRun
from service.batch.inputs import BatchInput
from service.batch.journal import Journal, JournalHeader, journal_path
from service.documents.formats.base import BadRow, Document, FormatOptions, Table, Unit
from service.errors import CannotWrite


class AlreadyDone(Exception):
    """An input whose result is there, in a run that is resumed."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens inputs. `signature` names the model and the options: all that decides the English."""

    options: FormatOptions
    signature: str
    resume: bool = False
    force: bool = False

    def is_done(self, item: BatchInput) -> bool:
        """Whether a resumed run leaves the input out: its result is there, and not older."""
        if not self.resume or item.output is None or not item.output.exists():
            return False
        return item.output.stat().st_mtime_ns >= item.path.stat().st_mtime_ns

    def open(self, item: BatchInput) -> tuple[Document | Table, Journal | None]:
        """Open an input, and the journal of a table.

        Raises `AlreadyDone`, `CannotWrite`, `UnreadableFile` and `OSError`.
        """
        if self.is_done(item):
            raise AlreadyDone
        output = item.output
        if output is not None and output.is_file() and not self.force and not self.resume:
            raise CannotWrite(
                f"{output} exists: overwrite it with --force, or leave finished files as they are "
                f"with --resume"
            )
        source = item.format.open(item.path, self.options)
        if isinstance(source, Document):
            return source, None
        if output is None:
            path = journal_path(Path(gettempdir()) / f"kabar-{os.getpid()}")
        else:
            path = journal_path(output)
            if path.exists() and not self.force and not self.resume:
                raise CannotWrite(
                    f"{path} holds the rows of a run that was interrupted: go on with --resume, or "
                    f"begin again with --force"
                )
        header = JournalHeader.of(item, self.signature)
        return source, Journal(path, header, resume=self.resume)

    def units(self, file: FileRun) -> Iterator[Unit | BadRow]:
        """Yield the units of a file that are not in its journal."""
        if isinstance(file.source, Document):
            yield from file.source.units()
            return
        assert file.journal is not None
        file.counts.resumed_rows = file.journal.rows
        yield from file.source.units(file.journal.rows)
