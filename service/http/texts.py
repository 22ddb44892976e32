"""Texts that other services' interfaces send: one text in, one text out.

Every text is an order of its own, so that each is cached by its content. The texts of a request are
admitted and charged together.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from functools import partial

from fastapi import Request

from models.errors import EngineFailed
from service.documents.fragments import Fragment
from service.documents.manuscript import Manuscript
from service.errors import TooLarge
from service.glossary.terms import Term
from service.http.auth import caller_of, charge_now, results_owner
from service.http.state import state_of
from service.results.answers import TranslationOut
from service.results.order import Order
from service.scheduling.request import Lane


async def translate_fragments(
    request: Request,
    fragments: Sequence[Fragment],
    terms: Sequence[Term] = (),
    glossary: tuple[str, ...] | None = None,
    lane: Lane | None = None,
) -> list[TranslationOut]:
    """Return the translation of each fragment.

    `terms` take precedence over the glossaries of these names (None: the default ones).
    Raises `TooLarge`, `NotReady`, `Busy`, `LimitReached`, `Gone`, `TimedOut`, `UnreadableHtml`,
    `UnreadableXml`, `WrongLanguage`, and `EngineFailed` if any sentence failed, because the answer
    has no place for a flag.
    """
    began = time.perf_counter()
    state, caller = state_of(request), caller_of(request)
    dispatcher = state.require_dispatcher()
    manuscripts = [Manuscript.from_fragment(fragment) for fragment in fragments]
    characters = sum(manuscript.characters for manuscript in manuscripts)
    if characters > (limit := state.settings.max_characters):
        raise TooLarge(
            f"the request has {characters:,} characters of text and the limit is {limit:,}: send "
            f"it in parts, or raise KABAR_MAX_CHARACTERS"
        )
    orders = [
        Order(
            "translation",
            (manuscript,),
            strict_language=state.settings.strict_language,
            glossary=glossary,
            terms=tuple(terms),
        )
        for manuscript in manuscripts
    ]
    key = _key(caller.owner, orders)
    is_new = state.undelivered.begin(key)
    charge = partial(charge_now, request, characters) if is_new else lambda: None
    with state.track_article():
        try:
            pending = await state.run_lookup(
                dispatcher.get_or_make_all,
                orders,
                caller.lane(lane),
                charge,
                results_owner(request),
            )
        except BaseException:
            if is_new:
                state.undelivered.end(key)
            raise
        documents = await dispatcher.answer_all(request, pending, began)
    state.undelivered.end(key)
    results = [document.translation() for document in documents]
    if failed := sum(result.report.sentences_failed for result in results):
        raise EngineFailed(f"the engine failed on {failed} sentences: send the request again")
    return results


def _key(owner: str | None, orders: Sequence[Order]) -> bytes:
    content = [
        [order.manuscripts[0].content, order.glossary, repr(order.terms)] for order in orders
    ]
    return hashlib.sha256(json.dumps([owner, content]).encode()).digest()
