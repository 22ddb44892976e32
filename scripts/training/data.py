"""Batches of token ids from a folder of corpora, fixed by a seed."""

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
    normalize,
    read_corpus,
    read_lines,
    read_written,
    tidy_target,
)
from scripts.training.hints import Hints
from scripts.training.settings import Settings
from scripts.training.templates import invent
from scripts.training.vocabulary import choose

# Examples in a pool, from which batches of similar length are made.
_POOL = 8192

# The prompt of a model from English into Indonesian.
REVERSE_PROMPT = "English: {source}\nIndonesian:"

# Prompts for sources that a model wrote. The model learns English from such pairs, and Indonesian
# from those that people wrote (tagged back-translation, Caswell et al. 2019).
MACHINE_PROMPT = "Indonesian, machine: {source}\nEnglish:"
REVERSE_MACHINE_PROMPT = "English, machine: {source}\nIndonesian:"


@dataclass(frozen=True, slots=True)
class Corpora:
    """Cleaned pairs by corpus, and counts of removed ones by reason.

    `evaluation` has the normalized sentences that are never trained on. `digest` is of all these,
    and of the rules and templates.
    """

    pairs: dict[str, list[Pair]]
    removed: dict[str, Counter[str]]
    held_out: list[Pair]
    evaluation: set[str]
    digest: str
    hints: Hints = field(default_factory=Hints)


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids of a prompt with the source, and of a target with its end."""

    prompt: list[int]
    target: list[int]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.target)


@dataclass(slots=True)
class EpochCounts:
    """Counts of an epoch: pairs by corpus, rewritten pairs by rule, tokens."""

    pairs: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    too_long: int = 0


def read_corpora(folder: Path, settings: Settings, excluded: Iterable[str] = ()) -> Corpora:
    """Read `train/` and `eval/` in the folder. Raises `CorpusError`.

    `excluded` sentences are left out of training, like those of `eval/`.
    """
    evaluation = evaluation_sentences(folder / "eval") | {normalize(text) for text in excluded}
    pairs: dict[str, list[Pair]] = {}
    removed: dict[str, Counter[str]] = {}
    seen: set[tuple[str, str]] = set()
    digest = hashlib.sha256()
    for name in settings.corpora:
        removed[name] = Counter()
        if settings.corpora[name].machine and not (folder / "train" / f"{name}.id").exists():
            raise CorpusError(
                f"{folder / 'train' / name}.id is missing: make it with "
                f"scripts/translate_corpus.py (docs/training.md), or remove {name} from the "
                f"settings"
            )
        own = settings.corpora[name].files
        corpus = read_written(own) if own else read_corpus(folder / "train", name)
        pairs[name] = clean(corpus, evaluation, seen, removed[name])
        if settings.corpora[name].machine:
            pairs[name] = [replace(pair, machine=True) for pair in pairs[name]]
        for pair in pairs[name]:
            digest.update(f"{pair.source}\t{pair.target}\n".encode())
    for sentence in sorted(evaluation):
        digest.update(f"{sentence}\n".encode())
    for module in ("augment.py", "hints.py", "templates.py", "templates.txt", "gaps.toml"):
        digest.update(files("scripts.training").joinpath(module).read_bytes())
    held_out = [
        Pair(pair.source, tidy_target(pair.target))
        for name in settings.held_out
        for pair in read_corpus(folder / "eval", name)[: settings.held_out_lines]
    ]
    if settings.reverse:
        pairs = {name: [_reverse(pair) for pair in corpus] for name, corpus in pairs.items()}
        held_out = [_reverse(pair) for pair in held_out]
    hints = Hints()
    if settings.hints:
        hints = Hints.learn(pair for corpus in pairs.values() for pair in corpus)
    return Corpora(pairs, removed, held_out, evaluation, digest.hexdigest(), hints)


def _invented(settings: Settings, random: Random) -> list[Pair]:
    return [] if settings.reverse else [invent(random) for _ in range(settings.invented)]


def _reverse(pair: Pair) -> Pair:
    return Pair(pair.target, pair.source, pair.machine)


def _rewrite(
    pair: Pair, random: Random, settings: Settings, hints: Hints
) -> tuple[Pair, list[str]]:
    """Rewrite the pair by a rule of `augment`, and with hints, if it is from Indonesian."""
    if settings.reverse:
        return pair, []
    rewritten, rule = augment(pair, random)
    rewritten, rules = replace(rewritten, machine=pair.machine), [rule] if rule else []
    if random.random() < settings.hints and (hinted := hints.add(rewritten, random)) != rewritten:
        return hinted, [*rules, "hints"]
    return rewritten, rules


def choose_vocabulary(
    vocabulary: BaseVocabulary, folder: Path, corpora: Corpora, settings: Settings
) -> list[int]:
    """Return the tokens to keep (see `vocabulary`).

    They are counted in all pairs, plain and rewritten by rule, in invented pairs, and in the texts
    that the settings name.
    """

    def texts() -> Iterator[str]:
        random = Random(f"{settings.seed} vocabulary")
        for pairs in corpora.pairs.values():
            for pair in pairs:
                rewritten, rules = _rewrite(pair, random, settings, corpora.hints)
                for text in (pair, rewritten) if rules else (pair,):
                    # As in the prompt, a space is before the source.
                    yield " " + text.source
                    yield " " + text.target
        for pair in _invented(settings, random):
            yield " " + pair.source
            yield " " + pair.target
        for name in settings.counted:
            for line in read_lines(folder / name):
                yield " " + line

    return choose(vocabulary, texts(), settings.least_uses)


class Encoder:
    """An encoder of pairs into token ids, as the engine encodes them."""

    def __init__(
        self, tokenizer: EmbeddedTokenizer, prompt: str, machine_prompt: str = MACHINE_PROMPT
    ) -> None:
        self._tokenizer = tokenizer
        self._prompts = {False: prompt, True: machine_prompt}

    def encode(self, pairs: Sequence[Pair]) -> list[Example]:
        # As in the engine, white space becomes single spaces.
        prompts: list[list[int]] = [[]] * len(pairs)
        for machine, prompt in self._prompts.items():
            indexes = [index for index, pair in enumerate(pairs) if pair.machine == machine]
            sources = [" ".join(pairs[index].source.split()) for index in indexes]
            encoded = self._tokenizer.encode_prompts(prompt, sources)
            for index, ids in zip(indexes, encoded, strict=True):
                prompts[index] = ids
        targets = [" " + " ".join(pair.target.split()) for pair in pairs]
        answers = self._tokenizer.encode_batch(targets)
        end = self._tokenizer.eos_id
        return [
            Example(prompt, [*answer, end]) for prompt, answer in zip(prompts, answers, strict=True)
        ]


def make_epoch(
    corpora: Corpora, settings: Settings, encoder: Encoder, number: int
) -> tuple[list[list[Example]], EpochCounts]:
    """Return the batches of an epoch in order, and its counts.

    Raises `CorpusError` if no pair is left.
    """
    random = Random(f"{settings.seed} {number}")
    counts = EpochCounts()
    drawn: list[Pair] = []
    for name, corpus in settings.corpora.items():
        pairs = corpora.pairs[name]
        for pair in random.sample(pairs, round(corpus.share * len(pairs))):
            rewritten, rules = _rewrite(pair, random, settings, corpora.hints)
            counts.rules.update(rules)
            counts.pairs[name] += 1
            drawn.append(rewritten)
    drawn += _invented(settings, random)
    # A rule or a template may give a test sentence by chance.
    drawn = [pair for pair in drawn if normalize(pair.source) not in corpora.evaluation]
    random.shuffle(drawn)
    examples = encoder.encode(drawn)
    short = [example for example in examples if len(example) <= settings.longest]
    if not short:
        raise CorpusError(
            "no pair is left to train on: check the removed pairs, `share` and `longest`"
        )
    counts.tokens = sum(len(example) for example in short)
    counts.too_long = len(examples) - len(short)
    result: list[list[Example]] = []
    for start in range(0, len(short), _POOL):
        result += batches(short[start : start + _POOL], settings.batch_tokens)
    random.shuffle(result)
    return result, counts


class Epochs:
    """Consecutive epochs.

    With `ahead`, a second process makes the next one during training.
    """

    def __init__(
        self, corpora: Corpora, settings: Settings, encoder: Encoder, first: int, *, ahead: bool
    ) -> None:
        self._parts = corpora, settings, encoder
        self._process: ProcessPoolExecutor | None = None
        self._next: tuple[int, Future[tuple[list[list[Example]], EpochCounts]]] | None = None
        if ahead:
            # A forked process has the corpora already.
            self._process = ProcessPoolExecutor(
                1, get_context("fork"), initializer=_set_parts, initargs=(self._parts,)
            )
            self._begin(first)

    def take(self, number: int) -> tuple[list[list[Example]], EpochCounts]:
        """Return an epoch, as `make_epoch` does."""
        if self._process is None:
            return make_epoch(*self._parts, number)
        if self._next is None or self._next[0] != number:
            self._begin(number)
        assert self._next is not None
        epoch = self._next[1].result()
        self._begin(number + 1)
        return epoch

    def _begin(self, number: int) -> None:
        assert self._process is not None
        self._next = number, self._process.submit(_make_next, number)

    def close(self) -> None:
        if self._process is not None:
            self._process.shutdown(cancel_futures=True)


# The arguments of epochs, in the second process.
_parts: list[tuple[Corpora, Settings, Encoder]] = []


def _set_parts(parts: tuple[Corpora, Settings, Encoder]) -> None:
    _parts[:] = [parts]


def _make_next(number: int) -> tuple[list[list[Example]], EpochCounts]:
    return make_epoch(*_parts[0], number)


def batches(examples: Sequence[Example], budget: int) -> list[list[Example]]:
    """Batch examples of similar length.

    A batch has at most `budget` tokens, padding included. An example that is longer than the
    budget is a batch alone.
    """
    result: list[list[Example]] = []
    current: list[Example] = []
    for example in sorted(examples, key=len):
        if current and len(example) * (len(current) + 1) > budget:
            result.append(current)
            current = []
        current.append(example)
    return [*result, current] if current else result
