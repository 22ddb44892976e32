"""The bodies of requests: read once, counted before they are parsed, in bounded memory.

A parsed value takes up to 500 bytes where its JSON takes three. The values are therefore counted by
a parser that builds nothing. With lists that fail at their first mistake (`fail_fast`), a body has
few mistakes, of which `MAX_MISTAKES` are told.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import ijson
from fastapi import Request, Response
from fastapi.routing import APIRoute

from service.errors import InvalidRequest, NotJson
from service.http.content import media_type

# The objects, lists, strings, numbers and so on of a body, together.
MAX_VALUES = 20_000
# The fields of an object.
MAX_FIELDS = 50

MAX_MISTAKES = 10
MAX_PLACE = 100
MAX_MESSAGE = 300

# Above this, a body is parsed in a thread, in bytes.
_INLINE_BYTES = 16 * 1024

_BOM = b"\xef\xbb\xbf"

NOT_JSON = (
    "the body is not valid JSON: send an object such as "
    '{"text": "..."} with the header Content-Type: application/json'
)


def count_values(body: bytes, limit: int = MAX_VALUES, detail: str = NOT_JSON) -> int:
    """Return the number of values in a body of JSON.

    Raises `NotJson` with `detail`, and `InvalidRequest` over `limit` values or `MAX_FIELDS` fields
    of one object.
    """
    values = 0
    fields: list[int] = []
    source = io.BytesIO(body)
    if body.startswith(_BOM):
        source.seek(len(_BOM))
    try:
        # With `use_float`, numbers have at most 64 bits.
        for event, _ in ijson.basic_parse(source, use_float=True):
            if event == "map_key":
                fields[-1] += 1
                if fields[-1] > MAX_FIELDS:
                    raise InvalidRequest(
                        f"an object in the body has over {MAX_FIELDS} fields: leave out those that "
                        f"Kabar does not know (/docs lists them)"
                    )
                continue
            if event == "end_map":
                fields.pop()
            elif event == "start_map":
                fields.append(0)
            if event != "end_map" and event != "end_array":
                values += 1
                if values > limit:
                    raise InvalidRequest(
                        f"the body has over {limit} values (fields, paragraphs, …): send less"
                    )
    except UnicodeError:
        raise InvalidRequest(
            "a text in the body has half of a surrogate pair, which is not valid Unicode: send the "
            "whole character or leave it out"
        ) from None
    except ijson.JSONError:
        raise NotJson(detail) from None
    return values


def load_json(body: bytes, detail: str = NOT_JSON) -> Any:
    """Return the value of a body. Raises `NotJson` with `detail`, and `InvalidRequest`."""
    count_values(body, detail=detail)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotJson(detail) from None


async def parse_json(body: bytes, detail: str = NOT_JSON) -> Any:
    """Return the value of a body, a large one parsed in a thread. Raises as `load_json` does."""
    if len(body) <= _INLINE_BYTES:
        return load_json(body, detail)
    return await asyncio.to_thread(load_json, body, detail)


def describe(mistakes: Iterable[Any]) -> str:
    """Return a message of bounded length for pydantic's errors."""
    messages = [_describe_one(mistake) for mistake in mistakes]
    told = list(dict.fromkeys(messages))[:MAX_MISTAKES]
    more = len(messages) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def _describe_one(mistake: dict[str, Any]) -> str:
    place = shorten(".".join(str(part) for part in mistake["loc"][1:]), MAX_PLACE) or "the body"
    message = shorten(str(mistake["msg"]), MAX_MESSAGE)
    if mistake["type"] == "extra_forbidden":
        return f"the field `{place}` is unknown: leave it out (/docs lists the fields)"
    if mistake["type"] == "value_error":
        return message.removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}"


def shorten(text: str, length: int) -> str:
    """Return a text with at most this many characters, and a sign for the rest."""
    return text if len(text) <= length else f"{text[:length]}…"


class _ParsedRequest(Request):
    """A request with its JSON, which is parsed before FastAPI asks for it."""

    async def parse(self) -> None:
        """Parse the body, if it is JSON. Raises `NotJson` and `InvalidRequest`."""
        media = media_type(self)
        body = await self.body()
        if body and (media == "application/json" or media.endswith("+json")):
            self._json = await parse_json(body)


class BoundedRoute(APIRoute):
    """A route that counts the values of a body before it builds them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle_parsed = super().get_route_handler()

        async def handle(request: Request) -> Response:
            parsed = _ParsedRequest(request.scope, request.receive)
            if self.body_field is not None:
                if (answer := await self.answer_unparsed(parsed)) is not None:
                    return answer
                await parsed.parse()
            return await handle_parsed(parsed)

        return handle

    async def answer_unparsed(self, request: Request) -> Response | None:
        """Return an answer that needs no parsed body, or None."""
        return None
