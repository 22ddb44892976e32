"""A training run: steps, schedule, checkpoints and record.

A killed run continues from its last checkpoint, which is replaced atomically. Up to rounding in
threads, it gives the same weights as an uninterrupted run. The learning rate rises, stays, and
falls to zero over the last part of the run.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from models.embedded.adapter import Adapter, write_adapter
from models.embedded.gemma import PROJECTIONS
from scripts.training.candidates import Candidates, CandidateSampler
from scripts.training.corpora import CorpusError
from scripts.training.data import Corpora, Encoder, Epochs, Example, batches
from scripts.training.loss import loss_of
from scripts.training.network import Network
from scripts.training.settings import SCHEDULE, Settings

CHECKPOINT = "checkpoint.pt"
ADAPTER = "adapter.safetensors"
STOPPED = "stopped.safetensors"  # the adapter of a stopped run, for a blend
RECORD = "record.json"

_BETAS = (0.9, 0.98)
_CLIP = 1.0
_CHECKPOINT_SECONDS = 300
_REPORT_STEPS = 20
# The held-out loss is computed after this many tokens, or this many times if that is less often.
_HELD_OUT_TOKENS = 200_000
_HELD_OUT_TIMES = 20


@dataclass(slots=True)
class Record:
    """The progress of a run, and the data for the model card.

    `losses` and `held_out` are (tokens, nats per target token). `pairs`, `rules` and `removed`
    count by corpus, rule and reason. `epoch_tokens` are those of the last epoch. `schedules` are
    (tokens at their start, settings of the learning rate).
    """

    tokens: int = 0
    steps: int = 0
    seconds: float = 0.0
    epoch: int = 0
    batch: int = 0
    losses: list[tuple[int, float]] = field(default_factory=list)
    held_out: list[tuple[int, float]] = field(default_factory=list)
    pairs: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    epoch_tokens: int = 0
    schedules: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    machine: str = ""
    dtype: str = ""


def best_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def best_dtype(device: torch.device) -> torch.dtype:
    """Return bfloat16 if the device is faster with it, else float32."""
    if device.type == "cuda":
        return torch.bfloat16
    capability = torch.cpu.get_capabilities()
    fast = capability.get("avx512_bf16") or capability.get("amx_bf16") or capability.get("bf16")
    return torch.bfloat16 if fast else torch.float32


class Run:
    """A run in a folder, continued if the folder has a checkpoint.

    `start` is the adapter whose factors the run begins with, if any.
    """

    def __init__(
        self,
        network: Network,
        token_ids: Sequence[int],
        metadata: dict[str, str],
        corpora: Corpora,
        settings: Settings,
        encoder: Encoder,
        folder: Path,
        report: Callable[[str], None],
        start: Adapter | None = None,
    ) -> None:
        self._network, self._token_ids, self._metadata = network, list(token_ids), metadata
        self._corpora, self._settings = corpora, settings
        self._folder, self._report = folder, report
        self._start = start
        self._parameters = [p for p in network.parameters() if p.requires_grad]
        self._device = self._parameters[0].device
        self._optimizer = torch.optim.AdamW(
            self._parameters, lr=settings.learning_rate, betas=_BETAS, weight_decay=0.0, fused=True
        )
        # A GPU computes the whole output layer faster than the CPU draws a sample.
        self._candidates = None
        if self._device.type == "cpu":
            self._candidates = CandidateSampler(
                encoder.encode([pair for pairs in corpora.pairs.values() for pair in pairs]),
                len(token_ids),
                settings.seed,
            )
        self._held_out = [
            example
            for example in encoder.encode(corpora.held_out)
            if len(example) <= settings.longest
        ]
        if not self._held_out:
            raise CorpusError(
                f"the held-out sets have no line of at most {settings.longest} tokens: increase "
                f"`longest`"
            )
        self.record = Record()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CorpusError(f"{folder}: {error.strerror}") from error
        if start is not None:
            network.load_adapter(start)
        if (folder / CHECKPOINT).exists():
            self._load()
        # On a GPU, steps are so short that the next epoch is made during training.
        self._epochs = Epochs(
            corpora, settings, encoder, self.record.epoch, ahead=self._device.type == "cuda"
        )
        schedule = settings.model_dump(include=set(SCHEDULE))
        if not self.record.schedules or self.record.schedules[-1][1] != schedule:
            self.record.schedules.append((self.record.tokens, schedule))
        self.record.removed |= sum(corpora.removed.values(), Counter())
        self.record.dtype = str(network.embedding.dtype).removeprefix("torch.")
        network.merge()

    def train(self, stop: Callable[[], bool]) -> bool:
        """Train until the end or `stop()`; tell whether the end was reached."""
        record, settings = self.record, self._settings
        started, earlier, saved = time.monotonic(), record.seconds, time.monotonic()
        first_tokens = record.tokens
        between = max(_HELD_OUT_TOKENS, settings.tokens // _HELD_OUT_TIMES)
        loss_sum, loss_tokens = torch.zeros((), device=self._device), 0
        while record.tokens < settings.tokens:
            for batch in self._take_epoch()[record.batch :]:
                if record.tokens >= settings.tokens:
                    break
                nats, targets = self._step(batch)
                loss_sum, loss_tokens = loss_sum + nats, loss_tokens + targets
                before = record.tokens
                record.tokens += sum(len(example) for example in batch)
                record.steps += 1
                record.batch += 1
                record.seconds = earlier + time.monotonic() - started
                if record.steps % _REPORT_STEPS == 0:
                    record.losses.append((record.tokens, self._checked(loss_sum) / loss_tokens))
                    speed = (record.tokens - first_tokens) / (record.seconds - earlier)
                    self._report(self._line(speed))
                    loss_sum, loss_tokens = torch.zeros_like(loss_sum), 0
                if record.tokens // between > before // between:
                    self._note_held_out()
                if stop():
                    self.save()
                    self.write_adapter(self._folder / STOPPED)
                    return False
                if time.monotonic() - saved > _CHECKPOINT_SECONDS:
                    self.save()
                    saved = time.monotonic()
            else:
                record.epoch, record.batch = record.epoch + 1, 0
        self._checked(loss_sum)
        if not record.held_out or record.held_out[-1][0] != record.tokens:
            self._note_held_out()
        self.save()
        self.write_adapter(self._folder / ADAPTER)
        return True

    def _take_epoch(self) -> list[list[Example]]:
        """Return the batches of the present epoch, and count it when it begins."""
        record = self.record
        made, counts = self._epochs.take(record.epoch)
        record.epoch_tokens = counts.tokens
        if record.batch == 0:
            record.removed[f"longer than {self._settings.longest} tokens"] = counts.too_long
            for name, count in counts.pairs.items():
                record.pairs[name] = record.pairs.get(name, 0) + count
            for name, count in counts.rules.items():
                record.rules[name] = record.rules.get(name, 0) + count
        return made

    def _line(self, speed: float) -> str:
        record, total = self.record, self._settings.tokens
        minutes = (total - record.tokens) / speed / 60
        return (
            f"{record.tokens:,} of {total:,} tokens ({record.tokens / total:.0%}), epoch "
            f"{record.epoch + 1}, loss {record.losses[-1][1]:.3f}, {speed:.0f} tokens/s, "
            f"{minutes:.0f} min left"
        )

    def learning_rate(self) -> float:
        """Return the next step's rate, which rises, stays, and falls to zero."""
        settings, record = self._settings, self.record
        rise = (record.steps + 1) / settings.warmup_steps
        fall = (settings.tokens - record.tokens) / max(1.0, settings.cooldown * settings.tokens)
        return settings.learning_rate * max(0.0, min(1.0, rise, fall))

    def _step(self, batch: Sequence[Example]) -> tuple[Tensor, int]:
        """Update the weights; return summed loss in nats and target tokens."""
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate()
        candidates = None
        if self._candidates is not None:
            candidates = self._candidates.draw(batch, self.record.steps)
        loss, targets = self._loss(batch, self._settings.smoothing, candidates)
        torch.autograd.backward(loss / targets)
        torch.nn.utils.clip_grad_norm_(self._parameters, _CLIP)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._network.merge()
        return loss.detach(), targets

    def _checked(self, nats: Tensor) -> float:
        """Return a finite number from the device, or raise `CorpusError`."""
        if not math.isfinite(value := float(nats)):
            raise CorpusError(
                f"the loss is {value} after {self.record.steps} steps: lower `learning_rate`, "
                f"remove {self._folder / CHECKPOINT}, and start again"
            )
        return value

    def _loss(
        self, batch: Sequence[Example], smoothing: float, candidates: Candidates | None = None
    ) -> tuple[Tensor, int]:
        """Return a batch's summed loss, and its number of target tokens.

        The loss is over `candidates`, or over all tokens.
        """
        length = max(len(example) for example in batch)
        # At least two rows, because torch compiles one row separately.
        tokens = torch.zeros(max(2, len(batch)), length, dtype=torch.long)
        positions: list[int] = []
        labels: list[int] = []
        for row, example in enumerate(batch):
            tokens[row, : len(example)] = torch.tensor(example.prompt + example.target)
            # The state at the prompt's last token predicts the target's first token.
            first = row * length + len(example.prompt) - 1
            positions += range(first, first + len(example.target))
            labels += example.target
        hidden = self._network(self._move(tokens))
        chosen = hidden.flatten(0, 1)[self._move(torch.tensor(positions))]
        answers = self._move(torch.tensor(labels))
        embedding, log_weights = self._network.embedding, None
        if candidates is not None:
            ids = candidates.ids.to(self._device)
            embedding, log_weights = embedding[ids], candidates.log_weights.to(self._device)
            answers = torch.searchsorted(ids, answers)
        return loss_of(chosen, embedding, answers, smoothing, log_weights), len(labels)

    def _move(self, values: Tensor) -> Tensor:
        """Move to the device without waiting for its work."""
        if self._device.type == "cpu":
            return values
        return values.pin_memory().to(self._device, non_blocking=True)

    @torch.no_grad()
    def held_out_loss(self) -> float:
        """Return nats per target token on the held-out pairs, without smoothing."""
        total, tokens = 0.0, 0
        for batch in batches(self._held_out, self._settings.batch_tokens):
            loss, targets = self._loss(batch, 0.0)
            total, tokens = total + float(loss), tokens + targets
        return total / tokens

    def _note_held_out(self) -> None:
        loss = self.held_out_loss()
        self.record.held_out.append((self.record.tokens, loss))
        self._report(f"held-out loss {loss:.4f} after {self.record.tokens:,} tokens")

    def save(self) -> None:
        """Replace the checkpoint and the record, each atomically.

        Raises `CorpusError` if they cannot be written.
        """
        state: dict[str, Any] = {
            "settings": self._settings.digest(),
            "data": self._corpora.digest,
            "start": self._start.digest() if self._start else "",
            "kept": self._token_ids,
            "network": self._network.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "record": asdict(self.record),
        }
        fresh, record = (self._folder / f"{name}.new" for name in (CHECKPOINT, RECORD))
        try:
            torch.save(state, fresh)
            fresh.replace(self._folder / CHECKPOINT)
            record.write_text(json.dumps(asdict(self.record), indent=1) + "\n", encoding="utf-8")
            record.replace(self._folder / RECORD)
        except (OSError, RuntimeError) as error:  # torch's error for a full disk
            with suppress(OSError):
                fresh.unlink()
            raise CorpusError(
                f"{fresh} could not be written ({error}): free some space, and repeat the command "
                f"to continue from the last checkpoint"
            ) from error

    def _load(self) -> None:
        path = self._folder / CHECKPOINT
        try:
            state = torch.load(path, map_location=self._device, weights_only=True)
        except Exception as error:  # the unpickler raises many types
            raise CorpusError(f"{path} is damaged: remove it to start again") from error
        for name, key, value in (
            ("settings", "settings", self._settings.digest()),
            ("data", "data", self._corpora.digest),
            ("start", "start", self._start.digest() if self._start else ""),
            ("vocabulary", "kept", self._token_ids),
        ):
            if state[key] != value:
                raise CorpusError(
                    f"{path} is of a run with other {name}: use another --output, or remove it to "
                    f"start again"
                )
        self._network.load_state_dict(state["network"])
        self._optimizer.load_state_dict(state["optimizer"])
        self.record = Record(**state["record"])
        self._report(f"continuing from {path} after {self.record.tokens:,} tokens")

    def write_adapter(self, path: Path) -> None:
        """Write the present adapter for `models.embedded`. Raises `CorpusError`."""
        pairs = tuple(
            {
                name: (
                    getattr(block, name).a.detach().float().cpu().numpy(),
                    getattr(block, name).b.detach().float().cpu().numpy(),
                )
                for name in PROJECTIONS
            }
            for block in self._network.blocks
        )
        try:
            write_adapter(path, Adapter(self._token_ids, pairs), self._metadata)
        except (OSError, SafetensorError) as error:
            raise CorpusError(f"{path} could not be written ({error}): free some space") from error
