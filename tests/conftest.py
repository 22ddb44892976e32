"""Fixtures of all tests: the embedded model, and a clean environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import structlog
from hypothesis import settings
from unconverted import EMBEDDED, Unconverted

from models.catalogue import find_model
from models.ctranslate.engine import CTranslateCausal
from models.embedded.adapter import adapter_path, merge, read_adapter
from models.embedded.base import BaseVocabulary, assemble, read_base
from models.embedded.gemma import Gemma, GemmaConfig, Layer
from models.embedded.tokenizer import EmbeddedTokenizer, build_tokenizer
from models.engine import Engine
from models.files import manifest_hash
from models.load import load_engine
from models.store import ModelStore

# A folder that keeps the built model between test runs; read before the tests hide it.
_MODEL_DATA_DIR = os.environ.get("KABAR_TEST_DATA_DIR")


# A slow machine is no failure.
settings.register_profile("kabar", deadline=None)
settings.load_profile("kabar")

# Fixtures that build or load the embedded model.
_MODEL_FIXTURES = {"models_dir", "unconverted"}


# Folders whose tests import torch, compile or start programs.
_SLOW_FOLDERS = {"checkpoints", "cli", "embedded", "http", "inflight", "jobs", "scripts"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need the model, so that `make test-fast` skips them."""
    for item in items:
        if _MODEL_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("model")
        if item.path.name == "test_load.py" or _SLOW_FOLDERS & set(item.path.parts):
            item.add_marker("slow")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide the user's settings and data from every test."""
    for name in list(os.environ):
        if name.startswith("KABAR_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("KABAR_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    monkeypatch.setenv("KABAR_ALLOWED_HOSTS", "testserver")  # the name of Starlette's test client


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of this run, shared by all processes of pytest-xdist."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the real embedded model is built once for all tests."""
    folder = Path(_MODEL_DATA_DIR) if _MODEL_DATA_DIR else _shared(tmp_path_factory)
    return folder.absolute() / "models"


@pytest.fixture(scope="session")
def data_dir(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the real embedded model, built at its first use."""
    folder = tmp_path_factory.mktemp("data-dir")
    models_dir.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(models_dir)
    return folder


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the tiny checkpoints of `tiny_checkpoints`."""
    return tmp_path_factory.getbasetemp() / "checkpoints"


@pytest.fixture(scope="session")
def embedded_folder(models_dir: Path) -> Path:
    """The embedded model for CTranslate2."""
    return ModelStore(models_dir).ensure(find_model(EMBEDDED), "ctranslate2")


@pytest.fixture(scope="session")
def embedded_engine(models_dir: Path) -> Iterator[Engine]:
    """The default engine, with the embedded model."""
    engine = load_engine(find_model(EMBEDDED), ModelStore(models_dir), device="cpu")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def embedded_tokenizer(embedded_folder: Path) -> EmbeddedTokenizer:
    return EmbeddedTokenizer.load(embedded_folder / "tokenizer.json")


@pytest.fixture(scope="session")
def exact_engine(
    embedded_folder: Path, embedded_tokenizer: EmbeddedTokenizer
) -> Iterator[CTranslateCausal]:
    """The embedded model in float32: the same texts on every processor."""
    engine = CTranslateCausal(
        embedded_folder,
        find_model(EMBEDDED),
        embedded_tokenizer,
        model_hash=manifest_hash(embedded_folder),
        device="cpu",
        threads=1,
        compute_type="float32",
    )
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def checkpoint_store(models_dir: Path) -> ModelStore:
    """A store with the embedded model for transformers (590 MB)."""
    store = ModelStore(models_dir)
    store.ensure(find_model(EMBEDDED), "transformers")
    return store


@pytest.fixture(scope="session")
def unconverted(tmp_path_factory: pytest.TempPathFactory) -> Unconverted:
    """The real base weights with the real adapter."""
    base_file = tmp_path_factory.mktemp("base") / "base.gguf"
    assemble(base_file)
    adapter = read_adapter(adapter_path())
    vocabulary, base = read_base(base_file, adapter.token_ids)
    base_file.unlink()
    tokenizer = build_tokenizer(vocabulary, adapter.token_ids)
    return Unconverted(vocabulary, merge(base, adapter), tokenizer)


@pytest.fixture
def tiny_vocabulary() -> BaseVocabulary:
    """Control tokens, the 256 bytes, and a few characters and words over them."""
    control = ["<pad>", "<eos>", "<bos>", "<unk>"]
    bytewise = [f"<0x{byte:02X}>" for byte in range(256)]
    words = {"\n": -9, "▁": -9, "a": -9, "b": -9, "c": -9, "ab": -1, "bc": -2, "▁a": -3, "abc": -4}
    return BaseVocabulary(
        tokens=[*control, *bytewise, *words],
        scores=[0.0] * 260 + [float(score) for score in words.values()],
        normal=[False] * 260 + [True] * len(words),
    )


@pytest.fixture
def tiny_gemma(tiny_vocabulary: BaseVocabulary) -> Gemma:
    """Random weights over the tiny vocabulary."""
    config = GemmaConfig(
        layers=2, width=16, heads=2, kv_heads=1, head_width=8, hidden=32, global_every=2
    )
    draw = np.random.default_rng(0)

    def drawn(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return draw.normal(0, 0.3, shape).astype(np.float32)

    layers = tuple(
        Layer(
            q_proj=drawn(16, 16),
            k_proj=drawn(8, 16),
            v_proj=drawn(8, 16),
            o_proj=drawn(16, 16),
            gate_proj=drawn(32, 16),
            up_proj=drawn(32, 16),
            down_proj=drawn(16, 32),
            attention_norm=drawn(16),
            post_attention_norm=drawn(16),
            ffn_norm=drawn(16),
            post_ffn_norm=drawn(16),
            q_norm=drawn(8),
            k_norm=drawn(8),
        )
        for _ in range(config.layers)
    )
    return Gemma(config, drawn(len(tiny_vocabulary.tokens), 16), layers, drawn(16))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The names of the logged events."""
    before = structlog.get_config()
    names: list[str] = []

    def keep(logger: object, method: str, event: MutableMapping[str, Any]) -> NoReturn:
        names.append(str(event["event"]))
        raise structlog.DropEvent

    structlog.configure(
        processors=[keep], wrapper_class=structlog.make_filtering_bound_logger("debug")
    )
    yield names
    structlog.configure(**before)
