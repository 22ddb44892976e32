"""The routes of LibreTranslate's interface."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.openapi.utils import get_openapi

from service.article import LanguageGuess
from service.corrections.validation import validate
from service.documents.fragments import Fragment, read_fragment
from service.errors import Forbidden, InvalidRequest, NotFound
from service.http.auth import caller_of, charge, results_owner
from service.http.libretranslate.schemas import (
    DetectedOut,
    DetectIn,
    FileIn,
    FileOut,
    HealthOut,
    LanguageOut,
    NamedLanguageOut,
    PairOut,
    SettingsOut,
    SuggestIn,
    SuggestOut,
    TranslateIn,
    TranslateOut,
)
from service.http.parameters import Parameters, body_of, read_parameters, take_upload, validated
from service.http.state import state_of
from service.http.texts import translate_fragments
from service.http.uploads import FORMS, MEDIA_TYPES, fragment_of_file
from service.results.answers import TranslationOut
from service.text.segmentation import segment

router = APIRouter(tags=["libretranslate"])

_ID = 64  # characters of the id of a result
# Random bytes that make the name of a file one that cannot be guessed.
_SECRET_BYTES = 32
_AUTHOR = "suggestion"
_INDONESIAN = NamedLanguageOut(code="id", name="Indonesian")
_ENGLISH = NamedLanguageOut(code="en", name="English")


@router.post(
    "/translate", summary="Translate texts (LibreTranslate)", openapi_extra=body_of(TranslateIn)
)
async def translate(request: Request) -> TranslateOut:
    """Return the English of a text, or of each text in a list."""
    sent = validated(TranslateIn, await _read(request))
    fragments = sent.fragments
    if sent.source == "en":
        texts = [fragment.text for fragment in fragments]
        detected = []
    else:
        results = await translate_fragments(request, fragments)
        texts = [
            result.fragment(fragment.form)
            for fragment, result in zip(fragments, results, strict=True)
        ]
        detected = [_detected(result) for result in results]
    one = isinstance(sent.q, str)
    answer = TranslateOut(translatedText=texts[0] if one else texts)
    if sent.source == "auto":
        answer.detectedLanguage = detected[0] if one else detected
    if sent.alternatives:
        none: list[list[str]] = [[] for _ in texts]
        answer.alternatives = none[0] if one else none
    return answer


@router.post(
    "/detect",
    summary="Detect the language of a text (LibreTranslate)",
    openapi_extra=body_of(DetectIn),
)
async def detect(request: Request) -> list[DetectedOut]:
    """Return one language; the confidence is 0 if the text is too short to tell."""
    sent = validated(DetectIn, await _read(request))
    await charge(request, len(sent.q))
    # Each paragraph counts, whatever its line ends.
    fragment = Fragment(sent.q, splitting="none")
    article = await asyncio.to_thread(read_fragment, fragment)
    return [_of_guess(article.language)]


@router.get("/languages", summary="List the languages (LibreTranslate)")
async def languages() -> list[LanguageOut]:
    """Return Indonesian, and English, which stays as it is."""
    return [
        LanguageOut(**one.model_dump(), targets=[_ENGLISH.code]) for one in (_INDONESIAN, _ENGLISH)
    ]


@router.post(
    "/translate_file",
    summary="Translate a file (LibreTranslate)",
    openapi_extra=body_of(FileIn, file=True),
)
async def translate_file(request: Request) -> FileOut:
    """Translate a text, HTML or XML file, and return the URL of the English."""
    parameters = await _read(request)
    if not state_of(request).settings.cache:
        raise Forbidden("files are not translated without the cache: ask the operator for it")
    upload = take_upload(parameters)
    validated(FileIn, parameters)
    fragment = fragment_of_file(upload.name, upload.data)
    (result,) = await translate_fragments(request, [fragment])
    # The name is enough to fetch the file, without a key.
    secret = secrets.token_hex(_SECRET_BYTES)
    state = state_of(request)
    await state.run_lookup(
        state.runtime.results.share, "translation", result.id, results_owner(request), secret
    )
    path = PurePosixPath(upload.name)
    name = f"{result.id}{secret}.{path.stem}_en{path.suffix}"
    return FileOut(translatedFileUrl=str(request.url_for("download_file", name=name)))


@router.get(
    "/download_file/{name}",
    name="download_file",
    summary="Download a translated file (LibreTranslate)",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def download_file(name: str, request: Request) -> Response:
    """Return an English file while it is cached; its name cannot be guessed."""
    state = state_of(request)
    state.require_dispatcher()
    names, _, filename = name.partition(".")
    id, secret = names[:_ID], names[_ID:]
    form = FORMS.get(PurePosixPath(filename).suffix.lower())
    if len(secret) != 2 * _SECRET_BYTES or form is None:
        raise NotFound(f"there is no file {name[:100]}: translate it with POST /translate_file")
    document = await state.run_lookup(state.runtime.results.find, "translation", id, secret)
    return Response(
        document.translation().fragment(form).encode(),
        media_type=f"{MEDIA_TYPES[form]}; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename)}"},
    )


@router.post(
    "/suggest",
    summary="Suggest a better English (LibreTranslate)",
    openapi_extra=body_of(SuggestIn),
)
async def suggest(request: Request) -> SuggestOut:
    """Add a correction: the English of a sentence from now on.

    A key must be one that may correct.
    """
    sent = validated(SuggestIn, await _read(request))
    caller_of(request).require_correcting()
    if len(segment(sent.q)) != 1:
        raise InvalidRequest("`q` has several sentences: suggest the English of one at a time")
    key = caller_of(request).key
    source, target, author = validate(sent.q, sent.s, _AUTHOR if key is None else key.name)
    await charge(request, len(target))
    state = state_of(request)
    await state.run_lookup(
        partial(
            state.runtime.corrections.add, source, target, author, owner=caller_of(request).owner
        )
    )
    return SuggestOut()


@router.get("/frontend/settings", summary="Get the settings of a page (LibreTranslate)")
async def frontend_settings(request: Request) -> SettingsOut:
    """Return limits, formats and languages."""
    state = state_of(request)
    keys = state.settings.auth and await state.run_lookup(state.runtime.keys.any)
    return SettingsOut(
        apiKeys=keys,
        keyRequired=keys,
        charLimit=state.settings.max_characters,
        filesTranslation=state.settings.cache,
        language=PairOut(source=_INDONESIAN, target=_ENGLISH),
        supportedFilesFormat=list(FORMS) if state.settings.cache else [],
    )


@router.get("/spec", summary="Get the description of these routes (LibreTranslate)")
async def spec() -> dict[str, Any]:
    """Return the OpenAPI description of LibreTranslate's interface."""
    return get_openapi(title="LibreTranslate", version=version("kabar"), routes=router.routes)


@router.get("/health", summary="Check that the service translates (LibreTranslate)")
async def health(request: Request) -> HealthOut:
    """Return `ok` if the model is loaded, else 503."""
    state_of(request).require_dispatcher()
    return HealthOut()


async def _read(request: Request) -> Parameters:
    return await read_parameters(request, "api_key")


def _detected(result: TranslationOut) -> DetectedOut:
    return _of_guess(None if result.language is None else result.language.guess())


def _of_guess(guess: LanguageGuess | None) -> DetectedOut:
    if guess is None:
        return DetectedOut(confidence=0.0, language="id")
    return DetectedOut(confidence=round(100 * guess.confidence, 1), language=guess.code)
