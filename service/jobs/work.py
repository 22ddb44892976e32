"""What a job does with one article: the same as a request, in the archive lane."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, cast

from service.documents.manuscript import Manuscript
from service.glossary.terms import Case, term_of
from service.results.order import Kind, Order
from service.results.results import Results
from service.scheduling.request import RequestContext
from service.summaries.make import Language, Wishes


def packed(manuscript: Manuscript) -> bytes:
    """A manuscript as the ledger keeps it."""
    return json.dumps(manuscript.to_json(), ensure_ascii=False).encode()


def unpacked(source: bytes) -> Manuscript:
    """A manuscript that was `packed`, by this version or an earlier one."""
    return Manuscript.from_json(json.loads(source))


class JobWork:
    """The results of articles, made or found; called by the runner from several threads."""

    def __init__(self, results: Results) -> None:
        self._results = results

    def __call__(
        self, kind: str, options: Mapping[str, Any], source: bytes, context: RequestContext
    ) -> bytes:
        """JSON. Raises as `Results.make` does."""
        began = time.perf_counter()
        glossary = options.get("glossary")
        order = Order(
            cast("Kind", kind),
            (unpacked(source),),
            options["deterministic"],
            # Jobs that an earlier version took have no word on what follows.
            Wishes(
                options["bullets"],
                cast("Language", options["language"]),
                options.get("words"),
                options.get("characters"),
            ),
            strict_language=options.get("strict_language", False),
            glossary=None if glossary is None else tuple(glossary),
            terms=tuple(
                term_of(term["source"], term["target"], Case(term["case"]))
                for term in options.get("terms", ())
            ),
        )
        return self._results.result(order, context).json(time.perf_counter() - began)
