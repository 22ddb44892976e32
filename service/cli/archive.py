"""The action of `kabar translate` for archives: many files, and files of rows.

Exit codes: 0 all is translated, 3 some of it is not, 1 nothing is, 7 there are flags (`--strict`),
130 interrupted.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

from service.batch.dry_run import dry_run
from service.batch.errors_file import ErrorsFile
from service.batch.events import error_fields
from service.batch.findings import Findings
from service.batch.inputs import STANDARD_INPUT, InputFinder, Inputs
from service.batch.opening import Opener
from service.batch.report import render_report
from service.batch.run import Run, RunOptions
from service.batch.work import Work
from service.cli.archive_output import Reporter, open_reporter
from service.cli.inputs import ARTICLE_SUFFIXES, HTML_SUFFIXES
from service.cli.options import say
from service.documents.files import write_bytes
from service.documents.formats.base import FormatOptions
from service.documents.formats.registry import SUFFIXES
from service.errors import CannotWrite, Doubtful, InvalidSettings, NoInput
from service.http.arenas import share_arenas
from service.runtime import Runtime, open_runtime
from service.settings import EXTRACTIVE, Settings
from service.summaries.records import THREE_BULLETS

_ALL, _NONE, _SOME, _INTERRUPTED = 0, 1, 3, 130


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """The options of the command line; those of an archive are not set by default."""

    output: Path | None = None
    from_format: str | None = None
    to_format: str | None = None
    fields: tuple[str, ...] = ()
    resume: bool = False
    force: bool = False
    bilingual: bool = False
    summaries: bool = False
    report: Path | None = None
    dry_run: bool = False
    quiet: bool = False
    events: bool = False
    strict: bool = False

    @property
    def chosen(self) -> list[str]:
        """The options that only an archive has, and that are set."""
        common = {"output", "strict"}
        return [
            one.name for one in fields(self) if one.name not in common and getattr(self, one.name)
        ]


def split_fields(names: str | None) -> tuple[str, ...]:
    """Return the names in a comma-separated list."""
    return tuple(name.strip() for name in (names or "").split(",") if name.strip())


def is_archive(
    paths: Sequence[str], form: str | None, options: ArchiveOptions, *, lines: bool
) -> bool:
    """Return whether the files keep their formats, instead of becoming articles of one format.

    Raises `InvalidSettings` for options that exclude each other.
    """
    chosen = options.chosen
    if form is not None or lines:
        if chosen:
            option = "--" + chosen[0].removesuffix("_format").replace("_", "-")
            other = "--lines" if lines else "--format"
            raise InvalidSettings(f"{other} and {option} exclude each other: leave one out")
        return False
    if chosen:
        return True
    kept = [name for name in paths if _keeps_format(name)]
    if options.output is None:
        return bool(kept)
    if len(paths) > 1 or kept or _is_several(paths[0]):
        return True
    suffixes = {Path(paths[0]).suffix.lower(), options.output.suffix.lower()}
    return suffixes <= set(HTML_SUFFIXES)


def _keeps_format(name: str) -> bool:
    suffix = Path(name).suffix.lower()
    return suffix in SUFFIXES and suffix not in ARTICLE_SUFFIXES and not Path(name).is_dir()


def _is_several(name: str) -> bool:
    path = Path(name)
    return path.is_dir() or (not path.exists() and any(sign in name for sign in "*?["))


def translate_archive(paths: Sequence[str], options: ArchiveOptions, settings: Settings) -> int:
    """Translate files in their own formats, and return the exit code."""
    settings = settings.model_copy(update={"summarizer": EXTRACTIVE})
    if options.resume and STANDARD_INPUT in paths:
        raise InvalidSettings(
            "--resume needs files, and standard input is read anew: save it in a file first"
        )
    replaces = options.force or options.resume
    if options.report is not None and options.report.exists() and not replaces:
        raise CannotWrite(f"{options.report} exists: overwrite it with --force")
    # A dry run writes nothing, so that it needs no place.
    output = options.output or (Path("english") if options.dry_run else None)
    finder = InputFinder(output, options.from_format, options.to_format or "")
    try:
        inputs = finder.find(paths)
        if not inputs.files and len(inputs.failed) == 1 and not inputs.left_out:
            raise inputs.failed[0][1]
        if options.output is None and not options.dry_run and not inputs.files[0].format.is_text:
            raise NoInput(f"{inputs.files[0].name} is no text: name a file for its English with -o")
        with open_reporter(options.quiet, options.events) as reporter:
            return _translate(inputs, options, settings, reporter)
    finally:
        finder.close()


def _translate(
    inputs: Inputs, options: ArchiveOptions, settings: Settings, reporter: Reporter
) -> int:
    _report_inputs(inputs, reporter)
    share_arenas()
    runtime = open_runtime(settings, say if not options.events else lambda step: None)
    try:
        opener = Opener(
            _format_options(options),
            _signature(runtime, options),
            resume=options.resume,
            force=options.force,
        )
        work = Work(
            runtime.pipeline,
            runtime.loaded.summaries,
            runtime.registry.choose(None),
            runtime.corrections,
            THREE_BULLETS if options.summaries else None,
            strict_language=settings.strict_language,
        )
        if options.dry_run:
            counts = dry_run(inputs.files, _format_options(options), work, reporter)
            reporter.dry_run(counts, len(inputs.failed))
            failed = counts.failed + counts.bad_rows + len(inputs.failed)
            return _ALL if not failed else _SOME if counts.files else _NONE
        keep = {item.name for item in inputs.files if opener.is_done(item)}
        errors = ErrorsFile(options.output, keep=keep)
        for name, error in inputs.failed:
            errors.append(name, error=error.slug, detail=error.detail)
        run = Run(
            work.translate,
            opener,
            errors,
            reporter,
            RunOptions(beam=settings.beam),
            sys.stdout.buffer if options.output is None else None,
        )
        work.warm_up()
        reporter.start(inputs)
        with _stopped_by_interrupt(run):
            findings = run.run(inputs.files)
    finally:
        runtime.close()
    code = _exit_code(inputs, findings, run, options)
    if options.report is not None:
        page = render_report(findings, len(inputs.failed), interrupted=code == _INTERRUPTED)
        write_bytes(options.report, lambda file: file.write(page.encode()))
    reporter.end(findings, len(inputs.failed), errors, code)
    return code


def _format_options(options: ArchiveOptions) -> FormatOptions:
    return FormatOptions(
        options.fields,
        bilingual=options.bilingual,
        bullets=options.summaries,
        target=options.to_format or "",
    )


def _report_inputs(inputs: Inputs, reporter: Reporter) -> None:
    for name, error in inputs.failed:
        reporter.tell("file_failed", path=name, **error_fields(error))
    for suffix, count in inputs.left_out.most_common():
        reporter.tell("left_out", suffix=suffix, count=count)


def _signature(runtime: Runtime, options: ArchiveOptions) -> str:
    glossary = runtime.registry.choose(None)
    about = [runtime.pipeline.signature(glossary=glossary), runtime.corrections.version]
    shape = replace(
        options, output=None, resume=False, force=False, quiet=False, events=False, strict=False,
        report=None,
    )  # fmt: skip
    return json.dumps([*about, repr(shape)], sort_keys=True, default=str)


def _exit_code(inputs: Inputs, findings: Findings, run: Run, options: ArchiveOptions) -> int:
    finished = findings.files + findings.failed + findings.skipped
    if run.is_stopped and finished < len(inputs.files):
        return _INTERRUPTED
    if inputs.failed or findings.failed or findings.totals.bad_rows:
        return _SOME if findings.files or findings.skipped else _NONE
    return Doubtful.exit_code if options.strict and findings.totals.flagged else _ALL


@contextmanager
def _stopped_by_interrupt(run: Run) -> Iterator[None]:
    """Stop the run at the first Ctrl-C; the second one ends the process."""

    def interrupt(number: int, frame: object) -> None:
        if run.is_stopped:
            raise KeyboardInterrupt
        run.stop()

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
