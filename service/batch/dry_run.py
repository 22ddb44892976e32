"""The dry run: words, cache hits and time, without a translation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.errors import KabarError
from service.batch.events import Listener, tell_failed
from service.batch.faults import as_error
from service.batch.inputs import BatchInput
from service.batch.work import Work
from service.documents.formats.base import BadRow, FormatOptions, Unit
from service.translation.preparation import prepare, with_corrections

# Sentences that are translated to measure the speed.
_SAMPLE = 32


@dataclass(slots=True)
class DryRun:
    """The counts of all files; `seconds` is None if nothing needs the model."""

    files: int = 0
    failed: int = 0
    bad_rows: int = 0
    words: int = 0
    sentences: int = 0
    cached: int = 0
    seconds: float | None = None
    new_words: int = 0
    _sample: list[str] = field(default_factory=list)


def dry_run(
    inputs: Sequence[BatchInput], options: FormatOptions, work: Work, listener: Listener
) -> DryRun:
    """Read all files and count; a file that cannot be read is told and left out."""
    counts = DryRun()
    for item in inputs:
        try:
            source = item.format.open(item.path, options)
            for unit in source.units():
                _count(unit, work, counts)
        except Exception as error:  # a library may raise anything for a damaged file
            counts.failed += 1
            tell_failed(listener, item.name, as_error(error))
        else:
            counts.files += 1
    if counts._sample and counts.new_words:
        counts.seconds = counts.new_words / _words_per_second(work, counts._sample)
    return counts


def _count(unit: Unit | BadRow, work: Work, counts: DryRun) -> None:
    if isinstance(unit, BadRow):
        counts.bad_rows += 1
        return
    article = prepare(unit.article)
    article = with_corrections(article, work.corrections.for_article(article))
    sources, cached = work.pipeline.untranslated(article)
    words = sum(len(source.split()) for source in sources)
    counts.words += words
    counts.sentences += len(sources)
    counts.cached += cached
    counts.new_words += words * (len(sources) - cached) // max(1, len(sources))
    if cached < len(sources) and len(counts._sample) < _SAMPLE:
        counts._sample.extend(sources[: _SAMPLE - len(counts._sample)])


def _words_per_second(work: Work, sources: Sequence[str]) -> float:
    """Measure the speed. Their results are cached, so that nothing is done twice."""
    began = time.perf_counter()
    try:
        results = work.pipeline.translate_sentences(sources, glossary=work.glossary)
    except KabarError:
        return 1.0
    new = [source for source, one in zip(sources, results, strict=True) if not one.reused]
    seconds = time.perf_counter() - began
    return max(1.0, sum(len(source.split()) for source in new) / seconds)
