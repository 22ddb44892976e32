"""The CTranslate2 engine for decoder-only models, embedded or converted.

It is always installed, and imports neither torch nor transformers. In: a folder in CTranslate2's
format, with a tokenizer. The constructor raises `ModelCorrupt`, and `translate` raises
`EngineFailed`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import ctranslate2
from tokenizers import Tokenizer

from models.catalogue import ModelSpec, prompt_of
from models.devices import (
    ctranslate_device,
    ctranslate_devices,
    ctranslate_format,
    ctranslate_threads,
)
from models.engine import (
    DecodingOptions,
    Hypothesis,
    PromptTokenizer,
    ranked,
    target_token_limit,
    translate_texts,
)
from models.errors import EngineFailed, ModelCorrupt


class JsonTokenizer:
    """The tokenizer.json of a converted causal checkpoint."""

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
                f"rebuild it with `kabar models build --force`"
            ) from error
        self._tokenizer.encode_special_tokens = True  # "</s>" in an article is text

    def encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [list(row.ids) for row in encoded]

    def encode_prompts(self, prompt: str, sources: Sequence[str]) -> list[list[int]]:
        # Control tokens are recognized in the prompt only.
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


class CTranslateCausal:
    """An engine that continues a prompt with the source. Thread-safe."""

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
        """`threads` 0 means one for each core."""
        self._prompt = prompt_of(spec)
        where = ctranslate_device(device)
        devices = ctranslate_devices(where)
        inter, each = ctranslate_threads(where, threads)
        self.parallel_batches = inter * len(devices)
        try:
            self._generator = ctranslate2.Generator(
                str(folder),
                device=where,
                device_index=devices,
                compute_type=compute_type or ctranslate_format(where),
                inter_threads=inter,
                intra_threads=each,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelCorrupt(
                f"the model in {folder} cannot be loaded ({error}): "
                f"rebuild it with `kabar models build --force`"
            ) from error
        self._tokenizer = tokenizer
        self._end_tokens = [tokenizer.tokens[tokenizer.eos_id]]
        self._stop = spec.stop
        if spec.stop is not None:
            # Decoding also ends where the model would begin another example. Two line feeds are
            # one token.
            ids = tokenizer.ids_starting_with(spec.stop)
            self._end_tokens += [tokenizer.tokens[number] for number in ids]
        self.max_source_tokens = spec.max_source_tokens
        self.signature: Mapping[str, str] = {
            "model": spec.id,
            "model_hash": model_hash,
            "engine": "ctranslate2",
            "engine_version": str(ctranslate2.__version__),
            "quantization": str(self._generator.compute_type),
            "device": where,
            **spec.input_signature,
        }

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer.encode_batch(sources)]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        # A line feed would end the example in the prompt.
        return translate_texts(sources, lambda texts: self._translate(texts, options))

    def _translate(self, texts: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        counts = self.count_tokens(texts)
        tokens = self._tokenizer.tokens
        prompts = [
            [tokens[number] for number in ids]
            # Encode prompt and source together: a word's first token includes the space before it.
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
                # The end token takes a step, but is not part of the result.
                max_length=max(limits) + 1,
                include_prompt_in_result=False,
                end_token=self._end_tokens,
                return_scores=True,
                return_end_token=True,
            )
        except RuntimeError as error:
            raise EngineFailed(f"CTranslate2 could not translate a batch: {error}") from error
        hypotheses = []
        for count, limit, result in zip(counts, limits, results, strict=True):
            found = zip(result.sequences_ids, result.scores, strict=True)
            hypotheses.append(
                ranked([self._hypothesis(list(i), s, count, limit, options) for i, s in found])
            )
        return hypotheses

    def _hypothesis(
        self, ids: list[int], score: float, count: int, limit: int, options: DecodingOptions
    ) -> Hypothesis:
        finished = bool(ids) and self._tokenizer.tokens[ids[-1]] in self._end_tokens
        target = ids[:-1] if finished else ids
        if len(target) > limit:  # by a longer source in the batch, or by the end's step
            target, finished = target[:limit], False
        text = self._tokenizer.decode(target)
        if self._stop is not None and self._stop in text:  # inside a token
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
    """Convert CTranslate2's score, which is a sum / length ** length_penalty."""
    if length == 0:
        return 0.0
    mean: float = score * float(length) ** (options.length_penalty - 1)
    return mean
