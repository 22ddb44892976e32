"""llama.cpp in the engine comparison.

It has the same weights and vocabulary, and searches greedily. Kabar does not depend on it: `pip
install llama-cpp-python gguf` first. It gets the ids of Kabar's tokenizer, and batches
continuously, as llama.cpp's server does: at any step a finished sentence leaves the batch and a
waiting one joins.
"""

from __future__ import annotations

import ctypes
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.catalogue import ModelSpec, find_model, prompt_of
from models.devices import cores
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions, Hypothesis, target_token_limit
from models.errors import EngineFailed
from models.inflight.checkpoint import Checkpoint
from models.store import ModelStore
from service.settings import load_settings

FORMS = ("Q8_0", "Q4_K_M", "BF16", "F32")

# Sentences at once. More of them are no faster.
_SEQUENCES = 64
_BATCH_TOKENS = 2048
_CONTEXT = 24_576


@dataclass(slots=True)
class _Sentence:
    index: int
    prompt: list[int]
    limit: int
    ids: list[int] = field(default_factory=list)
    position: int = 0


class LlamaEngine:
    """An engine on a GGUF file that is written from the checkpoint."""

    parallel_batches = 1

    def __init__(self, folder: Path, spec: ModelSpec, form: str, threads: int) -> None:
        """Load a checkpoint in one of `FORMS`. Raises `EngineFailed`."""
        import llama_cpp

        self._llama = llama_cpp
        self._spec, self._form, self._prompt = spec, form, prompt_of(spec)
        self._tokenizer = EmbeddedTokenizer.load(folder / "tokenizer.json")
        stop = self._tokenizer.ids_starting_with(spec.stop) if spec.stop else ()
        self._stop = {self._tokenizer.eos_id, *stop}
        self._vocabulary = len(self._tokenizer.tokens)
        llama_cpp.llama_backend_init()
        # llama.cpp logs to standard error while it loads.
        self._silence = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self._silence, ctypes.c_void_p(0))
        with tempfile.TemporaryDirectory() as scratch:
            file = _write_gguf(folder, self._vocabulary, form, Path(scratch))
            options = llama_cpp.llama_model_default_params()
            options.use_mmap = False
            self._model = llama_cpp.llama_model_load_from_file(str(file).encode(), options)
        settings = llama_cpp.llama_context_default_params()
        settings.n_ctx, settings.n_seq_max = _CONTEXT, _SEQUENCES
        settings.n_batch = settings.n_ubatch = _BATCH_TOKENS
        settings.n_threads = settings.n_threads_batch = threads
        settings.kv_unified = True
        self._context = llama_cpp.llama_init_from_model(self._model, settings)
        if not self._context:
            raise EngineFailed("llama.cpp could not create a context")
        self._memory = llama_cpp.llama_get_memory(self._context)
        self._batch = llama_cpp.llama_batch_init(_BATCH_TOKENS, 0, 1)

    @property
    def signature(self) -> Mapping[str, str]:
        return {"engine": "llama.cpp", "quantization": self._form}

    @property
    def max_source_tokens(self) -> int:
        return self._spec.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer.encode_batch(sources)]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        if options.beam != 1:
            raise EngineFailed("llama.cpp has no beam search: compare it with `--beams 1`")
        counts = self.count_tokens(sources)
        prompts = self._tokenizer.encode_prompts(self._prompt, sources)
        waiting = deque(
            _Sentence(index, prompt, target_token_limit(count))
            for index, (prompt, count) in enumerate(zip(prompts, counts, strict=True))
        )
        free = list(range(_SEQUENCES))
        running: dict[int, _Sentence] = {}
        done: dict[int, Hypothesis] = {}
        while waiting or running:
            tokens = len(running)
            while waiting and free and tokens + len(waiting[0].prompt) <= _BATCH_TOKENS:
                tokens += len(waiting[0].prompt)
                running[free.pop()] = waiting.popleft()
            for sequence, logits in self._step(running).items():
                sentence = running[sequence]
                token = int(logits.argmax())
                finished = token in self._stop
                if not finished:
                    sentence.ids.append(token)
                if finished or len(sentence.ids) >= sentence.limit:
                    text = self._tokenizer.decode(sentence.ids).strip()
                    source = counts[sentence.index]
                    done[sentence.index] = Hypothesis(
                        text, 0.0, source, len(sentence.ids), finished
                    )
                    del running[sequence]
                    free.append(sequence)
                    self._llama.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        return [done[index] for index in range(len(sources))]

    def _step(self, running: Mapping[int, _Sentence]) -> dict[int, npt.NDArray[np.float32]]:
        """Return the next logits of each sentence.

        A new sentence runs its prompt, the others their last token.
        """
        batch, rows = self._batch, 0
        last_rows: dict[int, int] = {}
        for sequence, sentence in running.items():
            tokens = sentence.ids[-1:] or sentence.prompt
            for token in tokens:
                batch.token[rows], batch.pos[rows] = token, sentence.position
                batch.n_seq_id[rows], batch.seq_id[rows][0] = 1, sequence
                batch.logits[rows] = False
                sentence.position += 1
                rows += 1
            batch.logits[rows - 1] = True
            last_rows[sequence] = rows - 1
        batch.n_tokens = rows
        if self._llama.llama_decode(self._context, batch):
            raise EngineFailed("llama.cpp failed on a batch")
        return {
            sequence: np.ctypeslib.as_array(
                self._llama.llama_get_logits_ith(self._context, row), (self._vocabulary,)
            )
            for sequence, row in last_rows.items()
        }

    def close(self) -> None:
        self._llama.llama_batch_free(self._batch)
        self._llama.llama_free(self._context)
        self._llama.llama_model_free(self._model)


def load(form: str) -> LlamaEngine:
    settings = load_settings()
    spec = find_model(settings.model)
    folder = ModelStore(settings.models_dir).ensure(spec, "transformers")
    return LlamaEngine(folder, spec, form, settings.threads or cores())


def _write_gguf(folder: Path, vocabulary: int, form: str, output: Path) -> Path:
    """Write the checkpoint as a GGUF file with llama.cpp's names for Gemma 3."""
    import gguf

    checkpoint = Checkpoint(folder)
    config = checkpoint.config
    # The package gguf quantizes to these forms; llama.cpp makes the others from floats.
    direct = form in ("Q8_0", "BF16", "F32")
    kind = gguf.GGMLQuantizationType[form if direct else "F32"]
    file = output / "model.gguf"
    writer = gguf.GGUFWriter(str(file), "gemma3")
    writer.add_context_length(2048)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.hidden)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_key_length(config.head_width)
    writer.add_value_length(config.head_width)
    writer.add_layer_norm_rms_eps(config.epsilon)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_sliding_window(config.sliding_window)
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(vocabulary)

    def put(name: str, array: Any) -> None:
        if array.ndim == 1 or kind == gguf.GGMLQuantizationType.F32:
            writer.add_tensor(name, np.ascontiguousarray(array, dtype=np.float32))
        else:
            writer.add_tensor(name, gguf.quants.quantize(array, kind), raw_dtype=kind)

    put("token_embd.weight", checkpoint.embedding())
    put("output_norm.weight", checkpoint.norm())
    names = {
        "q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output",
        "q_norm": "attn_q_norm", "k_norm": "attn_k_norm", "attention_norm": "attn_norm",
        "post_attention_norm": "post_attention_norm", "ffn_norm": "ffn_norm",
        "post_ffn_norm": "post_ffw_norm", "gate_proj": "ffn_gate", "up_proj": "ffn_up",
        "down_proj": "ffn_down",
    }  # fmt: skip
    for number, layer in enumerate(checkpoint.layers()):
        for attribute, name in names.items():
            put(f"blk.{number}.{name}.weight", getattr(layer, attribute))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file if direct else _quantize(file, form)


def _quantize(file: Path, form: str) -> Path:
    import llama_cpp

    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype = getattr(llama_cpp, f"LLAMA_FTYPE_MOSTLY_{form}")
    result = file.with_name("quantized.gguf")
    if llama_cpp.llama_model_quantize(str(file).encode(), str(result).encode(), options):
        raise EngineFailed(f"llama.cpp could not quantize to {form}")
    return result
