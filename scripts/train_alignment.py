"""Train the word alignment from corpora, and print its figures.

The corpora are those of `models/embedded/training.toml`, whole, without those that a model wrote:
`train/NAME.id` and `train/NAME.en` in the folder, and the pairs in `scripts/training/written`. The
folder also has test sets, `eval/*.id` and `*.en`. Sentences of the test sets and of the challenge
set are left out of training. The script writes the weights and prints a table; docs/alignment.md
explains its figures. It is deterministic: the same data give the same file.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from models.alignment.aligner import Aligner
from models.alignment.lexicon import WEIGHTS, read_lexicon, write_lexicon
from models.errors import ModelError
from scripts.quality.alignment import cut_and_whole, error_rate, measures, read_gold
from scripts.quality.challenge import read_challenge
from scripts.quality.roc import roc_area
from scripts.training.alignment import Recipe, train
from scripts.training.corpora import CorpusError, read_corpus
from scripts.training.data import Corpora, read_corpora
from scripts.training.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = ROOT / "models/embedded/training.toml"
GOLD = ROOT / "tests/models/alignment/gold.toml"
CUT_SET = "tune-news"

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/train_alignment.py DATA --output build/weights.npz")
def main(
    data: Annotated[Path, typer.Argument(help="Folder with train/ and eval/.")],
    output: Annotated[Path, typer.Option(help="File for the weights.")] = WEIGHTS,
    config: Annotated[Path, typer.Option(help="TOML file of the corpora.")] = CONFIGURATION,
    gold: Annotated[Path, typer.Option(help="TOML file of sentences with manual links.")] = GOLD,
    seed: Annotated[int, typer.Option(help="Seed for the choice of the clauses to cut.")] = 1,
    measure: Annotated[
        bool, typer.Option("--measure", help="Only print the figures of the weights in --output.")
    ] = False,
) -> None:
    """Train the word alignment and print its figures."""
    try:
        if not measure:
            corpora = _read(data, config)
            pairs = [pair for corpus in corpora.pairs.values() for pair in corpus]
            arrays = train(pairs, Recipe(), _log)
            output.parent.mkdir(parents=True, exist_ok=True)
            write_lexicon(output, arrays)
            _log(f"{output}: {output.stat().st_size:,} bytes")
        _print_figures(Aligner(read_lexicon(output)), data, gold, seed)
    except ModelError as error:
        typer.echo(f"train_alignment: {error.detail}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"train_alignment: {error}", err=True)
        raise typer.Exit(1) from error


def _log(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


def _read(data: Path, config: Path) -> Corpora:
    """Read the corpora that people wrote. Raises `CorpusError`.

    They are cleaned as for the adapter.
    """
    settings = read_settings(config)
    human = {name: corpus for name, corpus in settings.corpora.items() if not corpus.machine}
    challenge = [s.source for kind in read_challenge().values() for s in kind.sentences]
    corpora = read_corpora(data, settings.model_copy(update={"corpora": human}), challenge)
    for name, pairs in corpora.pairs.items():
        removed = sum(corpora.removed[name].values())
        _log(f"{name}: {len(pairs):,} pairs, {removed:,} left out")
    return corpora


def _print_figures(aligner: Aligner, data: Path, gold: Path, seed: int) -> None:
    print("| figure | on | value |\n|---|---|---:|")
    for part, sentences in read_gold(gold).items():
        score = error_rate(aligner, sentences)
        on = f"{len(sentences)} pairs by hand, {part}"
        print(f"| alignment error rate | {on} | {score.error:.3f} |")
        print(f"| precision, recall | {on} | {score.precision:.3f}, {score.recall:.3f} |")
    pairs = [(pair.source, pair.target) for pair in read_corpus(data / "eval", CUT_SET)]
    lines = cut_and_whole(pairs, seed)
    if not lines:
        raise CorpusError(f"{CUT_SET} has no line with a clause to cut: use a longer test set")
    begun = time.process_time()
    whole = [aligner.align(source, target) for source, target, _ in lines]
    spent = (time.process_time() - begun) / len(lines)
    cut = [aligner.align(source, target) for source, _, target in lines]
    on = f"{len(lines):,} lines of {CUT_SET}, whole and with a clause cut"
    for name, value in measures().items():
        area = roc_area([value(a.coverage) for a in whole], [value(a.coverage) for a in cut])
        print(f"| area under the curve, {name} | {on} | {area:.3f} |")
    words = sum(len(alignment.source) for alignment in whole) / len(whole)
    print(
        f"| milliseconds of one core per pair | {words:.0f} words on average | {spent * 1000:.2f} |"
    )


if __name__ == "__main__":
    app()
