"""The inputs of a run: files, folders, globs and standard input, with their results' paths."""

from __future__ import annotations

import glob
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from models.errors import KabarError
from service.documents.formats.registry import SUFFIXES, Format, UnknownFormat, format_of
from service.errors import CannotRead, CannotWrite, NoInput

STANDARD_INPUT = "-"
# The mark of a result in its name: `banjir.en.docx`. A folder's results are not its inputs.
ENGLISH = ".en"
_GLOB_SIGNS = "*?["


@dataclass(frozen=True, slots=True)
class BatchInput:
    """A file to translate, and the file of its result (None: standard output)."""

    path: Path
    name: str
    format: Format
    size: int
    output: Path | None


@dataclass(slots=True)
class Inputs:
    """The inputs of a run, and what cannot be one.

    `failed` are names with their errors. `left_out` counts the files of folders by ending, whose
    format Kabar does not read.
    """

    files: list[BatchInput] = field(default_factory=list)
    failed: list[tuple[str, KabarError]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    name: str
    relative: Path


class InputFinder:
    """Finds inputs; `close` removes the copy of standard input."""

    def __init__(self, output: Path | None, form: str | None, target: str) -> None:
        """`output` is a file or a folder; `form` the format of every input, if it is named."""
        self._output, self._form, self._target = output, form, target
        self._copy: Path | None = None

    def find(self, paths: Sequence[str]) -> Inputs:
        """Return the inputs in order. Raises `UnknownFormat`, `NoInput` and `CannotWrite`."""
        if self._form is not None:
            format_of(Path(), self._form)
        found = Inputs()
        several = len(paths) > 1
        files: list[_Found] = []
        for name in paths:
            try:
                several = self._add(name, files, found) or several
            except (KabarError, OSError) as error:
                found.failed.append((name, _as_error(name, error)))
        into_folder = several or (self._output is not None and _is_folder(self._output))
        if into_folder and self._output is None:
            raise NoInput("name a folder for the results of several inputs: -o FOLDER")
        if into_folder and self._output is not None and self._output.is_file():
            raise CannotWrite(
                f"{self._output} is a file: choose a folder with -o for several results"
            )
        targets: dict[Path, str] = {}
        # A file that two arguments name is one input.
        distinct = {one.path.resolve(): one for one in reversed(files)}
        sources = set(distinct)
        for one in reversed(distinct.values()):
            try:
                found.files.append(self._input(one, into_folder, targets, sources))
            except (KabarError, OSError) as error:
                found.failed.append((one.name, _as_error(one.name, error)))
        return found

    def close(self) -> None:
        if self._copy is not None:
            self._copy.unlink(missing_ok=True)

    def _add(self, name: str, files: list[_Found], found: Inputs) -> bool:
        """Add the files of one argument; return whether it stands for several."""
        if name == STANDARD_INPUT:
            files.append(_Found(self._copy_input(), "standard input", Path("standard-input")))
            return False
        path = Path(name)
        if path.is_dir():
            before = len(files)
            files += self._in_folder(path, found)
            if len(files) == before:
                found.failed.append((name, NoInput(_empty_folder(path))))
            return True
        if path.exists():
            files.append(_Found(path, _shown(path), Path(path.name)))
            return False
        if not any(sign in name for sign in _GLOB_SIGNS):
            raise NoInput(f"there is no file or folder {_shown(path)}")
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 (of any folder)
        if not matches:
            raise NoInput(f"no file matches {name}")
        for match in map(Path, matches):
            if match.is_file():
                files.append(_Found(match, _shown(match), Path(match.name)))
        return True

    def _in_folder(self, folder: Path, found: Inputs) -> Iterator[_Found]:
        inside = self._output.resolve() if self._output is not None else None

        def fail(error: OSError) -> None:
            found.failed.append((str(error.filename), _as_error(str(error.filename), error)))

        for place, folders, names in os.walk(folder, onerror=fail):
            folders[:] = sorted(
                name
                for name in folders
                if not name.startswith(".") and (Path(place) / name).resolve() != inside
            )
            for name in sorted(names):
                path = Path(place) / name
                if name.startswith(".") or Path(name).stem.lower().endswith(ENGLISH):
                    continue
                if self._form is None and path.suffix.lower() not in SUFFIXES:
                    found.left_out[path.suffix.lower()] += 1
                    continue
                yield _Found(path, _shown(path), path.relative_to(folder))

    def _input(
        self, one: _Found, into_folder: bool, targets: dict[Path, str], sources: set[Path]
    ) -> BatchInput:
        if self._form is None and one.name == "standard input":
            raise UnknownFormat("the format of standard input is not known: name it with --from")
        form = format_of(one.path, self._form)
        if self._target and self._target not in form.targets:
            raise UnknownFormat(
                f"a file of the format {form.name} is written in its own format: leave --to out"
                if not form.targets
                else f"--to {self._target} is not possible: choose {', '.join(form.targets)}"
            )
        output = self._output
        if output is not None and into_folder:
            suffix = form.result_suffix(one.path.suffix or f".{form.name}", self._target)
            output = output / one.relative.with_suffix(ENGLISH + suffix)
        if output is not None:
            if output.resolve() in sources:
                raise CannotWrite(f"{output} is one of the inputs: choose another place with -o")
            if output in targets:
                raise CannotWrite(
                    f"{targets[output]} has the same result {output}: translate them one after "
                    f"the other into different folders"
                )
            targets[output] = one.name
        return BatchInput(one.path, one.name, form, one.path.stat().st_size, output)

    def _copy_input(self) -> Path:
        """Copy standard input to a file, since it is read twice."""
        if sys.stdin is None:
            raise NoInput("standard input is closed: name a file instead of -")
        if self._copy is None:
            folder = None
            if self._output is not None:
                folder = self._output if _is_folder(self._output) else self._output.parent
                folder.mkdir(parents=True, exist_ok=True)
            suffix = f".{self._form}" if self._form else ""
            with tempfile.NamedTemporaryFile(
                prefix=".kabar-input-", suffix=suffix, dir=folder, delete=False
            ) as file:
                self._copy = Path(file.name)
                _copy(sys.stdin.buffer, file)
        return self._copy


def _copy(source: IO[bytes], file: IO[bytes]) -> None:
    shutil.copyfileobj(source, file, 1_000_000)


def _is_folder(path: Path) -> bool:
    """Return whether results go into it: a name without an ending is that of a folder."""
    return path.is_dir() or (not path.suffix and not path.exists())


def _shown(path: Path) -> str:
    # The name of a file may contain bytes that are not valid text.
    return str(path).encode("utf-8", "backslashreplace").decode()


def _empty_folder(path: Path) -> str:
    return (
        f"the folder {_shown(path)} has no files that Kabar reads ({', '.join(SUFFIXES)}), except "
        f"its own results (*{ENGLISH}.*)"
    )


def _as_error(name: str, error: KabarError | OSError) -> KabarError:
    if isinstance(error, KabarError):
        return error
    return CannotRead(f"{name} cannot be read: {error.strerror or error}")
