"""The calls of the interface: method, path, body, and how to read the answer.

Both clients send them, so that a call is written once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from kabar._models import Correction, Job, JobResult, Summary, Translation, Usage

_Answer = TypeVar("_Answer")

Article = str | Mapping[str, Any]
_OPTIONS = ("lane", "glossary", "terms", "strict", "strict_language", "deterministic")


@dataclass(frozen=True, slots=True)
class Call(Generic[_Answer]):
    """A request, and the reader of its answer.

    `repeatable`: it may be sent again although the first may have arrived.
    """

    method: str
    path: str
    read: Callable[[bytes], _Answer]
    body: bytes | None = None
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    repeatable: bool = True


def translate(article: Article, options: Mapping[str, Any]) -> Call[Translation]:
    """Return the call for a translation."""
    return _post("/v1/translations", _request(article, options), Translation.model_validate_json)


def summarize(
    article: Article | Iterable[Article] | None, translation: str | None, options: Mapping[str, Any]
) -> Call[Summary]:
    """Return the call for a summary of an article, of several, or of a translation."""
    if translation is not None:
        body = _request({"translation": translation}, options)
    elif isinstance(article, str | Mapping):
        body = _request(article, options)
    else:
        articles = [article_of(one) for one in article or ()]
        body = _request({"articles": articles}, options)
    return _post("/v1/summaries", body, Summary.model_validate_json)


def earlier_translation(id: str) -> Call[Translation]:
    """Return the call for an earlier translation."""
    return Call("GET", f"/v1/translations/{id}", Translation.model_validate_json)


def earlier_summary(id: str) -> Call[Summary]:
    """Return the call for an earlier summary."""
    return Call("GET", f"/v1/summaries/{id}", Summary.model_validate_json)


def correct(sent: Mapping[str, Any]) -> Call[Correction]:
    """Return the call that adds a correction."""
    body = _dump({name: value for name, value in sent.items() if value is not None})
    return _post("/v1/corrections", body, Correction.model_validate_json, repeatable=False)


def withdraw(id: str, author: str | None) -> Call[Correction]:
    """Return the call that withdraws a correction."""
    params = {} if author is None else {"author": author}
    return Call("DELETE", f"/v1/corrections/{id}", Correction.model_validate_json, params=params)


def corrections(before: int | None) -> Call[tuple[list[Correction], int | None]]:
    """Return the call for a page of corrections, and the next page."""

    def read(body: bytes) -> tuple[list[Correction], int | None]:
        page = json.loads(body)
        return [Correction.model_validate(one) for one in page["corrections"]], page["next"]

    return Call("GET", "/v1/corrections", read, params={} if before is None else {"before": before})


def start_job(
    articles: Iterable[Article], idempotency_key: str | None, options: Mapping[str, Any]
) -> Call[Job]:
    """Return the call that starts a job; the same call again gives the same job."""
    sent = {name: value for name, value in options.items() if value is not None}
    if (terms := sent.get("terms")) is not None:
        sent["terms"] = _terms(terms)
    body = _dump({"articles": [article_of(one) for one in articles], **sent})
    key = idempotency_key or hashlib.sha256(body).hexdigest()
    return _post("/v1/jobs", body, Job.model_validate_json, headers={"Idempotency-Key": key})


def job(id: str) -> Call[Job]:
    """Return the call for the state of a job."""
    return Call("GET", f"/v1/jobs/{id}", Job.model_validate_json)


def cancel_job(id: str) -> Call[Job]:
    """Return the call that cancels a job."""
    return Call("DELETE", f"/v1/jobs/{id}", Job.model_validate_json)


def job_results(id: str, start: int) -> Call[None]:
    """Return the call whose answer is the results, one per line."""
    return Call("GET", f"/v1/jobs/{id}/results", _nothing, params={"from": start})


def feed(xml: bytes, params: Mapping[str, Any]) -> Call[bytes]:
    """Return the call that translates a feed."""
    headers = {"Content-Type": "application/xml"}
    sent = {name: value for name, value in params.items() if value is not None}
    return Call("POST", "/v1/feeds", bytes, xml, sent, headers)


def usage() -> Call[Usage]:
    """Return the call for the usage of the key."""
    return Call("GET", "/v1/usage", Usage.model_validate_json)


def read_job_result(line: bytes | str, kind: str) -> JobResult | None:
    """Return the result in a line; None: the service ends before the job does."""
    found = json.loads(line)
    if "index" not in found:
        return None
    model = Summary if kind == "summary" else Translation
    if (result := found.get("result")) is not None:
        found["result"] = model.model_validate(result)
    return JobResult.model_validate(found)


def article_of(article: Article) -> dict[str, Any]:
    """Return an article as the service takes it; a string is its text."""
    return {"text": article} if isinstance(article, str) else dict(article)


def _request(article: Article, options: Mapping[str, Any]) -> bytes:
    sent = {name: value for name, value in options.items() if value is not None}
    inner = {name: sent.pop(name) for name in _OPTIONS if name in sent}
    if "terms" in inner:
        inner["terms"] = _terms(inner["terms"])
    body = article_of(article) | sent
    return _dump(body | {"options": inner} if inner else body)


def _terms(terms: Mapping[str, str] | Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    if isinstance(terms, Mapping):
        return [{"source": source, "target": str(target)} for source, target in terms.items()]
    return [dict(term) for term in terms]


def _post(
    path: str,
    body: bytes,
    read: Callable[[bytes], _Answer],
    *,
    headers: Mapping[str, str] | None = None,
    repeatable: bool = True,
) -> Call[_Answer]:
    sent = {"Content-Type": "application/json", **(headers or {})}
    return Call("POST", path, read, body, headers=sent, repeatable=repeatable)


def _dump(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _nothing(body: bytes) -> None:
    return
