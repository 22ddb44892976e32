"""The inflight engine: sentences in, hypotheses out, from any thread.

One thread owns the decoder. In each round, new sentences join the batch, or the running ones
advance by a token. So a new sentence joins the running ones at the next step.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from models.catalogue import ModelSpec, prompt_of
from models.devices import cores
from models.engine import EMPTY, DecodingOptions, Hypothesis, PromptTokenizer, ranked
from models.errors import EngineFailed
from models.inflight.batch import Batch
from models.inflight.decoder import Decoder
from models.inflight.packing import GROUP, PackedModel
from models.inflight.salient_tokens import continuation_ids, salient_ids
from models.inflight.search import Pruning, TokenHypothesis
from models.inflight.sentence import Sentence

MAX_ROWS = 128
POOL_SLOTS = 16_384

# Increase this when the same packed model gives a different text.
_VERSION = "8"

_log = logging.getLogger(__name__)


class InflightEngine:
    """An engine for a packed model. Safe to call from several threads.

    `threads` 0 means one for each core. `instructions` is one of `library.instruction_sets()`
    (None: the fastest). The constructor raises `ModelCorrupt` or `EngineUnavailable`.
    """

    parallel_batches = 1

    def __init__(
        self,
        folder: Path,
        spec: ModelSpec,
        tokenizer: PromptTokenizer,
        *,
        model_hash: str,
        threads: int = 0,
        instructions: str | None = None,
        max_rows: int = MAX_ROWS,
        slots: int = POOL_SLOTS,
    ) -> None:
        self._spec, self._tokenizer, self._prompt = spec, tokenizer, prompt_of(spec)
        self.pruning = Pruning(
            salient=salient_ids(tokenizer.tokens), continuations=continuation_ids(tokenizer.tokens)
        )
        self._stop = frozenset(
            [tokenizer.eos_id, *(tokenizer.ids_starting_with(spec.stop) if spec.stop else ())]
        )
        self.max_source_tokens = spec.max_source_tokens
        # A source that merges with the end of this prefix may change its tokens.
        self._prefix = tokenizer.encode_prompts(self._prompt.split("{source}")[0], [""])[0]
        self.max_rows = max_rows
        self._changed = threading.Condition()
        self._arrived: list[Sentence] = []
        self._closing = False
        packed = PackedModel(folder)
        decoder = Decoder(packed, slots, threads or cores(), instructions)
        self.signature = {
            "model": spec.id,
            "model_hash": model_hash,
            "engine": "inflight",
            "engine_version": _VERSION,
            "quantization": f"int8 in groups of {GROUP}, sums of {packed.sum_bits} bits",
            "device": "cpu",
            **spec.input_signature,
        }
        self._batch = Batch(
            decoder, self._prefix, self._hypothesis, spec.id, max_rows=max_rows, slots=slots
        )
        self._prefix_slots = self._batch.prefix_slots
        self._thread = threading.Thread(target=self._run, name="inflight", daemon=True)
        self._thread.start()

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer.encode_batch(sources)]

    def submit(self, sources: Sequence[str], options: DecodingOptions) -> list[Future[Hypothesis]]:
        """Start to translate; see `InflightBatching`."""
        if options.repetition_penalty != 1:
            raise EngineFailed(
                "the inflight engine has no repetition penalty: use `--engine ctranslate2` or "
                "`--engine transformers`"
            )
        texts = [" ".join(source.split()) for source in sources]
        sentences = self._sentences(texts, options)
        waiting = []
        for text, sentence in zip(texts, sentences, strict=True):
            if not text:
                sentence.succeed(EMPTY)
            elif sentence.source_tokens > self.max_source_tokens:
                sentence.fail(
                    f"a segment of {sentence.source_tokens} tokens is longer than the "
                    f"{self.max_source_tokens} that {self._spec.id} reads"
                )
            else:
                waiting.append(sentence)
        # Sentences of similar length run side by side, long ones first.
        waiting.sort(key=lambda sentence: -len(sentence.prompt))
        with self._changed:
            if self._closing:
                raise EngineFailed(f"{self._spec.id} was closed")
            self._arrived += waiting
            self._changed.notify()
        return [sentence.answer for sentence in sentences]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        answers = self.submit(sources, options)
        try:
            return [answer.result() for answer in answers]
        except BaseException:
            for answer in answers:
                answer.cancel()
            raise

    def product_seconds(self) -> float:
        """Return the seconds spent in products and the choice of tokens."""
        return self._batch.decoder.product_seconds()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _sentences(self, texts: Sequence[str], options: DecodingOptions) -> list[Sentence]:
        prompts = self._tokenizer.encode_prompts(self._prompt, texts)
        sentences = []
        for prompt, count in zip(prompts, self.count_tokens(texts), strict=True):
            read = self._common_prefix(prompt)
            prefix = self._prefix_slots[:read]
            sentences.append(
                Sentence(prompt[read:], prefix, count, options, self._stop, self.pruning)
            )
        return sentences

    def _common_prefix(self, prompt: Sequence[int]) -> int:
        """Return how many tokens at the start of a prompt are already read.

        At least one token is left to read.
        """
        pairs = zip(prompt[:-1], self._prefix, strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))

    def _run(self) -> None:
        """Own the batch until the engine closes."""
        try:
            self._work()
        except BaseException:
            _log.exception("the inflight engine's thread ended")
            with self._changed:
                self._closing = True
            # Fail all callers, since no more answers come.
            for sentence in self._arrived:
                sentence.fail(f"{self._spec.id} has stopped: start again")
            self._batch.fail_all(f"{self._spec.id} was closed")
        self._batch.decoder.close()

    def _work(self) -> None:
        """Add new sentences to the batch and advance it until the engine closes."""
        while True:
            with self._changed:
                while not (self._arrived or self._closing) and self._batch.is_idle:
                    self._changed.wait()
                arrived, self._arrived = self._arrived, []
                closing = self._closing
            for sentence in arrived:
                self._batch.add(sentence)
            if closing:
                self._batch.fail_all(f"{self._spec.id} was closed")
                return
            self._batch.advance()

    def _hypothesis(self, sentence: Sentence) -> Hypothesis:
        found = sentence.search.best()[: sentence.options.hypotheses]
        return ranked([self._decoded(sentence, hypothesis) for hypothesis in found])

    def _decoded(self, sentence: Sentence, found: TokenHypothesis) -> Hypothesis:
        # The end token takes a step after the last token that the limit allows.
        ids, finished = found.ids[: sentence.limit], found.finished
        text, stop = self._tokenizer.decode(ids), self._spec.stop
        if stop and stop in text:  # the stop text may be inside a token
            text, finished = text.split(stop, 1)[0], True
        return Hypothesis(
            text=text.strip(),
            score=found.log_probability / found.scored,
            source_tokens=sentence.source_tokens,
            target_tokens=len(ids),
            finished=finished,
        )
