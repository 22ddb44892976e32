"""Subtitles: SubRip (srt) and WebVTT (vtt).

Times, numbers, notes, styles and settings stay byte for byte; only the text of cues changes. A
sentence over several cues is translated as one, and divided among them again by length. Kabar
splices the file itself: pysubs2 and its like drop notes, styles and settings when they write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from service.article import Article, Block, Kind, Mark
from service.documents.decode import decode
from service.documents.formats.base import (
    Document,
    FormatOptions,
    Unit,
    UnreadableFile,
    read_whole,
)
from service.documents.formats.cue_lines import divided, wrapped
from service.documents.rendering import tagged

# Hours are optional in WebVTT; SubRip has a comma before the milliseconds.
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}[^\n]*\n", re.MULTILINE)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]*>|<\d[\d:.]*>|\{\\[^{}\n]*\}")
_SPEAKER = re.compile(r"^[-–—] ?\S", re.MULTILINE)
_ENDS_SENTENCE = re.compile(r"[.?!…♪:;][\"'”’)\]]*$")
# Seconds between two cues of one sentence, and the most cues of one.
_MAX_GAP, _MAX_CUES = 1.5, 6
# Overlapping cues that a note names.
_MAX_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Cue:
    """A cue: its number in the file, its times in seconds, and the span of its text."""

    number: int
    start: float
    end: float
    span: tuple[int, int]
    text: str


@dataclass(frozen=True, slots=True)
class _Passage:
    """Cues that are translated together, and a block for each speaker.

    Several cues share one block.
    """

    cues: tuple[_Cue, ...]
    lines: tuple[str, ...]
    prefixes: tuple[str, ...]


class Subtitles(Document):
    """A subtitle file."""

    def units(self) -> Iterator[Unit]:
        text = decode(read_whole(self.path))
        self._crlf = "\r\n" in text
        self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        cues = list(_cues(self._text))
        if not cues:
            raise UnreadableFile(
                "it has no cue with times (00:00:01,000 --> 00:00:02,000): it is damaged, or no "
                "subtitle file"
            )
        self._note_times(cues)
        self._passages = list(_passages(cues))
        blocks: list[Block] = []
        for passage in self._passages:
            for line in passage.lines:
                words, marks = _marked(line)
                id = f"b{len(blocks) + 1}"
                blocks.append(Block(id, Kind.PARAGRAPH, words, "\n", marks=tuple(marks)))
        yield Unit(Article(tuple(blocks)))

    def write(self, file: IO[bytes], articles: Sequence[Article]) -> None:
        blocks = iter(articles[0].blocks)
        pieces: list[str] = []
        at = 0
        for passage in self._passages:
            own = [next(blocks) for _ in passage.lines]
            for cue, english in zip(passage.cues, _english(passage, own), strict=True):
                start, end = cue.span
                pieces += self._text[at:start], self._shown(cue, english)
                at = end
        text = "".join([*pieces, self._text[at:]])
        file.write((text.replace("\n", "\r\n") if self._crlf else text).encode())

    def _shown(self, cue: _Cue, english: str) -> str:
        return f"{cue.text}\n{english}" if self.options.bilingual else english

    def _note_times(self, cues: Sequence[_Cue]) -> None:
        for cue in cues:
            if cue.end < cue.start:
                raise UnreadableFile(f"cue {cue.number} ends before it begins: correct its times")
        pairs = [
            f"{one.number} and {other.number}"
            for one, other in pairwise(cues)
            if other.start < one.end
        ]
        if pairs:
            more = f" and {len(pairs) - _MAX_NAMED} more" if len(pairs) > _MAX_NAMED else ""
            named = ", ".join(pairs[:_MAX_NAMED])
            self.notes.append(f"cues {named}{more} overlap: their times stay as they are")


def _cues(text: str) -> Iterator[_Cue]:
    for number, match in enumerate(_TIMING.finditer(text), start=1):
        begin = match.end()
        # A blank line ends a cue.
        end = text.find("\n\n", begin - 1)
        end = len(text.rstrip("\n")) if end < 0 else max(end, begin)
        body = text[begin:end]
        if body.strip():
            times = match.groups()
            yield _Cue(number, _seconds(times[:4]), _seconds(times[4:]), (begin, end), body)


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _passages(cues: Sequence[_Cue]) -> Iterator[_Passage]:
    together: list[_Cue] = []
    for cue in cues:
        if together and not _goes_on(together, cue):
            yield _joined(together)
            together = []
        if _is_plain(cue):
            together.append(cue)
            continue
        if together:
            yield _joined(together)
            together = []
        yield _alone(cue)
    if together:
        yield _joined(together)


def _is_plain(cue: _Cue) -> bool:
    return not _TAG.search(cue.text) and not _SPEAKER.search(cue.text)


def _goes_on(together: Sequence[_Cue], cue: _Cue) -> bool:
    last = together[-1]
    text = last.text.rstrip()
    near = 0 <= cue.start - last.end <= _MAX_GAP
    small = cue.text.lstrip()[:1].islower()
    unended = not _ENDS_SENTENCE.search(text) or (small and text.endswith("..."))
    return near and unended and len(together) < _MAX_CUES and (small or text.endswith(","))


def _joined(cues: Sequence[_Cue]) -> _Passage:
    line = " ".join(" ".join(cue.text.split()) for cue in cues)
    return _Passage(tuple(cues), (line,), ("",))


def _alone(cue: _Cue) -> _Passage:
    """Return a passage of one cue, with a line for each speaker."""
    parts: list[str] = []
    prefixes: list[str] = []
    for line in cue.text.split("\n"):
        speaker = re.match(r"[-–—] ?", line)
        if speaker or not parts:
            prefix = speaker[0] if speaker else ""
            prefixes.append(prefix)
            parts.append(line[len(prefix) :].strip())
        else:
            parts[-1] += " " + line.strip()
    return _Passage((cue,), tuple(parts), tuple(prefixes))


def _english(passage: _Passage, blocks: Sequence[Block]) -> list[str]:
    """Return the English of each cue, in lines of readable length."""
    if len(passage.cues) > 1:
        lengths = [len(" ".join(cue.text.split())) for cue in passage.cues]
        return [wrapped(part) for part in divided(blocks[0].target, lengths)]
    lines = []
    for prefix, block in zip(passage.prefixes, blocks, strict=True):
        text = tagged(block.target, block.target_marks, escape=str)
        lines.append(prefix + wrapped(text))
    return ["\n".join(lines)]


def _marked(line: str) -> tuple[str, list[Mark]]:
    """Return the text of a line without tags, and marks for them.

    A tag that is not closed in the line becomes a mark at its place.
    """
    text, at = "", 0
    marks: list[Mark] = []
    waiting: list[tuple[int, str]] = []
    for match in _TAG.finditer(line):
        text += line[at : match.start()]
        at = match.end()
        tag = match[0]
        name = re.sub(r"[</>]|[ .].*", "", tag)
        if tag.startswith("</") and waiting and waiting[-1][1] == name:
            index = waiting.pop()[0]
            opened = marks[index]
            marks[index] = Mark(
                opened.start, len(text), opened.tag, opened.opening, tag, opened.depth
            )
            continue
        if not tag.startswith(("</", "{")) and not tag[1].isdigit():
            waiting.append((len(marks), name))
        depth = len(waiting) - (1 if waiting and waiting[-1][0] == len(marks) else 0)
        marks.append(Mark(len(text), len(text), name or "tag", tag, depth=depth))
    text += line[at:]
    lead = len(text) - len(text.lstrip())
    words = text.strip()
    limit = len(words)
    shifted = [
        Mark(
            min(max(mark.start - lead, 0), limit),
            min(max(mark.end - lead, 0), limit),
            mark.tag,
            mark.opening,
            mark.closing,
            mark.depth,
        )
        for mark in marks
    ]
    return words, _nested(shifted)


def _nested(marks: Sequence[Mark]) -> list[Mark]:
    """Return the marks with the depths that their spans allow."""
    around: list[Mark] = []
    nested = []
    for mark in marks:
        while around and not (around[-1].closing and mark.end <= around[-1].end):
            around.pop()
        nested.append(Mark(mark.start, mark.end, mark.tag, mark.opening, mark.closing, len(around)))
        around.append(nested[-1])
    return nested


def open_document(path: Path, options: FormatOptions) -> Subtitles:
    """Open a subtitle file."""
    return Subtitles(path, options)
