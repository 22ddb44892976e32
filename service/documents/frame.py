"""The frame of an HTML document: its markup, with a place for each block.

The runs of a document and its markup come in; an article with its blocks and frame goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from service.article import Article, Block, Kind, Mark
from service.documents.rendering import escaped
from service.documents.runs import Run
from service.documents.text import Part, read_parts

# Kinds that a fragment may have; every text in it is translated.
_TRANSLATED_KINDS = (Kind.HEADLINE, Kind.SUBHEADING, Kind.LIST_ITEM, Kind.QUOTATION, Kind.CAPTION)


def article_in_frame(runs: Sequence[Run], frame: Sequence[str | Run]) -> Article:
    """Return the article of the runs; one with a dateline gives two blocks."""
    article = read_parts(list(_parts(runs)))
    blocks: list[Block] = []
    waiting = iter(article.blocks)
    for run in runs:
        block = next(waiting)
        if len(block.source) == len(run.text):
            run.frame = [run.lead, len(blocks), run.tail]
            blocks.append(replace(block, marks=tuple(run.marks)))
            continue
        dateline, story = block, next(waiting)
        around, before, after = _cut(run.marks, len(dateline.source), len(run.text), story.source)
        run.frame = [
            run.lead + "".join(mark.opening for mark in around),
            len(blocks),
            escaped(dateline.separator),
            len(blocks) + 1,
            "".join(mark.closing for mark in reversed(around)) + run.tail,
        ]
        blocks += replace(dateline, marks=before), replace(story, marks=after)
    return replace(article, blocks=tuple(blocks), frame=_flat(frame))


def whole_in_frame(runs: Sequence[Run], frame: Sequence[str | Run]) -> Article:
    """Return an article with a block to translate for each run."""
    for number, run in enumerate(runs):
        run.frame = [run.lead, number, run.tail]
    blocks = tuple(
        Block(
            f"b{number}",
            run.kind if run.kind in _TRANSLATED_KINDS else Kind.PARAGRAPH,
            run.text,
            "\n",
            marks=tuple(run.marks),
        )
        for number, run in enumerate(runs, start=1)
    )
    return Article(blocks, frame=_flat(frame), whole=True)


def _parts(runs: Sequence[Run]) -> Iterable[Part]:
    for number, run in enumerate(runs):
        if number + 1 == len(runs):
            separator = ""
        else:
            items = run.kind is runs[number + 1].kind is Kind.LIST_ITEM
            separator = "\n" if items else "\n\n"
        yield Part(run.text, run.kind, separator)


def _cut(
    marks: Sequence[Mark], end: int, length: int, story: str
) -> tuple[list[Mark], tuple[Mark, ...], tuple[Mark, ...]]:
    """Return the marks around a dateline and its paragraph, and inside each.

    The dateline has `end` characters, and both together `length`. A mark across the cut keeps its
    larger part.
    """
    around: list[Mark] = []
    for mark in marks:
        if mark.start > 0 or mark.end < length or mark.depth != len(around):
            break
        around.append(mark)
    start = length - len(story)
    before: list[Mark] = []
    after: list[Mark] = []
    for mark in marks[len(around) :]:
        if mark.end <= end or end - mark.start > mark.end - start:
            before.append(replace(mark, end=min(mark.end, end)))
        else:
            after.append(
                replace(mark, start=max(mark.start - start, 0), end=max(mark.end - start, 0))
            )
    return around, _nested(before), _nested(after)


def _nested(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Return the marks with their depths among themselves."""
    nested: list[Mark] = []
    depths: list[int] = []
    for mark in marks:
        while depths and depths[-1] >= mark.depth:
            depths.pop()
        nested.append(replace(mark, depth=len(depths)))
        depths.append(mark.depth)
    return tuple(nested)


def _flat(frame: Sequence[str | Run]) -> tuple[str | int, ...]:
    """Return markup and block indexes in order, with adjacent markup joined."""
    flat: list[str | int] = []
    texts: list[str] = []
    for item in frame:
        for piece in [item] if isinstance(item, str) else item.frame:
            if isinstance(piece, str):
                texts.append(piece)
                continue
            flat += "".join(texts), piece
            texts = []
    return (*flat, "".join(texts))
