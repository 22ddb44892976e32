"""Blend adapters of the same base weights into one (model soups, Wortsman et al. 2022).

What is blended is the change that each makes to the weights, `b·a`; the sum is cut to the rank
that is asked for. A weight below one, or weights whose sum is below one, draw the model back
towards its base, which mends an adapter that has learned its corpora by heart (Wortsman et al.
2022, robust fine-tuning).
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
        list[str], typer.Argument(help="FILE=WEIGHT; prompt and vocabulary are the first one's.")
    ],
    output: Annotated[Path, typer.Option(help="The file to write.")],
    rank: Annotated[int, typer.Option(min=1, help="Of the blend.")] = 64,
) -> None:
    """Blend adapters into one, and say how much of their change the rank leaves out."""
    try:
        parts = [_part(argument) for argument in adapters]
        read = [(read_adapter(path), weight) for path, weight in parts]
        blended, lost = blend(read, rank)
        metadata = read_metadata(parts[0][0])
        write_adapter(output, blended, {name: metadata[name] for name in ("prompt", "stop")})
    except ModelError as error:
        typer.echo(f"blend_adapters: {error.detail}", err=True)
        raise typer.Exit(1) from error
    except (OSError, ValueError) as error:
        typer.echo(f"blend_adapters: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{output}: {lost:.2%} of the change is left out by rank {rank}", err=True)


def _part(argument: str) -> tuple[Path, float]:
    name, _, weight = argument.rpartition("=")
    try:
        return Path(name), float(weight)
    except ValueError:
        raise typer.BadParameter(f"{argument} is not FILE=WEIGHT") from None


def blend(adapters: Sequence[tuple[Adapter, float]], rank: int) -> tuple[Adapter, float]:
    """The weighted sum of what the adapters change, and the share of it, in squares, that the
    rank leaves out. Raises `ValueError` where they are not for the same layers."""
    layers, whole, kept = [], 0.0, 0.0
    for pairs in zip(*(adapter.pairs for adapter, _ in adapters), strict=True):
        layer: dict[str, tuple[Array, Array]] = {}
        for name in PROJECTIONS:
            a = np.concatenate([pair[name][0] for pair in pairs])  # [ranks, in]
            b = np.concatenate(
                [weight * pair[name][1] for pair, (_, weight) in zip(pairs, adapters, strict=True)],
                axis=1,
            )  # [out, ranks]
            # The singular values of b·a, without forming it.
            left, below = np.linalg.qr(b)
            right, beside = np.linalg.qr(a.T)
            u, values, v = np.linalg.svd(below @ beside.T)
            whole += float(np.square(values).sum())
            kept += float(np.square(values[:rank]).sum())
            # Both factors get the root, so that neither leaves the range of float16.
            root = np.sqrt(values[:rank])
            layer[name] = (
                (root[:, None] * (v[:rank] @ right.T)).astype(np.float32),
                ((left @ u[:, :rank]) * root).astype(np.float32),
            )
        layers.append(layer)
    return Adapter(adapters[0][0].token_ids, tuple(layers)), 1 - kept / whole if whole else 0.0


if __name__ == "__main__":
    app()
