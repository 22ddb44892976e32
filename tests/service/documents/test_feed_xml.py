"""RSS and Atom feeds, in and out."""

import pytest

from service.documents.feed_xml import InvalidFeed, read_feed

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>Warta Senja</title><link>https://wartasenja.example/</link>
<language>id-ID</language>
<item><title>Banjir &amp; Longsor</title><link>https://wartasenja.example/1?a=1&amp;b=2</link>
<guid>1</guid><pubDate>Tue, 18 Feb 2025 07:00:00 +0700</pubDate>
<description><![CDATA[<p>Air <b>surut</b>.</p>]]></description>
<content:encoded>&lt;p&gt;Warga pulang.&lt;/p&gt;</content:encoded></item>
<item><title>Harga Beras</title><description>Naik lagi.</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id"><title>Warta Senja</title>
<entry><title>Banjir Surut</title><id>urn:1</id><updated>2025-02-18T07:00:00+07:00</updated>
<summary type="html">Air &amp;lt; 1 meter</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Air <b>surut</b>.</p></div>
</content></entry><entry><title></title><content src="https://wartasenja.example/a"/></entry>
</feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/"><channel><title>Warta</title></channel>
<item><title>Banjir</title><link>https://wartasenja.example/1</link></item></rdf:RDF>"""


def english(xml: str, items: int | None = None) -> str:
    """Return the feed with its texts in capitals in place of English."""
    feed = read_feed(xml.encode(), items)
    return feed.write([fragment.text.upper() for fragment in feed.fragments]).decode()


def test_titles_come_first() -> None:
    feed = read_feed(RSS.encode())
    assert [(one.form, one.text) for one in feed.fragments] == [
        ("text", "Banjir & Longsor"),
        ("text", "Harga Beras"),
        ("html", "<p>Air <b>surut</b>.</p>"),
        ("html", "<p>Warga pulang.</p>"),
        ("text", "Naik lagi."),
    ]
    assert (feed.items, feed.media_type) == (2, "application/rss+xml")


def test_links_dates_and_the_rest_of_rss_stay() -> None:
    written = english(RSS)
    for kept in (
        "<title>Warta Senja</title><link>https://wartasenja.example/</link>",
        "<link>https://wartasenja.example/1?a=1&amp;b=2</link>",
        "<guid>1</guid><pubDate>Tue, 18 Feb 2025 07:00:00 +0700</pubDate>",
    ):
        assert kept in written
    assert "<title>BANJIR &amp; LONGSOR</title>" in written
    assert "<description><![CDATA[<P>AIR <B>SURUT</B>.</P>]]></description>" in written
    assert "<content:encoded><![CDATA[<P>WARGA PULANG.</P>]]></content:encoded>" in written
    assert "<language>en</language>" in written


def test_atom() -> None:
    feed = read_feed(ATOM.encode())
    assert [(one.form, one.text) for one in feed.fragments] == [
        ("text", "Banjir Surut"),
        ("html", "Air &lt; 1 meter"),
        ("xml", "<p>Air <b>surut</b>.</p>"),
    ]
    assert feed.media_type == "application/atom+xml"
    written = feed.write(["Floods", "Water &lt; 1 m", "<p>The <b>water</b> receded.</p>"]).decode()
    assert 'xml:lang="en"' in written
    assert "<title>Floods</title><id>urn:1</id><updated>2025-02-18T07:00:00+07:00<" in written
    assert '<summary type="html"><![CDATA[Water &lt; 1 m]]></summary>' in written
    assert (
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
        "<p>The <b>water</b> receded.</p></div>"
    ) in written


def test_rss_1_and_a_limit_of_items() -> None:
    assert "<title>BANJIR</title>" in english(RDF)
    written = english(RSS, items=1)
    assert "<title>BANJIR &amp; LONGSOR</title>" in written
    assert "<title>Harga Beras</title>" in written


def test_a_text_that_ends_cdata_is_escaped() -> None:
    feed = read_feed(RSS.encode())
    texts = [one.text for one in feed.fragments]
    texts[2] = "<p>]]></p>\x00"
    written = feed.write(texts).decode()
    assert "<description>&lt;p&gt;]]&gt;&lt;/p&gt;\N{REPLACEMENT CHARACTER}<" in written


@pytest.mark.parametrize(
    ("xml", "message"),
    [
        (b"", "not well-formed XML"),
        (b"<rss><channel>", "not well-formed XML"),
        (b"\x89PNG\r\n", "not well-formed XML"),
        (b"<html><body/></html>", "its root element is <html>"),
    ],
)
def test_no_feed(xml: bytes, message: str) -> None:
    with pytest.raises(InvalidFeed, match=message):
        read_feed(xml)


def test_entities_of_a_stranger_are_not_read() -> None:
    xml = (
        '<!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/hostname">]><rss><channel><item>'
        "<title>&file;</title><description>Air.</description></item></channel></rss>"
    )
    feed = read_feed(xml.encode())
    assert [one.text for one in feed.fragments] == ["Air."]
    assert "&file;" in feed.write(["Water."]).decode()
