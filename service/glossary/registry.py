"""The glossaries on this machine, by name: the newsroom's, which ships with Kabar, and the files
in the data folder. What is asked for is compiled once; a file that changes is read again.
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
# Glossaries, and what was put together of them, that are kept in memory.
_KEPT = 32

# Of a file: what changes when it does.
_Stamp = tuple[int, int, int]


class GlossaryRegistry:
    """All glossaries. Safe to use from several threads and processes."""

    def __init__(self, folder: Path, default: str | None = None) -> None:
        """`default` is what applies where nothing is asked for: names, or files, parted by
        commas, or `none`; by default all of the user's over the newsroom's."""
        self._folder = folder
        self._default = None if default is None else _named(default)
        self._lock = threading.Lock()
        self._read: dict[str, tuple[_Stamp, Glossary]] = {}
        self._chosen: OrderedDict[object, Glossary] = OrderedDict()

    @property
    def version(self) -> tuple[tuple[str, _Stamp], ...]:
        """Equal as long as no glossary was added, removed or changed."""
        files = [name for name in self._default or () if is_file(name)]
        try:
            stamps = [(name, _stamp(Path(name).stat())) for name in files]
        except OSError as error:
            raise CannotRead(f"{files}: {error.strerror or error}") from error
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
        """The newsroom's, and the user's in order."""
        return [NEWSROOM, *(name for name, _ in self._own() if name != NEWSROOM)]

    def get(self, name: str) -> Glossary:
        """The glossary of a name; a user's own `newsroom` stands for the one that ships.

        Raises `InvalidRequest` where there is none, `CannotRead` and `InvalidGlossary`.
        """
        return self._load(name, self._path(name))

    def _path(self, name: str) -> Path:
        path = self._folder / f"{name}{_SUFFIX}"
        if not _NAME.fullmatch(name) or not path.exists():
            if name != NEWSROOM:
                known = ", ".join(self.names())
                raise InvalidRequest(
                    f"there is no glossary {name!r}: there are {known}; `kabar glossary add FILE` "
                    f"adds one"
                )
            return _SHIPPED
        return path

    def _load(self, name: str, path: Path) -> Glossary:
        try:
            stamp = _stamp(path.stat())
            with self._lock:
                known_as = self._read.get(name)
            if known_as is not None and known_as[0] == stamp:
                return known_as[1]
            glossary = read_glossary(path.read_bytes(), path.name)
        except OSError as error:
            raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error
        with self._lock:
            self._read[name] = stamp, glossary
        return glossary

    def choose(self, names: Sequence[str] | None, terms: Sequence[Term] = ()) -> Glossary:
        """The terms, then the named glossaries, those before over those after; without names, the
        default ones. Raises as `get` does."""
        parts = self._defaults() if names is None else [self.get(name) for name in names]
        key = (tuple(terms), tuple(part.hash for part in parts))
        with self._lock:
            if (chosen := self._chosen.get(key)) is not None:
                self._chosen.move_to_end(key)
                return chosen
        glossary = Glossary(tuple(terms))
        for part in parts:
            glossary = glossary.over(part)
        with self._lock:
            self._chosen[key] = glossary
            while len(self._chosen) > _KEPT:
                self._chosen.popitem(last=False)
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
        """Keep a glossary under a name, in place of one that is there.

        Raises `InvalidGlossary`, `InvalidRequest` for a bad name, and `CannotWrite`.
        """
        if not _NAME.fullmatch(name):
            raise InvalidRequest(
                f"{name!r} is no name for a glossary: take letters, digits and .-_, 64 at the "
                f"most, with --name"
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
        """Raises `NotFound` where the user has none of that name, and `CannotWrite`."""
        path = self._folder / f"{name}{_SUFFIX}"
        if not _NAME.fullmatch(name) or not path.exists():
            own = ", ".join(name for name, _ in self._own()) or "none"
            shipped = "ships with Kabar and stays (`--glossary none` or a setting switches it off)"
            why = shipped if name == NEWSROOM else f"is not there: yours are {own}"
            raise NotFound(f"the glossary {name!r} {why}")
        try:
            path.unlink()
        except OSError as error:
            raise CannotWrite(f"{path}: {error.strerror or error}") from error


def is_file(name: str) -> bool:
    """Whether a file is meant, and no glossary's name."""
    return Path(name).suffix.lower() in FILE_SUFFIXES or os.sep in name


def _named(names: str) -> list[str]:
    named = [name.strip() for name in names.split(",") if name.strip()]
    return [] if named == ["none"] else named


def read_bytes(path: Path) -> bytes:
    """A glossary file's bytes, or as many as show that it is too large. Raises `CannotRead`."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error


def _stamp(stat: os.stat_result) -> _Stamp:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
