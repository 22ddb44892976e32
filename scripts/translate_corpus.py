"""Translate sentences in one language, to train on what comes out.

In goes an adapter and a file of sentences, a sentence a line. Out come `NAME.id` and `NAME.en`,
aligned: a corpus for `train_adapter.py`. With an adapter from English it is back-translation
(Sennrich et al. 2016) for the model from Indonesian; with one from Indonesian, for the model from
English. The same command goes on where it was stopped.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Annotated

import typer

from models.embedded.adapter import read_adapter, read_metadata
from models.embedded.base import assemble, read_base
from models.embedded.tokenizer import build_tokenizer
from models.errors import ModelError
from scripts.training.corpora import CorpusError, normalize, read_lines, tidy_target
from scripts.training.data import REVERSE_PROMPT

if TYPE_CHECKING:
    from scripts.training.generate import CorpusTranslator

# Outside of these a sentence teaches little, or is no sentence.
_LEAST_WORDS, _MAX_WORDS = 5, 50
# Sentences between two writings.
_AT_ONCE = {"cpu": 500, "cuda": 40_000}

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: python scripts/translate_corpus.py build/reverse/adapter.safetensors "
    "DATA/train/globalvoices-mono.en DATA/train/backtranslated --beside DATA/train/globalvoices.en"
)
def main(
    adapter: Annotated[Path, typer.Argument(help="From train_adapter.py, in either direction.")],
    text: Annotated[Path, typer.Argument(help="In the adapter's source language.")],
    output: Annotated[Path, typer.Argument(help="NAME; NAME.id and NAME.en are written.")],
    lines: Annotated[int, typer.Option(min=1, help="How many sentences to have.")] = 1_000_000,
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="Files of sentences to leave out, such as those trained on."),
    ] = None,
) -> None:
    """Make a corpus of translations, or go on with one."""
    try:
        chosen = choose(text, beside or [])[:lines]
        translator, from_english = load(adapter)
        done = _done(output)
        _say(f"{done:,} of {len(chosen):,} sentences are there")
        begun = time.monotonic()
        at_once = _AT_ONCE[translator.device.type]
        for start in range(done, len(chosen), at_once):
            part = chosen[start : start + at_once]
            # A hypothesis that did not end is empty, and is left out in training.
            made = translator.translate(part)
            _append(output, *((made, part) if from_english else (part, made)))
            words = sum(len(source.split()) for source in chosen[done : start + len(part)])
            speed = words / (time.monotonic() - begun)
            left = sum(len(source.split()) for source in chosen[start + len(part) :]) / speed
            _say(
                f"{start + len(part):,} of {len(chosen):,} sentences, {speed:.0f} words/s, "
                f"{left / 60:.0f} min left"
            )
    except ModelError as error:
        typer.echo(f"translate_corpus: {error.detail}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"translate_corpus: {error}", err=True)
        raise typer.Exit(1) from error


def load(adapter: Path) -> tuple[CorpusTranslator, bool]:
    """The model with the adapter, and whether it translates from English."""
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise CorpusError(f"{error.name} is not installed: `pip install 'kabar[train]'`") from error
    from scripts.training.generate import CorpusTranslator, Spoken
    from scripts.training.network import Network
    from scripts.training.run import best_device, best_dtype

    learned, metadata = read_adapter(adapter), read_metadata(adapter)
    with tempfile.TemporaryDirectory() as folder:
        base_file = Path(folder, "base.gguf")
        assemble(base_file)
        vocabulary, base = read_base(base_file, learned.token_ids)
    device = best_device()
    rank = len(learned.pairs[0]["q_proj"][0])
    network = Network(base, rank, 0, best_dtype(device)).to(device)
    network.begin_from(learned)
    spoken = Spoken(metadata["prompt"], metadata["stop"])
    tokenizer = build_tokenizer(vocabulary, learned.token_ids)
    compiled = device.type == "cuda"
    translator = CorpusTranslator(network, tokenizer, spoken, compiled=compiled)
    return translator, spoken.prompt == REVERSE_PROMPT


def choose(text: Path, beside: Sequence[Path]) -> list[str]:
    """The sentences worth translating, in an order drawn at random, the same every time. Raises
    `CorpusError`."""
    known = {normalize(line) for path in beside for line in read_lines(path)}
    chosen = []
    for line in read_lines(text):
        sentence = " ".join(tidy_target(line).split())
        key = normalize(sentence)
        if key in known or not _LEAST_WORDS <= len(sentence.split()) <= _MAX_WORDS:
            continue
        known.add(key)
        chosen.append(sentence)
    Random(1).shuffle(chosen)
    return chosen


def _done(output: Path) -> int:
    """How many lines both files have; what one has more, of a run that was killed, is cut off."""
    both = [output.with_name(f"{output.name}.{language}") for language in ("en", "id")]
    if not all(path.exists() for path in both):
        return 0
    lines = [path.read_text(encoding="utf-8").split("\n")[:-1] for path in both]
    done = min(len(side) for side in lines)
    for path, side in zip(both, lines, strict=True):
        path.write_text("".join(f"{line}\n" for line in side[:done]), encoding="utf-8")
    return done


def _append(output: Path, indonesian: Sequence[str], english: Sequence[str]) -> None:
    for language, side in (("en", english), ("id", indonesian)):
        with output.with_name(f"{output.name}.{language}").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in side)


def _say(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


if __name__ == "__main__":
    # numpy's arrays from memory-mapped files are read-only, which torch warns of; none is written.
    warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
    app()
