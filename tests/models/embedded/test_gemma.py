"""The numpy forward pass, compared with transformers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig
from unconverted import EMBEDDED, Unconverted

from models.catalogue import find_model
from models.embedded.gemma import Array, Gemma, GemmaConfig, Layer, forward
from models.store import ModelStore

CONFIG = GemmaConfig(
    layers=4,
    width=32,
    heads=4,
    kv_heads=2,
    head_width=16,
    hidden=48,
    epsilon=1e-3,
    rope_theta=500.0,
    local_theta=20.0,
    sliding_window=5,
    global_every=3,
)
# Longer than the sliding window, so that its mask matters.
TOKENS = [2, 17, 4, 4, 39, 8, 21, 0, 33, 12, 12, 5, 28, 1, 36, 9, 30]


@pytest.fixture(scope="module")
def reference() -> Gemma3ForCausalLM:
    torch.manual_seed(0)
    model: Any = Gemma3ForCausalLM(
        Gemma3TextConfig(  # type: ignore[call-arg]
            vocab_size=40,
            hidden_size=CONFIG.width,
            intermediate_size=CONFIG.hidden,
            num_hidden_layers=CONFIG.layers,
            num_attention_heads=CONFIG.heads,
            num_key_value_heads=CONFIG.kv_heads,
            head_dim=CONFIG.head_width,
            query_pre_attn_scalar=CONFIG.head_width,
            rms_norm_eps=CONFIG.epsilon,
            sliding_window=CONFIG.sliding_window,
            layer_types=[
                "sliding_attention",
                "sliding_attention",
                "full_attention",
                "sliding_attention",
            ],
            rope_parameters={
                "full_attention": {"rope_type": "default", "rope_theta": 500.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 20.0},
            },
            attn_implementation="eager",
        )
    )
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.3)
    reference: Gemma3ForCausalLM = model.eval()
    return reference


@pytest.fixture(scope="module")
def gemma(reference: Gemma3ForCausalLM) -> Gemma:
    def array(weight: Any) -> Array:
        return np.asarray(weight.detach().numpy(), dtype=np.float32)

    def factor(norm: Any) -> Array:
        return 1 + array(norm.weight)

    layers = []
    for layer in reference.model.layers:
        attention, ffn = layer.self_attn, layer.mlp
        layers.append(
            Layer(
                q_proj=array(attention.q_proj.weight),
                k_proj=array(attention.k_proj.weight),
                v_proj=array(attention.v_proj.weight),
                o_proj=array(attention.o_proj.weight),
                gate_proj=array(ffn.gate_proj.weight),
                up_proj=array(ffn.up_proj.weight),
                down_proj=array(ffn.down_proj.weight),
                attention_norm=factor(layer.input_layernorm),
                post_attention_norm=factor(layer.post_attention_layernorm),
                ffn_norm=factor(layer.pre_feedforward_layernorm),
                post_ffn_norm=factor(layer.post_feedforward_layernorm),
                q_norm=factor(attention.q_norm),
                k_norm=factor(attention.k_norm),
            )
        )
    return Gemma(
        config=CONFIG,
        embedding=array(reference.model.embed_tokens.weight),
        layers=tuple(layers),
        norm=factor(reference.model.norm),
    )


def logits_of(model: Gemma3ForCausalLM, tokens: list[int]) -> Array:
    with torch.inference_mode():
        return np.asarray(model(input_ids=torch.tensor([tokens])).logits[0].numpy())


def test_logits_are_those_of_transformers(reference: Gemma3ForCausalLM, gemma: Gemma) -> None:
    found = forward(gemma, TOKENS)
    assert found.shape == (17, 40)
    assert found.dtype == np.float32
    assert np.abs(found - logits_of(reference, TOKENS)).max() < 1e-4


@pytest.mark.parametrize(
    "change",
    [
        {"sliding_window": 6},
        {"global_every": 4},
        {"rope_theta": 550.0},
        {"local_theta": 20.1},
        {"epsilon": 2e-3},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_constant_matters(gemma: Gemma, change: dict[str, Any]) -> None:
    """Check that the comparison above would detect each change."""
    other = replace(gemma, config=replace(CONFIG, **change))
    assert np.abs(forward(other, TOKENS) - forward(gemma, TOKENS)).max() > 1e-3


def test_later_tokens_are_not_attended_to(gemma: Gemma) -> None:
    np.testing.assert_allclose(forward(gemma, TOKENS[:9]), forward(gemma, TOKENS)[:9], atol=1e-5)


def test_the_exported_checkpoint_equals_the_arrays(
    checkpoint_store: ModelStore, unconverted: Unconverted
) -> None:
    folder = checkpoint_store.ensure(find_model(EMBEDDED), "transformers")
    tokenizer = unconverted.tokenizer
    text = "Indonesian: Harga beras naik lima persen.\nEnglish: The price of rice"
    tokens = [tokenizer.bos_id, *tokenizer.encode(text)]
    model: Any = Gemma3ForCausalLM.from_pretrained(str(folder), dtype=torch.float32)
    expected = logits_of(model.eval(), tokens)
    found = forward(unconverted.model, tokens)
    assert found.shape == (len(tokens), 72_948)
    # Logits reach 30, and 18 layers add up float32's rounding.
    assert np.abs(found - expected).max() < 1e-3
    assert tokenizer.decode([int(found[-1].argmax())]) == " rose"
