"""What our reader makes of pages whose every line is labelled with its true kind.

In go folders of labelled pages, one page a file. A row is a kind of `service.article.Kind`, a sign
and the text:

    # a comment
    headline | a line of its own
    furniture + glued to the line before it
    paragraph _ on the line before it, after a space
    more | a further line of the same block

and an empty row is an empty line of the page. Out come Markdown tables: story taken for furniture,
which loses it, furniture left in the story, blocks parted elsewhere, and kinds mistaken for others.
A line counts where one of its visible characters does. Repairs are undone before characters are
compared. A folder without pages, or a page that is not of this form, ends the program with exit
status 2.
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
    """A page cannot be read; the message says which line and why."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A labelled part of a page, `text[start:end]`; `begins` is false of a block's later lines."""

    kind: Kind
    start: int
    end: int
    begins: bool


@dataclass(frozen=True, slots=True)
class Page:
    """A page as pasted, and its pieces, in order."""

    name: str
    text: str
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class Score:
    """Counts over pages, of pieces (`lines`) and of visible characters."""

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
    misparted: int = 0
    kinds: Counter[tuple[Kind, Kind]] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    @property
    def right_kinds(self) -> int:
        return sum(count for (true, found), count in self.kinds.items() if true is found)


def read_page(name: str, rows: Iterable[str]) -> Page:
    """A labelled page; raises `InputError`."""
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
                f"{name}: line {number}: a line is a kind ({', '.join(Kind)}, or `more`), one of "
                f"the signs | + _, and text"
            )
        kind = Kind(match[1]) if begins else kind
        text += _BEFORE[match[2]] if text else ""
        if kind is not None:
            pieces.append(Piece(kind, len(text), len(text) + len(match[3]), begins))
        text += match[3]
    if not pieces:
        raise InputError(f"{name}: there is no labelled line in it")
    return Page(name, text, tuple(pieces))


def read_folder(folder: Path) -> list[Page]:
    """The pages of a folder, by name; raises `InputError` and `OSError`."""
    pages = []
    for path in sorted(folder.glob("*.txt")):
        with path.open(encoding="utf-8") as rows:
            pages.append(read_page(path.stem, rows))
    if not pages:
        raise InputError(f"there is no labelled page (.txt) in {folder}")
    return pages


def found_kinds(text: str) -> tuple[list[Kind | None], set[int]]:
    """Our kind of every character of `text`, None of space, and the places where blocks begin."""
    article = read_text(text)
    kinds: list[Kind | None] = [None] * len(article.lead)
    begins = []
    for block in article.blocks:
        begins.append(len(kinds))
        kinds += [block.kind] * len(block.source) + [None] * len(block.separator)
    # `places[n]`: the place in the repaired text of character `n` of the text
    places: list[int] = []
    shift = 0
    for repair in article.repairs:
        places += range(len(places) + shift, repair.start + shift)
        now = repair.start + shift
        last = max(now, now + len(repair.after) - 1)
        places += [min(now + n, last) for n in range(len(repair.before))]
        shift += len(repair.after) - len(repair.before)
    places += range(len(places) + shift, len(text) + shift)
    back = {place: n for n, place in reversed(list(enumerate(places)))}
    return [kinds[place] if place < len(kinds) else None for place in places], {
        back[begin] for begin in begins if begin in back
    }


def score(pages: Iterable[Page]) -> Score:
    total = Score()
    for page in pages:
        total.pages += 1
        kinds, begins = found_kinds(page.text)
        true_begins = {piece.start for piece in page.pieces if piece.begins}
        total.blocks += len(true_begins)
        total.misparted += len(true_begins ^ begins)
        for begin in sorted(true_begins ^ begins):
            sign = "joined" if begin in true_begins else "parted"
            total.errors.append(f"{page.name}: {sign} before: {page.text[begin : begin + 60]!r}")
        for piece in page.pieces:
            _count(total, page, piece, kinds)
    return total


def _count(total: Score, page: Page, piece: Piece, kinds: list[Kind | None]) -> None:
    found = Counter(
        kind
        for n in range(piece.start, piece.end)
        if not page.text[n].isspace() and (kind := kinds[n]) is not None
    )
    size, aside = found.total(), found[Kind.FURNITURE]
    most = found.most_common(1)[0][0]
    total.kinds[piece.kind, most] += 1
    if piece.kind is Kind.FURNITURE:
        total.furniture_lines += 1
        total.furniture_characters += size
        total.left_lines += aside < size
        total.left_characters += size - aside
    else:
        total.story_lines += 1
        total.story_characters += size
        total.lost_lines += aside > 0
        total.lost_characters += aside
    if most is not piece.kind:
        text = page.text[piece.start : piece.end]
        total.errors.append(f"{page.name}: {piece.kind} taken for {most}: {text[:80]!r}")


def table(scores: Mapping[str, Score]) -> str:
    """A row a folder."""
    lines = [
        "| pages | story lines | lost | characters lost | furniture lines | left in the story "
        "| characters left | kinds right | blocks | parted elsewhere |",
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
            f"{s.misparted}",
        ]
        lines.append(f"| {name} ({s.pages}) | {' | '.join(cells)} |")
    return "\n".join(lines)


def confusion(kinds: Mapping[tuple[Kind, Kind], int]) -> str:
    """A row a true kind, a column a kind that we took it for."""
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
    folders: Annotated[list[Path], typer.Argument(help="Folders of labelled pages.")],
    errors: Annotated[bool, typer.Option("--errors", help="List what is wrong.")] = False,
) -> None:
    """Print how much of the story is lost, how much furniture is left in it, and wrong kinds."""
    scores: dict[str, Score] = {}
    for folder in folders:
        try:
            scores[folder.name] = score(read_folder(folder))
        except (OSError, UnicodeDecodeError, InputError) as error:
            typer.echo(f"evaluate_pages: {folder}: {error}", err=True)
            raise typer.Exit(2) from error
    typer.echo(table(scores))
    for name, counts in scores.items():
        typer.echo(f"\n{name}: true kind (row) and ours (column)\n")
        typer.echo(confusion(counts.kinds))
        if errors:
            typer.echo("\n" + "\n".join(f"- {error}" for error in counts.errors or ["no error"]))


if __name__ == "__main__":
    app()
