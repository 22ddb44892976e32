"""Compare the inflight engine's decoding with float32 and with other margins, without checks.

`decoding.tsv` in `scripts/quality` holds 300 sentences, written for Kabar, in which a small slip
reverses the sense: negations, offices, flood words and fractions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from models.catalogue import ModelSpec, find_model
from models.ctranslate.engine import CTranslateCausal
from models.embedded.tokenizer import EmbeddedTokenizer
from models.engine import DecodingOptions
from models.errors import ModelError
from models.inflight.engine import InflightEngine
from models.load import load_engine
from models.store import ModelStore
from scripts.quality.scores import evaluate
from scripts.quality.sets import EvaluationError, InputError, TestSet, read_lines, read_test_set
from service.settings import load_settings

OWN = "own"
_FLOAT32 = "float32"
_BEAMS = DecodingOptions(beam=4)
# CTranslate2 pads to the longest, so batches hold sentences of like length.
_BATCH = 24

app = typer.Typer(add_completion=False)


@dataclass(frozen=True, slots=True)
class _Run:
    """The outputs of one way to decode, by set, and the seconds that they took."""

    name: str
    texts: dict[str, list[str]]
    seconds: float


@app.command(
    epilog="Example: python scripts/compare_decoding.py DATA/eval --set own --set flores-dev"
)
def main(
    folder: Annotated[Path, typer.Argument(help="Folder with NAME.id and NAME.en.")],
    sets: Annotated[
        list[str], typer.Option("--set", help="NAME of a test set, or own; repeatable.")
    ],
    margins: Annotated[
        str, typer.Option(help="Margins to compare beside the shipped one, comma-separated.")
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N lines.")] = None,
) -> None:
    """Print BLEU, chrF++ and p of float32, of full and pruned beams, and of greedy search."""
    try:
        tests = [_read(folder, name).first(limit) for name in sets]
        further = [float(margin) for margin in margins.split(",") if margin]
    except ValueError:
        typer.echo(f"compare_decoding: --margins {margins}: not numbers, as in 1,2.5", err=True)
        raise typer.Exit(2) from None
    except EvaluationError as error:
        typer.echo(f"compare_decoding: {error}", err=True)
        raise typer.Exit(error.exit_code) from error
    settings = load_settings()
    store = ModelStore(settings.models_dir)
    try:
        spec = find_model(settings.model)
        runs = [_exact(spec, store, tests), *_inflight(spec, store, tests, further)]
    except ModelError as error:
        typer.echo(f"compare_decoding: {error}", err=True)
        raise typer.Exit(1) from error
    print_table(tests, runs)


def _read(folder: Path, name: str) -> TestSet:
    if name != OWN:
        return read_test_set(folder, name)
    path = Path(__file__).parent / "quality" / "decoding.tsv"
    rows = [line.split("\t") for line in read_lines(path)]
    if any(len(row) != 3 for row in rows):
        raise InputError(f"{path}: a line has not three fields")
    return TestSet(OWN, [row[1] for row in rows], [row[2] for row in rows], {})


def _exact(spec: ModelSpec, store: ModelStore, tests: Sequence[TestSet]) -> _Run:
    folder = store.ensure(spec, "ctranslate2")
    engine = CTranslateCausal(
        folder,
        spec,
        EmbeddedTokenizer.load(folder / "tokenizer.json"),
        model_hash=_FLOAT32,
        device="cpu",
        threads=0,
        compute_type="float32",
    )
    try:
        return _run(_FLOAT32, engine, tests, _BEAMS)
    finally:
        engine.close()


def _inflight(
    spec: ModelSpec, store: ModelStore, tests: Sequence[TestSet], margins: Sequence[float]
) -> Iterator[_Run]:
    engine = load_engine(spec, store, engine="inflight", device="cpu")
    assert isinstance(engine, InflightEngine)
    try:
        yield _run("inflight, no pruning", engine, tests, replace(_BEAMS, thorough=True))
        shipped = engine.pruning
        yield _run(f"**inflight**, margin {shipped.margin}", engine, tests, _BEAMS)
        for margin in margins:
            engine.pruning = replace(shipped, margin=margin)
            yield _run(f"inflight, margin {margin}", engine, tests, _BEAMS)
        yield _run("inflight, greedy", engine, tests, DecodingOptions(beam=1))
    finally:
        engine.close()


def _run(
    name: str,
    engine: InflightEngine | CTranslateCausal,
    tests: Sequence[TestSet],
    options: DecodingOptions,
) -> _Run:
    texts: dict[str, list[str]] = {}
    began = time.perf_counter()
    for test in tests:
        typer.echo(f"{name}: {test.name}, {len(test.sources)} lines", err=True)
        order = sorted(range(len(test.sources)), key=lambda line: len(test.sources[line]))
        step = _BATCH if name == _FLOAT32 else len(order)
        found = dict[int, str]()
        for start in range(0, len(order), step):
            lines = order[start : start + step]
            outputs = engine.translate([test.sources[line] for line in lines], options)
            found |= {line: output.text for line, output in zip(lines, outputs, strict=True)}
        texts[test.name] = [found[line] for line in range(len(order))]
    return _Run(name, texts, time.perf_counter() - began)


def print_table(tests: Sequence[TestSet], runs: Sequence[_Run]) -> None:
    """Print a row a run; p is a paired bootstrap test on BLEU against the first run."""
    print(f"| decoding | {' | '.join(test.name for test in tests)} | seconds |")
    print("|---|" + "---:|" * (len(tests) + 1))
    cells: dict[str, list[str]] = {run.name: [] for run in runs}
    signatures: list[str] = []
    for test in tests:
        outputs = {run.name: run.texts[test.name] for run in runs}
        found = evaluate(outputs, test.sources, test.references, runs[0].name)
        signatures = found.signatures
        for score in found.scores:
            p = "" if score.p is None else f", p {score.p:.2f}"
            cells[score.system].append(f"{score.bleu:.1f} / {score.chrf:.1f}{p}")
    for run in runs:
        print(f"| {run.name} | {' | '.join(cells[run.name])} | {run.seconds:.1f} |")
    print()
    print("\n".join(signatures))


if __name__ == "__main__":
    app()
