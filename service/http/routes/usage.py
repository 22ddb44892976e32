"""The route `/v1/usage`."""

from __future__ import annotations

import asyncio
from datetime import date

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from service.errors import NotFound
from service.http.auth import BEARER, caller_of
from service.http.state import state_of
from service.scheduling.request import Lane
from service.storage.key_records import Count

router = APIRouter(prefix="/v1", tags=["service"], dependencies=[Depends(BEARER)])


class CountOut(BaseModel):
    """A number of requests, and the characters in them."""

    requests: int
    characters: int

    @classmethod
    def of(cls, count: Count) -> CountOut:
        return cls(requests=count.requests, characters=count.characters)


class DayOut(CountOut):
    """The usage of one day, in UTC."""

    day: date


class UsageOut(BaseModel):
    """The usage of a key and its limits; null means no limit."""

    key: str
    lane: Lane
    requests_per_minute: int | None
    characters_per_day: int | None
    minute: CountOut
    today: CountOut
    days: list[DayOut]


@router.get("/usage", summary="Get the usage of the caller's key")
async def usage(request: Request) -> UsageOut:
    """Return the usage in the last minute, today, and in the last 30 days."""
    key = caller_of(request).key
    if key is None:
        raise NotFound("usage is counted for each API key, and this service requires no key")
    used = await asyncio.to_thread(state_of(request).runtime.keys.usage, key)
    return UsageOut(
        key=key.name,
        lane=key.lane,
        requests_per_minute=used.requests_per_minute,
        characters_per_day=used.characters_per_day,
        minute=CountOut.of(used.minute),
        today=CountOut.of(used.today),
        days=[
            DayOut(day=day.day, requests=day.requests, characters=day.characters)
            for day in used.days
        ],
    )
