"""Compare matrix products at the shapes of decoding, by library.

Weights are random. The libraries, Kabar's kernels and torch's, alternate. Figures are the best of
the rounds, in 10^9 operations per second: two for each element of a weight and each row. Run
nothing else meanwhile.
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

# Approximate number of operations per time measurement.
_OPERATIONS = 1e9

Product = Callable[[Tensor], Tensor]

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/bench_products.py --rows 1,128")
def main(
    rows: Annotated[
        str, typer.Option(help="Numbers of rows, comma-separated.")
    ] = "1,4,16,48,128,512",
    vocabulary: Annotated[
        int, typer.Option(min=16, help="Vocabulary size of the output layer.")
    ] = 61_532,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of every library.")] = 7,
) -> None:
    """Print a table for each weight [out, in], and for feed-forward."""
    config = GemmaConfig()
    heads = config.heads * config.head_width
    shapes = {
        "queries, keys, values": (heads + 2 * config.head_width, config.width),
        "attention output": (config.width, heads),
        "gate, up": (2 * config.hidden, config.width),
        "down": (config.width, config.hidden),
        "output": (vocabulary, config.width),
    }
    torch.set_num_threads(cores())
    try:
        with TemporaryDirectory() as folder:
            layout = arithmetic.best_layout("int8")
            compiled = kernels.load(config, "int8", layout, Path(folder), quiet).products
    except ModelError as error:
        typer.echo(f"bench_products: {error.detail}", err=True)
        raise typer.Exit(1) from error
    counts = [int(count) for count in rows.split(",")]
    for name, (out, width) in shapes.items():
        products = _products(torch.randn(out, width), compiled)
        _print_table(f"{name} [{out}, {width}]", products, width, width * out, counts, rounds)
    both, down = (
        torch.randn(2 * config.hidden, config.width),
        torch.randn(config.width, config.hidden),
    )
    _print_table(
        "gate, up and down, with gates between them",
        _feed_forwards(both, down, compiled),
        config.width,
        both.numel() + down.numel(),
        counts,
        rounds,
    )


def _print_table(
    title: str,
    products: Mapping[str, Product],
    width: int,
    size: int,
    counts: Sequence[int],
    rounds: int,
) -> None:
    """Print speeds with rows [count, width] and weights of `size` elements."""
    print(f"\n{title}\n\n| rows | {' | '.join(products)} |")
    print("|---:|" + "---:|" * len(products))
    for count in counts:
        speeds = _speeds(products, torch.randn(count, width), 2 * count * size, rounds)
        print(f"| {count} | " + " | ".join(f"{speed:.0f}" for speed in speeds) + " |")


def _products(weight: Tensor, compiled: ProductKernels | None) -> dict[str, Product]:
    """Return each library's product, quantization of rows included."""
    products: dict[str, Product] = {}
    if compiled is not None:
        ours = pack(weight, "int8", compiled)
        products["ours, int8"] = lambda x: product(x, ours, "int8")
    torchs = pack(weight, "int8")
    products["torch's, int8"] = lambda x: product(x, torchs, "int8")
    if "bfloat16" in arithmetic.possible_forms():
        halves = pack(weight, "bfloat16")
        products["bfloat16"] = lambda x: product(x, halves, "bfloat16")
    products["float32"] = lambda x: F.linear(x, weight)
    return products


def _feed_forwards(
    both: Tensor, down: Tensor, compiled: ProductKernels | None
) -> dict[str, Product]:
    """Return each library's feed-forward layer."""

    def layer(form: str, products: ProductKernels | None) -> Product:
        first, second = (pack(weight, form, products) for weight in (both, down))
        return lambda x: gated(x, first, second, form)

    layers = {"ours, int8": layer("int8", compiled)} if compiled is not None else {}
    layers["torch's, int8"] = layer("int8", None)
    if "bfloat16" in arithmetic.possible_forms():
        layers["bfloat16"] = layer("bfloat16", None)
    return layers | {"float32": layer("float32", None)}


def _speeds(
    products: Mapping[str, Product], x: Tensor, operations: int, rounds: int
) -> list[float]:
    times = max(1, min(200, int(_OPERATIONS / operations)))
    best = dict.fromkeys(products, float("inf"))
    for _ in range(rounds):
        for name, multiply in products.items():
            began = time.perf_counter()
            for _ in range(times):
                multiply(x)
            best[name] = min(best[name], (time.perf_counter() - began) / times)
    return [operations / seconds / 1e9 for seconds in best.values()]


if __name__ == "__main__":
    app()
