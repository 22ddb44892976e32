"""Make the examples of the OpenAPI description: a request and an answer of every operation.

    python -m scripts.openapi_examples service/http/openapi/examples.json --data-dir FOLDER

The steps run in order against an application with the embedded model. `tests` run them too, and
compare the form of each answer with the example.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from fastapi.testclient import TestClient

from service.http.app import create_app
from service.runtime import open_runtime
from service.settings import load_settings
from service.storage.key_records import Permission

_ARTICLE = {
    "headline": "Banjir Rendam Ratusan Rumah di Demak",
    "body": ["Banjir merendam 1.240 rumah di tiga desa, Selasa (18/2/2025)."],
}
_FEED = (
    '<rss version="2.0"><channel><title>Warta Senja</title><item><title>Banjir Surut</title>'
    "<link>https://wartasenja.example/1</link></item></channel></rss>"
)
_PAIR = {"source_lang": "ID", "target_lang": "EN"}
_XML = {"content-type": "application/xml"}
# Characters of an answer that is not JSON.
_MAX_TEXT = 400
# Characters of a line of an event.
_MAX_LINE = 150

Saved = dict[str, str]


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, how to call it, and what later steps need of its answer.

    `{name}` in texts stands for a saved value.
    """

    operation: str
    json: Any = None
    data: Mapping[str, str] | None = None
    content: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, str] | None = None
    save: Callable[[Any], Mapping[str, str]] | None = None
    until: Callable[[Any], bool] = lambda answer: True
    accept: str | None = None

    @property
    def name(self) -> str:
        """The operation, with the media type of its answer if it has several."""
        return self.operation if self.accept is None else f"{self.operation} {self.accept}"


def _document(answer: Any) -> Mapping[str, str]:
    return {"document": answer["document_id"], "document_key": answer["document_key"]}


STEPS = [
    Step("GET /healthz"),
    Step("GET /readyz"),
    Step("GET /v1/models"),
    Step("POST /v1/articles", json=_ARTICLE),
    Step("POST /v1/translations", json=_ARTICLE, save=lambda a: {"translation": a["id"]}),
    Step("POST /v1/translations", json={"text": "Air surut."}, accept="text/event-stream"),
    Step("GET /v1/translations/{id}", path={"id": "{translation}"}),
    Step("POST /v1/summaries", json=_ARTICLE | {"bullets": 1}, save=lambda a: {"summary": a["id"]}),
    Step("GET /v1/summaries/{id}", path={"id": "{summary}"}),
    Step("GET /v1/summaries/feed"),
    Step("POST /v1/feeds", content=_FEED),
    Step(
        "POST /v1/corrections",
        json={
            "translation": "{translation}",
            "sentence": "b2.1",
            "target": "The flood has inundated 1,240 homes in three villages.",
        },
        save=lambda a: {"correction": a["id"]},
    ),
    Step("GET /v1/corrections"),
    Step("GET /v1/corrections/{id}", path={"id": "{correction}"}),
    Step("DELETE /v1/corrections/{id}", path={"id": "{correction}"}),
    Step(
        "POST /v1/jobs",
        json={"articles": [{"text": "Banjir surut."}, _ARTICLE]},
        save=lambda a: {"job": a["id"]},
    ),
    Step("GET /v1/jobs"),
    Step("GET /v1/jobs/{id}", path={"id": "{job}"}),
    Step("GET /v1/jobs/{id}/results", path={"id": "{job}"}),
    Step("DELETE /v1/jobs/{id}", path={"id": "{job}"}),
    Step("GET /v1/usage"),
    Step("GET /metrics"),
    Step(
        "POST /v2/translate",
        json={"text": ['Halo <x id="5"></x>, selamat datang!'], **_PAIR, "tag_handling": "xml"},
    ),
    Step("GET /v2/languages", params={"type": "target"}),
    Step("GET /v2/usage"),
    Step("GET /v2/glossary-language-pairs"),
    Step(
        "POST /v2/glossaries",
        json={"name": "desk", **_PAIR, "entries": "rawa\tswamp", "entries_format": "tsv"},
        save=lambda a: {"glossary": a["glossary_id"]},
    ),
    Step("GET /v2/glossaries"),
    Step("GET /v2/glossaries/{id}", path={"id": "{glossary}"}),
    Step("GET /v2/glossaries/{id}/entries", path={"id": "{glossary}"}),
    Step("DELETE /v2/glossaries/{id}", path={"id": "{glossary}"}),
    Step(
        "POST /v3/glossaries",
        json={"name": "desk", "dictionaries": [{**_PAIR, "entries": "rawa\tswamp"}]},
        save=lambda a: {"glossary": a["glossary_id"]},
    ),
    Step("GET /v3/glossaries"),
    Step("GET /v3/glossaries/{id}", path={"id": "{glossary}"}),
    Step("PATCH /v3/glossaries/{id}", json={"name": "newsroom"}, path={"id": "{glossary}"}),
    Step(
        "PUT /v3/glossaries/{id}/dictionaries",
        json={**_PAIR, "entries": "sawah\tpaddy field"},
        path={"id": "{glossary}"},
    ),
    Step("GET /v3/glossaries/{id}/entries", path={"id": "{glossary}"}, params=_PAIR),
    Step("DELETE /v3/glossaries/{id}/dictionaries", path={"id": "{glossary}"}, params=_PAIR),
    Step("DELETE /v3/glossaries/{id}", path={"id": "{glossary}"}),
    Step(
        "POST /v2/document",
        data=_PAIR,
        file=("berita.txt", "Banjir surut.\n"),
        save=_document,
    ),
    Step(
        "POST /v2/document/{id}",
        json={"document_key": "{document_key}"},
        path={"id": "{document}"},
        until=lambda answer: answer["status"] == "done",
    ),
    Step(
        "POST /v2/document/{id}/result",
        json={"document_key": "{document_key}"},
        path={"id": "{document}"},
    ),
    Step("GET /v3/translation_memories"),
    Step("GET /v3/translation_memories/{id}", path={"id": "corrections"}),
    Step("GET /v3/translation_memories/{id}/segments", path={"id": "corrections"}),
    Step("POST /translate", json={"q": "Banjir surut.", "source": "auto", "target": "en"}),
    Step("POST /detect", json={"q": "Banjir merendam ratusan rumah warga di tiga desa kemarin."}),
    Step("GET /languages"),
    Step(
        "POST /translate_file",
        data={"source": "id", "target": "en"},
        file=("berita.txt", "Banjir surut.\n"),
        save=lambda a: {"file": a["translatedFileUrl"].rsplit("/", 1)[1]},
    ),
    Step("GET /download_file/{name}", path={"name": "{file}"}),
    Step(
        "POST /suggest",
        json={"q": "Air surut.", "s": "The water is receding.", "source": "id", "target": "en"},
    ),
    Step("GET /frontend/settings"),
    Step("GET /health"),
]
# Operations without an example: one that is always refused, and one whose answer is too long.
WITHOUT = {"DELETE /v3/translation_memories/{id}", "GET /spec"}


def run(client: TestClient, token: str) -> Iterator[tuple[Step, dict[str, Any], httpx2.Response]]:
    """Yield each step with its example, and with the response."""
    saved: Saved = {}
    for step in STEPS:
        method, template = step.operation.split(" ")
        path = template.format(**{name: _filled(text, saved) for name, text in step.path.items()})
        sent: dict[str, Any] = {"params": dict(step.params)}
        headers = {"authorization": f"Bearer {token}"}
        if step.accept is not None:
            headers["accept"] = step.accept
        example: Any = None
        if step.content is not None:
            sent["content"] = example = step.content
            headers |= _XML
        elif step.json is not None:
            sent["json"] = example = _filled(step.json, saved)
        elif step.file is not None:
            sent["data"], sent["files"] = step.data, {"file": step.file}
            example = {**(step.data or {}), "file": step.file[1]}
        for _ in range(600):
            response = client.request(method, path, headers=headers, **sent)
            if not response.is_success or step.until(_answer(response)):
                break
            time.sleep(0.1)
        found: dict[str, Any] = {} if example is None else {"request": example}
        if response.is_success and response.status_code != 204:
            found["response"] = _answer(response)
            if step.save is not None:
                saved.update(step.save(found["response"]))
        yield step, found, response


def _answer(response: httpx2.Response) -> Any:
    media = response.headers.get("content-type", "")
    if response.status_code == 204:
        return None
    if media.startswith("text/event-stream"):
        return "\n".join(line[:_MAX_LINE] for line in response.text.split("\n"))
    return response.json() if media == "application/json" else response.text[:_MAX_TEXT]


def _filled(value: Any, saved: Saved) -> Any:
    if isinstance(value, str):
        for name, text in saved.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, dict):
        return {name: _filled(part, saved) for name, part in value.items()}
    return [_filled(part, saved) for part in value] if isinstance(value, list) else value


def main(
    output: Annotated[Path, typer.Argument(help="File of the examples.")],
    data_dir: Annotated[Path, typer.Option("--data-dir", help="Data folder with the model.")],
) -> None:
    """Write the examples."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "models").symlink_to((data_dir / "models").absolute())
        runtime = open_runtime(load_settings(data_dir=Path(folder), log_level="warning"))
        _, token = runtime.keys.create(
            "newsletter", characters_per_day=500_000, may=[Permission.CORRECT]
        )
        with TestClient(create_app(runtime)) as client:
            found = {}
            for step, example, response in run(client, token):
                response.raise_for_status()
                found[step.name] = example
        runtime.close()
    output.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
