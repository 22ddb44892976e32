"""The routes `/v3/glossaries`: glossaries with dictionaries.

Kabar has one pair of languages, so a glossary has one dictionary or none.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from service.errors import InvalidRequest, NotFound
from service.glossary.owned import OwnedGlossary, write_entries
from service.http.deepl.glossaries import DictionaryIn, PairIn, PairOut, glossaries_of, timestamp
from service.http.deepl.parameters import ADVICE, read
from service.http.parameters import Parameters, body_of, validated
from service.http.schemas.articles import UnicodeText
from service.http.state import state_of

router = APIRouter(prefix="/v3/glossaries")


class GlossaryIn(BaseModel):
    """A glossary to make."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[UnicodeText, Field(description="its name, which need not be unique")]
    dictionaries: Annotated[
        list[DictionaryIn], Field(min_length=1, max_length=1, description="one, ID to EN")
    ]


class GlossaryChangeIn(BaseModel):
    """A new name, or entries to add or replace."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[UnicodeText | None, Field(description="the new name")] = None
    dictionaries: Annotated[
        list[DictionaryIn],
        Field(max_length=1, description="entries to add, or to replace those of the same term"),
    ] = []


class DictionaryOut(PairOut):
    """A dictionary without its entries."""

    entry_count: Annotated[int, Field(description="the number of its entries")]


class GlossaryOut(BaseModel):
    """A glossary and its dictionary, without the entries."""

    glossary_id: Annotated[str, Field(description="its id, for `glossary_id`")]
    name: Annotated[str, Field(description="its name")]
    dictionaries: Annotated[list[DictionaryOut], Field(description="one or none")]
    creation_time: Annotated[str, Field(description="UTC, with fractions of a second")]

    @classmethod
    def of(cls, glossary: OwnedGlossary) -> GlossaryOut:
        entries = glossary.entries
        return cls(
            glossary_id=glossary.id,
            name=glossary.name,
            dictionaries=[] if entries is None else [DictionaryOut(entry_count=len(entries))],
            creation_time=timestamp(glossary.created),
        )


class GlossariesOut(BaseModel):
    """The glossaries of the caller's key."""

    glossaries: Annotated[list[GlossaryOut], Field(description="oldest first")]


class EntriesOut(PairOut):
    """The entries of a dictionary."""

    entries: Annotated[str, Field(description="a line for each: Indonesian, tab, English")]
    entries_format: Annotated[str, Field(description="`tsv`")] = "tsv"


class DictionariesOut(BaseModel):
    """The dictionaries of a pair of languages."""

    dictionaries: Annotated[list[EntriesOut], Field(description="one")]


@router.post(
    "", status_code=201, summary="Make a glossary (DeepL v3)", openapi_extra=body_of(GlossaryIn)
)
async def create_glossary(request: Request) -> GlossaryOut:
    """Make a glossary of the caller's key, which applies where it is named."""
    sent = validated(GlossaryIn, await read(request), ADVICE)
    store, owner = glossaries_of(request)
    entries = sent.dictionaries[0].read()
    made = await state_of(request).run_lookup(store.create, owner, sent.name, entries)
    return GlossaryOut.of(made)


@router.get("", summary="List the glossaries (DeepL v3)")
async def list_glossaries(request: Request) -> GlossariesOut:
    """Return the glossaries of the caller's key."""
    await read(request)
    store, owner = glossaries_of(request)
    found = await state_of(request).run_lookup(store.all, owner)
    return GlossariesOut(glossaries=[GlossaryOut.of(one) for one in found])


@router.get("/{id}", summary="Get a glossary (DeepL v3)")
async def get_glossary(id: str, request: Request) -> GlossaryOut:
    """Return the name, the time and the number of entries."""
    await read(request)
    store, owner = glossaries_of(request)
    return GlossaryOut.of(await state_of(request).run_lookup(store.find, id, owner))


@router.patch(
    "/{id}", summary="Change a glossary (DeepL v3)", openapi_extra=body_of(GlossaryChangeIn)
)
async def change_glossary(id: str, request: Request) -> GlossaryOut:
    """Rename a glossary, or add entries to it."""
    sent = validated(GlossaryChangeIn, await read(request), ADVICE)
    if sent.name is None and not sent.dictionaries:
        raise InvalidRequest("the request changes nothing: send `name` or `dictionaries`")
    store, owner = glossaries_of(request)
    entries = sent.dictionaries[0].read() if sent.dictionaries else None

    def change() -> OwnedGlossary:
        return store.change(id, owner, sent.name, entries, merge=True)

    return GlossaryOut.of(await state_of(request).run_lookup(change))


@router.delete("/{id}", status_code=204, summary="Delete a glossary (DeepL v3)")
async def delete_glossary(id: str, request: Request) -> None:
    """Delete a glossary; translations made with it stay cached."""
    await read(request)
    store, owner = glossaries_of(request)
    await state_of(request).run_lookup(store.delete, id, owner)


@router.put(
    "/{id}/dictionaries",
    summary="Replace a dictionary (DeepL v3)",
    openapi_extra=body_of(DictionaryIn),
)
async def replace_dictionary(id: str, request: Request) -> DictionaryOut:
    """Replace all entries of a glossary."""
    sent = validated(DictionaryIn, await read(request), ADVICE)
    store, owner = glossaries_of(request)
    entries = sent.read()

    def change() -> OwnedGlossary:
        return store.change(id, owner, entries=entries)

    changed = await state_of(request).run_lookup(change)
    return DictionaryOut(entry_count=len(changed.entries or {}))


@router.delete("/{id}/dictionaries", status_code=204, summary="Delete a dictionary (DeepL v3)")
async def delete_dictionary(id: str, request: Request) -> None:
    """Delete the entries of a glossary, which stays."""
    _check_pair(await read(request))
    store, owner = glossaries_of(request)
    await state_of(request).run_lookup(store.remove_entries, id, owner)


@router.get("/{id}/entries", summary="Get the entries of a glossary (DeepL v3)")
async def get_entries(id: str, request: Request) -> DictionariesOut:
    """Return the entries of a pair of languages."""
    _check_pair(await read(request))
    store, owner = glossaries_of(request)
    glossary = await state_of(request).run_lookup(store.find, id, owner)
    if glossary.entries is None:
        raise NotFound(f"the glossary {id} has no dictionary from ID to EN: PUT one first")
    return DictionariesOut(dictionaries=[EntriesOut(entries=write_entries(glossary.entries))])


def _check_pair(parameters: Parameters) -> None:
    validated(PairIn, parameters, ADVICE)
