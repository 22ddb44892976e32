"""Summaries in a model's own sentences, and which sentences of the article support each of them.

In go articles as lists of sentences, in the language that the model reads; out come lists of
sentences that the model wrote. A model may write what the article does not say: `supporting` and
`unsupported` compare words, numbers and names, without a model, and the caller decides. Importing
this module imports neither torch nor transformers. Loading raises a `ModelError`; summarizing,
`EngineFailed`.
"""

from __future__ import annotations

import gc
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from models.catalogue import ModelSpec
from models.devices import choose_device, choose_dtype
from models.errors import EngineFailed, EngineUnavailable, ModelError, UnsupportedCheckpoint
from models.store import ModelStore, Progress, quiet
from models.summarizer import STOP_WORDS

if TYPE_CHECKING:
    import torch

    from models.checkpoints.generation import SearchSettings

# The sentences of a text.
Split = Callable[[str], Sequence[str]]

# Rounds of summarising a long article. 200,000 characters need three with a window of 511 tokens.
ROUNDS = 4

# Tokens of all sources of a batch, padding and beams included: with BART large, whose decoder
# keeps 98 kB for each, 1.6 GB.
_TOKENS_AT_ONCE = 16_384

# Where a checkpoint does not say; and the most, whatever it says.
_BEAM, _MAX_BEAMS = 4, 16
_LONGEST = 256
# The shortest summary that a checkpoint names is made of whole articles: no more than a fourth of a
# short text is demanded, since models that must write on make things up.
_SHARE = 4

# Summarised after loading, so that the first article does not pay for first-time work.
_WARM_UP = "Presiden tiba di Surabaya pada Selasa (18/2/2025)."


@dataclass(frozen=True, slots=True)
class SummaryOptions:
    """How summaries are searched for; part of every result's signature.

    `beam` is the number of beams (None: the checkpoint's own). `deterministic` gives every piece
    of an article a batch of its own: rounding makes a result depend a little on what shares it.
    """

    beam: int | None = None
    deterministic: bool = False

    def as_signature(self) -> dict[str, int | bool | None]:
        """All that decides a summary."""
        return asdict(self)


@runtime_checkable
class SummaryWriter(Protocol):
    """Writes summaries of its own. Safe to call from several threads."""

    @property
    def signature(self) -> Mapping[str, str]:
        """`summarizer`, `summarizer_version` and what else decides what is written."""

    @property
    def language(self) -> str | None:
        """The code of the language that is read and written; None: that of the article."""

    @property
    def max_source_tokens(self) -> int:
        """The longest text that is read at once, in the model's tokens."""

    def summarize(
        self, articles: Sequence[Sequence[str]], options: SummaryOptions
    ) -> list[list[str]]:
        """The summary of each article, both as sentences in order; `len(result) ==
        len(articles)`. Raises `EngineFailed`."""

    def close(self) -> None:
        """Give the memory back; the writer is not used afterwards."""


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
    """A summarizer with its model fetched, loaded and warmed up. Raises a `ModelError`.

    `split` tells the sentences of what the model wrote. `dtype` None is by device; `threads` 0
    means one a core.
    """
    if spec.task != "summarization":
        raise UnsupportedCheckpoint(f"{spec.id} is a model for {spec.task}, not for summarization")
    for package in ("torch", "transformers"):
        if find_spec(package) is None:
            raise EngineUnavailable(
                f"summaries by {spec.id} need {package}, which is not installed: "
                f"`pip install 'kabar[transformers]'`, or leave the summarizer out"
            )
    choose_device(device)
    folder = store.ensure(spec, "transformers", progress)
    from models.checkpoints.hub import checkpoint_hash

    made = AbstractiveSummarizer(
        folder,
        spec,
        split=split,
        device=device,
        dtype=dtype,
        threads=threads or None,
        model_hash=checkpoint_hash(folder),
    )
    made.summarize([[_WARM_UP]], SummaryOptions(beam=1))
    return made


@dataclass(frozen=True, slots=True)
class _Manner:
    """How a checkpoint was meant to write. Lengths are in tokens: `shortest` without the end
    token and `longest` with it, neither with what the decoder begins with."""

    control: SearchSettings
    beam: int
    length_penalty: float
    early_stopping: bool
    no_repeat_ngram: int
    shortest: int
    longest: int

    @property
    def begun(self) -> int:
        """Tokens that the decoder begins with."""
        return 1 + len(self.control.forced)


class AbstractiveSummarizer:
    """Summarises with the encoder-decoder checkpoint in `folder`. Safe to call from several
    threads.

    `split` tells the sentences of what the model wrote. `device` is auto, cpu, cuda or mps;
    `dtype` float32, bfloat16 or float16 (by device where it is left out); `threads` the CPU
    threads of the whole process.

    Beams, length penalty, banned repetitions and lengths are the checkpoint's own. An article
    longer than the model's window is summarised in chunks of whole sentences, and the chunks'
    summaries again as long as they are longer than the window, in at most `ROUNDS` rounds; what
    is longer then stays so. A summary is not longer than its source. A sentence that the length
    limit cut is left out; where a chunk's summary has no other, the chunk's first whole sentence
    stands for it. An article without words has no summary.
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

        self._id, self._language, self._split = spec.id, spec.source_language, split
        self._lock = threading.Lock()
        self._device = choose_device(device)
        precision = choose_dtype(dtype, self._device)
        if threads is not None:
            torch.set_num_threads(threads)
        config = read_config(folder)
        if architecture_of(config, spec) != "seq2seq":
            raise UnsupportedCheckpoint(
                f"{spec.id} is a causal model ({config.model_type}); summaries are written by "
                f"encoder-decoders such as BART, Pegasus and mT5"
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
        self._manner = _read_manner(model.generation_config, control, positions)
        around = len(self._tokenizer.encode_source(""))
        self._window = min(spec.max_source_tokens, positions - around)
        if self._window < 1 or self._manner.longest < 2:
            raise UnsupportedCheckpoint(
                f"{spec.id} has {positions} positions and a window of {spec.max_source_tokens} "
                f"tokens, too few for any summary"
            )
        # What a search leaves open would be filled from the checkpoint's own settings.
        model.generation_config = transformers.GenerationConfig()  # type: ignore[no-untyped-call]
        self._model: Any = model.to(self._device)
        self._signature = {
            "summarizer": spec.id,
            "summarizer_version": "1",
            "summarizer_hash": model_hash,
            "summarizer_engine": f"{transformers.__version__}+torch{torch.__version__}",
            "summarizer_quantization": str(precision).removeprefix("torch."),
            "summarizer_device": self._device.type,
            "summarizer_address": spec.address,
            "summarizer_window": str(self._window),
        }

    @property
    def signature(self) -> Mapping[str, str]:
        return self._signature

    @property
    def language(self) -> str | None:
        return self._language

    @property
    def max_source_tokens(self) -> int:
        return self._window

    def summarize(
        self, articles: Sequence[Sequence[str]], options: SummaryOptions
    ) -> list[list[str]]:
        with self._lock:
            if self._model is None:
                raise EngineFailed(f"{self._id} was closed")
            try:
                return self._summarize(articles, options)
            except ModelError:
                raise
            except Exception as error:  # torch and transformers raise whatever they like
                raise EngineFailed(
                    f"{self._id} failed on {len(articles)} articles "
                    f"({type(error).__name__}): {error}"
                ) from error

    def close(self) -> None:
        import torch

        with self._lock:
            self._model = None
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    def _summarize(
        self, articles: Sequence[Sequence[str]], options: SummaryOptions
    ) -> list[list[str]]:
        summaries: list[list[str]] = [[] for _ in articles]
        # Texts still to be summarised, by article.
        texts = {n: _one_line(sentences) for n, sentences in enumerate(articles)}
        chunks = {n: found for n, text in texts.items() if (found := self._chunks(text))}
        for _ in range(ROUNDS):
            if not chunks:
                break
            rows = [(n, chunk) for n, parts in chunks.items() for chunk in parts]
            written = self._write([" ".join(chunk) for _, chunk in rows], options)
            made: dict[int, list[str]] = defaultdict(list)
            for (n, chunk), sentences in zip(rows, written, strict=True):
                made[n] += sentences or [s for s in chunk if s in texts[n] and _says(s)][:1]
            for n, sentences in made.items():
                summaries[n] = texts[n] = list(dict.fromkeys(sentences))
            chunks = {n: found for n in made if len(found := self._chunks(texts[n])) > 1}
        return summaries

    def _chunks(self, sentences: Sequence[str]) -> list[list[str]]:
        return chunked(sentences, self._window, lambda text: len(self._tokenizer.encode(text)))

    def _write(self, sources: Sequence[str], options: SummaryOptions) -> list[list[str]]:
        """The whole sentences of what the model writes of each source."""
        import torch

        beam = options.beam or self._manner.beam
        lengths = [len(self._tokenizer.encode(source)) for source in sources]
        if max(lengths) > self._window:
            raise EngineFailed(
                f"a piece of {max(lengths)} tokens cannot be divided, and {self._id} reads "
                f"{self._window}"
            )
        budget = 1 if options.deterministic else _TOKENS_AT_ONCE // beam
        found: list[list[str]] = [[] for _ in sources]
        for batch in _batches(lengths, budget):
            with torch.inference_mode():
                written = self._search(
                    [self._tokenizer.encode_source(sources[place]) for place in batch],
                    [lengths[place] for place in batch],
                    beam,
                )
            for place, (ids, finished) in zip(batch, written, strict=True):
                found[place] = self._sentences(ids, finished)
        return found

    def _search(
        self, rows: Sequence[Sequence[int]], lengths: Sequence[int], beam: int
    ) -> list[tuple[list[int], bool]]:
        """What is written of each row of ids, and whether it ended before its limit."""
        import torch
        from transformers import GenerationConfig, LogitsProcessorList

        manner, control = self._manner, self._manner.control
        bounds = [_bounds(manner, length) for length in lengths]
        config = GenerationConfig(  # type: ignore[no-untyped-call]
            do_sample=False,
            num_beams=beam,
            max_new_tokens=max(longest for _, longest in bounds) + len(control.forced),
            eos_token_id=sorted(control.stop),
            pad_token_id=control.pad,
            decoder_start_token_id=control.start,
            forced_bos_token_id=control.forced[0] if control.forced else None,
            bad_words_ids=[[banned] for banned in sorted(control.banned)] or None,
            no_repeat_ngram_size=manner.no_repeat_ngram,
        )
        if beam > 1:
            config.length_penalty = manner.length_penalty
            config.early_stopping = manner.early_stopping
        width = max(map(len, rows))
        padded = [[*row, *[control.pad] * (width - len(row))] for row in rows]
        mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
        output = self._model.generate(
            input_ids=torch.tensor(padded, device=self._device),
            attention_mask=torch.tensor(mask, device=self._device),
            generation_config=config,
            logits_processor=LogitsProcessorList(
                [_Lengths(manner.begun, bounds, sorted(control.stop), beam)]
            ),
        )
        found = []
        for row, (_, longest) in zip(output.tolist(), bounds, strict=True):
            ids = row[manner.begun :]
            end = next((n for n, index in enumerate(ids) if index in control.stop), len(ids))
            found.append((ids[:end], end + 1 < longest))
        return found

    def _sentences(self, ids: Sequence[int], finished: bool) -> list[str]:
        # Pegasus writes line feeds so.
        text = self._tokenizer.decode(ids).replace("<n>", "\n")
        parts = [sentence for line in text.splitlines() for sentence in self._split(line)]
        sentences = [part for part in _one_line(parts) if _says(part)]
        return sentences if finished else sentences[:-1]


class _Lengths:
    """Holds each row of a batch to bounds of its own, as if it were alone: no end before the
    shortest, and the end where nothing else has room."""

    def __init__(
        self, begun: int, bounds: Sequence[tuple[int, int]], stop: Sequence[int], beam: int
    ) -> None:
        self._begun, self._bounds, self._stop, self._beam = begun, bounds, list(stop), beam

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        written = input_ids.shape[1] - self._begun
        scores = scores.clone()
        for n, (shortest, longest) in enumerate(self._bounds):
            row = scores[n * self._beam : (n + 1) * self._beam]
            if written < shortest:
                row[:, self._stop] = -float("inf")
            elif written + 1 >= longest:
                row[:] = -float("inf")
                row[:, self._stop[0]] = 0.0
        return scores


def _read_manner(given: Any, control: SearchSettings, positions: int) -> _Manner:
    """What the generation settings of a checkpoint say, within bounds."""
    begun = 1 + len(control.forced)
    longest = given.max_new_tokens or (given.max_length or _LONGEST + begun) - begun
    longest = min(longest, _LONGEST, positions - begun)
    shortest = given.min_new_tokens or (given.min_length or 0) - begun
    return _Manner(
        control=control,
        beam=min(given.num_beams or _BEAM, _MAX_BEAMS),
        length_penalty=1.0 if given.length_penalty is None else given.length_penalty,
        # "never" would make a row depend on the longest limit in its batch.
        early_stopping=given.early_stopping is True,
        no_repeat_ngram=given.no_repeat_ngram_size or 0,
        shortest=max(0, min(shortest, longest - 1)),
        longest=longest,
    )


def _bounds(manner: _Manner, length: int) -> tuple[int, int]:
    """The bounds of the summary of a source of so many tokens, which it is not longer than."""
    return min(manner.shortest, length // _SHARE), min(manner.longest, length + 1)


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Places of sources that are computed at once, by length; a batch of several takes at most
    `budget` tokens with padding."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda n: lengths[n]):
        if batch and (len(batch) + 1) * lengths[place] > budget:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _one_line(sentences: Sequence[str]) -> list[str]:
    """The sentences with single spaces, without the blank ones."""
    return [line for sentence in sentences if (line := " ".join(sentence.split()))]


def _says(sentence: str) -> bool:
    """Whether there is anything to read."""
    return any(map(str.isalnum, sentence))


def chunked(sentences: Sequence[str], window: int, count: Callable[[str], int]) -> list[list[str]]:
    """The sentences in order, in chunks of at most `window` tokens when joined by spaces.

    `count` tells the tokens of a text. A sentence longer than the window is divided between
    words, and a word that is longer, within; a single character is never divided.
    """
    chunks: list[list[str]] = []
    for sentence in sentences:
        for part in _parts(sentence, window, count):
            if chunks and count(" ".join([*chunks[-1], part])) <= window:
                chunks[-1].append(part)
            else:
                chunks.append([part])
    return chunks


def _parts(sentence: str, window: int, count: Callable[[str], int]) -> list[str]:
    """The sentence, halved until every part fits."""
    if len(sentence) == 1 or count(sentence) <= window:
        return [sentence]
    middle = len(sentence) // 2
    spaces = [n for n, character in enumerate(sentence) if character == " "]
    cut = min(spaces, key=lambda n: abs(n - middle), default=middle)
    halves = sentence[:cut].rstrip(), sentence[cut:].lstrip()
    return [part for half in halves if half for part in _parts(half, window, count)]


# What follows compares a sentence with its sources, word by word.

# Numbers, and names, weigh more than other words when sources are chosen.
_FACT_WEIGHT = 3
# What a second source has to add to be one: a fact, or two words.
_WORTH = 2
# Words are forms of one where they begin alike, in so many letters and with so few left over.
_STEM, _ENDING = 5, 3

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|%")
_OPENS = ".?!:;\"“(‘'«[-–—"
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?")
_POSSESSIVE = re.compile(r"['’]s?$")

_SMALL_NUMBERS = {
    word: value
    for line in (
        "nol satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
        "zero one two three four five six seven eight nine ten eleven twelve",
    )
    for value, word in enumerate(line.split())
}
_SCALES = {
    "ribu": 10**3, "juta": 10**6, "miliar": 10**9, "milyar": 10**9, "triliun": 10**12,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
# Numbers that have to be found as they are written.
_OTHER_NUMBERS = frozenset(
    "belas puluh puluhan belasan ratus ratusan seratus seribu sejuta ribuan jutaan setengah "
    "separuh sepertiga seperempat pertama kedua ketiga keempat kelima thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred hundreds thousands millions billions trillions dozen dozens half third quarter first "
    "second fourth fifth double triple twice".split()
)
_PERCENT = frozenset({"%", "persen", "percent"})
_NEGATIONS = frozenset(
    "tidak tak bukan belum tanpa jangan not no never neither nor none without cannot".split()
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A content word at `[start, end)` of its sentence.

    `key` is what it is compared by: small letters, or a value. A `fact` is a number, a name or a
    negation; a `bound` one (a number, a negation) says something of a word beside it. A word that
    `opens` a sentence with a capital may be a name.
    """

    key: str
    start: int
    end: int
    fact: bool = False
    bound: bool = False
    opens: bool = False


def supporting(sentence: str, sources: Sequence[str]) -> tuple[list[int], float]:
    """Which sources a sentence rests on, ascending, and the share of its content words, 0 to 1,
    that are found there; ([], 0.0) where nothing is.

    Sources are in the sentence's own language, and are taken by how much of the sentence they
    add, numbers and names first. A number or a negation is found only where a word beside it is
    found too: `lima` of `lima rumah` does not support `lima orang`.
    """
    words = _words(sentence)
    covers = [_covered(words, source) for source in sources]
    chosen: list[int] = []
    covered: set[int] = set()

    def weight(places: set[int]) -> int:
        return sum(_FACT_WEIGHT if words[place].fact else 1 for place in places)

    while len(chosen) < len(sources):
        best = max(
            range(len(sources)), key=lambda n: (weight(covers[n] - covered), weight(covers[n]), -n)
        )
        if weight(covers[best] - covered) < (_WORTH if chosen else 1):
            break
        chosen.append(best)
        covered |= covers[best]
    return sorted(chosen), len(covered) / len(words) if chosen else 0.0


def unsupported(sentence: str, sources: Sequence[str]) -> list[str]:
    """The numbers, names and negations of a sentence that no source has, as they are written.

    A first word with a capital counts as a name where no source has it in any form.
    """
    words = _words(sentence)
    covered = set().union(*(_covered(words, source) for source in sources))
    return [
        sentence[word.start : word.end]
        for place, word in enumerate(words)
        if (word.fact or word.opens) and place not in covered
    ]


def _covered(words: Sequence[_Word], source: str) -> set[int]:
    """Places of the words that a source has."""
    keys = {word.key for word in _words(source)}
    forms: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        forms[key[:_STEM]].append(key)
    found = {
        place
        for place, word in enumerate(words)
        if word.key in keys
        or (not word.fact and any(_akin(word.key, key) for key in forms[word.key[:_STEM]]))
    }
    return {
        place
        for place in found
        if not words[place].bound or len(words) == 1 or {place - 1, place + 1} & found
    }


def _akin(word: str, other: str) -> bool:
    """Whether two words may be forms of one: `banjir`, `banjirnya`."""
    pairs = zip(word, other, strict=False)
    shared = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(word), len(other)))
    return shared >= _STEM and max(len(word), len(other)) - shared <= _ENDING


def _words(sentence: str) -> list[_Word]:
    """The content words of a sentence, in order."""
    tokens = list(_TOKEN.finditer(sentence))
    words = []
    place = 0
    while place < len(tokens):
        if number := _number_at(tokens, place):
            word, used = number
            words.append(word)
            place += used
            continue
        if (plain := _plain_word(sentence, tokens[place])) is not None:
            words.append(plain)
        place += 1
    return words


def _number_at(tokens: Sequence[re.Match[str]], place: int) -> tuple[_Word, int] | None:
    """The number at a token, with its scale and percent sign, and how many tokens it takes."""
    token = tokens[place]
    text = token.group().casefold()
    following = [other.group().casefold() for other in tokens[place + 1 : place + 3]]
    value = _value(text)
    if value is None and not text[0].isdecimal():
        return None
    used = 1
    if value is not None and following and following[0] in _SCALES:
        value *= _SCALES[following[0]]
        used += 1
    elif text in ("satu", "one"):
        return None  # `one of them`
    key = text if value is None else f"{value.normalize():f}"
    if following[used - 1 : used] and following[used - 1] in _PERCENT:
        key += "%"
        used += 1
    return _Word(key, token.start(), tokens[place + used - 1].end(), fact=True, bound=True), used


def _value(text: str) -> Decimal | None:
    """What a number says; None where it is none, or a time or a version."""
    if text in _SMALL_NUMBERS:
        return Decimal(_SMALL_NUMBERS[text])
    if _THOUSANDS.fullmatch(text):
        mark = "." if "." in text and text.find(".") < (text + ",").find(",") else ","
        return Decimal(text.replace(mark, "").replace(",", "."))
    if text.isdecimal() or re.fullmatch(r"\d+[.,]\d+", text):
        return Decimal(text.replace(",", "."))
    return None


def _plain_word(sentence: str, token: re.Match[str]) -> _Word | None:
    """What is no number in digits; None for a word that says nothing by itself."""
    written = token.group()
    text = _POSSESSIVE.sub("", written.casefold())
    if text in _NEGATIONS or text.endswith(("n't", "n’t")):
        return _Word("not", *token.span(), fact=True, bound=True)
    if text in _OTHER_NUMBERS or text in _SCALES:
        return _Word(text, *token.span(), fact=True, bound=True)
    if text in STOP_WORDS or text in _PERCENT or len(text) == 1:
        return None
    before = sentence[: token.start()].rstrip()
    opens = not before or before[-1] in _OPENS
    capital = written[0].isupper()
    return _Word(text, *token.span(), fact=capital and not opens, opens=capital and opens)
