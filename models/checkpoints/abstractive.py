"""Abstractive summaries, written by an encoder-decoder checkpoint.

In: articles as lists of sentences, in the language that the model reads. Out: lists of sentences
that the model wrote. A model may invent things; `support` compares its sentences with the article.
Importing this module imports neither torch nor transformers. Loading raises a `ModelError`;
summarizing raises `EngineFailed`.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from models.catalogue import ModelSpec
from models.checkpoints.chunks import batches, chunked
from models.checkpoints.writer import SummaryOptions
from models.devices import choose_device, choose_dtype
from models.errors import EngineFailed, EngineUnavailable, ModelError, UnsupportedCheckpoint
from models.store import ModelStore, Progress, quiet

if TYPE_CHECKING:
    from models.checkpoints.summary_search import SummarySearcher

# Splits a text into sentences.
Split = Callable[[str], Sequence[str]]

# Maximum rounds for a long article. 200,000 characters need three with a window of 511 tokens.
ROUNDS = 4

# Tokens of all sources of a batch, with padding and beams. BART large caches 98 kB for each in its
# decoder: 1.6 GB.
_BATCH_TOKENS = 16_384

# A text to summarize after loading, so that the first article is not slowed by warm-up.
_WARM_UP = "Presiden tiba di Surabaya pada Selasa (18/2/2025)."


def load_summarizer(
    spec: ModelSpec,
    store: ModelStore,
    *,
    split: Split,
    device: str = "auto",
    dtype: str | None = None,
    threads: int = 0,
    progress: Progress = quiet,
) -> AbstractiveSummarizer:
    """Fetch, load and warm up a summarizer. Raises a `ModelError`.

    `split` splits a text into sentences. `dtype` None is by device; `threads` 0 is one per core.
    """
    if spec.task != "summarization":
        raise UnsupportedCheckpoint(f"{spec.id} is a model for {spec.task}, not for summarization")
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise EngineUnavailable(
                f"summaries by {spec.id} need {package}, which is not installed: "
                f"`pip install 'kabar[transformers]'`, or omit the summarizer"
            )
    choose_device(device)
    folder = store.ensure(spec, "transformers", progress)
    from models.checkpoints.hub import checkpoint_hash

    summarizer = AbstractiveSummarizer(
        folder,
        spec,
        split=split,
        device=device,
        dtype=dtype,
        threads=threads or None,
        model_hash=checkpoint_hash(folder),
    )
    summarizer.summarize([[_WARM_UP]], SummaryOptions(beam=1))
    return summarizer


class AbstractiveSummarizer:
    """A writer of summaries with an encoder-decoder checkpoint. Thread-safe.

    `split` splits the model's text into sentences. `device` is auto, cpu, cuda or mps; `dtype` is
    float32, bfloat16 or float16 (None: by device); `threads` are the CPU threads of the process.

    Beams, length penalty, banned repetitions and lengths are the checkpoint's. An article longer
    than the model's window is summarized in chunks of whole sentences. Their summaries are
    summarized again while they are longer than the window, in at most `ROUNDS` rounds; the last
    round's summary may be longer. A summary is not longer than its source. A sentence cut by the
    length limit is dropped. If a chunk's summary has no other sentence, the chunk's first whole
    sentence replaces it. An article without words has no summary.
    """

    def __init__(
        self,
        folder: Path,
        spec: ModelSpec,
        *,
        split: Split,
        device: str = "auto",
        dtype: str | None = None,
        threads: int | None = None,
        model_hash: str,
    ) -> None:
        import torch
        import transformers

        from models.checkpoints.checkpoint import (
            CheckpointTokenizer,
            architecture_of,
            load_model,
            read_config,
        )
        from models.checkpoints.generation import read_settings
        from models.checkpoints.summary_search import SummarySearcher, SummarySettings

        self._id, self.language, self._split = spec.id, spec.source_language, split
        self._lock = threading.Lock()
        where = choose_device(device)
        precision = choose_dtype(dtype, where)
        if threads is not None:
            torch.set_num_threads(threads)
        config = read_config(folder)
        if architecture_of(config, spec) != "seq2seq":
            raise UnsupportedCheckpoint(
                f"{spec.id} is a causal model ({config.model_type}): choose an encoder-decoder for "
                f"summaries, such as BART, Pegasus or mT5"
            )
        self._tokenizer = CheckpointTokenizer(folder, spec)
        model = load_model(folder, "seq2seq", precision)
        control = read_settings(model, self._tokenizer, self._tokenizer.eos_id)
        if not control.stop or control.start is None:
            raise UnsupportedCheckpoint(
                f"{spec.id} does not say with which tokens a text begins and ends"
            )
        found = getattr(config.get_text_config(), "max_position_embeddings", None)
        positions = int(found) if found else sys.maxsize
        settings = SummarySettings.read(model.generation_config, control, positions)
        around = len(self._tokenizer.encode_source(""))
        self.max_source_tokens = min(spec.max_source_tokens, positions - around)
        if self.max_source_tokens < 1 or settings.longest < 2:
            raise UnsupportedCheckpoint(
                f"{spec.id} has {positions} positions and a window of {spec.max_source_tokens} "
                f"tokens, too few for any summary"
            )
        self._searcher: SummarySearcher | None = SummarySearcher(model, settings, where)
        self.signature: Mapping[str, str] = {
            "summarizer": spec.id,
            "summarizer_version": "1",
            "summarizer_hash": model_hash,
            "summarizer_engine": f"{transformers.__version__}+torch{torch.__version__}",
            "summarizer_quantization": str(precision).removeprefix("torch."),
            "summarizer_device": where.type,
            "summarizer_address": spec.address,
            "summarizer_window": str(self.max_source_tokens),
        }

    def summarize(
        self, articles: Sequence[Sequence[str]], options: SummaryOptions
    ) -> list[list[str]]:
        with self._lock:
            if self._searcher is None:
                raise EngineFailed(f"{self._id} was closed")
            try:
                return self._summarize(articles, options)
            except ModelError:
                raise
            except Exception as error:  # torch and transformers may raise any exception
                raise EngineFailed(
                    f"{self._id} failed on {len(articles)} articles "
                    f"({type(error).__name__}): {error}"
                ) from error

    def close(self) -> None:
        import torch

        with self._lock:
            self._searcher = None
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    def _summarize(
        self, articles: Sequence[Sequence[str]], options: SummaryOptions
    ) -> list[list[str]]:
        summaries: list[list[str]] = [[] for _ in articles]
        # The texts to summarize, by article.
        texts = {n: _single_spaced(sentences) for n, sentences in enumerate(articles)}
        chunks = {n: found for n, text in texts.items() if (found := self._chunks(text))}
        for _ in range(ROUNDS):
            if not chunks:
                break
            rows = [(n, chunk) for n, parts in chunks.items() for chunk in parts]
            written = self._write([" ".join(chunk) for _, chunk in rows], options)
            made: dict[int, list[str]] = defaultdict(list)
            for (n, chunk), sentences in zip(rows, written, strict=True):
                made[n] += sentences or [s for s in chunk if s in texts[n] and _has_words(s)][:1]
            for n, sentences in made.items():
                summaries[n] = texts[n] = list(dict.fromkeys(sentences))
            chunks = {n: found for n in made if len(found := self._chunks(texts[n])) > 1}
        return summaries

    def _chunks(self, sentences: Sequence[str]) -> list[list[str]]:
        return chunked(
            sentences, self.max_source_tokens, lambda text: len(self._tokenizer.encode(text))
        )

    def _write(self, sources: Sequence[str], options: SummaryOptions) -> list[list[str]]:
        """Return the whole sentences that the model writes for each source."""
        import torch

        assert self._searcher is not None
        beam = options.beam or self._searcher.settings.beam
        lengths = [len(self._tokenizer.encode(source)) for source in sources]
        if max(lengths) > self.max_source_tokens:
            raise EngineFailed(
                f"a piece of {max(lengths)} tokens cannot be divided, and {self._id} reads "
                f"{self.max_source_tokens}"
            )
        budget = 1 if options.deterministic else _BATCH_TOKENS // beam
        summaries: list[list[str]] = [[] for _ in sources]
        for batch in batches(lengths, budget):
            with torch.inference_mode():
                written = self._searcher.search(
                    [self._tokenizer.encode_source(sources[index]) for index in batch],
                    [lengths[index] for index in batch],
                    beam,
                )
            for index, (ids, finished) in zip(batch, written, strict=True):
                summaries[index] = self._sentences(ids, finished)
        return summaries

    def _sentences(self, ids: Sequence[int], finished: bool) -> list[str]:
        # Pegasus writes <n> for a line feed.
        text = self._tokenizer.decode(ids).replace("<n>", "\n")
        parts = [sentence for line in text.splitlines() for sentence in self._split(line)]
        sentences = [part for part in _single_spaced(parts) if _has_words(part)]
        return sentences if finished else sentences[:-1]


def _single_spaced(sentences: Sequence[str]) -> list[str]:
    """Return the sentences with single spaces, without blank ones."""
    return [line for sentence in sentences if (line := " ".join(sentence.split()))]


def _has_words(sentence: str) -> bool:
    return any(map(str.isalnum, sentence))
