"""The routes `/v2/glossaries`: glossaries with one pair of languages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from service.glossary.owned import OwnedGlossaries, OwnedGlossary, read_entries, write_entries
from service.http.auth import caller_of
from service.http.deepl.parameters import ADVICE, read
from service.http.deepl.schemas import source_language, target_language
from service.http.parameters import body_of, validated
from service.http.schemas.articles import UnicodeText
from service.http.state import state_of

router = APIRouter(prefix="/v2")

_TSV = "text/tab-separated-values"


class PairIn(BaseModel):
    """A pair of languages: Indonesian and English."""

    model_config = ConfigDict(extra="forbid")

    source_lang: Annotated[
        Literal["ID"], BeforeValidator(source_language), Field(description="`ID`")
    ]
    target_lang: Annotated[
        Literal["EN", "EN-US", "EN-GB"],
        BeforeValidator(target_language),
        Field(description="`EN`"),
    ]


class DictionaryIn(PairIn):
    """The entries of a glossary."""

    entries: Annotated[UnicodeText, Field(description="a line for each: Indonesian, English")]
    entries_format: Annotated[str, Field(description="`tsv` or `csv`")] = "tsv"

    def read(self) -> dict[str, str]:
        """Return the entries. Raises `InvalidGlossary`."""
        return read_entries(self.entries, self.entries_format)


class GlossaryIn(DictionaryIn):
    """A glossary to make."""

    name: Annotated[UnicodeText, Field(description="its name, which need not be unique")]


class GlossaryOut(BaseModel):
    """A glossary without its entries."""

    glossary_id: Annotated[str, Field(description="its id, for `glossary_id`")]
    name: Annotated[str, Field(description="its name")]
    ready: Annotated[bool, Field(description="true: it can be used at once")] = True
    source_lang: Annotated[str, Field(description="`id`")] = "id"
    target_lang: Annotated[str, Field(description="`en`")] = "en"
    creation_time: Annotated[str, Field(description="UTC, with fractions of a second")]
    entry_count: Annotated[int, Field(description="the number of its entries")]

    @classmethod
    def of(cls, glossary: OwnedGlossary) -> GlossaryOut:
        return cls(
            glossary_id=glossary.id,
            name=glossary.name,
            creation_time=timestamp(glossary.created),
            entry_count=len(glossary.entries or {}),
        )


class GlossariesOut(BaseModel):
    """The glossaries of the caller's key."""

    glossaries: Annotated[list[GlossaryOut], Field(description="oldest first")]


class PairOut(BaseModel):
    """A pair of languages."""

    source_lang: Annotated[str, Field(description="`id`")] = "id"
    target_lang: Annotated[str, Field(description="`en`")] = "en"


class PairsOut(BaseModel):
    """The pairs of languages that glossaries may have."""

    supported_languages: Annotated[list[PairOut], Field(description="Indonesian to English")]


def timestamp(moment: datetime) -> str:
    """Return a time as DeepL writes it: its client insists on the fraction."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}Z"


def glossaries_of(request: Request) -> tuple[OwnedGlossaries, str | None]:
    """Return the store of glossaries, and the owner of those of the caller."""
    return state_of(request).runtime.glossaries, caller_of(request).owner


@router.get("/glossary-language-pairs", summary="List the languages of glossaries (DeepL)")
async def language_pairs(request: Request) -> PairsOut:
    """Return the one pair: Indonesian to English."""
    await read(request)
    return PairsOut(supported_languages=[PairOut()])


@router.post(
    "/glossaries",
    status_code=201,
    summary="Make a glossary (DeepL)",
    openapi_extra=body_of(GlossaryIn),
)
async def create_glossary(request: Request) -> GlossaryOut:
    """Make a glossary of the caller's key, which applies where it is named."""
    sent = validated(GlossaryIn, await read(request), ADVICE)
    store, owner = glossaries_of(request)
    entries = sent.read()
    made = await state_of(request).run_lookup(store.create, owner, sent.name, entries)
    return GlossaryOut.of(made)


@router.get("/glossaries", summary="List the glossaries (DeepL)")
async def list_glossaries(request: Request) -> GlossariesOut:
    """Return the glossaries of the caller's key that have entries."""
    await read(request)
    store, owner = glossaries_of(request)
    found = await state_of(request).run_lookup(store.all, owner)
    return GlossariesOut(glossaries=[GlossaryOut.of(one) for one in found if one.entries])


@router.get("/glossaries/{id}", summary="Get a glossary (DeepL)")
async def get_glossary(id: str, request: Request) -> GlossaryOut:
    """Return the name, the time and the number of entries."""
    await read(request)
    store, owner = glossaries_of(request)
    return GlossaryOut.of(await state_of(request).run_lookup(store.find, id, owner))


@router.get(
    "/glossaries/{id}/entries",
    summary="Get the entries of a glossary (DeepL)",
    response_class=Response,
    responses={200: {"content": {_TSV: {"schema": {"type": "string"}}}}},
)
async def get_entries(id: str, request: Request) -> Response:
    """Return the entries as tab-separated lines."""
    await read(request)
    store, owner = glossaries_of(request)
    glossary = await state_of(request).run_lookup(store.find, id, owner)
    return Response(write_entries(glossary.entries or {}), media_type=f"{_TSV}; charset=utf-8")


@router.delete("/glossaries/{id}", status_code=204, summary="Delete a glossary (DeepL)")
async def delete_glossary(id: str, request: Request) -> None:
    """Delete a glossary; translations made with it stay cached."""
    await read(request)
    store, owner = glossaries_of(request)
    await state_of(request).run_lookup(store.delete, id, owner)
