"""OpenVINO in the engine comparison, with the same weights and vocabulary.

Kabar does not depend on it: `pip install openvino-genai` first. The engine's form is a folder
with a model in OpenVINO's format. Make it with optimum, in a separate environment:

    pip install optimum-intel "transformers<5"
    optimum-cli export openvino --model CHECKPOINT --task text-generation-with-past \\
        --weight-format int8 FOLDER

It gets the ids of Kabar's tokenizer, and batches continuously: at any step a finished sentence
leaves the batch and a waiting one joins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.catalogue import ModelSpec, find_model, prompt_of
from models.devices import cores
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions, Hypothesis, target_token_limit
from models.store import ModelStore
from service.settings import load_settings

# Sentences at once, tokens per step, and gigabytes for keys and values.
_SEQUENCES = 128
_BATCH_TOKENS = 2048
_CACHE = 2


class OpenVinoEngine:
    """An engine on a folder with a model in OpenVINO's format."""

    parallel_batches = 1

    def __init__(
        self, folder: str, spec: ModelSpec, tokenizer: EmbeddedTokenizer, threads: int
    ) -> None:
        import openvino
        import openvino_genai

        self._tensor, self._genai = openvino.Tensor, openvino_genai
        self._spec, self._tokenizer, self._prompt = spec, tokenizer, prompt_of(spec)
        stop = tokenizer.ids_starting_with(spec.stop) if spec.stop else ()
        self._stop = {tokenizer.eos_id, *stop}
        schedule = openvino_genai.SchedulerConfig()
        schedule.max_num_seqs, schedule.max_num_batched_tokens = _SEQUENCES, _BATCH_TOKENS
        schedule.cache_size = _CACHE
        self._pipeline = openvino_genai.ContinuousBatchingPipeline(
            folder, schedule, "CPU", {"INFERENCE_NUM_THREADS": threads}
        )

    @property
    def signature(self) -> Mapping[str, str]:
        return {"engine": "openvino"}

    @property
    def max_source_tokens(self) -> int:
        return self._spec.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer.encode_batch(sources)]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        counts = self.count_tokens(sources)
        prompts = self._tokenizer.encode_prompts(self._prompt, sources)
        results = self._pipeline.generate(
            [self._tensor(np.array([prompt], dtype=np.int64)) for prompt in prompts],
            [self._settings(target_token_limit(count), options) for count in counts],
        )
        return [
            self._hypothesis(result, count) for result, count in zip(results, counts, strict=True)
        ]

    def _settings(self, limit: int, options: DecodingOptions) -> Any:
        settings = self._genai.GenerationConfig()
        settings.max_new_tokens, settings.do_sample = limit, False
        settings.stop_token_ids, settings.eos_token_id = self._stop, self._tokenizer.eos_id
        if options.beam > 1:
            settings.num_beams, settings.num_return_sequences = options.beam, 1
            settings.stop_criteria = self._genai.StopCriteria.EARLY
        return settings

    def _hypothesis(self, result: Any, source_tokens: int) -> Hypothesis:
        ids = [int(token) for token in result.m_generation_ids[0]]
        finished = bool(ids) and ids[-1] in self._stop
        if finished:
            ids.pop()
        text = self._tokenizer.decode(ids).strip()
        return Hypothesis(text, 0.0, source_tokens, len(ids), finished)

    def close(self) -> None:
        del self._pipeline


def load(folder: str) -> OpenVinoEngine:
    settings = load_settings()
    spec = find_model(settings.model)
    checkpoint = ModelStore(settings.models_dir).ensure(spec, "transformers")
    tokenizer = EmbeddedTokenizer.load(checkpoint / "tokenizer.json")
    return OpenVinoEngine(folder, spec, tokenizer, settings.threads or cores())
