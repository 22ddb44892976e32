"""Compare the kinds of blocks that Kabar finds in pages with labels.

It needs folders of labeled pages, one page per file. A row is a kind of `service.article.Kind`, a
sign, and the text. An empty row is an empty line of the page.

    # a comment
    headline | a new line
    furniture + glued to the line before
    paragraph _ on the line before, after a space
    more | another line of the same block

It prints Markdown tables: story taken for furniture, and so lost; furniture left in the story;
wrong borders of blocks; and wrong kinds. A line counts if one of its visible characters does.
Characters are compared before repairs. A folder without pages, or a page with another format, ends
the program with exit status 2.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.article import Kind
from service.documents.text import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ROW = re.compile(r"([a-z_]+) ([|+_]) (.*)")
_BEFORE = {"|": "\n", "+": "", "_": " "}

app = typer.Typer(add_completion=False)


class InputError(Exception):
    """A page that cannot be read; the message names the line and the reason."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A labeled line, `text[start:end]`.

    `begins` is False for later lines of a block.
    """

    kind: Kind
    start: int
    end: int
    begins: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page as pasted, and its labeled lines in order."""

    name: str
    text: str
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class Score:
    """Counts of labeled lines, visible characters and blocks over some pages."""

    pages: int = 0
    story_lines: int = 0
    story_characters: int = 0
    lost_lines: int = 0
    lost_characters: int = 0
    furniture_lines: int = 0
    furniture_characters: int = 0
    left_lines: int = 0
    left_characters: int = 0
    blocks: int = 0
    wrong_borders: int = 0
    kinds: Counter[tuple[Kind, Kind]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def right_kinds(self) -> int:
        return sum(count for (true, found), count in self.kinds.items() if true is found)


def read_page(name: str, rows: Iterable[str]) -> Page:
    """Read a labeled page. Raises `InputError`."""
    text, pieces, kind = "", [], None
    for number, raw in enumerate(rows, start=1):
        row = raw.rstrip("\n")
        if row.startswith("#"):
            continue
        if not row:
            text += "\n"
            continue
        match = _ROW.fullmatch(row)
        begins = match is not None and match[1] != "more"
        if match is None or (begins and match[1] not in set(Kind)) or not (begins or kind):
            raise InputError(
                f"{name}: line {number}: {row!r} is not a kind ({', '.join(Kind)}, or `more`), one "
                f"of the signs | + _, and text"
            )
        kind = Kind(match[1]) if begins else kind
        text += _BEFORE[match[2]] if text else ""
        if kind is not None:
            pieces.append(Piece(kind, len(text), len(text) + len(match[3]), begins))
        text += match[3]
    if not pieces:
        raise InputError(f"{name}: the page has no labeled line")
    return Page(name, text, tuple(pieces))


def read_folder(folder: Path) -> list[Page]:
    """Read the pages of a folder, by name. Raises `InputError` and `OSError`."""
    pages = []
    for path in sorted(folder.glob("*.txt")):
        with path.open(encoding="utf-8") as rows:
            pages.append(read_page(path.stem, rows))
    if not pages:
        raise InputError(f"{folder} has no labeled page (.txt)")
    return pages


def found_kinds(text: str) -> tuple[list[Kind | None], set[int]]:
    """Return Kabar's kind of each character, and the starts of blocks.

    The kind of white space is None.
    """
    article = read_text(text)
    kinds: list[Kind | None] = [None] * len(article.lead)
    begins = []
    for block in article.blocks:
        begins.append(len(kinds))
        kinds += [block.kind] * len(block.source) + [None] * len(block.separator)
    # Positions in the repaired text, by position in the text.
    positions: list[int] = []
    shift = 0
    for repair in article.repairs:
        positions += range(len(positions) + shift, repair.start + shift)
        now = repair.start + shift
        last = max(now, now + len(repair.after) - 1)
        positions += [min(now + n, last) for n in range(len(repair.before))]
        shift += len(repair.after) - len(repair.before)
    positions += range(len(positions) + shift, len(text) + shift)
    back = {position: n for n, position in reversed(list(enumerate(positions)))}
    return [kinds[position] if position < len(kinds) else None for position in positions], {
        back[begin] for begin in begins if begin in back
    }


def score(pages: Iterable[Page]) -> Score:
    total = Score()
    for page in pages:
        total.pages += 1
        kinds, begins = found_kinds(page.text)
        true_begins = {piece.start for piece in page.pieces if piece.begins}
        total.blocks += len(true_begins)
        total.wrong_borders += len(true_begins ^ begins)
        for begin in sorted(true_begins ^ begins):
            fault = "joined" if begin in true_begins else "split"
            total.errors.append(f"{page.name}: {fault} before: {page.text[begin : begin + 60]!r}")
        for piece in page.pieces:
            _count(total, page, piece, kinds)
    return total


def _count(total: Score, page: Page, piece: Piece, kinds: list[Kind | None]) -> None:
    found = Counter(
        kind
        for n in range(piece.start, piece.end)
        if not page.text[n].isspace() and (kind := kinds[n]) is not None
    )
    size, furniture = found.total(), found[Kind.FURNITURE]
    main_kind = found.most_common(1)[0][0]
    total.kinds[piece.kind, main_kind] += 1
    if piece.kind is Kind.FURNITURE:
        total.furniture_lines += 1
        total.furniture_characters += size
        total.left_lines += furniture < size
        total.left_characters += size - furniture
    else:
        total.story_lines += 1
        total.story_characters += size
        total.lost_lines += furniture > 0
        total.lost_characters += furniture
    if main_kind is not piece.kind:
        text = page.text[piece.start : piece.end]
        total.errors.append(f"{page.name}: {piece.kind} taken for {main_kind}: {text[:80]!r}")


def table(scores: Mapping[str, Score]) -> str:
    """Return a Markdown table with a row for each folder."""
    lines = [
        "| pages | story lines | lost | characters lost | furniture lines | left in the story "
        "| characters left | kinds right | blocks | borders wrong |",
        "|---|" + "---:|" * 9,
    ]
    for name, s in scores.items():
        cells = [
            f"{s.story_lines}",
            f"{s.lost_lines}",
            f"{s.lost_characters} of {s.story_characters}",
            f"{s.furniture_lines}",
            f"{s.left_lines}",
            f"{s.left_characters} of {s.furniture_characters}",
            f"{s.right_kinds} of {s.kinds.total()}",
            f"{s.blocks}",
            f"{s.wrong_borders}",
        ]
        lines.append(f"| {name} ({s.pages}) | {' | '.join(cells)} |")
    return "\n".join(lines)


def confusion(kinds: Mapping[tuple[Kind, Kind], int]) -> str:
    """Return a Markdown table with true kinds as rows, and Kabar's as columns."""
    used = [kind for kind in Kind if any(kind in pair for pair in kinds)]
    lines = [f"| | {' | '.join(used)} |", "|---|" + "---:|" * len(used)]
    for true in used:
        cells = [str(kinds.get((true, found), "") or "") for found in used]
        lines.append(f"| **{true}** | {' | '.join(cells)} |")
    return "\n".join(lines)


@app.command(
    epilog="Example: python scripts/evaluate_pages.py tests/service/documents/pages/* --errors"
)
def main(
    folders: Annotated[list[Path], typer.Argument(help="Folders of labeled pages.")],
    errors: Annotated[bool, typer.Option("--errors", help="List the errors.")] = False,
) -> None:
    """Print lost story, furniture left in the story, and wrong kinds."""
    scores: dict[str, Score] = {}
    for folder in folders:
        try:
            scores[folder.name] = score(read_folder(folder))
        except (OSError, UnicodeDecodeError, InputError) as error:
            typer.echo(f"evaluate_pages: {folder}: {error}", err=True)
            raise typer.Exit(2) from error
    typer.echo(table(scores))
    for name, counts in scores.items():
        typer.echo(f"\n{name}: true kinds (rows) and Kabar's (columns)\n")
        typer.echo(confusion(counts.kinds))
        if errors:
            typer.echo("\n" + "\n".join(f"- {error}" for error in counts.errors or ["no error"]))


if __name__ == "__main__":
    app()
