"""Conversion of checkpoints in Hugging Face's layout for CTranslate2.

In: a checkpoint's folder. Out: a folder with CTranslate2's files, the tokenizer's files and
`kabar.json`, which describes the model's input and output. It appears complete or not at all. Only
the conversion needs torch and transformers. Raises `UnsupportedCheckpoint`, `ModelCorrupt`,
`BuildFailed` and `NoSpace`.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import torch
from ctranslate2.converters import TransformersConverter

from models.catalogue import Architecture, ModelSpec
from models.checkpoints.checkpoint import (
    CheckpointTokenizer,
    architecture_of,
    load_model,
    read_config,
)
from models.checkpoints.generation import Searcher, SearchSettings, read_settings
from models.errors import BuildFailed, NoSpace, UnsupportedCheckpoint
from models.files import is_disk_full

DESCRIPTION = "kabar.json"

SUPPORTED: dict[Architecture, tuple[str, ...]] = {
    "seq2seq": ("bart", "m2m_100", "marian", "mt5", "t5"),
    "causal": ("gemma3_text", "llama", "mistral", "qwen2", "qwen3"),
}

# Any text will do: the probe compares two programs on the same tokens.
_PROBE_SOURCE = "Presiden meresmikan jembatan baru di Surabaya pada hari Selasa."
_PROBE_TARGET = "The president opened a new bridge in Surabaya on Tuesday."

# Maximum difference of the log-probabilities of the probe's tokens in float32. A setting that the
# converter overlooks changes them by whole units.
_TOLERANCE = 0.01


def convert_checkpoint(folder: Path, spec: ModelSpec, out: Path, quantization: str) -> Path:
    """Convert the checkpoint in `folder` into `out`, which it returns.

    `out` is absent or empty. `quantization` is one of CTranslate2's, such as int8_float32.
    """
    converter = _Converter(folder, spec)
    work: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f"{out.name}.work-", dir=out.parent))
        made = work / "model"
        # Compare in full precision, where a difference is not from rounding.
        converter.convert(str(made), quantization="float32")
        converter.check(made)
        if quantization != "float32":
            converter.convert(str(made), quantization=quantization, force=True)
        converter.describe(made)
        made.rename(out)
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(f"the disk with {out.parent} filled up: {error}") from error
        raise BuildFailed(f"{out} could not be written: {error}") from error
    except (NotImplementedError, ValueError) as error:
        raise UnsupportedCheckpoint(
            f"CTranslate2 {ctranslate2.__version__} cannot convert {spec.id} ({error}): try "
            f"`--engine transformers`"
        ) from error
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
    return out


class _Converter(TransformersConverter):  # type: ignore[misc]
    """CTranslate2's converter, adapted to the current transformers."""

    def __init__(self, folder: Path, spec: ModelSpec) -> None:
        super().__init__(str(folder))
        self._folder = folder
        self._config = read_config(folder)
        family = self._config.model_type
        self._architecture = architecture_of(self._config, spec)
        if family not in SUPPORTED[self._architecture]:
            raise UnsupportedCheckpoint(
                f"{spec.id} is of the family {family}, and Kabar converts only "
                f"{', '.join(sum(SUPPORTED.values(), ()))}: try `--engine transformers`"
            )
        self._tokenizer = CheckpointTokenizer(folder, spec)
        self._vocabulary = _Vocabulary(self._tokenizer, self._config.vocab_size)
        self._settings: SearchSettings
        self._expected: list[float] = []

    def load_model(self, model_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
        model = load_model(self._folder, self._architecture, torch.float32)
        if not self._expected:
            self._settings = read_settings(model, self._tokenizer, self._tokenizer.eos_id)
            searcher = Searcher(model, self._settings, torch.device("cpu"))
            with torch.inference_mode():
                self._expected = searcher.log_probabilities([self._source()], [self._target()])[0]
        _adapt(model.config)
        return model

    def load_tokenizer(self, tokenizer_class: Any, model_name_or_path: str, **kwargs: Any) -> Any:
        return self._vocabulary

    def describe(self, made: Path) -> None:
        """Write the tokenizer's files and `kabar.json`."""
        raw, tokens = self._tokenizer.raw, self._vocabulary.tokens
        description: dict[str, Any] = {
            "architecture": self._architecture,
            "family": self._config.model_type,
            "end": [tokens[index] for index in sorted(self._settings.stop)],
            "unknown": raw.unk_token,
            "hidden": self._vocabulary.hidden(),
            "positions": getattr(self._config, "max_position_embeddings", None),
        }
        before = [tokens[index] for index in self._tokenizer.prefix_ids]
        after = [tokens[index] for index in self._tokenizer.suffix_ids]
        if self._architecture == "seq2seq":
            source, target = self._tokenizer.source_token, self._tokenizer.target_token
            shape = ["{text}" if token is None else token for token in (*before, None, *after)]
            forced = [tokens[index] for index in self._settings.forced]
            description["source"] = _generalise(shape, source, "{source_language}")
            description["target"] = _generalise(forced, target, "{target_language}")
            description["language"] = "__{}__" if hasattr(raw, "get_lang_token") else "{}"
        else:
            description["prefix"] = before
        files: dict[str, str] = {}
        if hasattr(raw, "backend_tokenizer"):
            files["tokenizer"] = "tokenizer.json"
            raw.backend_tokenizer.save(str(made / "tokenizer.json"))
        else:
            paths = [Path(path) for path in getattr(raw, "spm_files", None) or [raw.spm_file]]
            for path in paths:
                shutil.copyfile(path, made / path.name)
            files["source"], files["target"] = paths[0].name, paths[-1].name
        description["files"] = files
        text = json.dumps(description, indent=1, ensure_ascii=False)
        (made / DESCRIPTION).write_text(text + "\n", encoding="utf-8")

    def check(self, made: Path) -> None:
        """Compare the probe's log-probabilities with those of the original."""
        tokens = self._vocabulary.tokens
        source = [tokens[index] for index in self._source()]
        target = [tokens[index] for index in self._target()]
        if self._architecture == "seq2seq":
            forced = [tokens[index] for index in self._settings.forced]
            translator = ctranslate2.Translator(str(made), device="cpu")
            scores = translator.score_batch([source], [forced + target], offset=len(forced))
            found = list(scores[0].log_probs)[: len(target)]
        else:
            generator = ctranslate2.Generator(str(made), device="cpu")
            scores = generator.score_batch([source + target])
            found = list(scores[0].log_probs)[len(source) - 1 :]
        pairs = zip(found, self._expected, strict=True)
        difference = max(abs(converted - original) for converted, original in pairs)
        if not difference <= _TOLERANCE:  # true for NaN
            raise UnsupportedCheckpoint(
                f"the converted model does not agree with the original: log-probabilities differ "
                f"by up to {difference:.3g}; `--engine transformers` runs the original"
            )

    def _source(self) -> list[int]:
        return self._tokenizer.encode_source(_PROBE_SOURCE)

    def _target(self) -> list[int]:
        target = self._tokenizer.encode(_PROBE_TARGET)
        window = getattr(self._config, "sliding_window", None)
        if self._architecture == "causal" and window:
            # CTranslate2 cannot score a text longer than a sliding window.
            return target[: max(1, window - len(self._source()))]
        return target


class _Vocabulary:
    """A vocabulary for CTranslate2's loaders: a distinct token for each id.

    The loaders sort `get_vocab` and pad the end. Without this, tokenizers that skip ids (M2M100's
    language tokens) or stop early would be shifted or cut.
    """

    special_tokens_map: dict[str, list[str]] = {}  # noqa: RUF012
    num_madeup_words = 0

    def __init__(self, tokenizer: CheckpointTokenizer, size: int) -> None:
        self._tokenizer = tokenizer
        self.tokens: list[str] = []
        self._unused: list[str] = []
        seen: set[str] = set()
        for index, token in enumerate(tokenizer.tokens(range(size))):
            if token is None or token in seen:
                token = f"<unused_{index}>"
                self._unused.append(token)
            seen.add(token)
            self.tokens.append(token)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer.raw, name)

    def get_vocab(self) -> dict[str, int]:
        return {token: index for index, token in enumerate(self.tokens)}

    def hidden(self) -> list[str]:
        """Return the tokens that are not text: control, unknown and unused ones."""
        control = [index for index in self._tokenizer.control_ids if index < len(self.tokens)]
        return sorted({self.tokens[index] for index in control} | set(self._unused))


def _adapt(config: Any) -> None:
    """Restore attributes that moved. Raises `UnsupportedCheckpoint`."""
    # CTranslate2's loaders were written for older versions, and would overlook these settings.
    if config.model_type == "bart":
        config.normalize_before = getattr(config, "normalize_before", False)
    elif config.model_type in ("t5", "mt5"):
        # The loaders scale the output if embeddings are tied. transformers 5 always ties them, and
        # scales by another setting.
        config.tie_word_embeddings = getattr(config, "scale_decoder_outputs", False)
    elif config.model_type == "gemma3_text":
        rope = config.rope_parameters
        scaled = [kind for kind in rope.values() if kind.get("rope_type") != "default"]
        if scaled or config.query_pre_attn_scalar != config.head_dim:
            raise UnsupportedCheckpoint(
                "CTranslate2 reads neither scaled rotary positions nor a query scale of a "
                "Gemma 3 checkpoint: use `--engine transformers`"
            )
        config.rope_theta = rope["full_attention"]["rope_theta"]
        config.rope_local_base_freq = rope["sliding_attention"]["rope_theta"]


def _generalise(shape: Sequence[str], token: str | None, name: str) -> list[str]:
    return [name if part == token else part for part in shape]
