"""Documents of any format through the pipeline, with an engine that puts words in brackets."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from naughty import NaughtyEngine

from models.engine import DecodingOptions
from service.article import Article
from service.documents.formats.base import BadRow, Document, FormatOptions, Record
from service.documents.formats.registry import format_of
from service.scheduling.batcher import Batcher
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences


class Bracketing(NaughtyEngine):
    """Any sentence is short enough for it."""

    max_source_tokens = 200


def convert(path: Path, options: FormatOptions | None = None, form: str | None = None) -> bytes:
    """Return the file in "English": every word in brackets."""
    source = format_of(path, form).open(path, options or FormatOptions())
    queue = Batcher(Bracketing())
    pipeline = Pipeline(Sentences(queue), DecodingOptions(beam=1))
    out = io.BytesIO()
    try:
        if isinstance(source, Document):
            articles: list[Article] = []
            for unit in source.units():
                articles.append(pipeline.translate(unit.article).article)
            source.write(out, articles)
        else:
            table = source

            def records() -> Iterator[Record | None]:
                for unit in table.units():
                    if isinstance(unit, BadRow):
                        yield None
                    else:
                        article = pipeline.translate(unit.article).article
                        yield table.record(unit, article, None)

            source.write(out, records())
    finally:
        queue.close()
    return out.getvalue()


def converted(folder: Path, name: str, content: str | bytes, **options: object) -> str:
    """Write a file, and return its "English" as text."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return convert(path, FormatOptions(**options)).decode()  # type: ignore[arg-type]


def bad_rows(path: Path, options: FormatOptions | None = None) -> list[tuple[str, str]]:
    """Return label and reason of each bad row."""
    source = format_of(path).open(path, options or FormatOptions())
    return [(unit.label, unit.detail) for unit in source.units() if isinstance(unit, BadRow)]
