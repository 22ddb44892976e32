"""The work on one article of a job, the same as for a request."""

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
from service.summaries.records import BulletLanguage, BulletOptions


def serialize(manuscript: Manuscript) -> bytes:
    """Return a manuscript as JSON for the job store."""
    return json.dumps(manuscript.to_json(), ensure_ascii=False).encode()


def deserialize(source: bytes) -> Manuscript:
    """Return a manuscript from `serialize`, of this version or an earlier."""
    return Manuscript.from_json(json.loads(source))


class ArticleWorker:
    """Finds or makes results. Safe for use from several threads."""

    def __init__(self, results: Results) -> None:
        self._results = results

    def __call__(
        self, kind: str, options: Mapping[str, Any], source: bytes, context: RequestContext
    ) -> bytes:
        """Return a result as JSON. Raises as `Results.result` does."""
        began = time.perf_counter()
        context.owner = options.get("results_of", "")
        glossary = options.get("glossary")
        order = Order(
            cast("Kind", kind),
            (deserialize(source),),
            options["deterministic"],
            # Jobs from earlier versions lack the options read with `get`.
            BulletOptions(
                options["bullets"],
                cast("BulletLanguage", options["language"]),
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
