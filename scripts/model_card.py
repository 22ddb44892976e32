"""Write the model card from the records of the runs and the evaluation.

It needs the output folders of `train_adapter.py`, and `quality.json` of `evaluate.py --write`. A
missing or invalid file ends the program with exit status 2.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Annotated, Any

import typer

from models.embedded.adapter import read_adapter
from models.embedded.base import BASE_SHA256
from models.errors import ModelError
from scripts.quality.sets import OURS
from scripts.training.corpora import IN_EVALUATION
from scripts.training.settings import Settings, read_settings

TEMPLATE = Path(__file__).with_name("model_card.template.md")

RUN_TEMPLATE = Path(__file__).with_name("model_card.run.template.md")
_GO_ON = "Each run goes on from the adapter of the one before.\n"
_BLENDED = (
    "The adapter that ships is a blend of these runs, or of states of the last one "
    "(`scripts/blend_adapters.py`).\n"
)

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: python scripts/model_card.py build/first build/run "
    "--quality docs/quality.json -o models/embedded/MODEL_CARD.md"
)
def main(
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of finished training runs, in order.")
    ],
    quality: Annotated[Path, typer.Option(help="quality.json of the adapter's evaluation.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File for the card.")],
    adapter: Annotated[
        Path | None, typer.Option(help="Adapter that ships, if it is not the last run's.")
    ] = None,
) -> None:
    """Write the card of a trained adapter."""
    try:
        card = write_card(
            adapter or runs[-1] / "adapter.safetensors",
            [(read_settings(run / "training.toml"), _read(run / "record.json")) for run in runs],
            _read(quality),
            blended=adapter is not None,
        )
        output.write_text(card, encoding="utf-8")
    except (ModelError, OSError, ValueError) as error:
        detail = error.detail if isinstance(error, ModelError) else error
        typer.echo(f"model_card: {detail}", err=True)
        raise typer.Exit(2) from error
    except (KeyError, IndexError, ZeroDivisionError) as error:
        typer.echo(
            f"model_card: a record.json or {quality} lacks data for the card "
            f"({type(error).__name__}: {error}): finish the runs, and evaluate with --set and "
            f"--challenge",
            err=True,
        )
        raise typer.Exit(2) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    return content


def write_card(
    adapter_file: Path,
    runs: Sequence[tuple[Settings, dict[str, Any]]],
    quality: dict[str, Any],
    *,
    blended: bool = False,
) -> str:
    """Return the card's text from the runs' settings and records, and the evaluation.

    `blended` says that the adapter is a blend of the runs'.
    """
    adapter = read_adapter(adapter_file)
    values = sum(a.size + b.size for at in adapter.pairs for a, b in at.values())
    together = _BLENDED if blended else _GO_ON
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        base_sha256=BASE_SHA256,
        rank=len(adapter.pairs[0]["q_proj"][0]),
        layers=len(adapter.pairs),
        last_layer=len(adapter.pairs) - 1,
        parameters=f"{values / 1e6:.1f}",
        megabytes=f"{adapter_file.stat().st_size / 1e6:.1f}",
        kept=f"{len(adapter.token_ids):,}",
        kept_plain=len(adapter.token_ids),
        together=together if len(runs) > 1 else "",
        runs="\n".join(_run(number, *run) for number, run in enumerate(runs, 1)),
        scores="\n".join(_score_row(name, test) for name, test in quality["sets"].items()),
        signatures="  \n".join(f"`{signature}`" for signature in quality["signatures"]),
        challenge="\n".join(
            f"| {phenomenon} | {of} | {right / of:.0%} |"
            for phenomenon, (right, of) in quality["challenge"][OURS].items()
        ),
    )


def _run(number: int, settings: Settings, record: dict[str, Any]) -> str:
    epochs = max(1, record["epoch"] + (record["batch"] > 0))
    removed = Counter(record["removed"])
    in_evaluation = removed.pop(IN_EVALUATION, 0)
    first, last = (record["held_out"][place][1] for place in (0, -1))
    rules = Counter({name: round(n / epochs) for name, n in record["rules"].items()})
    return Template(RUN_TEMPLATE.read_text(encoding="utf-8")).substitute(
        number=number,
        minutes=f"{record['seconds'] / 60:,.0f}",
        machine=record["machine"],
        dtype=record["dtype"],
        tokens=f"{record['tokens'] / 1e6:.1f}",
        steps=f"{record['steps']:,}",
        batch_tokens=f"{settings.batch_tokens:,}",
        epochs=f"{record['tokens'] / record['epoch_tokens']:.1f}",
        learning_rate=f"{settings.learning_rate:g}",
        warmup_steps=settings.warmup_steps,
        cooldown=f"{settings.cooldown:.0%}",
        smoothing=settings.smoothing,
        seed=settings.seed,
        invented=f"{settings.invented:,}",
        corpora="\n".join(
            f"| {corpus.title} | {record['pairs'][name] // epochs:,} | {corpus.licence} |"
            for name, corpus in settings.corpora.items()
        ),
        rewritten=f"{rules.total():,}",
        rules=", ".join(f"{name} {count:,}" for name, count in rules.most_common()),
        in_evaluation=in_evaluation,
        removed=f"{removed.total():,}",
        reasons=", ".join(f"{count:,} {reason}" for reason, count in removed.most_common()),
        held_out=f"{last:.3f} at the end, {first:.3f} after {record['held_out'][0][0]:,} tokens",
    )


def _score_row(name: str, test: dict[str, Any]) -> str:
    ours = test["scores"][OURS]
    return (
        f"| {name} | {test['lines']:,} | {ours['bleu']:.1f} | {ours['chrf']:.1f} "
        f"| {ours['numbers']} | {ours['faulty']} |"
    )


if __name__ == "__main__":
    app()
