"""A checkpoint in Hugging Face's layout, read with transformers.

In: a folder (config.json, safetensors, tokenizer files) and its `ModelSpec`. Out: its config, its
tokenizer and its weights. Nothing is fetched, no code from the folder is run, and pickled weights
are never read. Raises `UnsupportedCheckpoint` for a checkpoint that cannot be run, and
`ModelCorrupt` for one that cannot be read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import torch
import transformers

from models.catalogue import Architecture, ModelSpec
from models.errors import ModelCorrupt, UnsupportedCheckpoint

_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def read_config(folder: Path) -> Any:
    """Return the checkpoint's configuration."""
    try:
        return transformers.AutoConfig.from_pretrained(str(folder), **_LOCAL)
    except (ValueError, KeyError) as error:
        raise UnsupportedCheckpoint(
            f"transformers {transformers.__version__} does not know the checkpoint in {folder} "
            f"(code that comes with a checkpoint is never run): {error}"
        ) from error
    except OSError as error:
        raise ModelCorrupt(f"the configuration in {folder} cannot be read: {error}") from error


def architecture_of(config: Any, spec: ModelSpec) -> Architecture:
    """Return whether a config is of an encoder-decoder or of a causal model."""
    found: Architecture = "seq2seq" if config.is_encoder_decoder else "causal"
    if spec.architecture not in (None, found):
        raise UnsupportedCheckpoint(
            f"{spec.id} is described as {spec.architecture}, but its config.json is that of a "
            f"{found} model ({config.model_type})"
        )
    return found


def load_model(folder: Path, architecture: Architecture, dtype: torch.dtype) -> Any:
    """Return the network with its weights, in evaluation mode on the CPU."""
    if not any(folder.glob("*.safetensors")):
        raise UnsupportedCheckpoint(
            f"{folder} holds no .safetensors file, and other weight files are refused because "
            f"they can run code: save the model again with safetensors"
        )
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    auto: Any = (
        transformers.AutoModelForSeq2SeqLM
        if architecture == "seq2seq"
        else transformers.AutoModelForCausalLM
    )
    try:
        model, report = auto.from_pretrained(
            str(folder), dtype=dtype, use_safetensors=True, output_loading_info=True, **_LOCAL
        )
    except ValueError as error:
        raise UnsupportedCheckpoint(
            f"the checkpoint in {folder} is not a {architecture} language model: {error}"
        ) from error
    except Exception as error:  # safetensors and transformers raise various classes
        raise ModelCorrupt(f"the weights in {folder} cannot be read: {error}") from error
    absent = sorted(str(key) for key in report["missing_keys"] | report["mismatched_keys"])
    if absent:
        raise ModelCorrupt(
            f"the weights in {folder} do not fit its config.json: {', '.join(absent[:3])}"
            f"{' and others' if len(absent) > 3 else ''} missing or of another shape"
        )
    return model.eval()


class CheckpointTokenizer:
    """A checkpoint's tokenizer, in which text never becomes a control token.

    `</s>` in an article is characters, or unknown. `prefix_ids` and `suffix_ids` surround a source
    (language token, end token, beginning of text). `target_id` is the token of the target
    language, in models that have one. `raw` is the tokenizer of transformers.
    """

    def __init__(self, folder: Path, spec: ModelSpec) -> None:
        with warnings.catch_warnings():
            # Marian's tokenizer recommends a package that it would never use.
            warnings.filterwarnings("ignore", message="Recommended: pip install sacremoses")
            try:
                self.raw: Any = transformers.AutoTokenizer.from_pretrained(str(folder), **_LOCAL)
            except Exception as error:  # the libraries raise bare Exception
                raise ModelCorrupt(f"the tokenizer in {folder} cannot be read: {error}") from error
        self.eos_id: int | None = self.raw.eos_token_id
        self.pad_id: int | None = self.raw.pad_token_id
        self.source_token, self.target_token = self._languages(spec)
        self.target_id: int | None = None
        if self.target_token is not None:
            self.target_id = cast("int", self.raw.convert_tokens_to_ids(self.target_token))
        full = list(self.raw("a")["input_ids"])
        plain = list(self.raw("a", add_special_tokens=False)["input_ids"])
        places = range(len(full) - len(plain) + 1)
        start = next(at for at in places if full[at : at + len(plain)] == plain)
        self.prefix_ids: list[int] = full[:start]
        self.suffix_ids: list[int] = full[start + len(plain) :]
        self._unknown: int | None = self.raw.unk_token_id
        language_ids = getattr(self.raw, "lang_token_to_id", {}).values()
        self.control_ids = {*self.raw.all_special_ids, *language_ids}
        self._hidden = {token for token in self.tokens(self.control_ids) if token is not None}

    def tokens(self, ids: Iterable[int]) -> list[str | None]:
        """Return the vocabulary's entries, or None for ids without one."""
        return cast("list[str | None]", self.raw.convert_ids_to_tokens(list(ids)))

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text, without prefix and suffix."""
        ids: list[int] = self.raw(
            text, add_special_tokens=False, split_special_tokens=True, verbose=False
        )["input_ids"]
        # Unigram models find control tokens in text in spite of `split_special_tokens`.
        clean = [self._unknown if index in self.control_ids else index for index in ids]
        return [index for index in clean if index is not None]

    def encode_source(self, source: str) -> list[int]:
        """Return the ids of a source with prefix and suffix, for an encoder."""
        return [*self.prefix_ids, *self.encode(source), *self.suffix_ids]

    def encode_prompt(self, prompt: str, source: str) -> list[int]:
        """Return a prompt's ids; control tokens are recognized in it only."""
        ids = list(self.prefix_ids)
        for part in self._split_control(prompt):
            if part in self._hidden:
                ids.append(self.raw.convert_tokens_to_ids(part))
            else:
                ids += self.encode(part.replace("{source}", source))
        doubled = self.prefix_ids + self.prefix_ids
        return ids[len(self.prefix_ids) :] if ids[: len(doubled)] == doubled else ids

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of a target without control, unknown and unused ids."""
        hidden = (None, self.raw.unk_token, *self._hidden)
        tokens = [token for token in self.tokens(ids) if token not in hidden]
        return cast("str", self.raw.convert_tokens_to_string(tokens)).strip()

    def _split_control(self, prompt: str) -> list[str]:
        parts = [prompt]
        for token in sorted(self._hidden, key=len, reverse=True):
            split: list[str] = []
            for part in parts:
                pieces = [part] if part in self._hidden else part.split(token)
                split += [text for piece in pieces for text in (token, piece)][1:]
            parts = [part for part in split if part]
        return parts

    def _languages(self, spec: ModelSpec) -> tuple[str | None, str | None]:
        if not hasattr(self.raw, "src_lang"):
            return None, None
        if spec.source_language is None or spec.target_language is None:
            raise UnsupportedCheckpoint(
                f"{spec.id} translates between many languages: put a file kabar-model.toml with "
                f'source_language = "…" and target_language = "…" into its folder, in its '
                f"tokenizer's codes"
            )
        source = self._language_token(spec, spec.source_language)
        target = self._language_token(spec, spec.target_language)
        self.raw.src_lang = spec.source_language
        return source, target

    def _language_token(self, spec: ModelSpec, code: str) -> str:
        named = getattr(self.raw, "lang_code_to_token", None)
        token = code if named is None else named.get(code)
        unknown = self.raw.unk_token_id
        if token is None or self.raw.convert_tokens_to_ids(token) in (None, unknown):
            raise UnsupportedCheckpoint(f"the tokenizer of {spec.id} has no language {code!r}")
        return cast("str", token)
