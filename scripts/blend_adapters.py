"""Blend adapters into one (model soups, Wortsman et al. 2022).

The blend is the weighted sum of the adapters' changes to the weights, `b·a`, cut to a rank.
Weights with a sum below one move the model back toward its base, which helps an adapter that has
memorized its corpora (Wortsman et al. 2022, robust fine-tuning).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from models.embedded.adapter import Adapter, read_adapter, read_metadata, write_adapter
from models.embedded.gemma import PROJECTIONS, Array
from models.errors import ModelError

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: python scripts/blend_adapters.py build/new.safetensors=0.5 "
    "build/old.safetensors=0.5 --output build/adapter.safetensors"
)
def main(
    adapters: Annotated[
        list[str], typer.Argument(help="FILE=WEIGHT; the first one gives prompt and vocabulary.")
    ],
    output: Annotated[Path, typer.Option(help="File for the blend.")],
    rank: Annotated[int, typer.Option(min=1, help="Rank of the blend.")] = 64,
) -> None:
    """Blend adapters, and print how much of their change the rank leaves out."""
    try:
        parts = [_part(argument) for argument in adapters]
        read = [(read_adapter(path), weight) for path, weight in parts]
        blended, lost = blend(read, rank)
        metadata = read_metadata(parts[0][0])
        names = {"prompt", "stop", "hints"} & metadata.keys()
        kept = {name: metadata[name] for name in names}
        write_adapter(output, blended, kept)
    except ModelError as error:
        typer.echo(f"blend_adapters: {error.detail}", err=True)
        raise typer.Exit(1) from error
    except (OSError, ValueError) as error:
        typer.echo(f"blend_adapters: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{output}: rank {rank} leaves out {lost:.2%} of the change", err=True)


def _part(argument: str) -> tuple[Path, float]:
    name, _, weight = argument.rpartition("=")
    try:
        return Path(name), float(weight)
    except ValueError:
        raise typer.BadParameter(f"{argument} is not FILE=WEIGHT") from None


def blend(adapters: Sequence[tuple[Adapter, float]], rank: int) -> tuple[Adapter, float]:
    """Return the blend, and the squared share of the change left out.

    Raises `ValueError` if their layers differ.
    """
    layers, whole, blended = [], 0.0, 0.0
    for pairs in zip(*(adapter.pairs for adapter, _ in adapters), strict=True):
        layer: dict[str, tuple[Array, Array]] = {}
        for name in PROJECTIONS:
            a = np.concatenate([pair[name][0] for pair in pairs])  # [ranks, in]
            b = np.concatenate(
                [weight * pair[name][1] for pair, (_, weight) in zip(pairs, adapters, strict=True)],
                axis=1,
            )  # [out, ranks]
            # The singular values of b·a, without computing the product.
            q_b, r_b = np.linalg.qr(b)
            q_a, r_a = np.linalg.qr(a.T)
            u, values, v = np.linalg.svd(r_b @ r_a.T)
            whole += float(np.square(values).sum())
            blended += float(np.square(values[:rank]).sum())
            # Both factors get the root, so that both stay in the range of float16.
            root = np.sqrt(values[:rank])
            layer[name] = (
                (root[:, None] * (v[:rank] @ q_a.T)).astype(np.float32),
                ((q_b @ u[:, :rank]) * root).astype(np.float32),
            )
        layers.append(layer)
    return Adapter(adapters[0][0].token_ids, tuple(layers)), 1 - blended / whole if whole else 0.0


if __name__ == "__main__":
    app()
