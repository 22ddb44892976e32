"""The feed of an owner as RSS and Atom."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from service.documents.xml_text import on_one_line, printable
from service.errors import NotReady
from service.storage.feed import (
    Entry,
    Feed,
    FeedUnusable,
    atom,
    etag,
    last_modified,
    not_modified,
    rss,
)

URL = "https://kabar.example/v1/feed?format=rss&key=1"
NOW = datetime(2025, 2, 18, 14, 30, 5, tzinfo=timezone(timedelta(hours=7)))
FLOOD = Entry(
    id="a1",
    headline="Floods hit Demak & Kudus",
    one_line="A dike broke",
    bullets=("Floods covered 1,240 homes.", "A dike broke."),
    html='<ul lang="en">\n<li>Floods covered &lt;1,240&gt; homes.</li>\n</ul>',
    language="en",
    created=datetime(2025, 2, 18, 7, 30, 5, tzinfo=UTC),
)
PLAIN = Entry("b/2", None, None, ("Air surut.",), "", "id", datetime(2025, 2, 3, tzinfo=UTC))

ATOM_NAME = "{http://www.w3.org/2005/Atom}"

RSS = """\
<?xml version='1.0' encoding='utf-8'?>
<rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0">
  <channel>
    <title>Banjir</title>
    <link>https://kabar.example/v1/feed?format=rss&amp;key=1</link>
    <description>Banjir</description>
    <lastBuildDate>Tue, 18 Feb 2025 07:30:05 GMT</lastBuildDate>
    <atom:link rel="self" type="application/rss+xml" \
href="https://kabar.example/v1/feed?format=rss&amp;key=1"/>
    <item>
      <title>Floods hit Demak &amp; Kudus</title>
      <description>&lt;ul lang="en"&gt;
&lt;li&gt;Floods covered &amp;lt;1,240&amp;gt; homes.&lt;/li&gt;
&lt;/ul&gt;</description>
      <guid isPermaLink="false">urn:kabar:summary:a1</guid>
      <pubDate>Tue, 18 Feb 2025 07:30:05 GMT</pubDate>
    </item>
    <item>
      <title>Air surut.</title>
      <description></description>
      <guid isPermaLink="false">urn:kabar:summary:b%2F2</guid>
      <pubDate>Mon, 03 Feb 2025 00:00:00 GMT</pubDate>
    </item>
  </channel>
</rss>
"""

ATOM = """\
<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>https://kabar.example/v1/feed?format=rss&amp;key=1</id>
  <title>Banjir</title>
  <updated>2025-02-18T07:30:05Z</updated>
  <link rel="self" type="application/atom+xml" \
href="https://kabar.example/v1/feed?format=rss&amp;key=1"/>
  <author>
    <name>Kabar</name>
  </author>
  <entry xml:lang="en">
    <id>urn:kabar:summary:a1</id>
    <title>Floods hit Demak &amp; Kudus</title>
    <updated>2025-02-18T07:30:05Z</updated>
    <published>2025-02-18T07:30:05Z</published>
    <summary>A dike broke</summary>
    <content type="html">&lt;ul lang="en"&gt;
&lt;li&gt;Floods covered &amp;lt;1,240&amp;gt; homes.&lt;/li&gt;
&lt;/ul&gt;</content>
  </entry>
  <entry xml:lang="id">
    <id>urn:kabar:summary:b%2F2</id>
    <title>Air surut.</title>
    <updated>2025-02-03T00:00:00Z</updated>
    <published>2025-02-03T00:00:00Z</published>
    <content type="html"></content>
  </entry>
</feed>
"""


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    feed = Feed(tmp_path / "feed.sqlite3")
    yield feed
    feed.close()


def numbered(n: int) -> Entry:
    return replace(FLOOD, id=str(n), created=FLOOD.created + timedelta(seconds=n))


def test_rss() -> None:
    assert rss([FLOOD, PLAIN], URL, "Banjir", NOW).decode() == RSS


def test_atom() -> None:
    assert atom([FLOOD, PLAIN], URL, "Banjir", NOW).decode() == ATOM


def test_rss_names_the_language_that_all_have() -> None:
    channel = etree.fromstring(rss([FLOOD, numbered(2)], URL, "Banjir", NOW))
    assert channel.findtext("channel/language") == "en"


def test_feeds_of_nothing() -> None:
    channel = etree.fromstring(rss([], URL, "Banjir", NOW)).find("channel")
    assert channel is not None
    assert [child.tag for child in channel] == [
        "title", "link", "description", "lastBuildDate", f"{ATOM_NAME}link",
    ]  # fmt: skip
    feed = etree.fromstring(atom([], URL, "Banjir", NOW))
    assert [etree.QName(child).localname for child in feed] == [
        "id", "title", "updated", "link", "author",
    ]  # fmt: skip


def test_a_title_is_the_first_text() -> None:
    assert FLOOD.title == "Floods hit Demak & Kudus"
    assert replace(FLOOD, headline=" ").title == "A dike broke"
    assert replace(FLOOD, headline=None, one_line=None).title == "Floods covered 1,240 homes."
    assert replace(PLAIN, bullets=()).title == "Summary"


@settings(deadline=None)
@given(st.text(), st.text())
@example("]]>", "<![CDATA[ & &amp; \"'")
@example("\x00\x0b\x1f\ud800\ufffe\uffff", "😀\r\n\t \x85\u2028")
def test_any_text_is_well_formed_and_parsed_again(text: str, other: str) -> None:
    entry = Entry(text, other, text, (), text + other, "en", NOW)
    item = etree.fromstring(rss([entry], text, other, NOW)).find("channel/item")
    assert item is not None
    assert item.findtext("title") == entry.title
    assert entry.title in (on_one_line(other), on_one_line(text), "Summary")
    assert item.findtext("description") == printable(text + other)
    feed = etree.fromstring(atom([entry], text, other, NOW))
    assert feed.findtext(f"{ATOM_NAME}id") == printable(text)
    assert feed.findtext(f"{ATOM_NAME}title") == on_one_line(other)
    kept = feed.find(f"{ATOM_NAME}entry")
    assert kept is not None
    assert kept.findtext(f"{ATOM_NAME}content") == printable(text + other)
    assert kept.findtext(f"{ATOM_NAME}id") == item.findtext("guid") == entry.uri
    assert entry.uri.isascii()


def test_the_newest_come_first(feed: Feed) -> None:
    for n in (1, 3, 2):
        feed.add("desk", numbered(n))
    assert feed.latest("desk") == [numbered(3), numbered(2), numbered(1)]
    assert feed.latest("desk", 2) == [numbered(3), numbered(2)]


def test_the_last_added_of_one_second_comes_first(feed: Feed) -> None:
    other = replace(FLOOD, id="b2")
    feed.add(None, FLOOD)
    feed.add(None, other)
    assert feed.latest(None) == [other, FLOOD]


def test_owners_see_their_own_summaries(feed: Feed) -> None:
    feed.add("desk", FLOOD)
    feed.add(None, PLAIN)
    feed.add("web", FLOOD)
    assert feed.latest("desk") == feed.latest("web") == [FLOOD]
    assert feed.latest(None) == [PLAIN]
    assert feed.latest("nobody") == []


def test_the_first_summary_with_an_id_stays(feed: Feed) -> None:
    feed.add("desk", FLOOD)
    feed.add("desk", PLAIN)
    feed.add("desk", replace(FLOOD, headline="Other", created=NOW + timedelta(days=1)))
    assert feed.latest("desk") == [FLOOD, PLAIN]


def test_an_owner_has_at_most_a_hundred_summaries(feed: Feed) -> None:
    feed.add("web", numbered(1))
    for n in range(102):
        feed.add("desk", numbered(n))
    assert [entry.id for entry in feed.latest("desk", 200)] == [str(n) for n in range(101, 1, -1)]
    feed.add("desk", numbered(0))
    assert feed.latest("desk", 200)[-1].id == "2"
    assert feed.latest("web") == [numbered(1)]


def test_times_are_stored_in_utc_to_the_second(feed: Feed) -> None:
    feed.add(None, replace(FLOOD, created=NOW.replace(microsecond=999_999)))
    assert [str(entry.created) for entry in feed.latest(None)] == ["2025-02-18 07:30:05+00:00"]
    with pytest.raises(ValueError, match="no time zone"):
        feed.add(None, replace(FLOOD, created=datetime(2025, 2, 18)))


def test_characters_that_xml_cannot_hold_are_replaced(feed: Feed) -> None:
    feed.add(None, replace(FLOOD, headline="a\ud800", bullets=("b\x00",), html="\uffff"))
    assert feed.latest(None) == [
        replace(FLOOD, headline="a\ufffd", bullets=("b\ufffd",), html="\ufffd")
    ]


def test_a_feed_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "feed.sqlite3"
    first = Feed(path)
    first.add("desk", FLOOD)
    first.close()
    with pytest.raises(NotReady):
        first.latest("desk")
    second = Feed(path)
    assert second.latest("desk") == [FLOOD]
    second.close()


def test_a_damaged_feed_file(tmp_path: Path) -> None:
    path = tmp_path / "feed.sqlite3"
    path.write_bytes(b"no database" * 100)
    feed = Feed(path)
    with pytest.raises(FeedUnusable, match="the file is damaged"):
        feed.latest("desk")
    feed.close()


def test_the_newest_summaries_are_found_by_an_index(feed: Feed, tmp_path: Path) -> None:
    feed.add("desk", FLOOD)
    with sqlite3.connect(tmp_path / "feed.sqlite3") as db:
        plan = db.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM entry WHERE owner = 'desk' "
            "ORDER BY created DESC, number DESC LIMIT 50"
        ).fetchall()
    db.close()
    assert [row[3] for row in plan] == [
        "SEARCH entry USING INDEX entry_newest (owner=?)",
    ]


def test_feeds_with_other_entries_have_other_tags() -> None:
    tags = [
        etag(entries)
        for entries in (
            [],
            [FLOOD],
            [PLAIN],
            [FLOOD, PLAIN],
            [PLAIN, FLOOD],
            [replace(FLOOD, html="")],
            [replace(FLOOD, one_line=None)],
        )
    ]
    assert len(set(tags)) == len(tags)
    assert etag([FLOOD]) == etag([replace(FLOOD)])
    assert etag([]) == 'W/"4f53cda18c2baa0c0354bb5f9a3ecbe5"'


def test_last_modified_is_the_newest_entry() -> None:
    assert last_modified([PLAIN, FLOOD]) == "Tue, 18 Feb 2025 07:30:05 GMT"
    assert last_modified([]) is None


TIME = "Tue, 18 Feb 2025 07:30:05 GMT"


@pytest.mark.parametrize(
    ("none_match", "since", "expected"),
    [
        (None, None, False),
        ('W/"a"', None, True),
        ('"a"', None, True),
        ('"b", W/"a" , "c"', None, True),
        ("*", None, True),
        ('"b"', None, False),
        ('"A"', None, False),
        ("a", None, False),
        ('"b,a"', None, False),
        ("", None, False),
        # with a tag, the time is ignored
        ('"b"', TIME, False),
        ('"a"', "Mon, 17 Feb 2025 07:30:05 GMT", True),
        (None, TIME, True),
        (None, "Tue, 18 Feb 2025 07:30:06 GMT", True),
        (None, "Tue, 18 Feb 2025 07:30:04 GMT", False),
        (None, "Tuesday, 18-Feb-25 07:30:05 GMT", True),
        (None, "Tuesday, 18-Feb-25 07:30:04 GMT", False),
        (None, "Tue Feb 18 07:30:05 2025", True),
        (None, "Tue Feb 18 07:30:04 2025", False),
        # invalid times
        (None, "Tue, 18 Feb 2026 07:30:05 +0700", False),
        (None, "Tue, 31 Feb 2026 07:30:05 GMT", False),
        (None, "Tue, 18 Xyz 2026 07:30:05 GMT", False),
        (None, "2026-02-18T07:30:05Z", False),
        (None, "", False),
    ],
)
def test_not_modified(none_match: str | None, since: str | None, expected: bool) -> None:
    assert not_modified('W/"a"', TIME, none_match, since) is expected


def test_a_feed_without_a_time_is_compared_by_its_tag() -> None:
    assert not not_modified('W/"a"', None, None, TIME)
    assert not_modified('W/"a"', None, 'W/"a"', TIME)


@settings(deadline=None)
@given(st.text('"aW/, *b\\é') | st.text(), st.text())
def test_any_header_is_answered(none_match: str, since: str) -> None:
    matches = not_modified('W/"a"', TIME, none_match, since)
    assert not matches or none_match.strip() == "*" or '"a"' in none_match
    assert not_modified('W/"a"', TIME, None, since) is False
