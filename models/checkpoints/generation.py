"""Greedy and beam search with transformers, over token ids.

In: a model, and rows of ids (encoder inputs, or prompts of a causal model). Out: the ids produced
for each row, and their log-probabilities. It knows no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)
from transformers.generation.logits_process import RepetitionPenaltyLogitsProcessor

from models.checkpoints.checkpoint import CheckpointTokenizer
from models.engine import DecodingOptions

# Logits of one scoring pass: 512 MB of float32.
_MAX_LOGITS = 2**27


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """The ids that control a search."""

    start: int | None  # begins the decoder's input; None: a causal model, whose prompt begins it
    forced: tuple[int, ...]  # follows before the first free token
    stop: frozenset[int]  # ends a target
    pad: int
    banned: frozenset[int]  # never produced

    def config(self, beam: int, max_tokens: int, **options: Any) -> GenerationConfig:
        """Return transformers' configuration of a search without sampling."""
        return GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False,
            num_beams=beam,
            max_new_tokens=max_tokens + len(self.forced),
            eos_token_id=sorted(self.stop) or None,
            pad_token_id=self.pad,
            decoder_start_token_id=self.start,
            forced_bos_token_id=self.forced[0] if self.forced else None,
            bad_words_ids=[[banned] for banned in sorted(self.banned)] or None,
            **options,
        )


def read_settings(
    model: Any,
    tokenizer: CheckpointTokenizer | None,
    end: int | None,
    stop: frozenset[int] = frozenset(),
) -> SearchSettings:
    """Return a checkpoint's control tokens; `stop` and `end` end targets too."""
    generation, config = model.generation_config, model.config.get_text_config()
    stop = stop | id_set(generation.eos_token_id) | id_set(config.eos_token_id) | id_set(end)
    own_pad = tokenizer.pad_id if tokenizer is not None else None
    start: int | None = None
    forced: tuple[int, ...] = ()
    if model.config.is_encoder_decoder:
        start = _first_of(
            generation.decoder_start_token_id, getattr(config, "decoder_start_token_id", None)
        )
        forced = tuple(id_set(generation.forced_bos_token_id))
        if tokenizer is not None and tokenizer.target_id is not None:
            forced = (tokenizer.target_id,)
    return SearchSettings(
        start=start,
        forced=forced,
        stop=stop,
        pad=_first_of(own_pad, generation.pad_token_id, *sorted(stop)) or 0,
        banned=frozenset(words[0] for words in generation.bad_words_ids or [] if len(words) == 1),
    )


def _first_of(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def id_set(value: int | Iterable[int] | None) -> frozenset[int]:
    """Return one id, several or none as a set; configurations use all three."""
    if value is None:
        return frozenset()
    return frozenset({value} if isinstance(value, int) else value)


def pad_rows(
    rows: Sequence[Sequence[int]], pad: int, device: torch.device, *, left: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return padded ids and their mask, both [rows, longest row]."""
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for place, row in enumerate(rows):
        span = slice(width - len(row), width) if left else slice(len(row))
        ids[place, span] = torch.tensor(row, dtype=torch.long)
        mask[place, span] = 1
    return ids.to(device), mask.to(device)


class _RowLimits(StoppingCriteria):
    """A criterion that ends each row at its limit, as if it were alone."""

    def __init__(self, skip: int, limits: Sequence[int]) -> None:
        self._lengths = torch.tensor([skip + limit for limit in limits])

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: object) -> torch.Tensor:
        beams = input_ids.shape[0] // len(self._lengths)
        ended = input_ids.shape[1] >= self._lengths
        return ended.repeat_interleave(beams).to(input_ids.device)


class Searcher:
    """A search for targets with one model. Not safe for several threads."""

    def __init__(self, model: Any, settings: SearchSettings, device: torch.device) -> None:
        # Otherwise the checkpoint's settings (sampling, beams, lengths, n-gram bans) would apply
        # where a search sets none.
        model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
        self._model = model.to(device)
        self._settings = settings
        self._device = device

    def search(
        self, rows: Sequence[Sequence[int]], limits: Sequence[int], options: DecodingOptions
    ) -> list[list[int]]:
        """Return the ids produced for each row.

        They include the end if it came before the row's limit. With several `hypotheses`, those
        of the first row come first, best first. Beam search ends a row once `beam` hypotheses are
        complete, as CTranslate2 does.
        """
        settings = self._settings
        config = settings.config(
            options.beam,
            max(limits),
            num_return_sequences=options.hypotheses,
            # Without the banned tokens, the others sum to one again.
            renormalize_logits=bool(settings.banned),
        )
        if options.beam > 1:
            config.length_penalty = options.length_penalty
            config.early_stopping = True
        ids, mask = self._pad(rows)
        skip = ids.shape[1] if settings.start is None else 1 + len(settings.forced)
        processors = LogitsProcessorList()
        if options.repetition_penalty != 1.0:
            # The library's own option would also penalize the words of a causal model's source.
            processors.append(
                RepetitionPenaltyLogitsProcessor(
                    options.repetition_penalty, prompt_ignore_length=skip
                )
            )
        output = self._model.generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=config,
            logits_processor=processors,
            stopping_criteria=StoppingCriteriaList([_RowLimits(skip, limits)]),
        )
        repeated = [limit for limit in limits for _ in range(options.hypotheses)]
        return [
            self._until_stop(row[skip : skip + limit])
            for row, limit in zip(output.tolist(), repeated, strict=True)
        ]

    def log_probabilities(
        self, rows: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """Return the natural log-probabilities of each target's ids after its row.

        They are the model's own, without penalties, from one more pass over the finished targets.
        Storing them during a search would take steps × beams × vocabulary numbers.
        """
        widest = max(len(target) for target in targets)
        vocabulary = self._model.config.get_text_config().vocab_size
        step = max(1, _MAX_LOGITS // (max(1, widest) * vocabulary))
        found: list[list[float]] = []
        for first in range(0, len(rows), step):
            part = slice(first, first + step)
            found += self._log_probabilities(rows[part], targets[part])
        return found

    def _log_probabilities(
        self, rows: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        target_ids, target_mask = pad_rows(targets, self._settings.pad, self._device, left=False)
        length = target_ids.shape[1]
        ids, mask = self._pad(rows)
        if self._settings.start is None:
            mask = torch.cat([mask, target_mask], dim=1)
            logits = self._model(
                input_ids=torch.cat([ids, target_ids], dim=1),
                attention_mask=mask,
                position_ids=(mask.cumsum(1) - 1).clamp(min=0),
                logits_to_keep=length + 1,
                use_cache=False,
            ).logits[:, :-1]
        else:
            begin = torch.tensor([[self._settings.start, *self._settings.forced]])
            begin = begin.expand(len(rows), -1).to(self._device)
            logits = self._model(
                input_ids=ids,
                attention_mask=mask,
                decoder_input_ids=torch.cat([begin, target_ids[:, :-1]], dim=1),
                use_cache=False,
            ).logits[:, -length:]
        logits = logits.float()
        logits[..., sorted(self._settings.banned)] = -torch.inf
        chosen = logits.gather(2, target_ids.unsqueeze(2)).squeeze(2) - logits.logsumexp(2)
        values: list[list[float]] = chosen.tolist()
        return [row[: len(target)] for row, target in zip(values, targets, strict=True)]

    def _until_stop(self, ids: list[int]) -> list[int]:
        for place, index in enumerate(ids):
            if index in self._settings.stop:
                return ids[: place + 1]
        return ids

    def _pad(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Pad prompts on the left, so they end together, and sources on the right."""
        left = self._settings.start is None
        return pad_rows(rows, self._settings.pad, self._device, left=left)
