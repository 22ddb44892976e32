"""Matrix products at the shapes that decoding has: what the processor gives, by library.

The engine's own products beside torch's, on weights of random numbers. Libraries take turns;
figures are the best of the rounds, in 10^9 operations a second (two for each number of a weight
and each row). Nothing else should run meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import torch
import typer
from torch import Tensor
from torch.nn import functional as F

from models.devices import cores
from models.embedded.gemma import GemmaConfig
from models.errors import ModelError
from models.inflight import arithmetic, kernels
from models.inflight.arithmetic import gated, pack, product
from models.inflight.tiles import ProductKernels
from models.store import quiet

# About so many operations between two looks at the clock, where they are not too small.
_OPERATIONS = 1e9

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/bench_products.py --rows 1,128")
def main(
    rows: Annotated[str, typer.Option(help="Numbers of rows.")] = "1,4,16,48,128,512",
    vocabulary: Annotated[int, typer.Option(min=16, help="Tokens of the output layer.")] = 61_532,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of every library.")] = 7,
) -> None:
    """Print a table for each shape [out, in] of the embedded model, and for its feed-forward
    layer."""
    config = GemmaConfig()
    heads = config.heads * config.head_width
    shapes = {
        "queries, keys, values": (heads + 2 * config.head_width, config.width),
        "what heads gathered": (config.width, heads),
        "gate, up": (2 * config.hidden, config.width),
        "down": (config.width, config.hidden),
        "output": (vocabulary, config.width),
    }
    torch.set_num_threads(cores())
    try:
        with TemporaryDirectory() as folder:
            layout = arithmetic.best_layout("int8")
            own = kernels.load(config, "int8", layout, Path(folder), quiet).products
    except ModelError as error:
        typer.echo(f"bench_products: {error.detail}", err=True)
        raise typer.Exit(1) from error
    counts = [int(count) for count in rows.split(",")]
    for name, (out, width) in shapes.items():
        sides = _sides(torch.randn(out, width), own)
        _print_table(f"{name} [{out}, {width}]", sides, width, width * out, counts, rounds)
    both, down = (
        torch.randn(2 * config.hidden, config.width),
        torch.randn(config.width, config.hidden),
    )
    _print_table(
        "gate, up and down, with gates between them",
        _gated_sides(both, down, own),
        config.width,
        both.numel() + down.numel(),
        counts,
        rounds,
    )


def _print_table(
    title: str,
    sides: Mapping[str, Callable[[Tensor], Tensor]],
    width: int,
    numbers: int,
    counts: Sequence[int],
    rounds: int,
) -> None:
    """Speeds with rows [count, width]; weights have so many `numbers`."""
    print(f"\n{title}\n\n| rows | {' | '.join(sides)} |")
    print("|---:|" + "---:|" * len(sides))
    for count in counts:
        speeds = _speeds(sides, torch.randn(count, width), 2 * count * numbers, rounds)
        print(f"| {count} | " + " | ".join(f"{speed:.0f}" for speed in speeds) + " |")


def _sides(weight: Tensor, own: ProductKernels | None) -> dict[str, Callable[[Tensor], Tensor]]:
    """Each library's product with the weight, quantising of rows included."""
    sides: dict[str, Callable[[Tensor], Tensor]] = {}
    if own is not None:
        ours = pack(weight, "int8", own)
        sides["ours, int8"] = lambda x: product(x, ours, "int8")
    torchs = pack(weight, "int8")
    sides["torch's, int8"] = lambda x: product(x, torchs, "int8")
    if "bfloat16" in arithmetic.possible_forms():
        halves = pack(weight, "bfloat16")
        sides["bfloat16"] = lambda x: product(x, halves, "bfloat16")
    sides["float32"] = lambda x: F.linear(x, weight)
    return sides


def _gated_sides(
    both: Tensor, down: Tensor, own: ProductKernels | None
) -> dict[str, Callable[[Tensor], Tensor]]:
    """Each library's feed-forward layer."""

    def side(form: str, products: ProductKernels | None) -> Callable[[Tensor], Tensor]:
        first, second = (pack(weight, form, products) for weight in (both, down))
        return lambda x: gated(x, first, second, form)

    sides = {"ours, int8": side("int8", own)} if own is not None else {}
    sides["torch's, int8"] = side("int8", None)
    if "bfloat16" in arithmetic.possible_forms():
        sides["bfloat16"] = side("bfloat16", None)
    return sides | {"float32": side("float32", None)}


def _speeds(
    sides: Mapping[str, Callable[[Tensor], Tensor]], x: Tensor, operations: int, rounds: int
) -> list[float]:
    times = max(1, min(200, int(_OPERATIONS / operations)))
    best = dict.fromkeys(sides, float("inf"))
    for _ in range(rounds):
        for name, side in sides.items():
            began = time.perf_counter()
            for _ in range(times):
                side(x)
            best[name] = min(best[name], (time.perf_counter() - began) / times)
    return [operations / seconds / 1e9 for seconds in best.values()]


if __name__ == "__main__":
    app()
