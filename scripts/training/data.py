"""From a folder of corpora to batches of token ids, the same for the same seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.resources import files
from multiprocessing import get_context
from pathlib import Path
from random import Random

from models.embedded.base import BaseVocabulary
from models.embedded.tokenizer import EmbeddedTokenizer
from scripts.training.augment import augment
from scripts.training.corpora import (
    CorpusError,
    Pair,
    clean,
    evaluation_sentences,
    normalise,
    read_corpus,
    read_lines,
    tidy_target,
)
from scripts.training.settings import Settings
from scripts.training.templates import invent
from scripts.training.vocabulary import choose

# Batches are made of sentences of similar length, out of so many drawn at once.
_POOL = 8192

# How a model from English into Indonesian is spoken to.
REVERSE_PROMPT = "English: {source}\nIndonesian:"

# How the model is told that a source was written by a model, so that it learns English from such
# pairs and Indonesian from people (tagged back-translation, Caswell et al. 2019).
MACHINE_PROMPT = "Indonesian, machine: {source}\nEnglish:"
REVERSE_MACHINE_PROMPT = "English, machine: {source}\nIndonesian:"


@dataclass(frozen=True, slots=True)
class Corpora:
    """The pairs of each corpus, cleaned; what was left out, by corpus and reason; the held-out
    pairs; the sentences that are never trained on, normalised; a digest of all of it, and of the
    rules and templates that are applied to it."""

    pairs: dict[str, list[Pair]]
    removed: dict[str, Counter[str]]
    held_out: list[Pair]
    evaluation: set[str]
    digest: str


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of a prompt with its source, and of the target with its end."""

    prompt: list[int]
    target: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.target)


@dataclass(slots=True)
class Tally:
    """What an epoch was made of: pairs by corpus, rewritten pairs by rule, all its tokens; and
    the pairs that were too long."""

    pairs: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    too_long: int = 0


def read_corpora(folder: Path, settings: Settings, barred: Iterable[str] = ()) -> Corpora:
    """Read `train/` and `eval/` below the folder. Raises `CorpusError`.

    `barred` sentences are kept out of training, as those of `eval/` are.
    """
    evaluation = evaluation_sentences(folder / "eval") | {normalise(text) for text in barred}
    pairs: dict[str, list[Pair]] = {}
    removed: dict[str, Counter[str]] = {}
    seen: set[tuple[str, str]] = set()
    digest = hashlib.sha256()
    for name in settings.corpora:
        removed[name] = Counter()
        if settings.corpora[name].machine and not (folder / "train" / f"{name}.id").exists():
            raise CorpusError(
                f"{folder / 'train' / name}.id is not there: it is made by "
                f"scripts/back_translate.py (docs/training.md), or leave {name} out of the settings"
            )
        pairs[name] = clean(read_corpus(folder / "train", name), evaluation, seen, removed[name])
        if settings.corpora[name].machine:
            pairs[name] = [replace(pair, machine=True) for pair in pairs[name]]
        for pair in pairs[name]:
            digest.update(f"{pair.source}\t{pair.target}\n".encode())
    for sentence in sorted(evaluation):
        digest.update(f"{sentence}\n".encode())
    for module in ("augment.py", "templates.py", "templates.txt"):
        digest.update(files("scripts.training").joinpath(module).read_bytes())
    held_out = [
        Pair(pair.source, tidy_target(pair.target))
        for name in settings.held_out
        for pair in read_corpus(folder / "eval", name)[: settings.held_out_lines]
    ]
    if settings.reverse:
        pairs = {name: [_turned(pair) for pair in corpus] for name, corpus in pairs.items()}
        held_out = [_turned(pair) for pair in held_out]
    return Corpora(pairs, removed, held_out, evaluation, digest.hexdigest())


def _invented(settings: Settings, random: Random) -> list[Pair]:
    return [] if settings.reverse else [invent(random) for _ in range(settings.invented)]


def _turned(pair: Pair) -> Pair:
    return Pair(pair.target, pair.source, pair.machine)


def _rewrite(pair: Pair, random: Random, settings: Settings) -> tuple[Pair, str]:
    """See `augment`, whose rules are for pairs from Indonesian."""
    if settings.reverse:
        return pair, ""
    rewritten, rule = augment(pair, random)
    return replace(rewritten, machine=pair.machine), rule


def choose_vocabulary(
    vocabulary: BaseVocabulary, folder: Path, corpora: Corpora, settings: Settings
) -> list[int]:
    """The tokens to keep (see `vocabulary`), counted on all pairs, as they are and as rules
    rewrite them, on invented ones, and on the texts to count."""

    def texts() -> Iterator[str]:
        random = Random(f"{settings.seed} vocabulary")
        for pairs in corpora.pairs.values():
            for pair in pairs:
                rewritten, rule = _rewrite(pair, random, settings)
                for text in (pair, rewritten) if rule else (pair,):
                    # The prompt has a space before the source too.
                    yield " " + text.source
                    yield " " + text.target
        for pair in _invented(settings, random):
            yield " " + pair.source
            yield " " + pair.target
        for name in settings.counted:
            for line in read_lines(folder / "train" / name):
                yield " " + line

    return choose(vocabulary, texts(), settings.least_uses)


class Encoder:
    """Pairs to token ids, as the engine gives them to the model."""

    def __init__(
        self, tokenizer: EmbeddedTokenizer, prompt: str, machine_prompt: str = MACHINE_PROMPT
    ) -> None:
        self._tokenizer = tokenizer
        self._prompts = {False: prompt, True: machine_prompt}

    def encode(self, pairs: Sequence[Pair]) -> list[Example]:
        # White space becomes single spaces, as in the engine.
        prompts: list[list[int]] = [[]] * len(pairs)
        for machine, prompt in self._prompts.items():
            places = [place for place, pair in enumerate(pairs) if pair.machine == machine]
            sources = [" ".join(pairs[place].source.split()) for place in places]
            encoded = self._tokenizer.encode_prompts(prompt, sources)
            for place, ids in zip(places, encoded, strict=True):
                prompts[place] = ids
        targets = [" " + " ".join(pair.target.split()) for pair in pairs]
        answers = self._tokenizer.encode_batch(targets)
        end = self._tokenizer.eos_id
        return [
            Example(prompt, [*answer, end]) for prompt, answer in zip(prompts, answers, strict=True)
        ]


def epoch(
    corpora: Corpora, settings: Settings, encoder: Encoder, number: int
) -> tuple[list[list[Example]], Tally]:
    """The batches of one epoch, in order, and what it was made of.

    Raises `CorpusError` where nothing is left to train on.
    """
    random = Random(f"{settings.seed} {number}")
    tally = Tally()
    drawn: list[Pair] = []
    for name, corpus in settings.corpora.items():
        pairs = corpora.pairs[name]
        for pair in random.sample(pairs, round(corpus.share * len(pairs))):
            rewritten, rule = _rewrite(pair, random, settings)
            if rule:
                tally.rules[rule] += 1
            tally.pairs[name] += 1
            drawn.append(rewritten)
    drawn += _invented(settings, random)
    # What a rule or a template makes could be a test sentence by chance.
    drawn = [pair for pair in drawn if normalise(pair.source) not in corpora.evaluation]
    random.shuffle(drawn)
    examples = encoder.encode(drawn)
    fitting = [example for example in examples if len(example) <= settings.longest]
    if not fitting:
        raise CorpusError(
            "no pair is left to train on: see what was left out, `share` and `longest`"
        )
    tally.tokens = sum(len(example) for example in fitting)
    tally.too_long = len(examples) - len(fitting)
    result: list[list[Example]] = []
    for start in range(0, len(fitting), _POOL):
        result += batches(fitting[start : start + _POOL], settings.batch_tokens)
    random.shuffle(result)
    return result, tally


class Epochs:
    """Epochs one after the other: `ahead`, each is made by a second process while the one before
    it is trained on."""

    def __init__(
        self, corpora: Corpora, settings: Settings, encoder: Encoder, first: int, *, ahead: bool
    ) -> None:
        self._parts = corpora, settings, encoder
        self._process: ProcessPoolExecutor | None = None
        self._next: tuple[int, Future[tuple[list[list[Example]], Tally]]] | None = None
        if ahead:
            # Forked, so that the corpora need not be sent.
            self._process = ProcessPoolExecutor(
                1, get_context("fork"), initializer=_remember, initargs=(self._parts,)
            )
            self._begin(first)

    def take(self, number: int) -> tuple[list[list[Example]], Tally]:
        """See `epoch`."""
        if self._process is None:
            return epoch(*self._parts, number)
        if self._next is None or self._next[0] != number:
            self._begin(number)
        assert self._next is not None
        made = self._next[1].result()
        self._begin(number + 1)
        return made

    def _begin(self, number: int) -> None:
        assert self._process is not None
        self._next = number, self._process.submit(_epoch, number)

    def close(self) -> None:
        if self._process is not None:
            self._process.shutdown(cancel_futures=True)


_remembered: list[tuple[Corpora, Settings, Encoder]] = []


def _remember(parts: tuple[Corpora, Settings, Encoder]) -> None:
    _remembered[:] = [parts]


def _epoch(number: int) -> tuple[list[list[Example]], Tally]:
    return epoch(*_remembered[0], number)


def batches(examples: Sequence[Example], budget: int) -> list[list[Example]]:
    """Examples of similar length together, at most `budget` tokens with padding a batch (an
    example longer than that stands alone)."""
    result: list[list[Example]] = []
    current: list[Example] = []
    for example in sorted(examples, key=len):
        if current and len(example) * (len(current) + 1) > budget:
            result.append(current)
            current = []
        current.append(example)
    return [*result, current] if current else result
