"""What `kabar translate` and `kabar summarize` do.

One input that cannot be read is reported and does not stop the others; the exit code is then
that of its error. Files are written beside their place and moved there, so that none is ever
half written.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.errors import KabarError
from service.cli.options import say
from service.cli.output import print_text, write_text
from service.documents.decode import decode
from service.documents.manuscript import Manuscript
from service.errors import CannotRead, CannotWrite, Doubtful, InvalidSettings, NoInput
from service.results.answers import SummaryOut
from service.results.order import Order
from service.runtime import Runtime, open_runtime
from service.scheduling.request import RequestContext
from service.settings import CHOSEN, Settings
from service.summaries.make import Wishes
from service.text.language import mismatches_of_lines, refuse

HTML_SUFFIXES = (".html", ".htm")
ARTICLE_SUFFIXES = (".txt", *HTML_SUFFIXES)
# What a result's file is called after, by its format.
RESULT_SUFFIXES = {
    "text": ".en.txt",
    "html": ".en.html",
    "markdown": ".en.md",
    "json": ".json",
}
STANDARD_INPUT = "-"

_Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Input:
    """One input: `path` None is standard input; `relative` names its output in a folder."""

    path: Path | None
    relative: Path

    @property
    def name(self) -> str:
        if self.path is None:
            return "standard input"
        # A file's name may hold bytes that are no text.
        return str(self.path).encode("utf-8", "backslashreplace").decode()

    def read(self) -> str:
        """The text. Raises `CannotRead` or `UnreadableText`."""
        if self.path is None and sys.stdin is None:
            raise NoInput("standard input is closed")
        try:
            data = sys.stdin.buffer.read() if self.path is None else self.path.read_bytes()
        except OSError as error:
            raise CannotRead(f"{self.name} cannot be read: {error.strerror or error}") from error
        return decode(data)

    def manuscript(self) -> Manuscript:
        """The article, as HTML where the file's name says so. Raises as `read` does."""
        text = self.read()
        is_html = self.path is not None and self.path.suffix.lower() in HTML_SUFFIXES
        return Manuscript.from_html(text) if is_html else Manuscript.from_text(text)


@dataclass(frozen=True, slots=True)
class _Made:
    """What is shown of a result, what is said of it, and whether anything in it has a flag."""

    text: str
    warnings: list[str]
    flagged: bool


def translate(
    paths: Sequence[str], form: str, output: Path | None, strict: bool, settings: Settings
) -> int:
    """Translate articles; the exit code. `strict`: that of `Doubtful` where anything has a flag."""
    _check_choice("--format", form, tuple(RESULT_SUFFIXES))
    # No summary is made, so that no model for one is loaded.
    settings = settings.model_copy(update={"summarizer": CHOSEN})

    def work(runtime: Runtime, sent: Sequence[Manuscript], progress: _Progress) -> _Made:
        order = Order("translation", tuple(sent), strict_language=settings.strict_language)
        began = time.perf_counter()
        document = runtime.results.result(order, RequestContext(progress=progress))
        result = document.translation(time.perf_counter() - began)
        flagged, warnings = bool(result.flagged), result.report.warnings
        if form == "json":
            return _Made(result.model_dump_json(indent=2), warnings, flagged)
        aside = [f"set aside as page furniture: {block.source}" for block in result.furniture]
        shown = {"text": result.text, "html": result.html, "markdown": result.markdown}
        return _Made(shown[form], aside + warnings, flagged)

    return _run(paths, form, output, strict, settings, work)


def summarize(
    paths: Sequence[str],
    wishes: Wishes,
    form: str,
    output: Path | None,
    strict: bool,
    settings: Settings,
    *,
    together: bool = False,
) -> int:
    """Summarize articles, each by itself or all `together`; the exit code, with `strict` as in
    `translate`."""
    _check_choice("--format", form, tuple(RESULT_SUFFIXES))
    _check_choice("--language", wishes.language, ("en", "id", "both"))

    def work(runtime: Runtime, sent: Sequence[Manuscript], progress: _Progress) -> _Made:
        order = Order(
            "summary", tuple(sent), wishes=wishes, strict_language=settings.strict_language
        )
        began = time.perf_counter()
        document = runtime.results.result(order, RequestContext(progress=progress))
        result = document.summary(time.perf_counter() - began)
        flagged, warnings = bool(result.flagged), result.report.warnings
        text = "\n\n".join(part for part in (result.headline, _bullets(result)) if part)
        shown = {"text": text, "html": result.html, "markdown": result.markdown}
        if form == "json":
            return _Made(result.model_dump_json(indent=2), warnings, flagged)
        return _Made(shown[form], warnings, flagged)

    return _run(paths, form, output, strict, settings, work, together=together)


def _bullets(result: SummaryOut) -> str:
    """The bullets as text, and below each its Indonesian, where that was asked for too."""
    lines = [
        line
        for bullet in result.bullets
        for line in (f"- {bullet.text}", bullet.indonesian and f"  {bullet.indonesian}")
        if line
    ]
    return "\n".join(lines)


def translate_lines(
    paths: Sequence[str], output: Path | None, strict: bool, settings: Settings
) -> int:
    """One line of English for every line of one file; the exit code, as in `translate`."""
    if len(paths) != 1:
        raise NoInput("`--lines` takes one file, or - for standard input")
    path = None if paths[0] == STANDARD_INPUT else Path(paths[0])
    if path is not None and path.is_dir():
        raise NoInput(f"{path} is a folder: `--lines` takes one file")
    text = _Input(path, Path("standard-input")).read()
    # Only a line feed ends a line: other separators may stand inside a sentence.
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    mismatches = mismatches_of_lines(lines)
    if settings.strict_language:
        refuse(mismatches)
    for mismatch in mismatches:
        say(f"kabar: {mismatch}: its English is not to be trusted")
    runtime = open_runtime(settings, say)
    with _progress("translating") as progress:
        translated, doubtful = runtime.pipeline.translate_lines(
            lines,
            progress,
            runtime.registry.choose(None),
            runtime.corrections.edits,
        )
    for number, flags in doubtful:
        say(f"kabar: line {number}: {', '.join(flags)}")
    result = "".join(line + "\n" for line in translated)
    if output is None:
        print_text(result)
    else:
        write_text(output, result)
    return Doubtful.exit_code if strict and doubtful else 0


def _run(
    paths: Sequence[str],
    form: str,
    output: Path | None,
    strict: bool,
    settings: Settings,
    work: Callable[[Runtime, Sequence[Manuscript], _Progress], _Made],
    *,
    together: bool = False,
) -> int:
    inputs = _inputs(paths)
    groups = [inputs] if together else [[item] for item in inputs]
    several = len(groups) > 1
    targets = _targets([group[0] for group in groups], form, output)
    single: list[Manuscript] | None = None
    status = 0
    if not several:
        # What is one piece of work and cannot be read should not cost the loading of a model.
        single = [item.manuscript() for item in inputs]
    runtime = open_runtime(settings, say)
    began = time.perf_counter()
    with _progress("translating") as progress:
        for number, group in enumerate(groups):
            item = group[0]
            try:
                made = work(runtime, single or [one.manuscript() for one in group], progress)
            except KabarError as error:
                if not several:
                    raise
                say(f"kabar: {item.name}: {error.title}: {error.detail}")
                status = status or error.exit_code
                continue
            for warning in made.warnings:
                say(f"kabar: {item.name}: {warning}")
            if strict and made.flagged:
                status = status or Doubtful.exit_code
            result = made.text
            if targets is not None:
                write_text(targets[number], result + "\n" if result else "")
            elif several and form == "json":
                row = {"path": item.name, **json.loads(result)}
                print_text(json.dumps(row, ensure_ascii=False) + "\n")
            elif several:
                print_text(f"==> {item.name} <==\n{result}\n\n")
            elif result:
                print_text(result + "\n")
    if several:
        say(f"{len(groups)} articles in {time.perf_counter() - began:.1f} s")
    return status


def _inputs(paths: Sequence[str]) -> list[_Input]:
    """The files that are meant, folders opened, in order."""
    found: list[_Input] = []
    for given in paths:
        if given == STANDARD_INPUT:
            found.append(_Input(None, Path("standard-input")))
            continue
        path = Path(given)
        try:
            inside = _articles_in(path) if path.is_dir() else None
            exists = inside is not None or path.exists()
        except OSError as error:
            raise CannotRead(f"{path} cannot be read: {error.strerror or error}") from error
        if inside is not None:
            if not inside:
                raise NoInput(
                    f"the folder {path} holds no articles: Kabar reads its "
                    f"{', '.join(ARTICLE_SUFFIXES)} files (but not .en.txt and .en.html, its own); "
                    f"name other files one by one"
                )
            found += [_Input(file, file.relative_to(path)) for file in inside]
        elif exists:
            found.append(_Input(path, Path(path.name)))
        else:
            raise NoInput(f"there is no file or folder {path}")
    return found


def _articles_in(folder: Path) -> list[Path]:
    """The articles in a folder and those below, but for our own output. Raises `OSError`."""

    def refuse(error: OSError) -> None:
        raise error

    return sorted(
        Path(place) / name
        for place, _, names in os.walk(folder, onerror=refuse)
        for name in names
        if name.lower().endswith(ARTICLE_SUFFIXES)
        and not name.lower().endswith(tuple(RESULT_SUFFIXES[form] for form in ("text", "html")))
    )


def _targets(inputs: Sequence[_Input], form: str, output: Path | None) -> list[Path] | None:
    """Where each result goes; None is standard output."""
    if output is None:
        return None
    suffix = RESULT_SUFFIXES[form]
    if len(inputs) == 1 and not output.is_dir():
        targets = [output]
    elif output.exists() and not output.is_dir():
        raise CannotWrite(f"{output} is a file, and several results need a folder")
    else:
        targets = [output / item.relative.with_suffix(suffix) for item in inputs]
    seen: dict[Path, _Input] = {}
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


def _check_choice(option: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InvalidSettings(f"{option} {value} is not known: choose {' or '.join(choices)}")


@contextmanager
def _progress(label: str) -> Iterator[_Progress]:
    """A progress bar on standard error, where somebody is watching."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("sentences"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
        # Results are printed meanwhile, and belong on standard output as they are.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
