"""Writers of the merged weights: CTranslate2 int8, transformers float32."""

from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import numpy as np

from models.embedded.gemma import CHECKPOINT_NAMES, Gemma, Layer
from models.embedded.tokenizer import EmbeddedTokenizer

INT8_FOLDER_BYTES = 165_000_000
PACKED_FOLDER_BYTES = 240_000_000
FLOAT32_FOLDER_BYTES = 600_000_000


def write_ctranslate(model: Gemma, tokenizer: EmbeddedTokenizer, folder: Path) -> None:
    """Write a CTranslate2 generator in int8 (a scale per row) and a tokenizer."""
    from ctranslate2.specs import common_spec, transformer_spec

    config = model.config
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        config.layers,
        config.heads,
        activation=common_spec.Activation.GELUTanh,
        pre_norm=True,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=config.head_width,
        rotary_interleave=False,
        rotary_base=config.local_theta,
        num_heads_kv=config.kv_heads,
        head_dim=config.head_width,
        sliding_window=config.sliding_window,
        pre_post_layer_norm=True,
        qk_norm=True,
    )
    decoder = spec.decoder
    decoder.scale_embeddings = True
    decoder.start_from_zero_embedding = False
    decoder.embeddings.weight = model.embedding
    decoder.projection.weight = model.embedding
    decoder.layer_norm.gamma = model.norm
    for number, (to, layer) in enumerate(zip(decoder.layer, model.layers, strict=True)):
        is_global = config.is_global(number)
        to.self_attention.rotary_base = np.float32(
            config.rope_theta if is_global else config.local_theta
        )
        to.self_attention.sliding_window = np.int32(0 if is_global else config.sliding_window)
        _fill_layer(to, layer)
    spec.config.bos_token = "<bos>"
    spec.config.eos_token = "<eos>"
    spec.config.unk_token = "<unk>"
    spec.config.layer_norm_epsilon = config.epsilon
    spec.register_vocabulary(tokenizer.tokens)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    tokenizer.save(folder / "tokenizer.json")


def _fill_layer(to: object, layer: Layer) -> None:
    attention, ffn = to.self_attention, to.ffn  # type: ignore[attr-defined]
    to.input_layer_norm.gamma = layer.attention_norm  # type: ignore[attr-defined]
    to.post_attention_layer_norm.gamma = layer.post_attention_norm  # type: ignore[attr-defined]
    to.pre_feedforward_layer_norm.gamma = layer.ffn_norm  # type: ignore[attr-defined]
    to.post_feedforward_layer_norm.gamma = layer.post_ffn_norm  # type: ignore[attr-defined]
    attention.q_norm.gamma = layer.q_norm
    attention.k_norm.gamma = layer.k_norm
    attention.linear[0].weight = np.concatenate((layer.q_proj, layer.k_proj, layer.v_proj))
    attention.linear[1].weight = layer.o_proj
    ffn.linear_0.weight = layer.gate_proj
    ffn.linear_0_noact.weight = layer.up_proj
    ffn.linear_1.weight = layer.down_proj


def write_huggingface(model: Gemma, tokenizer: EmbeddedTokenizer, folder: Path) -> None:
    """Write a Gemma3ForCausalLM checkpoint in float32, and its tokenizer."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    config = model.config
    tensors = {"model.embed_tokens.weight": model.embedding, "model.norm.weight": model.norm - 1}
    for number, layer in enumerate(model.layers):
        for name, stored in CHECKPOINT_NAMES.items():
            weight = getattr(layer, name) - 1 if name.endswith("norm") else getattr(layer, name)
            tensors[f"model.layers.{number}.{stored}.weight"] = weight
    try:
        save_file(tensors, str(folder / "model.safetensors"), metadata={"format": "pt"})
    except SafetensorError as error:
        # The library has the system's error number only in its text: "... (os error 28)".
        found = re.search(r"os error (\d+)", str(error))
        raise OSError(int(found[1]) if found else errno.EIO, str(error)) from error
    settings = {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "vocab_size": len(tokenizer.tokens),
        "hidden_size": config.width,
        "intermediate_size": config.hidden,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_width,
        "hidden_activation": "gelu_pytorch_tanh",
        "max_position_embeddings": 32768,
        "rms_norm_eps": config.epsilon,
        "rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": config.rope_theta},
            "sliding_attention": {"rope_type": "default", "rope_theta": config.local_theta},
        },
        "query_pre_attn_scalar": config.head_width,
        "sliding_window": config.sliding_window,
        "layer_types": [
            "full_attention" if config.is_global(number) else "sliding_attention"
            for number in range(config.layers)
        ],
        "attention_bias": False,
        "tie_word_embeddings": True,
        "dtype": "float32",
        "bos_token_id": tokenizer.bos_id,
        "eos_token_id": tokenizer.eos_id,
        "pad_token_id": 0,
    }
    text = json.dumps(settings, indent=2) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")
    tokenizer.save(folder / "tokenizer.json")
