"""A feed of a key's latest summaries, as RSS 2.0 or Atom 1.0.

In: summaries and their owners. Out: the newest summaries of an owner, and feed documents in UTF-8
with the validators of conditional requests (RFC 9110). The summaries are in one SQLite file, which
several threads and processes may share.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lxml import etree

from service.documents.xml_text import on_one_line, printable
from service.errors import ServiceError
from service.storage.database import Database

# For each owner.
MAX_ENTRIES = 100

# Append only: file version n has had the first n applied.
_MIGRATIONS = (
    (
        """
        CREATE TABLE entry (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which they were added
            owner TEXT NOT NULL,  -- the id of a key; empty without keys
            id TEXT NOT NULL,
            headline TEXT,
            one_line TEXT,
            bullets TEXT NOT NULL,  -- JSON
            html TEXT NOT NULL,
            language TEXT NOT NULL,
            created INTEGER NOT NULL,  -- seconds since 1970
            UNIQUE (owner, id)
        )
        """,
        "CREATE INDEX entry_newest ON entry (owner, created, number)",
    ),
)
_COLUMNS = "id, headline, one_line, bullets, html, language, created"

_ATOM = "http://www.w3.org/2005/Atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_A = f"{{{_ATOM}}}"
# The formats of RFC 9110, 5.6.7. Only the first is written today.
_HTTP_DATE = re.compile(
    r"\w+, \d\d(?: \w{3} \d{4}|-\w{3}-\d\d) \d\d:\d\d:\d\d GMT"
    r"|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}",
    re.ASCII,
)
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


class FeedUnusable(ServiceError):
    """A file of the feed that cannot be read or written."""

    slug = "feed-unusable"
    title = "The feed cannot be used"
    status = 503
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A summary in a feed.

    `html` is its content, `language` is a code, and `created` has a time zone. An entry from the
    file has `created` in UTC, to the second, and U+FFFD for each character that XML cannot hold.
    """

    id: str
    headline: str | None
    one_line: str | None
    bullets: tuple[str, ...]
    html: str
    language: str
    created: datetime

    @property
    def uri(self) -> str:
        """A URN that is the same for a summary on every server."""
        return f"urn:kabar:summary:{quote(printable(self.id), safe='')}"

    @property
    def title(self) -> str:
        """The first text of the summary, on one line."""
        texts = (self.headline or "", self.one_line or "", *self.bullets)
        return next(filter(None, map(on_one_line, texts)), "Summary")


class Feed:
    """The file of the feed, opened at the first use.

    Every method may raise `FeedUnusable`.
    """

    def __init__(self, path: Path) -> None:
        self._file = Database(path, _MIGRATIONS, FeedUnusable, "the feed")

    def add(self, owner: str | None, entry: Entry) -> None:
        """Add a summary, unless the owner's feed has its id.

        The owner is the id of a key, or None without keys. The oldest summaries over 100 are
        removed.
        """
        with self._file.writing() as db:
            db.execute(
                f"INSERT INTO entry (owner, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (owner, id) DO NOTHING",
                (owner or "", *_row(entry)),
            )
            db.execute(
                "DELETE FROM entry WHERE number IN (SELECT number FROM entry WHERE owner = ? "
                "ORDER BY created DESC, number DESC LIMIT -1 OFFSET ?)",
                (owner or "", MAX_ENTRIES),
            )

    def latest(self, owner: str | None, count: int = 50) -> list[Entry]:
        """Return at most `count` summaries of an owner, newest first."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM entry WHERE owner = ? "
                "ORDER BY created DESC, number DESC LIMIT ?",
                (owner or "", count),
            ).fetchall()
        return [_entry(row) for row in rows]

    def close(self) -> None:
        """Close the file for good."""
        self._file.close()


def rss(entries: Sequence[Entry], self_url: str, title: str, updated: datetime) -> bytes:
    """Return the feed as RSS 2.0.

    `self_url` is the address of the feed. `updated` is the time of its last change, with a time
    zone.
    """
    root = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": _ATOM})
    channel = _append(root, "channel")
    _append(channel, "title", on_one_line(title))
    _append(channel, "link", self_url)
    _append(channel, "description", on_one_line(title))
    # RSS has one language for all entries.
    if len(languages := {entry.language for entry in entries}) == 1:
        _append(channel, "language", *languages)
    _append(channel, "lastBuildDate", _http_date(updated))
    _append(channel, _A + "link", rel="self", type="application/rss+xml", href=self_url)
    for entry in entries:
        item = _append(channel, "item")
        _append(item, "title", entry.title)
        _append(item, "description", entry.html)
        _append(item, "guid", entry.uri, isPermaLink="false")
        _append(item, "pubDate", _http_date(entry.created))
    return _document(root)


def atom(entries: Sequence[Entry], self_url: str, title: str, updated: datetime) -> bytes:
    """Return the feed as Atom 1.0 (RFC 4287).

    `self_url` is the address of the feed, and its id. `updated` is the time of its last change,
    with a time zone.
    """
    root = etree.fromstring(f'<feed xmlns="{_ATOM}"/>')
    _append(root, _A + "id", self_url)
    _append(root, _A + "title", on_one_line(title))
    _append(root, _A + "updated", _timestamp(updated))
    _append(root, _A + "link", rel="self", type="application/atom+xml", href=self_url)
    _append(_append(root, _A + "author"), _A + "name", "Kabar")
    for entry in entries:
        element = _append(root, _A + "entry", **{_XML_LANG: entry.language})
        _append(element, _A + "id", entry.uri)
        _append(element, _A + "title", entry.title)
        _append(element, _A + "updated", _timestamp(entry.created))
        _append(element, _A + "published", _timestamp(entry.created))
        if line := on_one_line(entry.one_line or ""):
            _append(element, _A + "summary", line)
        _append(element, _A + "content", entry.html, type="html")
    return _document(root)


def etag(entries: Sequence[Entry]) -> str:
    """Return the entity tag of a feed with these entries.

    It is weak because another version of Kabar may write the same entries in other bytes.
    """
    texts = json.dumps([_row(entry) for entry in entries])
    return f'W/"{hashlib.sha256(texts.encode()).hexdigest()[:32]}"'


def last_modified(entries: Sequence[Entry]) -> str | None:
    """Return the time of the newest entry as an HTTP date, or None."""
    return _http_date(max(entry.created for entry in entries)) if entries else None


def not_modified(
    etag: str,
    last_modified: str | None,
    if_none_match: str | None,
    if_modified_since: str | None,
) -> bool:
    """Return whether the answer to a GET is 304 (RFC 9110, 13.2.2).

    The first two arguments describe the feed. The others are headers of the request, or None. The
    time counts only without a tag, and an invalid time is ignored.
    """
    if if_none_match is not None:
        tags = _TAG.findall(if_none_match)
        return if_none_match.strip() == "*" or etag.removeprefix("W/") in tags
    changed, since = _time(last_modified), _time(if_modified_since)
    return changed is not None and since is not None and changed <= since


def _append(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    """Append an element; characters that XML cannot hold become U+FFFD."""
    safe = {attribute: printable(value) for attribute, value in attributes.items()}
    element = etree.SubElement(parent, name, safe)
    element.text = None if text is None else printable(text)
    return element


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _http_date(time: datetime) -> str:
    """Return a time in the format of HTTP and RSS (RFC 9110, RFC 822)."""
    return format_datetime(time.astimezone(UTC), usegmt=True)


def _timestamp(time: datetime) -> str:
    """Return a time in the format of Atom (RFC 3339)."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(http_date: str | None) -> datetime | None:
    """Return the time of an HTTP date, or None if it is not valid."""
    if http_date is None or not _HTTP_DATE.fullmatch(http_date):
        return None
    try:
        time = parsedate_to_datetime(http_date)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _row(entry: Entry) -> tuple[str | int | None, ...]:
    """Return an entry's row. Raises `ValueError` for a time without a zone."""
    if entry.created.tzinfo is None:
        raise ValueError(f"{entry.created} has no time zone")
    return (
        printable(entry.id),
        None if entry.headline is None else printable(entry.headline),
        None if entry.one_line is None else printable(entry.one_line),
        json.dumps([printable(bullet) for bullet in entry.bullets], ensure_ascii=False),
        printable(entry.html),
        printable(entry.language),
        int(entry.created.timestamp()),
    )


def _entry(row: Sequence[Any]) -> Entry:
    id, headline, one_line, bullets, html, language, created = row
    return Entry(
        id,
        headline,
        one_line,
        tuple(json.loads(bullets)),
        html,
        language,
        datetime.fromtimestamp(created, UTC),
    )
