"""The list of errors of a run: `OUT.errors.jsonl`, a bad row or a failed file a line."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

from service.documents.files import write_bytes
from service.errors import CannotWrite


class ErrorsFile:
    """Appends errors; the file exists only if there are any. Thread-safe."""

    def __init__(self, output: Path | None, *, keep: Collection[str] = ()) -> None:
        """Begin the list of a result, or of a folder (None: no list).

        Of an earlier list, the errors of the inputs in `keep` stay.
        """
        self.path = None if output is None else output.parent / f"{output.name}.errors.jsonl"
        self.count = 0
        self._lock = threading.Lock()
        if self.path is not None and self.path.exists():
            self._keep(self.path, keep)

    def append(self, path: str, **fields: Any) -> None:
        """Add an error of an input."""
        self.count += 1
        if self.path is None:
            return
        line = json.dumps({"path": path, **fields}, ensure_ascii=False).encode("utf-8", "replace")
        try:
            with self._lock:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("ab") as file:
                    file.write(line + b"\n")
        except OSError as error:
            raise CannotWrite(
                f"{self.path} cannot be written: {error.strerror or error}"
            ) from error

    def _keep(self, path: Path, keep: Collection[str]) -> None:
        kept = 0

        def fill(file: Any) -> None:
            nonlocal kept
            with path.open("rb") as old:
                for line in old:
                    if _path_of(line) in keep:
                        file.write(line)
                        kept += 1

        if keep:
            write_bytes(path, fill)
        if not kept:
            path.unlink(missing_ok=True)


def _path_of(line: bytes) -> object:
    try:
        return json.loads(line)["path"]
    except (ValueError, KeyError, TypeError):
        return None
