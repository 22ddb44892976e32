"""The SQLite layer of all stores: create, open and migrate files.

A file appears with all its tables or not at all, readable by its owner alone, in write-ahead
mode. Migrations are append-only: a file of version n has had the first n applied. All functions
raise `sqlite3.Error` or `OSError`, which the stores turn into their own errors.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

Migrations = Sequence[Sequence[str]]

_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_NOT_ALLOWED = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)


class EmptyFile(sqlite3.DatabaseError):
    """A file without tables. Kabar never writes one: its content was lost."""


class VanishedFile(sqlite3.DatabaseError):
    """A missing file of which there is a copy."""


class NewerFile(sqlite3.DatabaseError):
    """A file that a newer Kabar wrote."""


@dataclass(frozen=True, slots=True)
class Format:
    """The migrations of a file, and the pragmas of a connection to it.

    The pragmas in `at_creation` take effect only before the first table.
    """

    migrations: Migrations
    pragmas: tuple[str, ...] = ()
    at_creation: tuple[str, ...] = ()


class SqliteFile:
    """One connection, used by one thread at a time.

    It opens at the first use and again after a fault.
    """

    def __init__(
        self,
        path: Path,
        form: Format,
        *,
        patience: float = 10.0,
        pause: float = 0.0,
        create: bool = True,
        follow: bool = False,
    ) -> None:
        """Set the waiting times for a locked file.

        A use waits at most `patience` seconds; after that, uses fail at once for `pause` seconds.
        With `follow`, another file in its place is used as soon as it is there.
        """
        self.path = path
        self._format = form
        self._patience = patience
        self._pause = pause
        self._create = create
        self._follow = follow
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._busy_until = 0.0

    @contextlib.contextmanager
    def use(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection, in autocommit."""
        with self._lock:
            if time.monotonic() < self._busy_until:
                # Otherwise the callers that waited for the lock would each wait as long again.
                raise sqlite3.OperationalError("database is locked")
            try:
                yield self._current()
            except (sqlite3.Error, OSError) as error:
                if is_busy(error):
                    self._busy_until = time.monotonic() + self._pause
                self._close()
                raise

    @contextlib.contextmanager
    def transaction(self, begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction."""
        with self.use() as connection, transaction(connection, begin):
            yield connection

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock:
            self._close()

    def _current(self) -> sqlite3.Connection:
        if self._connection is not None and not self._follow:
            return self._connection
        if self._create and not self.path.exists():
            require_new(self.path)
            create(self.path, self._format)
        status = self.path.stat()
        identity = (status.st_dev, status.st_ino)
        if self._connection is None or self._identity != identity:
            self._close()
            self._connection = connect(self.path, self._format, self._patience)
            self._identity = identity
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def copy_of(path: Path) -> Path:
    """Return the path of the daily copy of a file (`service.storage.copies`)."""
    return path.parent / "copies" / path.name


def require_new(path: Path) -> None:
    """Raise `VanishedFile` for a file of which there is a copy."""
    if copy_of(path).exists():
        raise VanishedFile("the file is missing, though there is a copy of it")


def create(path: Path, form: Format) -> None:
    """Create a file with its tables in one step; an existing file stays.

    Its mode is 0600, which SQLite also gives the files beside it. A new folder has mode 0700.
    """
    make_private(path.parent)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        connection = sqlite3.connect(partial, isolation_level=None)
        try:
            for pragma in form.at_creation:
                connection.execute(pragma)
            migrate(connection, form.migrations)
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        with _locked(path.parent):
            if not path.exists():
                # A log of an earlier file would be replayed into this one.
                for suffix in ("-wal", "-shm"):
                    Path(f"{path}{suffix}").unlink(missing_ok=True)
                path.hardlink_to(partial)
    finally:
        partial.unlink()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes from creating files here meanwhile; sync the folder at the end."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def connect(path: Path, form: Format, patience: float) -> sqlite3.Connection:
    """Open an existing file, in autocommit, and migrate it to this version.

    In a folder that cannot be written, it opens a copy that refuses changes, because SQLite needs
    files beside its own. Raises `EmptyFile` and `NewerFile`.
    """
    try:
        return _connect(path, form, patience)
    except sqlite3.OperationalError as error:
        if code(error) not in _NOT_ALLOWED or os.access(path.parent, os.W_OK):
            raise
    with tempfile.TemporaryDirectory(prefix="kabar-") as folder:
        for suffix in ("", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                target = Path(folder, f"{path.name}{suffix}")
                target.write_bytes(Path(f"{path}{suffix}").read_bytes())
        with contextlib.closing(_connect(Path(folder, path.name), form, patience)) as source:
            connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            source.backup(connection)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _connect(path: Path, form: Format, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        # `mode=rw` creates no file, and also opens a read-only one.
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        version = pragma(connection, "user_version")
        if version == 0:
            raise EmptyFile("the file is empty")
        if version > len(form.migrations):
            raise NewerFile("the file was written by a newer Kabar")
        if version < len(form.migrations):
            migrate(connection, form.migrations)
        for statement in form.pragmas:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, migrations: Migrations) -> None:
    """Migrate a file to this version, in one transaction."""
    with transaction(connection):
        for migration in migrations[pragma(connection, "user_version") :]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """Commit all changes inside, or none."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise


def move_aside(path: Path) -> None:
    """Rename the file, and SQLite's files beside it, to `*.damaged`."""
    # The log first: SQLite would take a remaining log for the next file's.
    for suffix in ("-wal", "-shm", ""):
        target = Path(f"{path}.damaged{suffix}")
        target.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").replace(target)


def make_private(folder: Path) -> None:
    """Create a folder that only its owner can open; an existing one stays."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """Return the value of a numeric pragma."""
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def code(error: Exception) -> int:
    """Return SQLite's primary result code, or 0 for another error."""
    # The lowest byte of an extended code is the primary code.
    return int(getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


def is_busy(error: Exception) -> bool:
    """Return whether another process has locked the file."""
    return code(error) in _BUSY


def is_damage(error: Exception) -> bool:
    """Return whether the file is damaged, truncated, or not a SQLite file."""
    return isinstance(error, EmptyFile | VanishedFile) or code(error) in _DAMAGED


# The log beside a file belongs to its old content, and would be replayed into a backup.
_RESTORE = (
    "stop Kabar, run `kabar doctor`, which puts the daily copy in its place if there is one, and "
    "start Kabar again"
)


def advice(error: Exception, content: str) -> str:
    """Return the fault and what to do; `content` names the data ("the jobs")."""
    if is_busy(error):
        return f"another process keeps the file locked ({error}): end that process, or try again"
    if isinstance(error, EmptyFile | VanishedFile):
        return f"{error}: {_RESTORE}"
    if is_damage(error):
        return (
            f"the file is damaged ({error}): {_RESTORE}; without a copy or a backup, {content} in "
            f"it are lost"
        )
    if isinstance(error, NewerFile):
        return f"{error}: run that version"
    no_space = isinstance(error, OSError) and error.errno == errno.ENOSPC
    if no_space or code(error) == sqlite3.SQLITE_FULL:
        return f"the disk is full ({error}): free some space"
    if isinstance(error, OSError) or code(error) in _NOT_ALLOWED:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return (
            f"the file cannot be read and written ({reason}): give Kabar permission to do both, or "
            f"set KABAR_DATA_DIR to another folder"
        )
    if code(error) == sqlite3.SQLITE_IOERR:
        return f"the disk failed ({error}): free some space, and check the disk"
    return f"{error}: the log names the file"
