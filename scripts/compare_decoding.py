"""Compare margins of the inflight engine's pruned beams: quality and time, without checks."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import sacrebleu
import typer

from models.catalogue import find_model
from models.engine import DecodingOptions
from models.errors import ModelError
from models.inflight.engine import InflightEngine
from models.load import load_engine
from models.store import ModelStore
from scripts.quality.sets import EvaluationError, TestSet, read_test_set
from service.settings import load_settings

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/bench_pruning.py DATA/eval --set flores-dev")
def main(
    folder: Annotated[Path, typer.Argument(help="Folder with NAME.id and NAME.en.")],
    sets: Annotated[list[str], typer.Option("--set", help="NAME of a test set; repeatable.")],
    margins: Annotated[
        str, typer.Option(help="Margins to compare, comma-separated.")
    ] = "1.5,2.5,4",
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N lines.")] = None,
) -> None:
    """Print BLEU, chrF++ and seconds by margin, without pruning, and for greedy search."""
    try:
        tests = [read_test_set(folder, name).first(limit) for name in sets]
        settings = load_settings()
        store = ModelStore(settings.models_dir)
        engine = load_engine(find_model(settings.model), store, engine="inflight", device="cpu")
    except (EvaluationError, ModelError) as error:
        typer.echo(f"bench_pruning: {error}", err=True)
        raise typer.Exit(1) from error
    assert isinstance(engine, InflightEngine)
    beams = DecodingOptions(beam=4)
    print(f"| margin | {' | '.join(test.name for test in tests)} | seconds |")
    print("|---|" + "---:|" * (len(tests) + 1))
    pruning = engine.pruning
    for margin in margins.split(","):
        engine.pruning = replace(pruning, margin=float(margin))
        print(_row(margin, engine, tests, beams), flush=True)
    print(_row("none", engine, tests, replace(beams, thorough=True)), flush=True)
    print(_row("greedy", engine, tests, DecodingOptions(beam=1)))
    engine.close()


def _row(
    name: str, engine: InflightEngine, tests: Sequence[TestSet], options: DecodingOptions
) -> str:
    cells, seconds = [], 0.0
    for test in tests:
        began = time.perf_counter()
        texts = [found.text for found in engine.translate(test.sources, options)]
        seconds += time.perf_counter() - began
        bleu = sacrebleu.corpus_bleu(texts, [test.references]).score
        chrf = sacrebleu.corpus_chrf(texts, [test.references], word_order=2).score
        cells.append(f"{bleu:.1f} / {chrf:.1f}")
    return f"| {name} | {' | '.join(cells)} | {seconds:.1f} |"


if __name__ == "__main__":
    app()
