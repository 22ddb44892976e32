"""The engine for converted encoder-decoder models, without torch.

In: a folder made by `models.checkpoints.convert`, and source segments. Out: one hypothesis for
each segment. The constructor raises `DeviceUnavailable`, `ModelCorrupt` or
`UnsupportedCheckpoint`; `translate` raises `EngineFailed`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import ctranslate2
import sentencepiece
from tokenizers import Tokenizer

from models.catalogue import ModelSpec
from models.devices import ctranslate_device, ctranslate_devices, ctranslate_threads
from models.engine import DecodingOptions, Hypothesis, ranked, target_token_limit, translate_texts
from models.errors import DeviceUnavailable, EngineFailed, ModelCorrupt, UnsupportedCheckpoint


class Pieces(Protocol):
    """A tokenizer; tokens are entries of the model's vocabulary."""

    def split(self, text: str) -> list[str]: ...

    def join(self, tokens: Sequence[str]) -> str: ...


class SentencePieces:
    """A tokenizer of two sentencepiece models, for source and target."""

    def __init__(self, source: Path, target: Path) -> None:
        self._source = sentencepiece.SentencePieceProcessor(model_file=str(source))
        self._target = sentencepiece.SentencePieceProcessor(model_file=str(target))

    def split(self, text: str) -> list[str]:
        pieces: list[str] = self._source.encode(text, out_type=str)
        return pieces

    def join(self, tokens: Sequence[str]) -> str:
        # The mark remains on a single word boundary and on pieces of the source's model.
        text: str = self._target.decode_pieces(list(tokens))
        return text.replace("▁", " ")


class FastPieces:
    """A tokenizer.json, with the tokens of the converted model's vocabulary."""

    def __init__(self, path: Path, vocabulary: Sequence[str]) -> None:
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.encode_special_tokens = True  # "</s>" in an article is text
        self._vocabulary = vocabulary

    def split(self, text: str) -> list[str]:
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        return [self._vocabulary[index] for index in ids]

    def join(self, tokens: Sequence[str]) -> str:
        text: str = self._tokenizer.decoder.decode(list(tokens))
        return text


class CTranslateSeq2Seq:
    """An engine for a converted model. Safe to call from several threads.

    `device` is auto, cpu or cuda. `compute_type` is one of CTranslate2's (default: that of the
    stored weights). `threads` are the CPU threads (0: one for each core).
    """

    def __init__(
        self,
        folder: Path,
        spec: ModelSpec,
        *,
        device: str = "auto",
        compute_type: str | None = None,
        threads: int = 0,
        model_hash: str,
    ) -> None:
        self._spec = spec
        where = ctranslate_device(device)
        devices = ctranslate_devices(where)
        inter, each = ctranslate_threads(where, threads)
        self.parallel_batches = inter * len(devices)
        about, vocabulary = _read(folder)
        self._end: str = about["end"][0]
        self._unknown: str = about["unknown"]
        self._hidden = {*about["hidden"], self._unknown}
        known = set(vocabulary)
        self._source = _shape(about["source"], about["language"], spec, known)
        self._prefix = _shape(about["target"], about["language"], spec, known)
        self._positions: int = about["positions"] or sys.maxsize
        try:
            self._pieces = _pieces(folder, about["files"], vocabulary)
            self._translator: Any = ctranslate2.Translator(
                str(folder),
                device=where,
                device_index=devices,
                compute_type=compute_type or "default",
                inter_threads=inter,
                intra_threads=each,
            )
        except ValueError as error:
            raise DeviceUnavailable(f"{spec.id} cannot run on {where}: {error}") from error
        except Exception as error:  # each library raises other classes
            raise ModelCorrupt(f"the model in {folder} cannot be read: {error}") from error
        self.max_source_tokens = min(
            spec.max_source_tokens, self._positions - len(self._source) + 1
        )
        self.signature: Mapping[str, str] = {
            "model": spec.id,
            "model_hash": model_hash,
            "engine": "ctranslate2",
            "engine_version": ctranslate2.__version__,
            "quantization": self._translator.compute_type,
            "device": where,
            **spec.input_signature,
        }

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(self._pieces.split(source)) for source in sources]

    def translate(self, sources: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        return translate_texts(sources, lambda texts: self._translate(texts, options))

    def _translate(self, texts: Sequence[str], options: DecodingOptions) -> list[Hypothesis]:
        pieces = [self._pieces.split(text) for text in texts]
        longest = max(len(tokens) for tokens in pieces)
        if longest > self.max_source_tokens:
            raise EngineFailed(
                f"a segment of {longest} tokens is longer than the {self.max_source_tokens} "
                f"that {self._spec.id} reads"
            )
        try:
            return self._search(pieces, options)
        except Exception as error:  # CTranslate2 raises RuntimeError and ValueError
            raise EngineFailed(
                f"{self._spec.id} failed on a batch of {len(texts)} segments: {error}"
            ) from error

    def close(self) -> None:
        self._translator.unload_model()

    def _search(self, texts: Sequence[Sequence[str]], options: DecodingOptions) -> list[Hypothesis]:
        rows = [self._input_tokens(tokens) for tokens in texts]
        room = self._positions - len(self._prefix) - 1
        limits = [min(target_token_limit(len(tokens)), room) for tokens in texts]
        found = self._translator.translate_batch(
            rows,
            target_prefix=[self._prefix] * len(rows),
            beam_size=options.beam,
            num_hypotheses=options.hypotheses,
            length_penalty=options.length_penalty,
            repetition_penalty=options.repetition_penalty,
            max_input_length=0,
            max_decoding_length=len(self._prefix) + max(limits) + 1,
            return_scores=True,
            return_end_token=True,
        )
        hypotheses = []
        for row, tokens, limit, result in zip(rows, texts, limits, found, strict=True):
            best = zip(result.hypotheses, result.scores, strict=True)
            hypotheses.append(
                ranked(
                    [
                        self._hypothesis(row, len(tokens), limit, list(made), score, options)
                        for made, score in best
                    ]
                )
            )
        return hypotheses

    def _hypothesis(
        self,
        row: list[str],
        source_tokens: int,
        limit: int,
        made: list[str],
        score: float,
        options: DecodingOptions,
    ) -> Hypothesis:
        produced = made[len(self._prefix) :]
        finished = bool(produced) and produced[-1] == self._end
        body = produced[:-1] if finished else produced
        if len(body) > limit:
            body, finished = body[:limit], False
        counted = len(body) + finished
        if counted < len(produced) or options.repetition_penalty != 1.0:
            score = self._rescore(row, body, counted)
        else:
            # CTranslate2 returns the sum, divided by a power of the length with the prefix.
            length = len(self._prefix) + counted
            score = score * length**options.length_penalty / counted
        return Hypothesis(self._text(body), score, source_tokens, len(body), finished)

    def _rescore(self, row: list[str], body: list[str], counted: int) -> float:
        """Return the mean log-probability of a target that was cut or penalized."""
        scored = self._translator.score_batch(
            [row], [self._prefix + body], max_input_length=0, offset=len(self._prefix)
        )
        return float(sum(scored[0].log_probs[:counted]) / counted)

    def _input_tokens(self, tokens: Sequence[str]) -> list[str]:
        # Unigram models find control tokens in text although they are asked not to.
        text = [self._unknown if token in self._hidden else token for token in tokens]
        place = self._source.index("{text}")
        return [*self._source[:place], *text, *self._source[place + 1 :]]

    def _text(self, tokens: Sequence[str]) -> str:
        visible = [token for token in tokens if token not in self._hidden]
        return self._pieces.join(visible).strip()


def _read(folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Read the conversion's description, and the vocabulary in order of ids."""
    try:
        about = json.loads((folder / "kabar.json").read_text(encoding="utf-8"))
        names = ("shared_vocabulary.json", "source_vocabulary.json")
        path = next(folder / name for name in names if (folder / name).is_file())
        return about, json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, StopIteration) as error:
        raise ModelCorrupt(f"{folder} holds no converted model: {error}") from error


def _pieces(folder: Path, files: Mapping[str, str], vocabulary: Sequence[str]) -> Pieces:
    if "tokenizer" in files:
        return FastPieces(folder / files["tokenizer"], vocabulary)
    return SentencePieces(folder / files["source"], folder / files["target"])


def _shape(shape: Sequence[str], language: str, spec: ModelSpec, known: set[str]) -> list[str]:
    """Return the shape of a source or target, with the spec's languages."""
    codes = {
        "{source_language}": spec.source_language,
        "{target_language}": spec.target_language,
    }
    filled = []
    for part in shape:
        if part in codes:
            part = language.format(codes[part])
            if part not in known:
                raise UnsupportedCheckpoint(f"{spec.id} has no language {part!r}")
        filled.append(part)
    return filled
