"""The headline of an HTML page, and the runs of text beside its story.

Runs get their kinds in place. Elements tell most of them; this module decides which heading is the
headline, and which headings, list items and links lead elsewhere. `service.documents.kinds` decides
about paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.article import Kind
from service.documents.forms import form, is_open
from service.documents.furniture import furniture
from service.documents.links import RELATED_HEADING, REST_HEADING, TAGS_HEADING
from service.documents.rendering import escaped
from service.documents.runs import Run

# ` - WartaSenja.com` after a title.
_SITE = re.compile(r"\s+[-–—|»•·:]\s+[^-–—|»•·:]{1,40}$")
_MAX_SITE_WORDS = 4
# Furniture that may be an HTML heading or list item.
_ELSEWHERE = frozenset("related share more advertisement pages follow copyright embed tags".split())
_MAY_LEAD = (None, Kind.SUBHEADING, Kind.LIST_ITEM)
# Above the headline: a section or a breadcrumb, and no deck.
_MAX_LABEL_WORDS = 5
# Text between links that is not a link itself.
_BETWEEN = re.compile(r"[\s/>»›|•·:,-]*")


def choose_headline(runs: Sequence[Run]) -> None:
    """Leave one headline: the first `h1` of the story, any `h1`, or the title."""
    headings = [run for run in runs if run.kind is Kind.HEADLINE]
    chosen = next((run for run in headings if run.in_story), headings[0] if headings else None)
    for run in headings:
        if run is not chosen:
            run.kind = Kind.SUBHEADING
    for run in runs:
        if run.kind is Kind.TITLE:
            _cut_site(run, chosen.text if chosen else "")
            if chosen is None:
                run.kind, chosen = Kind.HEADLINE, run


def _cut_site(run: Run, headline: str) -> None:
    """Move the name of the site, after the title, into the frame."""
    site = _SITE.search(run.text)
    at = (
        len(run.text)
        if site is None or len(site[0].split()) - 1 > _MAX_SITE_WORDS
        else site.start()
    )
    if headline and run.text.startswith(headline) and not run.text[len(headline) :][:1].isalnum():
        at = len(headline)
    if len(run.text[:at].split()) > 1 or run.text[:at] == headline:
        run.tail = escaped(run.text[at:]) + run.tail
        run.text = run.text[:at]


def mark_asides(runs: Sequence[Run]) -> None:
    """Mark headings, items and links that lead elsewhere as furniture."""
    links = [_is_link(run) for run in runs]
    first, end = _story(runs)
    headline = next((n for n, run in enumerate(runs) if run.kind is Kind.HEADLINE), 0)
    below = False
    for n, (run, is_link, then_link) in enumerate(
        zip(runs, links, [*links, False][1:], strict=True)
    ):
        if run.kind not in _MAY_LEAD:
            below = False
            continue
        if (
            (is_link and (below or n >= end))
            or _is_row_of_links(run)
            or (n < min(headline, first) and _is_label(run.text))
        ):
            run.kind = Kind.FURNITURE
            continue
        # `mark_furniture` decides about paragraphs.
        marked = run.kind in (Kind.SUBHEADING, Kind.LIST_ITEM)
        top = n < first
        name = None
        if marked or (then_link and len(run.text) <= 40):
            name = furniture(run.text, top and marked, n >= end and marked)
        heading = RELATED_HEADING.fullmatch(run.text) or TAGS_HEADING.fullmatch(run.text)
        below = heading is not None or (name == "related" and len(run.text.split()) <= 3)
        below = below or (n >= end and REST_HEADING.fullmatch(run.text) is not None)
        if marked and (heading or name in _ELSEWHERE or (name and top)):
            run.kind = Kind.FURNITURE
        elif marked and top and form(run.text, top=True) is Kind.BYLINE:
            run.kind = Kind.BYLINE


def _story(runs: Sequence[Run]) -> tuple[int, int]:
    """Return the index of the first sentence, and that after the last and its list."""
    sentences = [
        n
        for n, run in enumerate(runs)
        if run.kind is None and not is_open(run.text) and furniture(run.text, end=True) is None
    ]
    if not sentences:
        return len(runs), len(runs)
    end = sentences[-1] + 1
    while end < len(runs) and runs[end].kind is Kind.LIST_ITEM:
        end += 1
    return sentences[0], end


def _is_link(run: Run) -> bool:
    return any(m.tag == "a" and m.start == 0 and m.end == len(run.text) for m in run.marks)


def _is_row_of_links(run: Run) -> bool:
    """Return whether the run is links side by side: tags, buttons, a breadcrumb."""
    links = [mark for mark in run.marks if mark.tag == "a" and mark.start < mark.end]
    if len(links) < 2 or not is_open(run.text):
        return False
    between, at = [], 0
    for link in links:
        between.append(run.text[at : link.start])
        at = max(at, link.end)
    between.append(run.text[at:])
    return all(
        _BETWEEN.fullmatch(text) or furniture(text.strip(), top=True, end=True) for text in between
    )


def _is_label(text: str) -> bool:
    return is_open(text) and len(text.split()) <= _MAX_LABEL_WORDS
