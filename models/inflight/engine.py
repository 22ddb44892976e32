"""The engine around the decoder: sentences in, hypotheses out, at any time, from any thread.

A thread of its own owns the decoder and goes round: it reads the prompts of sentences that may
join, and gives one more token to every sentence that runs. What is submitted while others are
being translated joins them at the next step. Importing this module imports torch.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import torch

from models.catalogue import ModelSpec
from models.ctranslate.engine import PromptTokenizer, prompt_of
from models.devices import cores
from models.engine import DecodingOptions, Hypothesis, ranked, target_token_limit
from models.errors import EngineFailed, EngineUnavailable
from models.inflight.arithmetic import FORMATS, best_layout, possible_forms
from models.inflight.checkpoint import Checkpoint
from models.inflight.decoder import Decoder
from models.inflight.kernels import load as load_kernels
from models.inflight.salient_tokens import told, within_words
from models.inflight.schedule import Pool, Schedule, Slots
from models.inflight.search import Found, Pruning, Search
from models.inflight.tiles import GROUP
from models.store import Progress, quiet

MAX_ROWS = 128
POOL_SLOTS = 16_384
READ_TOKENS = 1_500

# After so many rounds without a failure, more rows are tried again.
_CALM = 200

_log = logging.getLogger(__name__)


class _Sentence:
    """A sentence on its way."""

    def __init__(
        self,
        prompt: list[int],
        before: Slots,
        source_tokens: int,
        options: DecodingOptions,
        stop: frozenset[int],
        pruning: Pruning,
    ) -> None:
        """`before`: the slots of what was read already of the prompt, of which `prompt` is the
        rest."""
        self.prompt, self.before = prompt, before
        self.source_tokens, self.options = source_tokens, options
        self._stop, self._pruning = stop, pruning
        self.limit = target_token_limit(source_tokens)
        self.answer: Future[Hypothesis] = Future()
        self.restart()

    def restart(self) -> None:
        self.search = Search(
            self.options.beam,
            self.limit + 1,
            self._stop,
            self.options.length_penalty,
            None if self.options.thorough else self._pruning,
        )
        self.prompt_slots: Slots = np.zeros(0, dtype=np.int64)
        self.taken: list[Slots] = []
        # For each row, the slots of what it produced and its last token; one is there at first.
        self.produced = np.zeros((1, 0), dtype=np.int64)
        self.tokens = [0]

    @property
    def rows(self) -> int:
        """Those it has, or before its first step will have at most."""
        return len(self.tokens) if len(self.prompt_slots) else self.options.beam

    @property
    def prompt_tokens(self) -> int:
        return len(self.prompt)

    @property
    def max_slots(self) -> int:
        return len(self.prompt) + self.options.beam * (self.limit + 1)


class InflightEngine:
    """Translates with a Gemma 3 checkpoint. Safe to call from several threads.

    `form` is one of `arithmetic.FORMATS`, `threads` 0 means one a core. Compiled code is kept in
    the folder `programs` (None: it runs without), and `progress` told of compiling.
    """

    parallel_batches = 1

    def __init__(
        self,
        folder: Path,
        spec: ModelSpec,
        tokenizer: PromptTokenizer,
        *,
        model_hash: str,
        form: str = "int8",
        threads: int = 0,
        programs: Path | None = None,
        progress: Progress = quiet,
        max_rows: int = MAX_ROWS,
        slots: int = POOL_SLOTS,
    ) -> None:
        if form not in FORMATS or form not in possible_forms():
            where = "" if form not in FORMATS else " on this processor"
            raise EngineUnavailable(
                f"the inflight engine does not compute in {form}{where}: choose one of "
                f"{', '.join(possible_forms())}"
            )
        self._spec, self._tokenizer, self._prompt = spec, tokenizer, prompt_of(spec)
        self._stop_text = spec.stop
        vocabulary = tokenizer.tokens
        self._pruning = Pruning(told=told(vocabulary), within_words=within_words(vocabulary))
        self._stop = frozenset(
            [tokenizer.eos_id, *(tokenizer.ids_starting_with(spec.stop) if spec.stop else ())]
        )
        self._signature = {
            "model": spec.id,
            "model_hash": model_hash,
            "engine": "inflight",
            "engine_version": f"7+torch{torch.__version__}",
            "quantization": form,
            "device": "cpu",
            "address": spec.address,
        }
        # What all prompts begin with is read once. Where a source runs into it, tokens may differ.
        self._first = tokenizer.encode_prompts(self._prompt.split("{source}")[0], [""])[0]
        self._pool = Pool(slots)
        self._first_slots = self._pool.take(len(self._first))
        self.slots = self._pool.left
        self._schedule: Schedule[_Sentence] = Schedule(max_rows, self.slots, READ_TOKENS)
        self.max_rows = max_rows
        self._calm_rounds = 0  # since a step failed
        self._changed = threading.Condition()
        self._arrived: list[_Sentence] = []
        self._closing = False
        self._decoder: Decoder
        ready: Future[None] = Future()

        def begin() -> None:
            # OpenMP keeps a team of threads for every thread that computes, and once there are
            # more of them than cores they no longer wait for each other actively, which takes
            # as long as the arithmetic of a small step: so nothing but this thread computes.
            try:
                torch.set_num_threads(threads or cores())
                self._decoder = read_decoder(folder, form, slots, programs, progress)
                if layout := self._decoder.layout:
                    own = f" in groups of {GROUP}, {layout.most} steps"
                    self._signature["quantization"] += own
                if self._first:
                    self._decoder.read([self._first], [self._first_slots])
            except BaseException as error:
                ready.set_exception(error)
                return
            ready.set_result(None)
            try:
                self._work()
            except BaseException:
                # Nobody may wait for an answer that does not come any more.
                _log.exception("the inflight engine's thread ended")
                with self._changed:
                    self._closing = True
                for sentence in self._arrived:
                    _set_exception(sentence, EngineFailed(f"{spec.id} has stopped: start again"))
                self._give_up()

        self._thread = threading.Thread(target=begin, name="inflight", daemon=True)
        self._thread.start()
        ready.result()

    @property
    def signature(self) -> Mapping[str, str]:
        return self._signature

    @property
    def max_source_tokens(self) -> int:
        return self._spec.max_source_tokens

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(ids) for ids in self._tokenizer.encode_batch(sources)]

    def submit(self, sources: Sequence[str], options: DecodingOptions) -> list[Future[Hypothesis]]:
        """Begin to translate; each future gives its hypothesis, and cancelling it ends the work.

        A future may raise `EngineFailed`.
        """
        if options.repetition_penalty != 1:
            raise EngineFailed(
                "the inflight engine has no repetition penalty: use `--engine ctranslate2` or "
                "`--engine transformers`"
            )
        texts = [" ".join(source.split()) for source in sources]
        counts = self.count_tokens(texts)
        prompts = self._tokenizer.encode_prompts(self._prompt, texts)
        sentences = [
            _Sentence(
                prompt[read:], self._first_slots[:read], count, options, self._stop, self._pruning
            )
            for prompt, count, read in zip(
                prompts, counts, map(self._read_already, prompts), strict=True
            )
        ]
        waiting = []
        for text, sentence in zip(texts, sentences, strict=True):
            if not text:
                sentence.answer.set_result(Hypothesis("", 0.0, 0, 0, True))
            elif sentence.source_tokens > self.max_source_tokens:
                sentence.answer.set_exception(
                    EngineFailed(
                        f"a segment of {sentence.source_tokens} tokens is longer than the "
                        f"{self.max_source_tokens} that {self._spec.id} reads"
                    )
                )
            else:
                waiting.append(sentence)
        # Neighbours of similar length are read and gone on with side by side, long ones first.
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

    def _read_already(self, prompt: Sequence[int]) -> int:
        """How many of a prompt's tokens are read already; at least one is not."""
        equal = zip(prompt[:-1], self._first, strict=False)
        return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], equal))

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        """The life of the engine's thread."""
        while True:
            with self._changed:
                while not (
                    self._arrived
                    or self._schedule.waiting
                    or self._schedule.running
                    or self._closing
                ):
                    self._changed.wait()
                arrived, self._arrived = self._arrived, []
                closing = self._closing
            for sentence in arrived:
                self._enter(sentence)
            if closing:
                self._give_up()
                return
            self._drop_cancelled()
            self._round()

    def _enter(self, sentence: _Sentence) -> None:
        try:
            self._schedule.add(sentence)
        except ValueError as error:
            _set_exception(
                sentence, EngineFailed(f"a segment is too long for the engine's memory: {error}")
            )

    def _give_up(self) -> None:
        for sentence in [*self._schedule.running, *self._schedule.waiting]:
            _set_exception(sentence, EngineFailed(f"{self._spec.id} was closed"))

    def _drop_cancelled(self) -> None:
        for sentence in list(self._schedule.running):
            if sentence.answer.cancelled():
                self._leave(sentence)
        waiting = [s for s in self._schedule.waiting if not s.answer.cancelled()]
        if len(waiting) < len(self._schedule.waiting):
            self._schedule.waiting.clear()
            self._schedule.waiting.extend(waiting)

    def _round(self) -> None:
        """Read the prompts of those who join, or else one more token for all who run."""
        joining = self._schedule.admit()
        if joining:
            self._guarded(joining, self._read)
            return
        self._guarded(list(self._schedule.running), self._step)

    def _guarded(self, group: list[_Sentence], act: Callable[[list[_Sentence]], None]) -> None:
        """Do it; where it fails, try its sentences again with fewer at once, down to one."""
        try:
            act(group)
            self._calm_rounds += 1
            if self._calm_rounds >= _CALM and self._schedule.max_rows < self.max_rows:
                self._schedule.max_rows = min(self.max_rows, 2 * self._schedule.max_rows)
                self._calm_rounds = 0
        except Exception as error:  # torch raises whatever it likes
            self._calm_rounds = 0
            # Some may have been done before it failed.
            group = [sentence for sentence in group if sentence in self._schedule.running]
            for sentence in group:
                self._leave(sentence)
            if len(group) == 1:
                _set_exception(
                    group[0],
                    EngineFailed(
                        f"{self._spec.id} failed on a segment ({type(error).__name__}): {error}"
                    ),
                )
                return
            if not group:
                return
            # Half as many, in case it was memory; and a sentence that is to blame is soon alone.
            beams = [sentence.options.beam for sentence in group]
            self._schedule.max_rows = max(sum(beams) // 2, *beams)
            _log.warning(
                "a step of %d sentences failed (%s: %s); going on with at most %d rows",
                len(group),
                type(error).__name__,
                error,
                self._schedule.max_rows,
            )
            for sentence in group:
                sentence.restart()
            self._schedule.waiting.extendleft(reversed(group))

    def _read(self, group: list[_Sentence]) -> None:
        before = [sentence.before for sentence in group]
        slots = [self._take(sentence, len(sentence.prompt)) for sentence in group]
        states = self._decoder.read([sentence.prompt for sentence in group], slots, before)
        for sentence, *read in zip(group, before, slots, strict=True):
            sentence.prompt_slots = np.concatenate(read)
        self._advance(group, states)

    def _step(self, group: list[_Sentence]) -> None:
        for sentence in group:
            fresh = self._take(sentence, len(sentence.tokens))
            sentence.produced = np.concatenate((sentence.produced, fresh[:, None]), axis=1)
        states = self._decoder.step(
            [token for sentence in group for token in sentence.tokens],
            [
                np.concatenate((sentence.prompt_slots, produced))
                for sentence in group
                for produced in sentence.produced
            ],
        )
        self._advance(group, states)

    def _advance(self, group: list[_Sentence], states: torch.Tensor) -> None:
        """Let each search choose how its rows go on, and let go of those that are done."""
        wanted = max(sentence.search.wanted for sentence in group)
        ids, log_probabilities = self._decoder.choose(states, wanted)
        candidates = zip(ids, log_probabilities, strict=True)
        for sentence in group:
            # What a search chooses from does not depend on who else is there.
            own = slice(sentence.search.wanted)
            mine = list(itertools.islice(candidates, len(sentence.tokens)))
            steps = sentence.search.advance(
                [tokens[own] for tokens, _ in mine], [scores[own] for _, scores in mine]
            )
            if sentence.search.done:
                self._leave(sentence)
                _set_result(sentence, self._hypothesis(sentence))
                continue
            sentence.produced = sentence.produced[[step.parent for step in steps]]
            sentence.tokens = [step.token for step in steps]

    def _take(self, sentence: _Sentence, count: int) -> Slots:
        slots = self._pool.take(count)
        sentence.taken.append(slots)
        return slots

    def _leave(self, sentence: _Sentence) -> None:
        for slots in sentence.taken:
            self._pool.give_back(slots)
        sentence.taken = []
        self._schedule.leave(sentence)

    def _hypothesis(self, sentence: _Sentence) -> Hypothesis:
        found = sentence.search.best()[: sentence.options.hypotheses]
        return ranked([self._found(sentence, best) for best in found])

    def _found(self, sentence: _Sentence, best: Found) -> Hypothesis:
        # The end of a sentence takes a step after the last token that the limit allows.
        ids, finished = best.ids[: sentence.limit], best.finished
        text = self._tokenizer.decode(ids)
        if self._stop_text and self._stop_text in text:  # it stood inside a token
            text, finished = text.split(self._stop_text, 1)[0], True
        return Hypothesis(
            text=text.strip(),
            score=best.log_probability / best.scored,
            source_tokens=sentence.source_tokens,
            target_tokens=len(ids),
            finished=finished,
        )


def read_decoder(
    folder: Path, form: str, slots: int, programs: Path | None, progress: Progress
) -> Decoder:
    """The decoder of a checkpoint, compiled if there is a folder for what that gives, and where
    it is possible; where it is not, that is said, and it goes on without."""
    weights = Checkpoint(folder)
    kernels = None
    if programs is not None:
        with _or_plain():
            kernels = load_kernels(weights.config, form, best_layout(form), programs, progress)
    decoder = Decoder(
        weights.config, weights.embedding(), weights.layers(), weights.norm(), form, slots, kernels
    )
    if programs is not None and kernels is not None:
        with _or_plain():
            decoder.compile(programs, progress)
    return decoder


@contextmanager
def _or_plain() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever torch and the compiler meet
        _log.warning(
            "the inflight engine could not be compiled and runs more slowly (%s: %s)",
            type(error).__name__,
            str(error).split("\n", 1)[0],
        )


def _set_result(sentence: _Sentence, hypothesis: Hypothesis) -> None:
    with suppress(InvalidStateError):  # cancelled meanwhile
        sentence.answer.set_result(hypothesis)


def _set_exception(sentence: _Sentence, error: EngineFailed) -> None:
    with suppress(InvalidStateError):
        sentence.answer.set_exception(error)
