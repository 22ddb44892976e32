"""One file of a run: its units in order, and the writing of its result."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from models.errors import KabarError
from service.article import Article, Kind
from service.batch.errors_file import ErrorsFile
from service.batch.events import error_fields
from service.batch.findings import FileFindings, Findings
from service.batch.inputs import BatchInput
from service.batch.journal import Journal
from service.batch.window import Share
from service.batch.work import Done
from service.documents.files import remove_partial, write_bytes
from service.documents.formats.base import BadRow, Document, NothingTranslated, Record, Table, Unit
from service.scheduling.request import RequestContext
from service.text.language import mismatches

# Key of a bad row in the journal.
_ERROR = "error"
_CHANGED = "changed"


@dataclass(eq=False, slots=True)
class Slot:
    """The place of a unit in its file, before it is finished and after."""

    unit: Unit | BadRow
    share: Share | None = None
    context: RequestContext | None = None
    outcome: Done | KabarError | None = None
    is_done: bool = False


@dataclass(eq=False, slots=True)
class FileRun:
    """A file whose units are translated; the slots are in document order.

    `is_read` is set after the last unit. `error` ends the file without a result.
    """

    item: BatchInput
    source: Document | Table
    findings: Findings
    errors: ErrorsFile
    journal: Journal | None = None
    slots: deque[Slot] = field(default_factory=deque)
    articles: list[Article] = field(default_factory=list)
    bullets: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    counts: FileFindings = field(default_factory=FileFindings)
    is_read: bool = False
    error: KabarError | None = None
    is_stopped: bool = False
    foreign_rows: int = 0
    began: float = field(default_factory=time.monotonic)

    @property
    def is_complete(self) -> bool:
        """Whether all units are accepted, so that the result can be written."""
        return self.is_read and not self.slots

    def fail(self, error: KabarError) -> None:
        """End the file with its first error, and cancel its work."""
        if self.error is None:
            self.error = error
        for slot in self.slots:
            if slot.context is not None:
                slot.context.cancel()

    def advance(self) -> list[BadRow]:
        """Accept finished units up to the first unfinished one; return bad rows."""
        bad: list[BadRow] = []
        while self.slots and self.slots[0].is_done:
            slot = self.slots.popleft()
            if slot.share is not None:
                slot.share.release()
            # After a gap nothing follows: rows are kept in order.
            if self.error is not None or self.is_stopped:
                continue
            if slot.outcome is None and isinstance(slot.unit, Unit):
                self.is_stopped = True
                continue
            if (row := self._accept(slot)) is not None:
                bad.append(row)
        return bad

    def _accept(self, slot: Slot) -> BadRow | None:
        unit, outcome = slot.unit, slot.outcome
        if isinstance(unit, BadRow):
            return self._reject(unit, "bad-row")
        assert outcome is not None
        if isinstance(outcome, KabarError):
            if isinstance(self.source, Document):
                self.error = outcome
                return None
            return self._reject(_row_of(unit, outcome.detail), outcome.slug)
        if isinstance(self.source, Table):
            if outcome.failed:
                detail = f"the engine failed on {outcome.failed} of its sentences: try again"
                return self._reject(_row_of(unit, detail), "engine-failed")
            assert self.journal is not None
            record = self.source.record(unit, outcome.article, outcome.bullets)
            self.journal.append({**record, _CHANGED: _is_changed(outcome.article)})
        else:
            self.articles.append(outcome.article)
            if outcome.bullets:
                self.bullets.append((unit.label, outcome.bullets))
        self._note_language(unit, outcome.article)
        self.findings.add(self.item.name, unit.label, outcome.article, self.counts)
        self.counts.reused += outcome.reused
        self.findings.totals.reused += outcome.reused
        return None

    def _note_language(self, unit: Unit, article: Article) -> None:
        found = mismatches(article)
        if found and isinstance(self.source, Table):
            self.foreign_rows += 1
        elif found:
            place = f"{unit.label}: " if unit.label else ""
            self.source.notes.append(f"{place}{'; '.join(found)}: its English is not reliable")

    @property
    def notes(self) -> list[str]:
        """Messages about the file, complete when it is written."""
        if not self.foreign_rows:
            return self.source.notes
        return [
            *self.source.notes,
            f"rows that look like another language, so that their English is not reliable: "
            f"{self.foreign_rows:,}",
        ]

    def _reject(self, row: BadRow, slug: str) -> BadRow:
        assert self.journal is not None
        about = {"row": row.label, "error": slug, "detail": row.detail, "content": row.content}
        self.journal.append({_ERROR: about})
        self.counts.units += 1
        return row

    def write(self, stdout: IO[bytes] | None) -> None:
        """Write the result, whole or not at all. Raises a `KabarError`."""
        if isinstance(self.source, Document):
            self._check_articles()
        elif self.journal is not None:
            self._check_rows(self.journal)
        output = self.item.output
        if output is None:
            assert stdout is not None
            self._fill(stdout)
            stdout.flush()
        else:
            remove_partial(output)
            write_bytes(output, self._fill)
            if self.bullets:
                text = _bullet_list(self.bullets)
                write_bytes(bullets_path(output), lambda file: file.write(text.encode()))
        if self.journal is not None:
            self._list_errors(self.journal)
            self.journal.remove()

    def _fill(self, file: IO[bytes]) -> None:
        if isinstance(self.source, Document):
            self.source.write(file, self.articles)
        else:
            assert self.journal is not None
            self.source.write(file, _good(self.journal.records()))

    def _check_articles(self) -> None:
        blocks = [block for article in self.articles for block in article.blocks]
        if not any(_has_letters(block.source) for block in blocks):
            raise NothingTranslated("it has no text to translate")
        if all(block.kind is Kind.FURNITURE for block in blocks):
            raise NothingTranslated("every line of it is page furniture")
        if not any(_is_changed(article) for article in self.articles):
            raise NothingTranslated(
                "its English is the same as its source: is it in English already?"
            )

    def _check_rows(self, journal: Journal) -> None:
        first = ""
        rows = bad = 0
        changed = False
        for record in journal.records():
            rows += 1
            if _ERROR in record:
                bad += 1
                first = first or f"{record[_ERROR]['row']}: {record[_ERROR]['detail']}"
            elif record[_CHANGED]:
                changed = True
        self.counts.bad_rows = bad
        if changed:
            return
        self._list_errors(journal)
        journal.remove()
        if not rows:
            raise NothingTranslated("it has no rows")
        if bad == rows:
            raise NothingTranslated(f"none of its rows can be translated; {first}")
        raise NothingTranslated(
            "its English is the same as its source: is it in English already, or empty?"
        )

    def _list_errors(self, journal: Journal) -> None:
        for record in journal.records():
            if _ERROR in record:
                self.errors.append(self.item.name, **record[_ERROR])

    def failure(self) -> dict[str, str]:
        """Return the error as fields."""
        assert self.error is not None
        return error_fields(self.error)


def bullets_path(output: Path) -> Path:
    """Return the file for the bullets of a document."""
    return output.with_suffix(".bullets.md")


def _bullet_list(bullets: list[tuple[str, tuple[str, ...]]]) -> str:
    parts = []
    for label, texts in bullets:
        lines = "".join(f"- {text}\n" for text in texts)
        parts.append(f"## {label}\n\n{lines}" if label else lines)
    return "\n".join(parts)


def _good(records: Iterator[dict[str, Any]]) -> Iterator[Record | None]:
    for record in records:
        yield None if _ERROR in record else record


def _row_of(unit: Unit, detail: str) -> BadRow:
    text = "\n\n".join(block.source for block in unit.article.blocks)
    return BadRow(unit.label, detail, text[:2_000], unit.end)


def _is_changed(article: Article) -> bool:
    return any(
        block.kind is not Kind.FURNITURE and block.target != block.source
        for block in article.blocks
    )


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
