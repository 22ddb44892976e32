"""The actions of `kabar models …`."""

from __future__ import annotations

import time

from models.catalogue import ModelSpec, find_model, known_models
from models.load import model_format
from models.store import Format, ModelStore
from service.cli.options import say
from service.cli.output import print_table
from service.settings import Settings

_FORMATS: tuple[Format, ...] = ("packed16", "packed32", "ctranslate2", "transformers")


def list_models(settings: Settings) -> None:
    """Print a table of the catalogue."""
    store = ModelStore(settings.models_dir)
    rows = []
    for spec in known_models():
        forms = [form for form in _FORMATS if store.find(spec, form)]
        here = ", ".join(forms) or ("built at first use" if spec.source == "embedded" else "no")
        rows.append((spec.id, here, str(spec.size_mb), spec.licence, spec.summary))
    print_table(("name", "installed", "MB", "license", "description"), rows)


def build_model(settings: Settings, force: bool) -> None:
    """Build, download or convert a model, and report each step."""
    began = time.perf_counter()
    store = ModelStore(settings.models_dir)
    folder = store.ensure(*_spec_and_format(settings), say, force=force)
    print(f"{settings.model} is in {folder} ({time.perf_counter() - began:.1f} s)")


def verify_model(settings: Settings) -> None:
    """Check the sha256 of every file."""
    count = ModelStore(settings.models_dir).verify(*_spec_and_format(settings))
    print(f"{settings.model}: {count} files, every sha256 is correct")


def _spec_and_format(settings: Settings) -> tuple[ModelSpec, Format]:
    """Return the model of the settings, for any task, and its format."""
    tasks = {spec.id: spec.task for spec in known_models()}
    if tasks.get(settings.model) == "summarization":
        return find_model(settings.model, "summarization"), "transformers"
    spec = find_model(settings.model)
    return spec, model_format(spec, settings.engine, settings.device)
