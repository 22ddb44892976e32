"""The routes `/v2/translate`, `/v2/languages` and `/v2/usage`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from service.errors import InvalidRequest
from service.glossary.terms import Term
from service.http.auth import caller_of
from service.http.deepl.parameters import ADVICE, MEMORY_ID, read
from service.http.deepl.schemas import (
    CommonIn,
    LanguageOut,
    TranslatedText,
    TranslateIn,
    TranslateOut,
    UsageOut,
)
from service.http.parameters import body_of, validated
from service.http.state import state_of
from service.http.texts import translate_fragments
from service.results.answers import TranslationOut
from service.storage.keys import MAX_LIMIT

router = APIRouter(prefix="/v2")

_SOURCES = [LanguageOut(language="ID", name="Indonesian")]
_TARGETS = [
    LanguageOut(language="EN-GB", name="English (British)", supports_formality=False),
    LanguageOut(language="EN-US", name="English (American)", supports_formality=False),
]


@router.post("/translate", summary="Translate texts (DeepL)", openapi_extra=body_of(TranslateIn))
async def translate(request: Request) -> TranslateOut:
    """Return the English of each text, with white space and tags in place."""
    sent = validated(TranslateIn, await read(request), ADVICE)
    terms = await terms_of(request, sent)
    fragments = sent.fragments()
    results = await translate_fragments(request, fragments, terms)
    return TranslateOut(
        translations=[
            TranslatedText(
                detected_source_language=sent.source_lang or _detected(result),
                text=result.fragment(fragment.form),
                billed_characters=len(fragment.text),
            )
            for fragment, result in zip(fragments, results, strict=True)
        ]
    )


@router.get(
    "/languages",
    summary="List the languages (DeepL)",
    response_model=list[LanguageOut],
)
async def languages(request: Request) -> list[LanguageOut]:
    """Return the source languages, or with `type=target` the target languages."""
    sent: dict[str, Any] = await read(request)
    kind = sent.get("type", "source")
    if kind not in ("source", "target"):
        raise InvalidRequest(f"type {str(kind)[:20]!r} is not supported: send source or target")
    return _TARGETS if kind == "target" else _SOURCES


@router.get("/usage", summary="Get the usage of the caller's key (DeepL)")
async def usage(request: Request) -> UsageOut:
    """Return today's characters and the limit of a day."""
    await read(request)
    key = caller_of(request).key
    if key is None:
        return UsageOut(character_count=0, character_limit=MAX_LIMIT)
    used = await state_of(request).run_lookup(state_of(request).runtime.keys.usage, key)
    return UsageOut(
        character_count=used.today.characters,
        character_limit=MAX_LIMIT if key.characters_per_day is None else key.characters_per_day,
    )


async def terms_of(request: Request, sent: CommonIn) -> list[Term]:
    """Return the terms of the glossaries in a request.

    Raises `InvalidRequest`, and `NotFound` for an unknown glossary.
    """
    ids = [*([sent.glossary_id] if sent.glossary_id else []), *sent.glossary_ids]
    if ids and sent.source_lang is None:
        raise InvalidRequest("a glossary needs `source_lang`: send ID")
    memory = sent.translation_memory_id or MEMORY_ID
    if memory != MEMORY_ID:
        raise InvalidRequest(
            f"there is no translation memory {memory[:100]!r}: the editors' "
            f"corrections are the only one, {MEMORY_ID!r}, and always apply"
        )
    state, owner = state_of(request), caller_of(request).owner
    found = [await state.run_lookup(state.runtime.glossaries.find, id, owner) for id in ids]
    return [term for glossary in found for term in glossary.terms]


def _detected(result: TranslationOut) -> str:
    # Short texts have no certain language.
    return "ID" if result.language is None else result.language.code.upper()
