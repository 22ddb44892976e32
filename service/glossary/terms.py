"""Glossaries and their files: CSV or TSV in UTF-8, one term per row.

The columns are `source,target,note,case`. `source` is the Indonesian term. `target` is the accepted
English: alternatives separated by `|`, the preferred one first. `note` is for editors. `case` is
`any` (the default: capitals do not matter) or `exact` (only as written). A target that begins with
`the ` takes the article in a running sentence. One that begins with `* ` follows the name that the
source has after the term (`* regency`: Kabupaten Sleman, Sleman regency).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from service.errors import ServiceError

MAX_TERMS = 20_000
# No name of an office is longer; a whole line in one field means a missing separator.
MAX_CHARACTERS = 200
# Size of a file; 20,000 full rows take less.
MAX_BYTES = 32 * 1024 * 1024

_MAX_FIELD = 131_072  # characters: no term has as many, so a quotation mark is open
_HEADER = ("source", "target", "note", "case")
_REQUIRED = frozenset({"source", "target"})
_THE, _AFTER_NAME = "the ", "* "
_SPACES = re.compile(r"\s+")


class InvalidGlossary(ServiceError):
    """A glossary file with an error; the message names the line."""

    slug = "invalid-glossary"
    title = "The glossary cannot be used"
    status = 422
    exit_code = 3


class Case(StrEnum):
    """The role of capitals in a match: `Bintang` is a name, `bintang` a star."""

    ANY = "any"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Term:
    """An Indonesian term and its accepted English.

    There is at least one target, the preferred one first. The targets have no article. `takes_the`
    says that the preferred one takes `the`, and `after_name` that it follows a name.
    """

    source: str
    targets: tuple[str, ...]
    case: Case = Case.ANY
    takes_the: bool = False
    after_name: bool = False
    note: str = ""

    @property
    def preferred(self) -> str:
        return self.targets[0]

    @property
    def field(self) -> str:
        """The targets as in a file."""
        prefix = _THE if self.takes_the else _AFTER_NAME if self.after_name else ""
        return prefix + "|".join(self.targets)

    @property
    def acronym(self) -> str | None:
        """The Indonesian acronym that stays in English, or None.

        It is explained at its first mention. It is an alternative target that is the source itself,
        or a word of it in capitals.
        """
        for target in self.targets[1:]:
            if target == self.source and _is_acronym(target):
                return target
            if target.isupper() and len(target) > 1 and target in self.source.split():
                return target
        return None


@dataclass(frozen=True)
class Glossary:
    """Terms that are applied together, and the hash of their content."""

    terms: tuple[Term, ...]

    @cached_property
    def hash(self) -> str:
        """The sha256 of everything that affects a translation: all but the notes."""
        content = [
            [t.source, list(t.targets), t.case.value, t.takes_the, t.after_name] for t in self.terms
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def over(self, other: Glossary) -> Glossary:
        """Return both merged; this one takes precedence for the same source."""
        own = {_key(term) for term in self.terms}
        return Glossary(self.terms + tuple(t for t in other.terms if _key(t) not in own))


def term_of(source: str, target: str, case: str = "", note: str = "") -> Term:
    """Return a term from its fields. Raises `ValueError` that names the error."""
    source, case = _clean(source), _clean(case) or Case.ANY
    targets = [_clean(alternative) for alternative in target.split("|")]
    if not source:
        raise ValueError("the source is empty")
    if not any(character.isalnum() for character in source):
        raise ValueError(f"the source {source!r} has no letter or digit")
    if not all(targets):
        raise ValueError(
            "the target is empty" if targets == [""] else f"an alternative in {target!r} is empty"
        )
    if case not in list(Case):
        raise ValueError(f"the case {case!r} is unknown: write any, exact, or leave it empty")
    for text in (source, *targets):
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"{text[:30]!r}… is longer than {MAX_CHARACTERS} characters")
    bare = [target.removeprefix(_THE).removeprefix(_AFTER_NAME) for target in targets]
    return Term(
        source=source,
        targets=tuple(dict.fromkeys(bare)),
        case=Case(case),
        takes_the=targets[0].startswith(_THE),
        after_name=targets[0].startswith(_AFTER_NAME),
        note=note.strip(),
    )


def read_glossary(data: bytes, name: str) -> Glossary:
    """Return the glossary of a file.

    Raises `InvalidGlossary` that names the file and the line.
    """
    if len(data) > MAX_BYTES:
        raise InvalidGlossary(f"{name} is over {MAX_BYTES // 2**20} MB: split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidGlossary(
            f"{name}, line {line}: not UTF-8 (byte {error.start}): save the file as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidGlossary(f"{name}, line {line}: a zero byte: this is not a text file")
    terms: dict[tuple[Case, str], Term] = {}
    lines: dict[tuple[Case, str], int] = {}
    for line, term in _rows(text, name):
        known = terms.setdefault(_key(term), term)
        if known.targets != term.targets:
            raise InvalidGlossary(
                f"{name}, line {line}: {term.source!r} has another target in line "
                f"{lines[_key(term)]}: put both in one row, separated by |"
            )
        lines.setdefault(_key(term), line)
        if len(terms) > MAX_TERMS:
            raise InvalidGlossary(f"{name}, line {line}: over {MAX_TERMS:,} terms: split the file")
    return Glossary(tuple(terms.values()))


def _rows(text: str, name: str) -> Iterator[tuple[int, Term]]:
    first = text.split("\n", 1)[0]
    csv.field_size_limit(_MAX_FIELD)  # another reader may have raised it
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first else ",")
    columns: Sequence[str] | None = None
    line = 1
    try:
        for row in reader:
            began, line = line, reader.line_num + 1
            if not any(field.strip() for field in row):
                continue
            if columns is None:
                columns = _columns(row, f"{name}, line {began}")
                continue
            if len(row) > len(columns):
                raise InvalidGlossary(
                    f"{name}, line {began}: {len(row)} fields, but the header has {len(columns)}: "
                    f"put quotation marks around a field that contains the separator"
                )
            fields = dict(zip(columns, row, strict=False))
            try:
                term = term_of(
                    fields["source"],
                    fields.get("target", ""),
                    fields.get("case", ""),
                    fields.get("note", ""),
                )
            except ValueError as error:
                raise InvalidGlossary(f"{name}, line {began}: {error}") from None
            yield began, term
    except csv.Error as error:
        raise InvalidGlossary(f"{name}, line {line}: {error}") from None
    if columns is None:
        raise InvalidGlossary(f"{name} is empty: begin it with the line {','.join(_HEADER)}")


def _columns(row: Sequence[str], place: str) -> list[str]:
    columns = [_clean(field).lower() for field in row]
    if not set(columns) >= _REQUIRED or not set(columns) <= set(_HEADER):
        raise InvalidGlossary(
            f"{place}: no header: begin with the line {','.join(_HEADER)}, separated by commas or "
            f"tabs (note and case are optional)"
        )
    if len(set(columns)) < len(columns):
        raise InvalidGlossary(f"{place}: the header names a column twice")
    return columns


def _key(term: Term) -> tuple[Case, str]:
    source = term.source if term.case is Case.EXACT else term.source.casefold()
    return term.case, source


def _clean(field: str) -> str:
    return unicodedata.normalize("NFC", _SPACES.sub(" ", field).strip())


def _is_acronym(source: str) -> bool:
    """Return True for `KPK`, `Bawaslu`, `Komnas HAM`; not for `pesantren`."""
    words = source.split()
    return source[0].isupper() and (
        len(words) == 1 or any(len(word) > 1 and word.isupper() for word in words)
    )
