"""Reads a Gemma 3 text checkpoint in Hugging Face's form as arrays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.embedded.gemma import Array, Gemma, GemmaConfig, Layer
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


def read_gemma(folder: Path) -> Gemma:
    """The weights in float32. Raises `UnsupportedCheckpoint` or `ModelCorrupt`."""
    try:
        about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if about.get("model_type") != MODEL_TYPE:
            raise UnsupportedCheckpoint(
                f"{folder} holds a {about.get('model_type')} model, and the inflight engine reads "
                f"{MODEL_TYPE}: use `--engine ctranslate2` or `--engine transformers`"
            )
        tensors = load_file(folder / "model.safetensors")
        return _gemma(about, tensors)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise ModelCorrupt(
            f"the model in {folder} cannot be read ({error}): "
            f"`kabar models build --force` makes it anew"
        ) from error


def _gemma(about: dict[str, object], tensors: dict[str, Array]) -> Gemma:
    count = int(about["num_hidden_layers"])  # type: ignore[call-overload]
    kinds = list(about["layer_types"])  # type: ignore[call-overload]
    rope = about["rope_parameters"]
    config = GemmaConfig(
        layers=count,
        width=int(about["hidden_size"]),  # type: ignore[call-overload]
        heads=int(about["num_attention_heads"]),  # type: ignore[call-overload]
        kv_heads=int(about["num_key_value_heads"]),  # type: ignore[call-overload]
        head_width=int(about["head_dim"]),  # type: ignore[call-overload]
        hidden=int(about["intermediate_size"]),  # type: ignore[call-overload]
        epsilon=float(about["rms_norm_eps"]),  # type: ignore[arg-type]
        rope_theta=float(rope["full_attention"]["rope_theta"]),  # type: ignore[index]
        local_theta=float(rope["sliding_attention"]["rope_theta"]),  # type: ignore[index]
        sliding_window=int(about["sliding_window"]),  # type: ignore[call-overload]
        global_every=kinds.index("full_attention") + 1,
    )
    if config.kv_heads != 1 or kinds != [
        "full_attention" if config.is_global(number) else "sliding_attention"
        for number in range(count)
    ]:
        raise UnsupportedCheckpoint(
            "the inflight engine reads models whose heads share their keys, with full attention "
            "in every so-manyth layer: use `--engine ctranslate2` or `--engine transformers`"
        )
    return Gemma(
        config,
        _float32(tensors["model.embed_tokens.weight"]),
        tuple(_layer(tensors, f"model.layers.{number}.") for number in range(count)),
        # A norm's factor is stored less 1.
        _float32(tensors["model.norm.weight"]) + 1,
    )


def _layer(tensors: dict[str, Array], at: str) -> Layer:
    weights = {
        name: _float32(tensors[f"{at}self_attn.{name}.weight"])
        for name in ("q_proj", "k_proj", "v_proj", "o_proj")
    }
    weights |= {
        name: _float32(tensors[f"{at}mlp.{name}.weight"])
        for name in ("gate_proj", "up_proj", "down_proj")
    }
    weights |= {
        ours: _float32(tensors[f"{at}{theirs}.weight"]) + 1 for ours, theirs in _NORMS.items()
    }
    return Layer(**weights)


def _float32(array: Array) -> Array:
    return np.asarray(array, dtype=np.float32)
