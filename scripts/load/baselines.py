"""Baselines of the load test: typical services on the same weights.

`python -m scripts.load.baselines NAME PORT`, where NAME is one of

naive        FastAPI with transformers in float32, one sentence at a time
per-request  FastAPI with Kabar's engine, and a batch for each request
unguarded    Kabar without guards and glossary: the cost of the service alone

The last two run the engine of the settings (`KABAR_ENGINE`).
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Sequence

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from models.catalogue import find_model
from models.engine import DecodingOptions, Engine, Hypothesis, InflightBatching
from models.load import load_engine
from models.store import ModelStore
from service.checks.checked import judged
from service.checks.compare import Comparison
from service.http.app import create_app
from service.runtime import runtime_around
from service.scheduling.request import RequestContext
from service.scheduling.translator import Translator
from service.settings import load_settings
from service.translation import sentences
from service.translation.guards import CheckedOutcome, OnSettled


class Sentences(BaseModel):
    """The sentences of an article."""

    body: list[str]


def service(translate: Callable[[list[str]], list[str]]) -> FastAPI:
    app = FastAPI()

    # FastAPI runs it in a thread, since it is no coroutine.
    @app.post("/v1/translations")
    def answer(sentences: Sentences) -> dict[str, list[str]]:
        return {"text": translate(sentences.body)}

    return app


def one_by_one(engine: Engine, options: DecodingOptions) -> Callable[[list[str]], list[str]]:
    return lambda sources: [engine.translate([source], options)[0].text for source in sources]


def in_one_batch(engine: Engine, options: DecodingOptions) -> Callable[[list[str]], list[str]]:
    # In-flight batching would mix the sentences of several requests.
    one_request = (
        threading.Lock() if isinstance(engine, InflightBatching) else contextlib.nullcontext()
    )

    def translate(sources: list[str]) -> list[str]:
        with one_request:
            return [hypothesis.text for hypothesis in engine.translate(sources, options)]

    return translate


def unguarded(engine: Engine) -> FastAPI:
    settings = load_settings(cache=False, glossary="none", queue_seconds=3600, log_level="warning")
    # The guards have no setting to switch them off, on purpose.
    setattr(sentences, "translate_checked", _translate_unchecked)  # noqa: B010
    return create_app(runtime_around(engine, settings))


def _translate_unchecked(
    translator: Translator,
    sources: Sequence[str],
    options: DecodingOptions,
    context: RequestContext,
    on_settled: OnSettled | None = None,
) -> list[CheckedOutcome]:
    """Replace the guards: compare the first hypothesis, and repair nothing."""
    outcomes = [
        judged(Comparison(source, outcome.text), outcome)
        if isinstance(outcome, Hypothesis)
        else outcome
        for source, outcome in zip(
            sources, translator.translate(sources, options, context), strict=True
        )
    ]
    if on_settled is not None:
        on_settled(range(len(outcomes)), outcomes)
    return outcomes


def main() -> None:
    name, port = sys.argv[1], int(sys.argv[2])
    settings = load_settings()
    options = DecodingOptions(beam=settings.beam)
    spec, store = find_model(settings.model), ModelStore(settings.models_dir)
    if name == "naive":
        engine = load_engine(spec, store, engine="transformers", device="cpu", dtype="float32")
        app = service(one_by_one(engine, options))
    else:
        engine = load_engine(spec, store, engine=settings.engine, device="cpu")
        app = unguarded(engine) if name == "unguarded" else service(in_one_batch(engine, options))
    uvicorn.run(app, port=port, log_level="warning")


if __name__ == "__main__":
    main()
