"""From a model's name to an engine that is ready to translate.

In: a `ModelSpec`, the engine's name, and a device. The model is built, converted or fetched first
if need be. Heavy packages are imported only for the engine that needs them.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from models.catalogue import ModelSpec
from models.checkpoints.replicas import Replicas
from models.devices import choose_device, ctranslate_device, cuda_devices
from models.engine import DecodingOptions, Engine
from models.errors import DeviceUnavailable, EngineUnavailable, ModelCorrupt, UnsupportedCheckpoint
from models.files import MANIFEST, manifest_hash
from models.store import Format, ModelStore, Progress, quiet

# The engines, and the format of the model that each loads.
ENGINES: dict[str, Format] = {
    "ctranslate2": "ctranslate2",
    "inflight": "transformers",
    "transformers": "transformers",
}

# A text to translate after loading, so that the first request is not slowed by warm-up. Any text
# touches every weight; a longer one would only delay the service.
_WARM_UP = "Ya."


def load_engine(
    spec: ModelSpec,
    store: ModelStore,
    *,
    engine: str = "ctranslate2",
    device: str = "auto",
    dtype: str | None = None,
    threads: int = 0,
    progress: Progress = quiet,
) -> Engine:
    """Load an engine with its model, and warm it up. Raises a `ModelError`.

    `dtype` is for engines that use torch (None: by device). `threads` 0 means one per core.
    """
    check_engine(engine, device)
    loaded: Engine
    if engine == "inflight":
        loaded = _inflight(spec, store, dtype, threads, progress)
    elif engine == "transformers":
        loaded = _transformers(spec, store, device, dtype, threads, progress)
    else:
        loaded = _ctranslate(spec, store, device, threads, progress)
    loaded.translate([_WARM_UP], DecodingOptions(beam=1))
    return loaded


def check_engine(engine: str, device: str) -> None:
    """Raise `EngineUnavailable` or `DeviceUnavailable` if it cannot run."""
    if engine not in ENGINES:
        raise EngineUnavailable(
            f"there is no engine called {engine!r}: choose one of {', '.join(ENGINES)}"
        )
    if engine == "ctranslate2":
        ctranslate_device(device)
        return
    for package in ("torch", "transformers") if engine == "transformers" else ("torch",):
        if find_spec(package) is None:
            raise EngineUnavailable(
                f"the {engine} engine needs {package}, which is not installed: "
                f"`pip install 'kabar[transformers]'`, or use `--engine ctranslate2`"
            )
    if engine == "inflight" and device not in ("auto", "cpu"):
        raise DeviceUnavailable(
            f"the inflight engine computes on the CPU: use "
            f"`--engine transformers --device {device}`"
        )
    choose_device(device)


def _ctranslate(
    spec: ModelSpec, store: ModelStore, device: str, threads: int, progress: Progress
) -> Engine:
    folder = store.ensure(spec, "ctranslate2", progress)
    if spec.source != "embedded" and not _is_causal(folder):
        from models.checkpoints.seq2seq import CTranslateSeq2Seq

        return CTranslateSeq2Seq(
            folder, spec, device=device, threads=threads, model_hash=manifest_hash(folder)
        )
    from models.ctranslate.engine import CTranslateCausal, JsonTokenizer, PromptTokenizer
    from models.embedded.tokenizer import EmbeddedTokenizer

    tokenizer: PromptTokenizer
    if spec.source == "embedded":
        tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
    else:
        tokenizer = JsonTokenizer(folder)
    return CTranslateCausal(
        folder, spec, tokenizer, model_hash=manifest_hash(folder), device=device, threads=threads
    )


def _is_causal(folder: Path) -> bool:
    try:
        about = json.loads((folder / "kabar.json").read_text(encoding="utf-8"))
        return bool(about["architecture"] == "causal")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(
            f"the converted model in {folder} cannot be read ({error}): "
            f"rebuild it with `kabar models build --force`"
        ) from error


def _inflight(
    spec: ModelSpec, store: ModelStore, form: str | None, threads: int, progress: Progress
) -> Engine:
    from models.embedded.tokenizer import EmbeddedTokenizer
    from models.inflight.arithmetic import best_form
    from models.inflight.engine import InflightEngine

    if spec.source != "embedded":
        raise UnsupportedCheckpoint(
            f"the inflight engine runs the embedded model, not {spec.id}: use "
            f"`--engine ctranslate2` or `--engine transformers`"
        )
    folder = store.ensure(spec, "transformers", progress)
    return InflightEngine(
        folder,
        spec,
        EmbeddedTokenizer.load(folder / "tokenizer.json"),
        model_hash=_checkpoint_hash(folder),
        form=form or best_form(),
        threads=threads,
        programs=store.root / spec.id,
        progress=progress,
    )


def _transformers(
    spec: ModelSpec,
    store: ModelStore,
    device: str,
    dtype: str | None,
    threads: int,
    progress: Progress,
) -> Engine:
    from models.checkpoints.huggingface import HuggingFaceEngine

    folder = store.ensure(spec, "transformers", progress)
    tokenizer = None
    if spec.source == "embedded":
        from models.embedded.tokenizer import EmbeddedTokenizer

        tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
    engines = [
        HuggingFaceEngine(
            folder,
            spec,
            device=device,
            number=number,
            dtype=dtype,
            threads=threads or None,
            model_hash=_checkpoint_hash(folder),
            tokenizer=tokenizer,
        )
        # A replica on every CUDA device; other kinds have one device.
        for number in range(max(1, cuda_devices(device)))
    ]
    return engines[0] if len(engines) == 1 else Replicas(engines)


def _checkpoint_hash(folder: Path) -> str:
    """Return a checkpoint's hash, from its manifest, its record or its files."""
    if (folder / MANIFEST).is_file():
        return manifest_hash(folder)
    from models.checkpoints.hub import checkpoint_hash

    return checkpoint_hash(folder)
