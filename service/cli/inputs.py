"""The inputs of a command: files, folders and standard input."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.documents.decode import decode
from service.documents.formats.registry import SUFFIXES, UnknownFormat
from service.documents.manuscript import Manuscript
from service.errors import CannotRead, CannotWrite, NoInput

HTML_SUFFIXES = (".html", ".htm")
ARTICLE_SUFFIXES = (".txt", *HTML_SUFFIXES)
# The suffix of a result's file, by format.
RESULT_SUFFIXES = {
    "text": ".en.txt",
    "html": ".en.html",
    "markdown": ".en.md",
    "json": ".json",
}
# Results that would match `ARTICLE_SUFFIXES`.
_OWN_SUFFIXES = (RESULT_SUFFIXES["text"], RESULT_SUFFIXES["html"])
# Text with signs of markup, which can be read as text.
_TEXT_SUFFIXES = (".md", ".markdown")
_STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a command.

    `path` None is standard input. `relative` is the path of its result in an output folder.
    """

    path: Path | None
    relative: Path

    @property
    def name(self) -> str:
        if self.path is None:
            return "standard input"
        # The name of a file may contain bytes that are not valid text.
        return str(self.path).encode("utf-8", "backslashreplace").decode()

    def read(self) -> str:
        """Return the text. Raises `CannotRead`, `NoInput` or `UnreadableText`."""
        if self.path is None and sys.stdin is None:
            raise NoInput("standard input is closed: name a file instead of -")
        try:
            data = sys.stdin.buffer.read() if self.path is None else self.path.read_bytes()
        except OSError as error:
            raise CannotRead(f"{self.name} cannot be read: {error.strerror or error}") from error
        return decode(data)

    def manuscript(self) -> Manuscript:
        """Return the article: HTML or text, by its suffix. Raises as `read` does."""
        text = self.read()
        is_html = self.path is not None and self.path.suffix.lower() in HTML_SUFFIXES
        return Manuscript.from_html(text) if is_html else Manuscript.from_text(text)


def find_inputs(paths: Sequence[str]) -> list[Input]:
    """Return the inputs in order, with the articles of each folder.

    Raises `NoInput` or `CannotRead`.
    """
    inputs: list[Input] = []
    for name in paths:
        if name == _STANDARD_INPUT:
            inputs.append(Input(None, Path("standard-input")))
            continue
        path = Path(name)
        try:
            articles = _articles_in(path) if path.is_dir() else None
            exists = articles is not None or path.exists()
        except OSError as error:
            raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error
        if articles is not None:
            if not articles:
                raise NoInput(
                    f"the folder {path} has no articles: Kabar reads its "
                    f"{', '.join(ARTICLE_SUFFIXES)} files, except its own results "
                    f"({', '.join(_OWN_SUFFIXES)}); name other files one by one"
                )
            inputs += [Input(file, file.relative_to(path)) for file in articles]
        elif exists:
            _refuse_archive(path)
            inputs.append(Input(path, Path(path.name)))
        else:
            raise NoInput(f"there is no file or folder {path}")
    return inputs


def unread_files(paths: Sequence[str]) -> Counter[str]:
    """Count the files of folders, by ending, that are no articles but have another known format."""
    return Counter(
        suffix
        for path in map(Path, paths)
        if path.is_dir()
        for _, _, names in os.walk(path)
        for name in names
        if (suffix := Path(name).suffix.lower()) in SUFFIXES and suffix not in ARTICLE_SUFFIXES
    )


def _refuse_archive(path: Path) -> None:
    """Raise `UnknownFormat` for a file whose lines are no text, such as CSV."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES and suffix not in (*ARTICLE_SUFFIXES, *_TEXT_SUFFIXES):
        raise UnknownFormat(
            f"{path} is no article: `kabar translate {path} -o OUT`, without --format, translates "
            f"it and keeps its format"
        )


def find_single_input(paths: Sequence[str]) -> Input:
    """Return the file for `--lines`. Raises `NoInput`."""
    if len(paths) != 1:
        raise NoInput(f"`--lines` takes one file, or - for standard input, not {len(paths)} paths")
    if paths[0] == _STANDARD_INPUT:
        return Input(None, Path("standard-input"))
    path = Path(paths[0])
    if path.is_dir():
        raise NoInput(f"{path} is a folder: `--lines` takes one file")
    return Input(path, Path(path.name))


def result_paths(inputs: Sequence[Input], form: str, output: Path | None) -> list[Path] | None:
    """Return the file of each result, or None for standard output.

    Raises `CannotWrite`.
    """
    if output is None:
        return None
    suffix = RESULT_SUFFIXES[form]
    if len(inputs) == 1 and not output.is_dir():
        targets = [output]
    elif output.exists() and not output.is_dir():
        raise CannotWrite(f"{output} is a file: choose a folder with -o for several results")
    else:
        targets = [output / item.relative.with_suffix(suffix) for item in inputs]
    seen: dict[Path, Input] = {}
    sources = {item.path.resolve() for item in inputs if item.path is not None}
    for item, target in zip(inputs, targets, strict=True):
        if target.resolve() in sources:
            raise CannotWrite(f"{target} is one of the inputs: choose another folder with -o")
        if target in seen:
            raise CannotWrite(
                f"{seen[target].name} and {item.name} would both be written to {target}: "
                f"translate them one after the other into different folders"
            )
        seen[target] = item
    return targets


def _articles_in(folder: Path) -> list[Path]:
    """Return the articles in a folder and its subfolders. Raises `OSError`."""

    def fail(error: OSError) -> None:
        raise error

    return sorted(
        Path(place) / name
        for place, _, names in os.walk(folder, onerror=fail)
        for name in names
        if name.lower().endswith(ARTICLE_SUFFIXES) and not name.lower().endswith(_OWN_SUFFIXES)
    )
