"""A Gemma 3 text checkpoint in Hugging Face's form, as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from models.embedded.gemma import Array, GemmaConfig, Layer
from models.errors import ModelCorrupt, UnsupportedCheckpoint

MODEL_TYPE = "gemma3_text"

# Our names for a layer's norms, and the checkpoint's.
_NORMS = {
    "q_norm": "self_attn.q_norm",
    "k_norm": "self_attn.k_norm",
    "attention_norm": "input_layernorm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffn_norm": "post_feedforward_layernorm",
}


class Checkpoint:
    """A checkpoint's configuration, and its weights in float32, read when they are asked for:
    the whole of them at once would be most of what a process needs. Making one raises
    `UnsupportedCheckpoint` or `ModelCorrupt`, reading from it `ModelCorrupt`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _readable(folder):
            about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            if about.get("model_type") != MODEL_TYPE:
                raise UnsupportedCheckpoint(
                    f"{folder} holds a {about.get('model_type')} model, and the inflight engine "
                    f"reads {MODEL_TYPE}: use `--engine ctranslate2` or `--engine transformers`"
                )
            self.config = _config(about)

    def embedding(self) -> Array:
        """[vocabulary, width]"""
        return self._tensor("model.embed_tokens.weight")

    def norm(self) -> Array:
        """[width]"""
        return self._tensor("model.norm.weight") + 1

    def layers(self) -> Iterator[Layer]:
        """Layer by layer; each is read while the one before is worked on."""
        with ThreadPoolExecutor(1) as reader:
            reading = [reader.submit(self._layer, 0)]
            for number in range(1, self.config.layers + 1):
                layer = reading.pop().result()
                if number < self.config.layers:
                    reading.append(reader.submit(self._layer, number))
                yield layer

    def _layer(self, number: int) -> Layer:
        at = f"model.layers.{number}."
        weights = {
            name: self._tensor(f"{at}self_attn.{name}.weight")
            for name in ("q_proj", "k_proj", "v_proj", "o_proj")
        }
        weights |= {
            name: self._tensor(f"{at}mlp.{name}.weight")
            for name in ("gate_proj", "up_proj", "down_proj")
        }
        # A norm's factor is stored less 1.
        weights |= {
            ours: self._tensor(f"{at}{theirs}.weight") + 1 for ours, theirs in _NORMS.items()
        }
        return Layer(**weights)

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
            f"`kabar models build --force` makes it anew"
        ) from error


def _config(about: dict[str, Any]) -> GemmaConfig:
    kinds = list(about["layer_types"])
    rope = about["rope_parameters"]
    config = GemmaConfig(
        layers=int(about["num_hidden_layers"]),
        width=int(about["hidden_size"]),
        heads=int(about["num_attention_heads"]),
        kv_heads=int(about["num_key_value_heads"]),
        head_width=int(about["head_dim"]),
        hidden=int(about["intermediate_size"]),
        epsilon=float(about["rms_norm_eps"]),
        rope_theta=float(rope["full_attention"]["rope_theta"]),
        local_theta=float(rope["sliding_attention"]["rope_theta"]),
        sliding_window=int(about["sliding_window"]),
        global_every=kinds.index("full_attention") + 1,
    )
    if config.kv_heads != 1 or kinds != [
        "full_attention" if config.is_global(number) else "sliding_attention"
        for number in range(config.layers)
    ]:
        raise UnsupportedCheckpoint(
            "the inflight engine reads models whose heads share their keys, with full attention "
            "in every so-manyth layer: use `--engine ctranslate2` or `--engine transformers`"
        )
    return config
