"""The journal of a table: the English of its rows in order, as JSON lines.

It stands beside the result while the run goes on. After a crash the rows in it are not translated
again; a line that was cut off is. `Journal` raises `CannotWrite`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.batch.inputs import BatchInput
from service.errors import CannotWrite

_VERSION = 1
# Bytes of a line are not limited; the first line is the header.
_HEADER = "kabar"


def journal_path(output: Path) -> Path:
    """Return the journal of a result."""
    return output.parent / f".{output.name}.journal"


@dataclass(frozen=True, slots=True)
class JournalHeader:
    """All that decides the rows: a journal with another header is of no use."""

    size: int
    modified: int
    options: str

    @classmethod
    def of(cls, item: BatchInput, options: str) -> JournalHeader:
        about = item.path.stat()
        return cls(about.st_size, about.st_mtime_ns, options)

    def line(self) -> bytes:
        about = [_VERSION, self.size, self.modified, self.options]
        return json.dumps({_HEADER: about}).encode() + b"\n"


class Journal:
    """An append-only file of records."""

    def __init__(self, path: Path, header: JournalHeader, *, resume: bool) -> None:
        """Open it; without `resume`, or with another header, it is emptied."""
        self.path = path
        self.rows = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            kept = self._kept(header) if resume else 0
            self._file = path.open("r+b" if kept else "wb")
            if kept:
                self._file.truncate(kept)
                self._file.seek(kept)
            else:
                self.rows = 0
                self._file.write(header.line())
                self._file.flush()
        except OSError as error:
            raise CannotWrite(f"{path} cannot be written: {error.strerror or error}") from error

    def append(self, record: dict[str, Any]) -> None:
        """Add a record; it survives the end of this process."""
        try:
            self._file.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))
            self._file.write(b"\n")
            self._file.flush()
        except OSError as error:
            raise CannotWrite(
                f"{self.path} cannot be written: {error.strerror or error}"
            ) from error
        self.rows += 1

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield all records in order."""
        with self.path.open("rb") as file:
            file.readline()
            for line in file:
                yield json.loads(line)

    def close(self) -> None:
        self._file.close()

    def remove(self) -> None:
        self.close()
        self.path.unlink(missing_ok=True)

    def _kept(self, header: JournalHeader) -> int:
        """Count the whole lines, and return their bytes; 0 for none of this header."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            first = file.readline()
            if first != header.line():
                return 0
            kept = len(first)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                kept += len(line)
                self.rows += 1
        return kept
