"""The parameters of a request to another service's interface.

They come as JSON, as a form, or in the query; the body takes precedence. A parameter of a form that
is repeated becomes a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from service.errors import InvalidRequest, NotJson, UnsupportedMedia
from service.http.auth import identify_by_parameter
from service.http.bodies import MAX_MESSAGE, MAX_PLACE, parse_json, shorten
from service.http.content import media_type
from service.http.schemas.inlining import inlined

Parameters = dict[str, Any]
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
# Of a form; a request has far fewer parameters apart from its texts.
_MAX_FIELDS = 10_000
_MAX_FILES = 1

_NOT_JSON = "the body is not valid JSON: send an object in UTF-8"

# A field of an object in a list, as DeepL's client for JavaScript sends it.
_FIELD = re.compile(r"(\w{1,50})\[(\d{1,3})\]\.(\w{1,50})")

_Body = TypeVar("_Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a form: its name without folders, and its bytes."""

    filename: str
    data: bytes

    @property
    def name(self) -> str:
        return PureWindowsPath(PurePosixPath(self.filename).name).name[:200]


async def read_parameters(request: Request, key: str) -> Parameters:
    """Return the parameters, after the caller is identified.

    `key` is the name of the parameter that may have the caller's key; one in the query is looked at
    before the body is read. Raises `Unauthorized`, `LimitReached`, `NotJson`, `InvalidRequest` or
    `UnsupportedMedia`.
    """
    parameters = _collected(request.query_params.multi_items())
    if token := _token(parameters.pop(key, None)):
        await identify_by_parameter(request, token)
    parameters.update(await _body(request))
    await identify_by_parameter(request, _token(parameters.pop(key, None)))
    # An absent value is a missing parameter.
    return {name: value for name, value in parameters.items() if value is not None}


def _token(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def validated(model: type[_Body], parameters: Parameters, advice: str = "") -> _Body:
    """Return the parameters as a model.

    Raises `InvalidRequest` that names each wrong one; `advice` follows an unknown one.
    """
    try:
        return model.model_validate(parameters)
    except ValidationError as error:
        found = [_mistake(mistake, advice) for mistake in error.errors()[:5]]
        raise InvalidRequest("; ".join(found)) from None


async def _body(request: Request) -> Parameters:
    media = media_type(request)
    if media == _MULTIPART:
        # Its size is limited (`BodyLimit`), so files fit into memory.
        try:
            async with request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS) as form:
                sent = [(name, await _read(value)) for name, value in form.multi_items()]
        except HTTPException as error:
            raise InvalidRequest(
                f"the form is not valid ({shorten(str(error.detail), MAX_MESSAGE)}): send valid "
                f"{_MULTIPART}"
            ) from None
        return _collected(sent)
    body = await request.body()
    if not body:
        return {}
    if media == _FORM:
        try:
            pairs = parse_qsl(
                body.decode(), True, errors="strict", max_num_fields=_MAX_FIELDS
            )  # keeps blank values
        except ValueError:
            raise InvalidRequest(
                f"the form is not UTF-8 or has over {_MAX_FIELDS:,} fields: send valid UTF-8"
            ) from None
        return _collected(pairs)
    if media == "application/json" or media.endswith("+json"):
        return await _json(body)
    raise UnsupportedMedia(
        f"the media type of the body is {media or 'missing'}: send JSON (application/json) or a "
        f"form ({_FORM})"
    )


async def _json(body: bytes) -> Parameters:
    found = await parse_json(body, _NOT_JSON)
    if not isinstance(found, dict):
        raise NotJson(f"the body is a JSON {type(found).__name__}: send an object")
    return found


def _collected(pairs: Iterable[tuple[str, Any]]) -> Parameters:
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    flat = {name: values[0] if len(values) == 1 else values for name, values in found.items()}
    return _nested(flat)


def _nested(flat: Parameters) -> Parameters:
    """Return parameters in which `name[0].field` is a field of an object in a list."""
    nested: Parameters = {}
    lists: dict[str, dict[int, Parameters]] = {}
    for name, value in flat.items():
        if (match := _FIELD.fullmatch(name)) is None:
            nested[name] = value
        else:
            lists.setdefault(match[1], {}).setdefault(int(match[2]), {})[match[3]] = value
    for name, objects in lists.items():
        nested.setdefault(name, [objects[number] for number in sorted(objects)])
    return nested


async def _read(value: str | UploadFile) -> str | Upload:
    if isinstance(value, str):
        return value
    return Upload(value.filename or "", await value.read())


def take_upload(parameters: Parameters, name: str = "file") -> Upload:
    """Take the uploaded file out of the parameters. Raises `InvalidRequest`."""
    upload = parameters.pop(name, None)
    if not isinstance(upload, Upload) or not upload.name:
        raise InvalidRequest(f"the request has no file: send one as `{name}` ({_MULTIPART})")
    return upload


def body_of(model: type[BaseModel], file: bool = False) -> dict[str, Any]:
    """Return the description of a body, which a route reads by itself.

    With a `file`, it is a form with a file; otherwise JSON or a form.
    """
    schema = inlined(model)
    if file:
        described = {"type": "string", "format": "binary", "description": "the file"}
        schema["properties"] = {"file": described, **schema["properties"]}
        schema["required"] = ["file", *schema.get("required", ())]
    media = [_MULTIPART] if file else ["application/json", _FORM]
    content = {name: {"schema": schema} for name in media}
    return {"requestBody": {"required": True, "content": content}}


def _mistake(mistake: Any, advice: str) -> str:
    name = shorten(".".join(str(part) for part in mistake["loc"]), MAX_PLACE)
    message = shorten(str(mistake["msg"]), MAX_MESSAGE)
    if mistake["type"] == "extra_forbidden":
        return f"the parameter `{name}` is not supported: leave it out{advice}"
    if mistake["type"] == "missing":
        return f"the parameter `{name}` is missing: send it"
    if mistake["type"] == "value_error":
        return message.removeprefix("Value error, ")
    return f"the parameter `{name}` is not valid: {message}"
