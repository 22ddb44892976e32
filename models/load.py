"""From a model's name to an engine that is ready to translate.

In: a `ModelSpec`, the engine's name, and a device. If necessary, the model is first built,
converted or fetched. Heavy packages are imported only for the engine that needs them.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from models.catalogue import ModelSpec
from models.checkpoints.replicas import Replicas
from models.devices import choose_device, ctranslate_device, cuda_devices, may_have_cuda
from models.engine import DecodingOptions, Engine, PromptTokenizer
from models.errors import DeviceUnavailable, EngineUnavailable, ModelCorrupt, UnsupportedCheckpoint
from models.files import MANIFEST, manifest_hash
from models.inflight.library import instruction_sets, sum_bits
from models.store import Format, ModelStore, Progress, quiet

ENGINES = ("inflight", "ctranslate2", "transformers")

# A text to translate after loading, so that warm-up does not slow down the first request. Any text
# uses every weight; a longer one would only delay the service.
_WARM_UP = "Ya."


def load_engine(
    spec: ModelSpec,
    store: ModelStore,
    *,
    engine: str = "auto",
    device: str = "auto",
    dtype: str | None = None,
    threads: int = 0,
    progress: Progress = quiet,
) -> Engine:
    """Load an engine with its model, and warm it up. Raises a `ModelError`.

    `engine` is one of `ENGINES`, or `auto` (see `choose_engine`). `dtype` is for transformers
    (None: by device). `threads` 0 means one per core.
    """
    engine = choose_engine(spec, engine, device)[0]
    check_engine(engine, device)
    loaded: Engine
    if engine == "inflight":
        loaded = _inflight(spec, store, threads, progress)
    elif engine == "transformers":
        loaded = _transformers(spec, store, device, dtype, threads, progress)
    else:
        loaded = _ctranslate(spec, store, device, threads, progress)
    loaded.translate([_WARM_UP], DecodingOptions(beam=1))
    return loaded


def choose_engine(spec: ModelSpec, engine: str, device: str) -> tuple[str, str]:
    """Return the engine for a model, and the reason.

    `auto` is the inflight engine for the embedded model on a CPU, wherever its library loads, and
    otherwise CTranslate2.
    """
    if engine != "auto":
        return engine, "the settings name it"
    if spec.source != "embedded":
        return "ctranslate2", f"the inflight engine does not run {spec.id}"
    on_gpu = device == "auto" and may_have_cuda() and ctranslate_device(device) == "cuda"
    if on_gpu or device not in ("auto", "cpu"):
        return "ctranslate2", "the inflight engine does not run on a GPU"
    try:
        return "inflight", f"it is the fastest, with {instruction_sets()[0]}"
    except EngineUnavailable as error:
        return "ctranslate2", error.detail


def model_format(spec: ModelSpec, engine: str, device: str) -> Format:
    """Return the format that the engine reads. Raises `EngineUnavailable`."""
    chosen, _ = choose_engine(spec, engine, device)
    if chosen == "inflight":
        return packed_format()
    return "transformers" if chosen == "transformers" else "ctranslate2"


def check_engine(engine: str, device: str) -> None:
    """Raise `EngineUnavailable` or `DeviceUnavailable` if it cannot run."""
    if engine not in ENGINES:
        raise EngineUnavailable(
            f"there is no engine called {engine!r}: choose one of {', '.join(ENGINES)}"
        )
    if engine == "ctranslate2":
        ctranslate_device(device)
        return
    if engine == "inflight":
        instruction_sets()
        if device not in ("auto", "cpu"):
            raise DeviceUnavailable(
                f"the inflight engine computes on the CPU: use `--engine ctranslate2` or "
                f"`--engine transformers` with `--device {device}`"
            )
        return
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise EngineUnavailable(
                f"the transformers engine needs {package}, which is not installed: "
                f"`pip install 'kabar[transformers]'`, or leave the engine to Kabar"
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
    from models.ctranslate.engine import CTranslateCausal, JsonTokenizer
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


def packed_format() -> Format:
    """Return the format of the packed model for this processor."""
    return "packed16" if sum_bits(instruction_sets()[0]) == 16 else "packed32"


def _inflight(spec: ModelSpec, store: ModelStore, threads: int, progress: Progress) -> Engine:
    from models.embedded.tokenizer import EmbeddedTokenizer
    from models.inflight.engine import InflightEngine

    if spec.source != "embedded":
        raise UnsupportedCheckpoint(
            f"the inflight engine runs the embedded model, not {spec.id}: use "
            f"`--engine ctranslate2` or `--engine transformers`"
        )
    folder = store.ensure(spec, packed_format(), progress)
    return InflightEngine(
        folder,
        spec,
        EmbeddedTokenizer.load(folder / "tokenizer.json"),
        model_hash=manifest_hash(folder),
        threads=threads,
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
        # A replica on every CUDA device. Other kinds have one device.
        for number in range(max(1, cuda_devices(device)))
    ]
    return engines[0] if len(engines) == 1 else Replicas(engines)


def _checkpoint_hash(folder: Path) -> str:
    """Return a checkpoint's hash, from its manifest, its record or its files."""
    if (folder / MANIFEST).is_file():
        return manifest_hash(folder)
    from models.checkpoints.hub import checkpoint_hash

    return checkpoint_hash(folder)
