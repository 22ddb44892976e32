"""The refusal of RSS and Atom feeds, which hold many articles.

Text or HTML as sent comes in; nothing goes out.
"""

from __future__ import annotations

import re

from service.errors import InvalidRequest


class FeedSent(InvalidRequest):
    """A feed in place of an article."""

    slug = "feed-sent"
    title = "The input is a feed, not an article"
    exit_code = 3


# The root element of RSS 2.0, RSS 1.0 or Atom 1.0, with all before it.
_FEED = re.compile(
    r"(?:[\s\ufeff]++|<!--.*?-->|<[?!][^>]*+>)*+<(?:(rss)|rdf:RDF|(feed))(?=[\s>])",
    re.DOTALL,
)
_ITEM = re.compile(r"<(?:item|entry)[\s>]")
# Characters before the root element.
_MAX_PROLOG = 10_000


def refuse_feed(content: str) -> None:
    """Raise `FeedSent` for RSS or Atom."""
    feed = _FEED.match(content, 0, _MAX_PROLOG)
    if feed is None:
        return
    name = "an Atom" if feed[2] else "an RSS"
    element = "`content` or `summary`" if feed[2] else "`content:encoded` or `description`"
    items = len(_ITEM.findall(content))
    raise FeedSent(
        f"the input is {name} feed with {items} {'item' if items == 1 else 'items'}: send each "
        f"item as an article of its own, with its `title` as `headline` and its {element} as "
        f"`body`, or send the `html` of the page that it links to; `POST /v1/feeds` and `kabar "
        f"feed` translate a whole feed"
    )
