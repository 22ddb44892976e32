"""Rows with named fields: the text of a row as one article, and its English by field.

JSON, CSV and Parquet share this. A field with a headline is one block. Any other field is an
article of its own, as text or as HTML. All other fields stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.article import Article, Kind
from service.documents import rendering
from service.documents.formats.base import FormatOptions, Record, Unit, joined, parted
from service.documents.html import read_html
from service.documents.manuscript import canonical
from service.documents.text import Part, read_fields, read_parts

# Field names that hold headlines, and those that hold text, in Indonesian and English.
_HEADLINES = frozenset("headline title judul judul_berita subtitle deck subjudul alt".split())
_TEXTS = frozenset(
    "body text content article summary description abstract caption lead lede excerpt quote html"
    " isi isi_berita teks konten artikel berita ringkasan deskripsi keterangan paragraphs".split()
)
KNOWN_FIELDS = _HEADLINES | _TEXTS
# The field that `--summaries` adds, and the ending of the name of an English one beside its source.
BULLETS, ENGLISH = "bullets", "_en"
_HTML = re.compile(r"<(?:p|div|br|h[1-6]|ul|ol|li|article|section|html|body|b|i|a)\b[^>]*>", re.I)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a row: its name, and an article for each of its texts.

    `is_list` is true for a list of paragraphs. Indexes with texts are in `places`.
    """

    name: str
    articles: tuple[Article, ...]
    places: tuple[int, ...] = (0,)
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class RowUnit(Unit):
    """A row, with its fields that have text."""

    fields: tuple[Field, ...] = ()


def known_fields(names: Iterable[str], options: FormatOptions) -> tuple[str, ...]:
    """Return the fields to translate among these names."""
    return tuple(options.fields) or tuple(
        name for name in names if name.strip().lower() in KNOWN_FIELDS
    )


def row_unit(values: Mapping[str, Any], label: str, end: int = 0) -> RowUnit:
    """Return the unit of a row, from the values of the fields to translate."""
    fields = []
    for name, value in values.items():
        if isinstance(value, str) and value.strip():
            fields.append(Field(name, (_article(name, value),)))
        elif isinstance(value, (list, tuple)):
            texts = [(n, _article(name, text)) for n, text in enumerate(value) if _is_text(text)]
            if texts:
                places = tuple(n for n, _ in texts)
                fields.append(Field(name, tuple(one for _, one in texts), places, is_list=True))
    articles = [article for field in fields for article in field.articles]
    whole, _ = joined(articles)
    return RowUnit(whole, label, end, tuple(fields))


def row_record(unit: Unit, article: Article, bullets: Sequence[str] | None) -> Record:
    """Return the English by field: a text, or a dict of texts by index in a list."""
    assert isinstance(unit, RowUnit)
    originals = [one for field in unit.fields for one in field.articles]
    english = iter([_english(part) for part in parted(article, originals)])
    fields: dict[str, Any] = {}
    for field in unit.fields:
        texts = [next(english) for _ in field.articles]
        fields[field.name] = dict(zip(map(str, field.places), texts, strict=True))
        if not field.is_list:
            fields[field.name] = texts[0]
    record: Record = {"fields": fields}
    if bullets is not None:
        record[BULLETS] = list(bullets)
    return record


def with_english(value: Any, english: Any) -> Any:
    """Return the value of a field in English; `english` is from `row_record`."""
    if not isinstance(english, Mapping):
        return english
    changed = list(value)
    for index, text in english.items():
        changed[int(index)] = text
    return changed


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _article(name: str, text: str) -> Article:
    if _HTML.search(text):
        return read_html(text)
    last = name.rpartition(".")[2].strip().lower()
    if last in _HEADLINES:
        return read_parts([Part(" ".join(canonical(text).split()), Kind.HEADLINE)])
    return read_fields(None, canonical(text))


def _english(article: Article) -> str:
    return rendering.html(article) if article.frame else rendering.plain_text(article)
