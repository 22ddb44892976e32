"""The run: units of all files in one shared batch, in bounded memory.

The caller's thread reads ahead until the window is full, and accepts finished units. Other threads
translate a unit each; their sentences share the engine's batches. One more thread writes results.
The units of a file are accepted in their order, those of different files in any order.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from typing import IO, Protocol

from models.errors import KabarError
from service.article import Article
from service.batch.errors_file import ErrorsFile
from service.batch.estimate import Estimate, Progress
from service.batch.events import Event, Listener, tell_failed
from service.batch.faults import as_error
from service.batch.file_run import FileRun, Slot
from service.batch.findings import Findings
from service.batch.inputs import BatchInput
from service.batch.opening import AlreadyDone, Opener
from service.batch.window import Window
from service.batch.work import Done
from service.documents.formats.base import BadRow, Unit, UnreadableFile
from service.scheduling.request import Lane, RequestContext

# Units in work: beams of the inflight engine, so that single sentences can fill it.
_UNIT_ROWS = 192
# Results that wait to be written.
_MAX_WRITES = 16
# Units of one file behind one that is not finished, bad rows included.
_MAX_SLOTS = 4_096
_TICK_SECONDS = 0.25
_PROGRESS_SECONDS = 1.0
# After the first Ctrl-C, the work that runs may take this long.
_GRACE_SECONDS = 5.0
# Bad rows of a file that are told one by one.
_MAX_TOLD = 5


class Translate(Protocol):
    """Translates a unit; see `service.batch.work.Work`."""

    def __call__(self, article: Article, context: RequestContext, *, prose: bool) -> Done: ...


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of a run. `beam` decides how many units are in work."""

    beam: int = 4
    grace_seconds: float = _GRACE_SECONDS


class Run:
    """Translates files. `stop` may be called from a signal handler."""

    def __init__(
        self,
        translate: Translate,
        opener: Opener,
        errors: ErrorsFile,
        listener: Listener,
        options: RunOptions,
        stdout: IO[bytes] | None = None,
    ) -> None:
        self._translate, self._opener, self._errors = translate, opener, errors
        self._listener, self._options, self._stdout = listener, options, stdout
        self.findings = Findings()
        units = max(32, _UNIT_ROWS // options.beam)
        self._window = Window(units)
        self._pool = ThreadPoolExecutor(units, thread_name_prefix="unit")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._arrived: SimpleQueue[tuple[FileRun, Slot | None]] = SimpleQueue()
        self._files: list[FileRun] = []
        self._running: dict[Slot, Future[None]] = {}
        self._writes = self._finished_files = 0
        self._stopping = False
        self._stopped_at: float | None = None
        self._next_progress = 0.0

    @property
    def is_stopped(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Begin nothing new: finish what runs, and write what is done."""
        self._stopping = True

    def run(self, inputs: Sequence[BatchInput]) -> Findings:
        """Translate all files; return the counts."""
        self._inputs = inputs
        self._estimate = Estimate(inputs)
        self._began = time.monotonic()
        try:
            for item in inputs:
                if self._stopping:
                    break
                self._read(item)
            while self._running or self._writes or any(self._unfinished()):
                self._settle(wait=True)
        finally:
            for slot, future in self._running.items():
                future.cancel()
                if slot.context is not None:
                    slot.context.cancel()
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._writer.shutdown(wait=True)
            for file in self._files:
                if file.journal is not None:
                    file.journal.close()
        self.findings.seconds = time.monotonic() - self._began
        return self.findings

    def _unfinished(self) -> Iterator[FileRun]:
        return (file for file in self._files if not file.is_complete and not self._stopping)

    def _read(self, item: BatchInput) -> None:
        """Read a file unit by unit, and begin each as soon as there is room."""
        try:
            source, journal = self._opener.open(item)
        except AlreadyDone:
            self.findings.skipped += 1
            self._finished_files += 1
            self._estimate.skip(item.format.name, item.size)
            self._tell("skipped", path=item.name, output=str(item.output))
            return
        except (KabarError, OSError) as error:
            self._fail(item, as_error(error))
            return
        file = FileRun(item, source, self.findings, self._errors, journal)
        self._files.append(file)
        reading = _Reading(self._estimate, item)
        try:
            for unit in self._opener.units(file):
                reading.read(unit)
                self._begin(file, unit)
                while not self._stopping and not self._has_room(file):
                    self._settle(wait=True)
                self._settle(wait=False)
                if self._stopping or file.error is not None:
                    break
            else:
                file.is_read = True
        except Exception as error:  # a library may raise anything for a damaged file
            file.fail(as_error(error))
        reading.end()
        self._close(file)

    def _has_room(self, file: FileRun) -> bool:
        few = self._writes < _MAX_WRITES and len(file.slots) < _MAX_SLOTS
        return few and self._window.has_room

    def _begin(self, file: FileRun, unit: Unit | BadRow) -> None:
        slot = Slot(unit)
        file.slots.append(slot)
        if isinstance(unit, BadRow):
            slot.is_done = True
            self._accept(file)
            return
        slot.share = self._window.begin(unit.characters)
        words = sum(len(block.source.split()) for block in unit.article.blocks)
        slot.context = RequestContext(Lane.ARCHIVE, progress=_Counter(self._estimate, slot, words))
        future = self._pool.submit(self._work, file, slot)
        self._running[slot] = future
        future.add_done_callback(lambda _: self._arrived.put((file, slot)))

    def _work(self, file: FileRun, slot: Slot) -> None:
        """Translate a unit, in a thread of the pool."""
        assert isinstance(slot.unit, Unit)
        assert slot.context is not None
        try:
            slot.outcome = self._translate(
                slot.unit.article, slot.context, prose=file.item.format.is_prose
            )
        except KabarError as error:
            # Without an outcome the unit was cancelled, and is not a failure.
            slot.outcome = None if slot.context.cancelled else error
        except Exception as error:  # one text must not end a run of a million
            slot.outcome = UnreadableFile(f"Kabar failed on it ({type(error).__name__}: {error})")

    def _settle(self, *, wait: bool) -> None:
        """Accept what has arrived; with `wait`, for the first of it."""
        self._check_stop()
        timeout = _TICK_SECONDS if wait else None
        while True:
            try:
                file, slot = self._arrived.get(block=wait, timeout=timeout)
            except Empty:
                break
            wait, timeout = False, None
            if slot is None:
                self._writes -= 1
                self._finish(file)
                continue
            del self._running[slot]
            slot.is_done = True
            if slot.share is not None:
                left = slot.share.finish()
                if slot.outcome is not None:
                    self._estimate.finish(left)
            self._accept(file)
        self._tell_progress()

    def _accept(self, file: FileRun) -> None:
        failed_before = file.error is not None
        for row in file.advance():
            file.counts.bad_rows += 1
            self.findings.totals.bad_rows += 1
            if file.counts.bad_rows <= _MAX_TOLD:
                self._tell("row_failed", path=file.item.name, row=row.label, detail=row.detail)
        if file.error is not None and not failed_before:
            file.fail(file.error)
        self._close(file)

    def _close(self, file: FileRun) -> None:
        """Write the file if all of it is accepted, or give it up."""
        if file not in self._files:
            return
        if file.error is not None and not file.slots:
            self._files.remove(file)
            if file.journal is not None:
                file.journal.remove()
            self._fail(file.item, file.error)
        elif file.is_complete and not file.is_stopped:
            self._files.remove(file)
            self._writes += 1
            future = self._writer.submit(file.write, self._stdout)
            future.add_done_callback(partial(self._on_written, file))

    def _on_written(self, file: FileRun, future: Future[None]) -> None:
        error = future.exception()
        if error is not None:
            file.error = as_error(error)
        self._arrived.put((file, None))

    def _finish(self, file: FileRun) -> None:
        if file.error is not None:
            if file.journal is not None:
                file.journal.close()
            self._fail(file.item, file.error)
            return
        self.findings.files += 1
        self._finished_files += 1
        for note in file.notes:
            self._tell("note", path=file.item.name, detail=note)
        counts = file.counts
        self._tell(
            "file_done",
            path=file.item.name,
            output=None if file.item.output is None else str(file.item.output),
            words=counts.words,
            sentences=counts.sentences,
            flagged=counts.flagged,
            furniture=counts.furniture,
            bad_rows=counts.bad_rows,
            seconds=round(time.monotonic() - file.began, 3),
        )

    def _fail(self, item: BatchInput, error: KabarError) -> None:
        self.findings.failed += 1
        self.findings.errors[error.slug] += 1
        self._finished_files += 1
        self._errors.append(item.name, error=error.slug, detail=error.detail)
        tell_failed(self._listener, item.name, error)

    def _check_stop(self) -> None:
        if not self._stopping:
            return
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            # Units that no thread has begun do not count as running.
            for future in list(self._running.values()):
                future.cancel()
            self._tell("stopping", units=len(self._running))
        elif time.monotonic() - self._stopped_at > self._options.grace_seconds:
            for slot in list(self._running):
                if slot.context is not None:
                    slot.context.cancel()

    def _tell_progress(self) -> None:
        now = time.monotonic()
        if now < self._next_progress:
            return
        self._next_progress = now + _PROGRESS_SECONDS
        progress: Progress = self._estimate.progress(self._finished_files, len(self._inputs))
        self.findings.sample(now - self._began, progress.words_per_second)
        self._tell(
            "progress",
            files_done=progress.files_done,
            files=progress.files,
            words=progress.words,
            share=round(progress.share, 4),
            words_per_second=_rounded(progress.words_per_second),
            seconds_left=_rounded(progress.seconds_left),
        )

    def _tell(self, name: str, **fields: object) -> None:
        self._listener(Event(name, fields))


class _Counter:
    """Counts the sentences of a unit as they are finished."""

    def __init__(self, estimate: Estimate, slot: Slot, words: int) -> None:
        self._estimate, self._slot, self._words = estimate, slot, words
        self._counted = 0

    def __call__(self, done: int, total: int) -> None:
        assert self._slot.share is not None
        words = self._words * done // max(1, total)
        self._estimate.finish(self._slot.share.progress(done, total), words - self._counted)
        self._counted = words


class _Reading:
    """Counts the parts of a file as they are read."""

    def __init__(self, estimate: Estimate, item: BatchInput) -> None:
        self._estimate, self._item = estimate, item
        self._end = self._characters = 0

    def read(self, unit: Unit | BadRow) -> None:
        characters = unit.characters if isinstance(unit, Unit) else 0
        size = max(0, min(unit.end, self._item.size) - self._end)
        self._end += size
        self._estimate.read(self._item.format.name, size, characters)

    def end(self) -> None:
        self._estimate.read(self._item.format.name, self._item.size - self._end, 0)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
