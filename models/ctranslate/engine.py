"""The CTranslate2 engine for decoder-only models: the embedded one, and others converted.

Always there; imports neither torch nor transformers. In: a folder in CTranslate2's format with
a tokenizer beside it. A folder that cannot be loaded raises `ModelCorrupt`; whatever goes wrong
while translating raises `EngineFailed`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import ctranslate2
from tokenizers import Tokenizer

from models.catalogue import ModelSpec
from models.devices import (
    ctranslate_device,
    ctranslate_devices,
    ctranslate_format,
    ctranslate_threads,
)
from models.engine import DecodingOptions, Hypothesis, ranked, target_token_limit
from models.errors import EngineFailed, ModelCorrupt, UnsupportedCheckpoint


class PromptTokenizer(Protocol):
    """What a decoder-only model's tokenizer has to do; `EmbeddedTokenizer` is one."""

    tokens: list[str]

    eos_id: int

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]: ...

    def encode_prompts(self, prompt: str, sources: Sequence[str]) -> list[list[int]]:
        """The ids of the prompt with each source in the place of `{source}`."""

    def decode(self, ids: Sequence[int]) -> str: ...

    def ids_starting_with(self, text: str) -> list[int]:
        """The tokens whose text begins so."""


class JsonTokenizer:
    """The tokenizer.json of a converted causal checkpoint, beside its `kabar.json`."""

    def __init__(self, folder: Path) -> None:
        try:
            about = json.loads((folder / "kabar.json").read_text(encoding="utf-8"))
            self.tokens = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._first_ids = [self.tokens.index(token) for token in about["prefix"]]
            self._control = re.compile("|".join(map(re.escape, about["hidden"])) or "(?!)")
            self.eos_id = self.tokens.index(about["end"][0])
        except Exception as error:  # the tokenizer library raises bare Exception
            raise ModelCorrupt(
                f"the model in {folder} cannot be read ({error}): "
                f"`kabar models build --force` makes it anew"
            ) from error
        self._tokenizer.encode_special_tokens = True  # "</s>" in an article is text

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [list(row.ids) for row in encoded]

    def encode_prompts(self, prompt: str, sources: Sequence[str]) -> list[list[int]]:
        # Control tokens are read in the prompt and nowhere else.
        texts = self._control.split(prompt)
        control = [self.tokens.index(token) for token in self._control.findall(prompt)]
        rows = [list(self._first_ids) for _ in sources]
        for number, text in enumerate(texts):
            encoded = self.encode_batch([text.replace("{source}", source) for source in sources])
            for row, ids in zip(rows, encoded, strict=True):
                row += ids + control[number : number + 1]
        doubled = self._first_ids * 2
        if doubled and rows and rows[0][: len(doubled)] == doubled:
            rows = [row[len(self._first_ids) :] for row in rows]
        return rows

    def ids_starting_with(self, text: str) -> list[int]:
        return [n for n in range(len(self.tokens)) if self.decode([n]).startswith(text)]

    def decode(self, ids: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return text


def prompt_of(spec: ModelSpec) -> str:
    """The prompt of a causal model. Raises `UnsupportedCheckpoint` where it has no usable one."""
    if spec.prompt is None or spec.prompt.count("{source}") != 1:
        raise UnsupportedCheckpoint(
            f"{spec.id} is a causal model, so it needs a prompt: set `prompt`, with "
            f"{{source}} in it once, in a file kabar-model.toml in its folder"
        )
    return spec.prompt


class CTranslateCausal:
    """Translates by continuing a prompt that holds the source."""

    def __init__(
        self,
        folder: Path,
        spec: ModelSpec,
        tokenizer: PromptTokenizer,
        *,
        model_hash: str,
        device: str = "auto",
        threads: int = 0,
        compute_type: str | None = None,
    ) -> None:
        """`threads` 0 means one a core."""
        self._prompt = prompt_of(spec)
        self._device = ctranslate_device(device)
        devices = ctranslate_devices(self._device)
        inter, each = ctranslate_threads(self._device, threads)
        self.parallel_batches = inter * len(devices)
        try:
            self._generator = ctranslate2.Generator(
                str(folder),
                device=self._device,
                device_index=devices,
                compute_type=compute_type or ctranslate_format(self._device),
                inter_threads=inter,
                intra_threads=each,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelCorrupt(
                f"the model in {folder} cannot be loaded ({error}): "
                f"`kabar models build --force` makes it anew"
            ) from error
        self._spec = spec
        self._tokenizer = tokenizer
        self._end_tokens = [tokenizer.tokens[tokenizer.eos_id]]
        self._stop = spec.stop
        if spec.stop is not None:
            # Decoding also ends where the model would begin another example; two line feeds are
            # a token of their own.
            ids = tokenizer.ids_starting_with(spec.stop)
            self._end_tokens += [tokenizer.tokens[number] for number in ids]
        self._model_hash = model_hash

    @property
    def signature(self) -> Mapping[str, str]:
        return {
            "model": self._spec.id,
            "model_hash": self._model_hash,
            "engine": "ctranslate2",
            "engine_version": str(ctranslate2.__version__),
            "quantization": str(self._generator.compute_type),
            "device": self._device,
            "address": self._spec.address,
        }

    @property
    def max_source_tokens(self) -> int:
        return self._spec.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer.encode_batch(sources)]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        hypotheses = [Hypothesis("", 0.0, 0, 0, True)] * len(sources)
        places = [place for place, source in enumerate(sources) if source.strip()]
        if not places:
            return hypotheses
        texts = [_one_line(sources[place]) for place in places]
        counts = self.count_tokens(texts)
        tokens = self._tokenizer.tokens
        prompts = [
            [tokens[number] for number in ids]
            # Prompt and source together: a word's first token holds the space before it.
            for ids in self._tokenizer.encode_prompts(self._prompt, texts)
        ]
        limits = [target_token_limit(count) for count in counts]
        try:
            results = self._generator.generate_batch(
                prompts,
                beam_size=options.beam,
                num_hypotheses=options.hypotheses,
                length_penalty=options.length_penalty,
                repetition_penalty=options.repetition_penalty,
                # The end token is not part of a sequence, but takes a step.
                max_length=max(limits) + 1,
                include_prompt_in_result=False,
                end_token=self._end_tokens,
                return_scores=True,
                return_end_token=True,
            )
        except RuntimeError as error:
            raise EngineFailed(f"CTranslate2 could not translate a batch: {error}") from error
        for place, count, limit, result in zip(places, counts, limits, results, strict=True):
            found = zip(result.sequences_ids, result.scores, strict=True)
            hypotheses[place] = ranked(
                [self._hypothesis(list(ids), score, count, limit, options) for ids, score in found]
            )
        return hypotheses

    def _hypothesis(
        self, ids: list[int], score: float, count: int, limit: int, options: DecodingOptions
    ) -> Hypothesis:
        finished = bool(ids) and self._tokenizer.tokens[ids[-1]] in self._end_tokens
        target = ids[:-1] if finished else ids
        if len(target) > limit:  # a longer source beside it, or the end's step
            target, finished = target[:limit], False
        text = self._tokenizer.decode(target)
        if self._stop is not None and self._stop in text:  # it stood inside a token
            text, finished = text.split(self._stop, 1)[0], True
        return Hypothesis(
            text=text.strip(),
            score=_mean_log_probability(score, len(ids), options),
            source_tokens=count,
            target_tokens=len(target),
            finished=finished,
        )

    def close(self) -> None:
        self._generator.unload_model()


def _mean_log_probability(score: float, length: int, options: DecodingOptions) -> float:
    """CTranslate2 reports a sum divided by length ** length_penalty, or the sum where that is 0."""
    if length == 0:
        return 0.0
    mean: float = score * float(length) ** (options.length_penalty - 1)
    return mean


def _one_line(source: str) -> str:
    """A line feed would end the prompt's example, so white space becomes single spaces."""
    return " ".join(source.split())
