"""The actions of `kabar translate` and `kabar summarize`.

If one of several inputs cannot be read, the command reports the error and goes on with the others.
The exit code is then that of the error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.errors import KabarError
from service.cli.inputs import (
    RESULT_SUFFIXES,
    find_inputs,
    find_single_input,
    result_paths,
    unread_files,
)
from service.cli.options import check_choice, say
from service.cli.output import print_result, print_text, write_text
from service.cli.progress import Progress, progress_bar
from service.documents.manuscript import Manuscript
from service.errors import Doubtful
from service.results.order import Order
from service.results.summary_answers import SummaryOut
from service.runtime import Runtime, open_runtime
from service.scheduling.request import RequestContext
from service.settings import EXTRACTIVE, Settings
from service.summaries.records import BulletOptions
from service.text.language import mismatches_of_lines, refuse


@dataclass(frozen=True, slots=True)
class _Output:
    """The text and warnings of one order, and whether any part has a flag."""

    text: str
    warnings: list[str]
    flagged: bool


_Work = Callable[[Runtime, Sequence[Manuscript], Progress], _Output]


def translate(
    paths: Sequence[str], form: str, output: Path | None, strict: bool, settings: Settings
) -> int:
    """Translate articles and return the exit code.

    With `strict`, the exit code for a result with flags is that of `Doubtful`.
    """
    check_choice("--format", form, tuple(RESULT_SUFFIXES))
    # Loads no model for summaries.
    settings = settings.model_copy(update={"summarizer": EXTRACTIVE})

    def work(runtime: Runtime, manuscripts: Sequence[Manuscript], progress: Progress) -> _Output:
        order = Order("translation", tuple(manuscripts), strict_language=settings.strict_language)
        began = time.perf_counter()
        document = runtime.results.result(order, RequestContext(progress=progress))
        result = document.translation(time.perf_counter() - began)
        flagged, warnings = bool(result.flagged), result.report.warnings
        if form == "json":
            return _Output(result.model_dump_json(indent=2), warnings, flagged)
        furniture = [f"set aside as page furniture: {block.source}" for block in result.furniture]
        texts = {"text": result.text, "html": result.html, "markdown": result.markdown}
        return _Output(texts[form], furniture + warnings, flagged)

    return _run(paths, form, output, strict, settings, work)


def summarize(
    paths: Sequence[str],
    bullet_options: BulletOptions,
    form: str,
    output: Path | None,
    strict: bool,
    settings: Settings,
    *,
    together: bool = False,
) -> int:
    """Summarize articles, singly or all `together`, and return the exit code.

    `strict` has the same effect as in `translate`.
    """
    check_choice("--format", form, tuple(RESULT_SUFFIXES))
    check_choice("--language", bullet_options.language, ("en", "id", "both"))

    def work(runtime: Runtime, manuscripts: Sequence[Manuscript], progress: Progress) -> _Output:
        order = Order(
            "summary",
            tuple(manuscripts),
            bullet_options=bullet_options,
            strict_language=settings.strict_language,
        )
        began = time.perf_counter()
        document = runtime.results.result(order, RequestContext(progress=progress))
        result = document.summary(time.perf_counter() - began)
        flagged, warnings = bool(result.flagged), result.report.warnings
        if form == "json":
            return _Output(result.model_dump_json(indent=2), warnings, flagged)
        text = "\n\n".join(part for part in (result.headline, _bullets(result)) if part)
        texts = {"text": text, "html": result.html, "markdown": result.markdown}
        return _Output(texts[form], warnings, flagged)

    return _run(paths, form, output, strict, settings, work, together=together)


def _bullets(result: SummaryOut) -> str:
    """Return the bullets as text, with their Indonesian if it was requested."""
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
    """Translate one file line by line and return the exit code.

    `strict` has the same effect as in `translate`.
    """
    text = find_single_input(paths).read()
    # Only a line feed ends a line: other separators may be part of a sentence.
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    mismatches = mismatches_of_lines(lines)
    if settings.strict_language:
        refuse(mismatches)
    for mismatch in mismatches:
        say(f"kabar: {mismatch}: its English is not reliable")
    runtime = open_runtime(settings, say)
    with _told_when_interrupted(settings), progress_bar("translating") as progress:
        translated, doubtful = runtime.pipeline.translate_lines(
            lines,
            progress,
            runtime.registry.choose(None),
            runtime.corrections.for_article,
        )
    for number, flags in doubtful:
        say(f"kabar: line {number}: {', '.join(flags)}")
    result = "".join(line + "\n" for line in translated)
    if output is None:
        print_text(result)
    else:
        write_text(output, result)
    return Doubtful.exit_code if strict and doubtful else 0


@contextmanager
def _told_when_interrupted(settings: Settings) -> Iterator[None]:
    """Say on Ctrl-C what of the work is kept."""
    try:
        yield
    except KeyboardInterrupt:
        kept = (
            "the same command continues: the sentences done so far are in the cache"
            if settings.cache
            else "nothing is kept of an unfinished article without the cache"
        )
        say(f"kabar: interrupted; {kept}")
        raise


def _run(
    paths: Sequence[str],
    form: str,
    output: Path | None,
    strict: bool,
    settings: Settings,
    work: _Work,
    *,
    together: bool = False,
) -> int:
    inputs = find_inputs(paths)
    for suffix, count in unread_files(paths).most_common():
        files = f"{suffix} file" + ("" if count == 1 else "s")
        say(f"kabar: {count:,} {files} left out: use -o OUT without --format, which keeps formats")
    groups = [inputs] if together else [[item] for item in inputs]
    several = len(groups) > 1
    targets = result_paths([group[0] for group in groups], form, output)
    # A single order is read before the model loads, so that an error costs no time.
    single = None if several else [item.manuscript() for item in inputs]
    status = 0
    runtime = open_runtime(settings, say)
    began = time.perf_counter()
    with _told_when_interrupted(settings), progress_bar("translating") as progress:
        for number, group in enumerate(groups):
            name = group[0].name
            try:
                result = work(runtime, single or [one.manuscript() for one in group], progress)
            except KabarError as error:
                if not several:
                    raise
                say(f"kabar: {name}: {error.title}: {error.detail}")
                status = status or error.exit_code
                continue
            for warning in result.warnings:
                say(f"kabar: {name}: {warning}")
            if strict and result.flagged:
                status = status or Doubtful.exit_code
            if targets is not None:
                write_text(targets[number], result.text + "\n" if result.text else "")
            else:
                print_result(name, result.text, form, several)
    if several:
        say(f"{len(groups)} articles in {time.perf_counter() - began:.1f} s")
    return status
