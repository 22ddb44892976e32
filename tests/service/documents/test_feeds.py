from __future__ import annotations

import time

import pytest

from service.documents.feeds import FeedSent
from service.documents.manuscript import Manuscript

RSS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- dibuat oleh mesin -->\n<rss version="2.0">'
    "<channel><title>Warta Senja</title><item><title>Banjir Surut</title></item>"
    "<item><title>Warga Pulang</title></item></channel></rss>"
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Banjir Surut</title></entry></feed>'


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        (RSS, "the input is an RSS feed with 2 items: send each item as an article of its own"),
        ("\ufeff" + RSS, "an RSS feed with 2 items"),
        ('<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "an RSS feed with 0 items"),
        (ATOM, "an Atom feed with 1 item: send each item"),
    ],
)
def test_a_feed_is_refused(feed: str, message: str) -> None:
    for manuscript in (Manuscript.from_text(feed), Manuscript.from_html(feed)):
        with pytest.raises(FeedSent) as caught:
            manuscript.read()
        assert message in caught.value.detail
        assert (caught.value.status, caught.value.exit_code) == (422, 3)


@pytest.mark.parametrize(
    "text",
    [
        "<p>Berkas <rss> itu rusak.</p>",
        "Berkas <rss> itu rusak.",
        "<feedback>Bagus</feedback>",
        '<!doctype html><html><head><link type="application/rss+xml"></head></html>',
    ],
)
def test_other_markup_is_read(text: str) -> None:
    Manuscript.from_text(text).read()
    Manuscript.from_html(text).read()


def test_an_endless_prolog_takes_no_time() -> None:
    began = time.process_time()
    Manuscript.from_text("<!-- " * 20_000).read()
    assert time.process_time() - began < 5
