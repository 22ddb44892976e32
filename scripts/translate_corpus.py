"""Translate sentences into a corpus for `train_adapter.py`.

It needs an adapter and a file with a sentence per line, and writes `NAME.id` and `NAME.en`,
aligned. An adapter from English gives back-translation (Sennrich et al. 2016) for the model from
Indonesian, and one from Indonesian gives it for the model from English. The same command continues
a stopped run.
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

# Shorter and longer lines teach little, or are no sentences.
_MIN_WORDS, _MAX_WORDS = 5, 50
# Sentences that are translated before the files are written.
_BATCH = {"cpu": 500, "cuda": 40_000}

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: python scripts/translate_corpus.py build/reverse/adapter.safetensors "
    "DATA/train/globalvoices-mono.en DATA/train/backtranslated --beside DATA/train/globalvoices.en"
)
def main(
    adapter: Annotated[
        Path, typer.Argument(help="Adapter of train_adapter.py, in either direction.")
    ],
    text: Annotated[
        Path, typer.Argument(help="Sentences in the adapter's source language, one per line.")
    ],
    output: Annotated[Path, typer.Argument(help="NAME of the corpus NAME.id and NAME.en.")],
    lines: Annotated[int, typer.Option(min=1, help="Maximum number of sentences.")] = 1_000_000,
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="File of sentences to leave out, such as a training corpus; repeatable."),
    ] = None,
) -> None:
    """Make a corpus of translations, or continue one."""
    try:
        chosen = choose(text, beside or [])[:lines]
        translator, from_english = load(adapter)
        done = _done(output)
        _log(f"{done:,} of {len(chosen):,} sentences are done")
        began = time.monotonic()
        size = _BATCH[translator.device.type]
        for start in range(done, len(chosen), size):
            part = chosen[start : start + size]
            # A hypothesis without an end is empty, and training leaves it out.
            targets = translator.translate(part)
            _append(output, *((targets, part) if from_english else (part, targets)))
            words = sum(len(source.split()) for source in chosen[done : start + len(part)])
            speed = words / (time.monotonic() - began)
            left = sum(len(source.split()) for source in chosen[start + len(part) :]) / speed
            _log(
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
    """Load the model; tell whether it translates from English."""
    try:
        import torch  # noqa: F401
    except ModuleNotFoundError as error:
        raise CorpusError(f"{error.name} is not installed: `pip install 'kabar[train]'`") from error
    from scripts.training.generate import CorpusTranslator, PromptFormat
    from scripts.training.network import Network
    from scripts.training.run import best_device, best_dtype

    weights, metadata = read_adapter(adapter), read_metadata(adapter)
    with tempfile.TemporaryDirectory() as folder:
        base_file = Path(folder, "base.gguf")
        assemble(base_file)
        vocabulary, base = read_base(base_file, weights.token_ids)
    device = best_device()
    rank = len(weights.pairs[0]["q_proj"][0])
    network = Network(base, rank, 0, best_dtype(device)).to(device)
    network.load_adapter(weights)
    prompt_format = PromptFormat(metadata["prompt"], metadata["stop"])
    tokenizer = build_tokenizer(vocabulary, weights.token_ids)
    compiled = device.type == "cuda"
    translator = CorpusTranslator(network, tokenizer, prompt_format, compiled=compiled)
    return translator, prompt_format.prompt == REVERSE_PROMPT


def choose(text: Path, beside: Sequence[Path]) -> list[str]:
    """Return the sentences to translate, in a fixed random order.

    Raises `CorpusError`.
    """
    known = {normalize(line) for path in beside for line in read_lines(path)}
    chosen = []
    for line in read_lines(text):
        sentence = " ".join(tidy_target(line).split())
        key = normalize(sentence)
        if key in known or not _MIN_WORDS <= len(sentence.split()) <= _MAX_WORDS:
            continue
        known.add(key)
        chosen.append(sentence)
    Random(1).shuffle(chosen)
    return chosen


def _done(output: Path) -> int:
    """Count the lines of both files, and cut off extra lines of a killed run."""
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


def _log(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


if __name__ == "__main__":
    # torch warns of numpy's read-only arrays from memory-mapped files, but writes to none.
    warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
    app()
