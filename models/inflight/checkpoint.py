"""A Gemma 3 text checkpoint in Hugging Face's format, as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from models.embedded.gemma import CHECKPOINT_NAMES, Array, GemmaConfig, Layer
from models.errors import ModelCorrupt, UnsupportedCheckpoint

MODEL_TYPE = "gemma3_text"


class Checkpoint:
    """A checkpoint's configuration, and its weights in float32.

    Weights are read on request: all at once, they would be most of the memory of a process. The
    constructor raises `UnsupportedCheckpoint` or `ModelCorrupt`, the methods `ModelCorrupt`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _readable(folder):
            settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            if settings.get("model_type") != MODEL_TYPE:
                raise UnsupportedCheckpoint(
                    f"{folder} holds a {settings.get('model_type')} model, and the inflight "
                    f"engine reads {MODEL_TYPE}: use `--engine ctranslate2` or "
                    f"`--engine transformers`"
                )
            self.config = _config(settings)

    def embedding(self) -> Array:
        """Read the embedding [vocabulary, width]."""
        return self._tensor("model.embed_tokens.weight")

    def norm(self) -> Array:
        """Read the factors [width] of the last norm."""
        return self._tensor("model.norm.weight") + 1

    def layers(self) -> Iterator[Layer]:
        """Yield the layers. Each is read while the caller works on the one before."""
        with ThreadPoolExecutor(1) as reader:
            reading = [reader.submit(self._layer, 0)]
            for number in range(1, self.config.layers + 1):
                layer = reading.pop().result()
                if number < self.config.layers:
                    reading.append(reader.submit(self._layer, number))
                yield layer

    def _layer(self, number: int) -> Layer:
        weights = {
            name: self._tensor(f"model.layers.{number}.{stored}.weight")
            for name, stored in CHECKPOINT_NAMES.items()
        }
        return Layer(**{name: w + 1 if name.endswith("norm") else w for name, w in weights.items()})

    def _tensor(self, name: str) -> Array:
        with (
            _readable(self._folder),
            safe_open(str(self._folder / "model.safetensors"), framework="numpy") as file,
        ):
            return np.asarray(file.get_tensor(name), dtype=np.float32)


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise ModelCorrupt(
            f"the model in {folder} cannot be read ({error}): "
            f"rebuild it with `kabar models build --force`"
        ) from error


def _config(settings: dict[str, Any]) -> GemmaConfig:
    kinds = list(settings["layer_types"])
    rope = settings["rope_parameters"]
    config = GemmaConfig(
        layers=int(settings["num_hidden_layers"]),
        width=int(settings["hidden_size"]),
        heads=int(settings["num_attention_heads"]),
        kv_heads=int(settings["num_key_value_heads"]),
        head_width=int(settings["head_dim"]),
        hidden=int(settings["intermediate_size"]),
        epsilon=float(settings["rms_norm_eps"]),
        rope_theta=float(rope["full_attention"]["rope_theta"]),
        local_theta=float(rope["sliding_attention"]["rope_theta"]),
        sliding_window=int(settings["sliding_window"]),
        global_every=kinds.index("full_attention") + 1,
    )
    if config.kv_heads != 1 or kinds != [
        "full_attention" if config.is_global(number) else "sliding_attention"
        for number in range(config.layers)
    ]:
        raise UnsupportedCheckpoint(
            "the inflight engine reads only models whose heads share their keys, with full "
            "attention in every n-th layer: use `--engine ctranslate2` or `--engine transformers`"
        )
    return config
