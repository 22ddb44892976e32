"""The routes `/healthz`, `/readyz`, `/metrics` and `/v1/models`."""

from __future__ import annotations

import asyncio
import contextlib

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from models.catalogue import known_models
from models.errors import KabarError
from models.load import model_format
from models.store import ModelStore
from service import metrics
from service.http.auth import BEARER
from service.http.schemas.status import Health, ModelOut, ModelsOut, Readiness
from service.http.state import AppState, state_of

router = APIRouter(tags=["service"])


@router.get("/healthz", summary="Check that the process is alive")
async def healthz() -> Health:
    """Answer while the process is alive, without the model or the cache."""
    return Health()


@router.get(
    "/readyz",
    summary="Check that the service accepts requests",
    responses={503: {"model": Readiness, "description": "the model is not loaded yet"}},
)
async def readyz(request: Request, response: Response) -> Readiness:
    """Report that a translation would be answered.

    The model has translated a first sentence; keys, glossaries and corrections can be read.
    """
    state = state_of(request)
    if state.runtime.is_loaded and not state.runtime.loaded.queue.alive:
        state.detail = "a translating thread has died: start the service again"
        response.status_code = 503
        return Readiness(ready=False, detail=state.detail)
    if state.dispatcher is None or state.draining:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
        return Readiness(ready=False, detail=state.detail)
    try:
        await state.run_lookup(_require_readable, state)
    except KabarError as error:
        response.status_code = 503
        return Readiness(ready=False, detail=error.detail)
    return Readiness(
        ready=True,
        detail=state.detail,
        signature=state.runtime.pipeline.signature(),
        warnings=state.runtime.warnings,
    )


@router.get(
    "/metrics",
    summary="Get metrics for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def figures(request: Request) -> Response:
    """Return counters and gauges of all processes of this service."""
    text = await asyncio.to_thread(_figures, state_of(request))
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/v1/models", summary="List the models", dependencies=[Depends(BEARER)])
def models(request: Request) -> ModelsOut:
    """Return the catalogue; `ready` models need no build or download."""
    settings = state_of(request).settings
    store = ModelStore(settings.models_dir)
    # Each engine reads another format of the same model.
    return ModelsOut(
        models=[
            ModelOut(
                id=spec.id,
                task=spec.task,
                source=spec.source,
                summary=spec.summary,
                licence=spec.licence,
                size_mb=spec.size_mb,
                ready=store.find(spec, model_format(spec, settings.engine, settings.device))
                is not None,
            )
            for spec in known_models()
        ]
    )


def _require_readable(state: AppState) -> None:
    """Raise the error that a translation would meet, if any."""
    if state.settings.auth:
        state.runtime.keys.any()
    state.runtime.registry.choose(None)
    if state.runtime.corrections.version:
        state.runtime.corrections.newest(1)


def _figures(state: AppState) -> bytes:
    """Return all metrics, with the gauges that are read only on request."""
    store = state.runtime.loaded.cache if state.runtime.is_loaded else None
    if store is not None and (stats := store.stats()) is not None:
        metrics.CACHE_BYTES.set(stats.bytes)
        metrics.CACHE_EVICTIONS.set(stats.evictions)
    # A damaged file must not hide the other figures; the log and `/v1/jobs` tell of it.
    with contextlib.suppress(KabarError):
        for job_state, count in state.runtime.jobs.counts().items():
            metrics.JOBS.labels(job_state).set(count)
    return metrics.exposition()
