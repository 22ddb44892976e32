"""The engine for checkpoints in transformers, on the CPU, CUDA or MPS.

In: a folder with an encoder-decoder or a causal checkpoint, and source segments. Out: one
hypothesis for each segment. Importing this module imports torch. The constructor raises
`DeviceUnavailable`, `UnsupportedCheckpoint` or `ModelCorrupt`; `translate` raises `EngineFailed`.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import fmean

import torch
import transformers

from models.catalogue import ModelSpec, prompt_of
from models.checkpoints.checkpoint import (
    CheckpointTokenizer,
    architecture_of,
    load_model,
    read_config,
)
from models.checkpoints.generation import Searcher, read_settings
from models.devices import choose_device, choose_dtype
from models.engine import (
    DecodingOptions,
    Hypothesis,
    PromptTokenizer,
    ranked,
    target_token_limit,
    translate_texts,
)
from models.errors import EngineFailed, ModelError, UnsupportedCheckpoint


@dataclass(frozen=True, slots=True)
class _Target:
    """The output of one row: the text's ids, and the scored ids with the end."""

    text: str
    ids: list[int]
    scored: list[int]
    finished: bool


class HuggingFaceEngine:
    """An engine for a checkpoint in `folder`. Safe to call from any thread.

    `device` is auto, cpu, cuda (the `number`-th device) or mps. `dtype` is float32, bfloat16 or
    float16 (None: by device). `threads` are the CPU threads of the process. `tokenizer` replaces
    the tokenizer of a causal model's folder.

    Beam search ends a segment once `beam` hypotheses are complete, as CTranslate2 does. The
    checkpoint's generation settings are ignored, except for tokens that must never be produced
    (Marian's padding). Every target ends at the limit of its source, in any batch.
    """

    def __init__(
        self,
        folder: Path,
        spec: ModelSpec,
        *,
        device: str = "auto",
        number: int = 0,
        dtype: str | None = None,
        threads: int | None = None,
        model_hash: str,
        tokenizer: PromptTokenizer | None = None,
    ) -> None:
        self._spec = spec
        self.parallel_batches = 1
        self._lock = threading.RLock()
        self._counting = threading.Lock()
        where = choose_device(device, number)
        precision = choose_dtype(dtype, where)
        if threads is not None:
            torch.set_num_threads(threads)
        config = read_config(folder)
        architecture = architecture_of(config, spec)
        own = CheckpointTokenizer(folder, spec) if tokenizer is None else None
        self._encode: Callable[[str], list[int]]
        self._decode: Callable[[Sequence[int]], str]
        self._frame: Callable[[str], list[int]]
        self._stop: str | None = None
        if architecture == "seq2seq":
            if own is None:
                raise ValueError("only causal models accept another tokenizer")
            self._encode, self._decode, self._frame = own.encode, own.decode, own.encode_source
        else:
            prompt = prompt_of(spec)
            self._stop = spec.stop
            if own is not None:
                self._encode, self._decode = own.encode, own.decode
                self._frame = lambda source: own.encode_prompt(prompt, source)
            elif tokenizer is not None:
                self._encode = lambda text: tokenizer.encode_batch([text])[0]
                self._decode = tokenizer.decode
                self._frame = lambda source: tokenizer.encode_prompts(prompt, [source])[0]
        model = load_model(folder, architecture, precision)
        stop_ids = self._stop_ids()
        if tokenizer is not None and self._stop:
            stop_ids = frozenset(tokenizer.ids_starting_with(self._stop))
        end = own.eos_id if own is not None else tokenizer.eos_id if tokenizer else None
        self._settings = read_settings(model, own, end, stop_ids)
        self._searcher: Searcher | None = Searcher(model, self._settings, where)
        positions = getattr(config.get_text_config(), "max_position_embeddings", None)
        self._positions = int(positions) if positions else sys.maxsize
        self.max_source_tokens = self._longest_source()
        self.signature: Mapping[str, str] = {
            "model": spec.id,
            "model_hash": model_hash,
            "engine": "transformers",
            "engine_version": f"{transformers.__version__}+torch{torch.__version__}",
            "quantization": str(precision).removeprefix("torch."),
            "device": where.type,
            **spec.input_signature,
        }

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        # A separate lock, so that counting does not wait for a batch.
        with self._counting:
            return [len(self._encode(source)) for source in sources]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        # A line feed would end the example in a causal model's prompt.
        return translate_texts(sources, lambda texts: self._translate(texts, options))

    def _translate(self, texts: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        with self._lock:
            if self._searcher is None:
                raise EngineFailed(f"{self._spec.id} was closed")
            try:
                with torch.inference_mode():
                    return self._search(self._searcher, texts, options)
            except ModelError:
                raise
            except Exception as error:  # torch and transformers may raise any exception
                raise EngineFailed(
                    f"{self._spec.id} failed on a batch of {len(texts)} segments "
                    f"({type(error).__name__}): {error}"
                ) from error

    def close(self) -> None:
        with self._lock:
            self._searcher = None
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    def _search(
        self, searcher: Searcher, sources: Sequence[str], options: DecodingOptions
    ) -> list[Hypothesis]:
        counts = self.count_tokens(sources)
        if max(counts) > self.max_source_tokens:
            raise EngineFailed(
                f"a segment of {max(counts)} tokens is longer than the "
                f"{self.max_source_tokens} that {self._spec.id} reads"
            )
        rows = [self._frame(source) for source in sources]
        room = self._positions - len(self._settings.forced) - 1
        limits = [min(target_token_limit(tokens), room) for tokens in counts]
        # One more token for the end.
        found = searcher.search(rows, [limit + 1 for limit in limits], options)
        each = options.hypotheses
        places = [place for place in range(len(rows)) for _ in range(each)]
        targets = [
            self._target(ids, limits[place]) for ids, place in zip(found, places, strict=True)
        ]
        scores = searcher.log_probabilities(
            [rows[place] for place in places], [target.scored for target in targets]
        )
        hypotheses = [
            Hypothesis(target.text, fmean(score), counts[place], len(target.ids), target.finished)
            for target, score, place in zip(targets, scores, places, strict=True)
        ]
        return [ranked(hypotheses[first : first + each]) for first in range(0, len(places), each)]

    def _target(self, ids: Sequence[int], limit: int) -> _Target:
        """Cut the output at the end token, the stop string or the length limit."""
        finished = ids[-1] in self._settings.stop
        end = [ids[-1]] if finished else []
        body = list(ids[:-1] if finished else ids)
        if len(body) > limit:
            body, end, finished = body[:limit], [], False
        text = self._decode(body)
        if self._stop and self._stop in text:
            # The stop string is inside a longer token, or spans several.
            size = next(size for size in count(1) if self._stop in self._decode(body[:size]))
            body, end, finished = body[:size], [], True
            text = text.split(self._stop, 1)[0]
        return _Target(text.strip(), body, body + end, finished)

    def _stop_ids(self) -> frozenset[int]:
        """Return the tokens that repeat the stop string (`\\n\\n` for Gemma)."""
        if not self._stop:
            return frozenset()
        before = self._encode("a")
        after = [self._encode("a" + self._stop * times) for times in range(1, 9)]
        return frozenset(
            ids[-1] for ids in after if len(ids) == len(before) + 1 and ids[:-1] == before
        )

    def _longest_source(self) -> int:
        """Return the length of the longest source that fits with its target."""
        around = len(self._frame(""))
        for tokens in range(self._spec.max_source_tokens, 0, -1):
            beside = target_token_limit(tokens) + 1 if self._settings.start is None else 0
            if around + tokens + beside <= self._positions:
                return tokens
        raise UnsupportedCheckpoint(
            f"{self._spec.id} has {self._positions} positions, too few for any source"
        )
