"""The messages of a run: a bar on a terminal, plain lines elsewhere, or events as JSON."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from service.batch.dry_run import DryRun
from service.batch.errors_file import ErrorsFile
from service.batch.events import Event
from service.batch.findings import Findings
from service.batch.inputs import Inputs
from service.cli.options import say
from service.documents.formats.registry import SUFFIXES, advice_for

# Seconds between two plain lines of progress.
_LINE_SECONDS = 30.0
# Counts that a last line has if they are not 0.
_PROBLEMS = (("skipped", "done before"), ("failed", "failed"), ("bad_rows", "bad row"))


class Reporter:
    """Prints events. It is a `Listener`."""

    def __call__(self, event: Event) -> None:
        raise NotImplementedError

    def tell(self, name: str, **fields: object) -> None:
        self(Event(name, fields))

    def start(self, inputs: Inputs) -> None:
        """The model is loaded, and work begins."""
        self.tell("start", files=len(inputs.files), bytes=sum(item.size for item in inputs.files))

    def end(self, findings: Findings, missing: int, errors: ErrorsFile, code: int) -> None:
        """All is done, or the run was stopped."""
        listed = errors.path if errors.path is not None and errors.count else None
        self.tell(
            "end",
            files=findings.files,
            failed=findings.failed + missing,
            skipped=findings.skipped,
            bad_rows=findings.totals.bad_rows,
            words=findings.totals.words,
            sentences=findings.totals.sentences,
            flagged=findings.totals.flagged,
            furniture=findings.totals.furniture,
            seconds=round(findings.seconds, 3),
            errors=None if listed is None else str(listed),
            interrupted=code == 130,
            code=code,
        )

    def dry_run(self, counts: DryRun, missing: int) -> None:
        """The counts of a dry run."""
        self.tell(
            "dry_run",
            files=counts.files,
            failed=counts.failed + missing,
            bad_rows=counts.bad_rows,
            words=counts.words,
            sentences=counts.sentences,
            cached=counts.cached,
            seconds=None if counts.seconds is None else round(counts.seconds, 1),
        )


class JsonReporter(Reporter):
    """Prints every event as a line of JSON on standard error."""

    def __call__(self, event: Event) -> None:
        say(event.json())


class PlainReporter(Reporter):
    """Prints messages as lines, and progress now and then."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._next_line = time.monotonic() + _LINE_SECONDS

    def __call__(self, event: Event) -> None:
        if event.name == "progress":
            if not self._quiet:
                self.show_progress(event)
            return
        line = _LINES.get(event.name)
        if line is not None and (not self._quiet or event.name in _ALWAYS):
            self.print_line(line(event))

    def print_line(self, line: str) -> None:
        if line:
            say(line)

    def show_progress(self, event: Event) -> None:
        if time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _LINE_SECONDS
            self.print_line(f"kabar: {progress_text(event)}")


class BarReporter(PlainReporter):
    """Shows progress as a bar, and messages above it."""

    def __init__(self) -> None:
        super().__init__(quiet=False)
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._bar = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.description}"),
            console=Console(stderr=True, highlight=False, markup=False),
            transient=True,
            # Results may be printed meanwhile, and must reach standard output unchanged.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("", total=1.0)

    @contextmanager
    def shown(self) -> Iterator[BarReporter]:
        with self._bar:
            yield self

    def print_line(self, line: str) -> None:
        if line:
            self._bar.console.print(line, soft_wrap=True)

    def show_progress(self, event: Event) -> None:
        share = event.fields["share"]
        self._bar.update(self._task, completed=share, description=progress_text(event))


@contextmanager
def open_reporter(quiet: bool, events: bool) -> Iterator[Reporter]:
    """Yield the reporter that fits the options and standard error."""
    if events:
        yield JsonReporter()
    elif quiet or not sys.stderr.isatty():
        yield PlainReporter(quiet=quiet)
    else:
        with BarReporter().shown() as reporter:
            yield reporter


def progress_text(event: Event) -> str:
    """Return the state of a run: files, words, rate and time left."""
    about = event.fields
    parts = [f"{about['files_done']:,} of {about['files']:,} files", f"{about['words']:,} words"]
    if about["words_per_second"] is not None:
        parts.append(f"{about['words_per_second']:,.0f} words/s")
    if about["seconds_left"] is not None:
        parts.append(f"about {duration(about['seconds_left'])} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Return a time for people: `4 s`, `3 min`, `2 h 05 min`, `3 d 4 h`."""
    minutes, hours = round(seconds / 60), seconds / 3600
    if seconds < 90:
        return f"{seconds:.0f} s"
    if minutes < 90:
        return f"{minutes} min"
    if hours < 48:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{int(hours // 24)} d {int(hours % 24)} h"


def _failed(event: Event) -> str:
    about = event.fields
    return f"kabar: {about['path']}: {about['title']}: {about['detail']}"


def _left_out(event: Event) -> str:
    suffix, count = event.fields["suffix"], event.fields["count"]
    kind = f"{suffix} file" if suffix else "file without an ending"
    plural = "s" if count > 1 else ""
    kind = kind.replace("file", f"file{plural}")
    advice = advice_for(suffix) or f"Kabar reads {', '.join(SUFFIXES)}"
    return f"kabar: {count:,} {kind} left out: {advice}"


def _problems(event: Event) -> list[str]:
    counts = [(event.fields.get(name) or 0, name, label) for name, label in _PROBLEMS]
    return [
        f"{count:,} {label}" + ("s" if name == "bad_rows" and count > 1 else "")
        for count, name, label in counts
        if count
    ]


def _end(event: Event) -> str:
    about = event.fields
    parts = [f"{about['files']:,} file{'' if about['files'] == 1 else 's'}"]
    parts += _problems(event)
    parts.append(f"{about['words']:,} words in {about['seconds']:.1f} s")
    lines = ["kabar: " + ", ".join(parts)]
    if about["flagged"]:
        plural = "" if about["flagged"] == 1 else "s"
        lines.append(
            f"kabar: {about['flagged']:,} sentence{plural} with flags: compare with the source"
        )
    if about["errors"]:
        lines.append(f"kabar: the errors are in {about['errors']}")
    if about["interrupted"]:
        lines.append("kabar: interrupted: the same command with --resume goes on")
    return "\n".join(lines)


def _dry_run(event: Event) -> str:
    about = event.fields
    parts = [f"{about['files']:,} file{'' if about['files'] == 1 else 's'}"]
    parts += _problems(event)
    parts += [f"{about['words']:,} words", f"{about['sentences']:,} sentences"]
    parts.append(f"{about['cached']:,} of them cached")
    time_needed = "no time" if about["seconds"] is None else f"about {duration(about['seconds'])}"
    return f"kabar: {', '.join(parts)}; {time_needed}"


_LINES: dict[str, Callable[[Event], str]] = {
    "file_failed": _failed,
    "row_failed": lambda event: (
        f"kabar: {event.fields['path']}: {event.fields['row']}: {event.fields['detail']}"
    ),
    "note": lambda event: f"kabar: {event.fields['path']}: {event.fields['detail']}",
    "left_out": _left_out,
    "stopping": lambda event: (
        f"kabar: stopping: {event.fields['units']} texts are finished first (Ctrl-C again: at once)"
    ),
    "end": _end,
    "dry_run": _dry_run,
}
_ALWAYS = {"file_failed", "row_failed", "left_out", "stopping", "end", "dry_run"}
