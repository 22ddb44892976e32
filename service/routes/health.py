"""`GET /healthz`, `GET /readyz` and `GET /v1/models`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from models.catalogue import known_models
from models.load import ENGINES
from models.store import ModelStore
from service.app_state import state_of
from service.schemas import Health, ModelOut, ModelsOut, Readiness

router = APIRouter(tags=["service"])


@router.get("/healthz", summary="Does the process answer?")
async def healthz() -> Health:
    """Answers as long as the process lives; touches neither model nor cache."""
    return Health()


@router.get(
    "/readyz",
    summary="Can requests be served?",
    responses={503: {"model": Readiness, "description": "the model is being built or loaded"}},
)
async def readyz(request: Request, response: Response) -> Readiness:
    """Ready means: the model is loaded and has translated a first sentence."""
    state = state_of(request)
    if state.loaded is None:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
        return Readiness(ready=False, detail=state.detail)
    return Readiness(
        ready=True,
        detail=state.detail,
        signature=state.loaded.pipeline.signature,
        warnings=state.loaded.warnings,
    )


@router.get("/v1/models", summary="The models Kabar knows")
def models(request: Request) -> ModelsOut:
    """The catalogue, and which models can be used without building or fetching."""
    settings = state_of(request).settings
    store = ModelStore(settings.models_dir)
    # Engines read different forms of the same model.
    return ModelsOut(
        models=[
            ModelOut(
                id=spec.id,
                task=spec.task,
                source=spec.source,
                summary=spec.summary,
                licence=spec.licence,
                size_mb=spec.size_mb,
                ready=store.find(spec, ENGINES[settings.engine]) is not None,
            )
            for spec in known_models()
        ]
    )
