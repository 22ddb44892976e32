"""The glossaries on this machine, by name.

They are the newsroom's, which ships with Kabar, and the files in the data folder. A selection of
them is merged once, and a file that changes is read again.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from service.errors import CannotRead, CannotWrite, InvalidRequest, NotFound
from service.glossary.terms import MAX_BYTES, Glossary, Term, read_glossary

NEWSROOM = "newsroom"
NONE = Glossary(())
FILE_SUFFIXES = {".csv", ".tsv"}

_SHIPPED = Path(__file__).with_name(f"{NEWSROOM}.csv")
_SUFFIX = ".csv"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
# Merged selections in memory.
_MAX_MERGED = 32

# Inode, size in bytes and time of the last change, in nanoseconds, of a file.
_Stamp = tuple[int, int, int]


class GlossaryRegistry:
    """All glossaries. Safe for use from several threads and processes."""

    def __init__(self, folder: Path, default: str | None = None) -> None:
        """`default` applies if a request names no glossary.

        It is a list of names or files, separated by commas, or `none`. None: all of the user's
        glossaries, which take precedence over the newsroom's.
        """
        self._folder = folder
        self._default = None if default is None else _split(default)
        self._lock = threading.Lock()
        self._files: dict[str, tuple[_Stamp, Glossary]] = {}
        self._merged: OrderedDict[object, Glossary] = OrderedDict()

    @property
    def version(self) -> tuple[tuple[str, _Stamp], ...]:
        """A value that changes if a glossary is added, removed or changed."""
        files = [name for name in self._default or () if is_file(name)]
        try:
            stamps = [(name, _stamp(Path(name).stat())) for name in files]
        except OSError as error:
            names = ", ".join(files)
            raise CannotRead(f"{names} cannot be read: {error.strerror or error}") from error
        return (*stamps, *self._own())

    def _own(self) -> tuple[tuple[str, _Stamp], ...]:
        try:
            with os.scandir(self._folder) as entries:
                return tuple(
                    sorted(
                        (entry.name.removesuffix(_SUFFIX), _stamp(entry.stat()))
                        for entry in entries
                        if entry.name.endswith(_SUFFIX) and not entry.name.startswith(".")
                    )
                )
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise CannotRead(f"{self._folder}: {error.strerror or error}") from error

    def names(self) -> list[str]:
        """Return the newsroom's name, then the user's names, sorted."""
        return [NEWSROOM, *(name for name, _ in self._own() if name != NEWSROOM)]

    def get(self, name: str) -> Glossary:
        """Return the glossary of a name.

        A user's own `newsroom` replaces the one that ships. Raises `InvalidRequest` if there is
        none, `CannotRead` and `InvalidGlossary`.
        """
        return self._load(name, self._path(name))

    def _path(self, name: str) -> Path:
        path = self._folder / f"{name}{_SUFFIX}"
        if not _NAME.fullmatch(name) or not path.exists():
            if name != NEWSROOM:
                known = ", ".join(self.names())
                raise InvalidRequest(
                    f"there is no glossary {name!r}: use one of {known}, or add it with "
                    f"`kabar glossary add FILE`"
                )
            return _SHIPPED
        return path

    def _load(self, name: str, path: Path) -> Glossary:
        try:
            stamp = _stamp(path.stat())
            with self._lock:
                cached = self._files.get(name)
            if cached is not None and cached[0] == stamp:
                return cached[1]
            glossary = read_glossary(path.read_bytes(), path.name)
        except OSError as error:
            raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error
        with self._lock:
            self._files[name] = stamp, glossary
        return glossary

    def choose(self, names: Sequence[str] | None, terms: Sequence[Term] = ()) -> Glossary:
        """Merge terms and named glossaries; earlier ones take precedence.

        `names` None: the default glossaries. Raises as `get` does.
        """
        parts = self._defaults() if names is None else [self.get(name) for name in names]
        key = (tuple(terms), tuple(part.hash for part in parts))
        with self._lock:
            if (merged := self._merged.get(key)) is not None:
                self._merged.move_to_end(key)
                return merged
        glossary = Glossary(tuple(terms))
        for part in parts:
            glossary = glossary.over(part)
        with self._lock:
            self._merged[key] = glossary
            while len(self._merged) > _MAX_MERGED:
                self._merged.popitem(last=False)
        return glossary

    def _defaults(self) -> list[Glossary]:
        if self._default is None:
            shipped, *own = self.names()
            return [self.get(name) for name in [*own, shipped]]
        return [
            self._load(name, Path(name)) if is_file(name) else self.get(name)
            for name in self._default
        ]

    def add(self, name: str, data: bytes) -> Glossary:
        """Store a glossary under a name, and replace one of that name.

        Raises `InvalidGlossary`, `InvalidRequest` for a bad name, and `CannotWrite`.
        """
        if not _NAME.fullmatch(name):
            raise InvalidRequest(
                f"{name!r} is not a valid name for a glossary: give one of letters, digits and "
                f".-_, at most 64 characters, with --name"
            )
        glossary = read_glossary(data, name)
        path = self._folder / f"{name}{_SUFFIX}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(prefix=".", dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                Path(partial).chmod(0o644)
                Path(partial).replace(path)
            finally:
                Path(partial).unlink(missing_ok=True)
        except OSError as error:
            raise CannotWrite(f"{path} cannot be written: {error.strerror or error}") from error
        return glossary

    def remove(self, name: str) -> None:
        """Remove a user's glossary.

        Raises `NotFound` if the user has none of that name, and `CannotWrite`.
        """
        path = self._folder / f"{name}{_SUFFIX}"
        if not _NAME.fullmatch(name) or not path.exists():
            if name == NEWSROOM:
                raise NotFound(
                    f"the glossary {name!r} ships with Kabar and cannot be removed: switch it off "
                    f"with `--glossary none` or in the settings"
                )
            own = ", ".join(name for name, _ in self._own()) or "none"
            raise NotFound(f"there is no glossary {name!r} to remove: yours are {own}")
        try:
            path.unlink()
        except OSError as error:
            raise CannotWrite(f"{path} cannot be removed: {error.strerror or error}") from error


def is_file(name: str) -> bool:
    """Return whether a name is a path rather than the name of a glossary."""
    return Path(name).suffix.lower() in FILE_SUFFIXES or os.sep in name


def _split(names: str) -> list[str]:
    parts = [name.strip() for name in names.split(",") if name.strip()]
    return [] if parts == ["none"] else parts


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a glossary file, at most one over the limit.

    Raises `CannotRead`.
    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error


def _stamp(stat: os.stat_result) -> _Stamp:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
