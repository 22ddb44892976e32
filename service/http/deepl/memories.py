"""The routes `/v3/translation_memories`: the editors' corrections, to read.

Corrections are one translation memory. It always applies, and is changed through
`/v1/corrections`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from service.article import Correction
from service.errors import InvalidRequest, NotFound
from service.http.auth import caller_of
from service.http.deepl.glossaries import timestamp
from service.http.deepl.parameters import ADVICE, MEMORY_ID, read
from service.http.parameters import validated
from service.http.state import state_of

router = APIRouter(prefix="/v3/translation_memories")


def _form_bool(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


class PageIn(BaseModel):
    """A page of the list."""

    model_config = ConfigDict(extra="forbid")

    page: Annotated[int, Field(ge=0, description="from 0")] = 0
    page_size: Annotated[int, Field(ge=1, le=25, description="memories in a page")] = 10


class SegmentsIn(BaseModel):
    """A page of segments."""

    model_config = ConfigDict(extra="forbid")

    page_size: Annotated[int, Field(ge=1, le=100, description="segments in a page")] = 50
    page_cursor: Annotated[
        str | None, Field(pattern="^[0-9]{1,18}$", description="`next_page_cursor`")
    ] = None
    filter_text: Annotated[str, Field(max_length=500, description="text in a segment")] = ""
    filter_case_sensitive: Annotated[
        bool, BeforeValidator(_form_bool), Field(description="whether capitals matter")
    ] = False

    def matches(self, correction: Correction) -> bool:
        """Return whether a correction has the text, and applies."""
        if correction.withdrawn is not None:
            return False
        texts = f"{correction.source}\n{correction.target}"
        if self.filter_case_sensitive:
            return self.filter_text in texts
        return self.filter_text.casefold() in texts.casefold()


class MemoryOut(BaseModel):
    """The corrections as a translation memory."""

    translation_memory_id: Annotated[str, Field(description="`corrections`")] = MEMORY_ID
    name: Annotated[str, Field(description="its name")] = "Corrections"
    source_language: Annotated[str, Field(description="`id`")] = "id"
    target_languages: Annotated[list[str], Field(description="`en`")] = ["en"]
    segment_count: Annotated[int, Field(description="the corrections that are not withdrawn")]


class MemoriesOut(BaseModel):
    """The one translation memory."""

    translation_memories: Annotated[list[MemoryOut], Field(description="one")]
    total_count: Annotated[int, Field(description="1")] = 1


class TargetSegmentOut(BaseModel):
    """The English of a correction."""

    target_segment_id: Annotated[str, Field(description="the id of the correction")]
    target_language: Annotated[str, Field(description="`en`")] = "en"
    target_text: Annotated[str, Field(description="the English")]
    creation_time: Annotated[str, Field(description="UTC")]


class SegmentOut(BaseModel):
    """A correction."""

    source_segment_id: Annotated[str, Field(description="the id of the correction")]
    source_text: Annotated[str, Field(description="the Indonesian sentence")]
    targets: Annotated[list[TargetSegmentOut], Field(description="one")]
    creation_time: Annotated[str, Field(description="UTC")]

    @classmethod
    def of(cls, correction: Correction) -> SegmentOut:
        created = timestamp(correction.created)
        target = TargetSegmentOut(
            target_segment_id=correction.id, target_text=correction.target, creation_time=created
        )
        return cls(
            source_segment_id=correction.id,
            source_text=correction.source,
            targets=[target],
            creation_time=created,
        )


class SegmentsOut(BaseModel):
    """A page of corrections, the newest first."""

    segments: Annotated[list[SegmentOut], Field(description="at most `page_size`")]
    segment_count: Annotated[int, Field(description="the segments in this page")]
    next_page_cursor: Annotated[
        str | None,
        Field(exclude_if=lambda value: value is None, description="absent on the last page"),
    ] = None


@router.get("", summary="List the translation memories (DeepL v3)")
async def list_memories(request: Request) -> MemoriesOut:
    """Return the one memory: the editors' corrections."""
    sent = validated(PageIn, await read(request), ADVICE)
    memories = [await _memory(request)] if sent.page == 0 else []
    return MemoriesOut(translation_memories=memories)


@router.get("/{id}", summary="Get a translation memory (DeepL v3)")
async def get_memory(id: str, request: Request) -> MemoryOut:
    """Return the number of corrections; of a key, unless it may `manage`, its own."""
    await read(request)
    _check(id)
    return await _memory(request)


@router.get("/{id}/segments", summary="List the segments of a memory (DeepL v3)")
async def list_segments(id: str, request: Request) -> SegmentsOut:
    """Return corrections, the newest first, page by page.

    A key gets its own, unless it may `manage`.
    """
    sent = validated(SegmentsIn, await read(request), ADVICE)
    _check(id)
    state = state_of(request)
    before = None if sent.page_cursor is None else int(sent.page_cursor)
    owner = caller_of(request).corrections_of
    found: list[SegmentOut] = []

    def collect(before: int | None) -> int | None:
        # Pages of the store, until enough corrections match.
        while True:
            wanted = sent.page_size - len(found)
            page, before = state.runtime.corrections.newest(wanted, before, owner)
            found.extend(SegmentOut.of(one) for one in page if sent.matches(one))
            if before is None or len(found) == sent.page_size:
                return before

    after = await state.run_lookup(collect, before)
    return SegmentsOut(
        segments=found,
        segment_count=len(found),
        next_page_cursor=None if after is None else str(after),
    )


@router.delete("/{id}", summary="Refuse to delete a memory (DeepL v3)")
async def delete_memory(id: str, request: Request) -> None:
    """Answer 400: corrections are withdrawn one by one."""
    await read(request)
    _check(id)
    raise InvalidRequest(
        "the editors' corrections are not deleted: withdraw one with DELETE /v1/corrections/ID"
    )


async def _memory(request: Request) -> MemoryOut:
    state, owner = state_of(request), caller_of(request).corrections_of

    def count() -> int:
        return sum(
            one.withdrawn is None and owner in (None, one.owner)
            for one in state.runtime.corrections.all()
        )

    return MemoryOut(segment_count=await state.run_lookup(count))


def _check(id: str) -> None:
    if id != MEMORY_ID:
        raise NotFound(f"there is no translation memory {id[:100]}: there is {MEMORY_ID}")
