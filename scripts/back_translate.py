"""Translate English news into Indonesian, to train on (back-translation, Sennrich et al. 2016).

In goes an adapter that was trained with `models/embedded/reverse.toml`, and a file of English
sentences, a sentence a line. Out come `NAME.id` and `NAME.en`, aligned: a corpus for
`train_adapter.py`, for sentences drawn at random without repetition. The same command goes on
where it was stopped.
"""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import Annotated

import typer

from models.catalogue import find_model
from models.engine import DecodingOptions
from models.errors import ModelError
from models.load import load_engine
from models.store import ModelStore
from models.training.corpora import normalise, read_lines, tidy_target
from service.settings import load_settings

# Outside of these a sentence teaches little, or is no sentence.
_LEAST_WORDS, _MOST_WORDS = 5, 40
_AT_ONCE = 2000

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: python scripts/back_translate.py build/reverse/adapter.safetensors "
    "DATA/train/globalvoices-mono.en DATA/train/backtranslated --lines 60000"
)
def main(
    adapter: Annotated[Path, typer.Argument(help="Trained with models/embedded/reverse.toml.")],
    text: Annotated[Path, typer.Argument(help="English, a sentence a line.")],
    output: Annotated[Path, typer.Argument(help="NAME; NAME.id and NAME.en are written.")],
    lines: Annotated[int, typer.Option(min=1, help="How many sentences to have.")] = 60_000,
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="Files of English sentences to leave out, such as those trained on."),
    ] = None,
    engine: Annotated[str, typer.Option(help="What computes.")] = "inflight",
) -> None:
    """Make a corpus of back-translations, or go on with one."""
    try:
        chosen = choose(text, beside or [])[:lines]
        done = _done(output)
        _say(f"{done:,} of {len(chosen):,} sentences are there")
        spec = find_model(str(adapter))
        model = load_engine(spec, ModelStore(load_settings().models_dir), engine=engine)
        begun = time.monotonic()
        for start in range(done, len(chosen), _AT_ONCE):
            part = chosen[start : start + _AT_ONCE]
            hypotheses = model.translate(part, DecodingOptions(beam=1))
            # One that did not end or came out empty keeps its line, and is left out in training.
            _append(output, [h.text if h.finished else "" for h in hypotheses], part)
            words = sum(len(sentence.split()) for sentence in chosen[done : start + len(part)])
            speed = words / (time.monotonic() - begun)
            left = sum(len(sentence.split()) for sentence in chosen[start + len(part) :]) / speed
            _say(
                f"{start + len(part):,} of {len(chosen):,} sentences, {speed:.0f} words/s, "
                f"{left / 60:.0f} min left"
            )
        model.close()
    except ModelError as error:
        typer.echo(f"back_translate: {error.detail}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"back_translate: {error}", err=True)
        raise typer.Exit(1) from error


def choose(text: Path, beside: list[Path]) -> list[str]:
    """The sentences worth translating, in an order drawn at random, the same every time."""
    known = {normalise(line) for path in beside for line in read_lines(path)}
    chosen = []
    for line in read_lines(text):
        sentence = " ".join(tidy_target(line).split())
        key = normalise(sentence)
        if key in known or not _LEAST_WORDS <= len(sentence.split()) <= _MOST_WORDS:
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


def _append(output: Path, sources: list[str], targets: list[str]) -> None:
    for language, side in (("en", targets), ("id", sources)):
        with output.with_name(f"{output.name}.{language}").open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in side)


def _say(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


if __name__ == "__main__":
    app()
