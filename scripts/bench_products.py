"""Compare the inflight engine's products with the processor's limits.

For each instruction set, it multiplies random weights of the model's shapes. It prints billions of
operations and of bytes of weights per second. It also prints two limits (a roofline, Williams et
al. 2009): products with a weight that stays in the cache, and copying memory. Figures are the best
of the rounds. Run nothing else meanwhile.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from models.devices import cores
from models.embedded.gemma import Array, Gemma, GemmaConfig, Layer
from models.errors import ModelError
from models.inflight.library import NativeModel, instruction_sets, sum_bits
from models.inflight.packing import PackedModel, PackedWeight, pack, write_packed

# Approximate number of operations per time measurement.
_OPERATIONS = 1e9
# The shape of a weight that stays in the cache, and the number of rows it multiplies.
_CACHED = (1024, 640)
_CACHED_ROWS = 192

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/bench_products.py --rows 1,96")
def main(
    rows: Annotated[str, typer.Option(help="Numbers of rows, comma-separated.")] = "1,4,16,96",
    vocabulary: Annotated[
        int, typer.Option(min=16, help="Vocabulary size of the output layer.")
    ] = 72_948,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of every measurement.")] = 5,
) -> None:
    """Print the limits, and a table of products for each instruction set."""
    config = GemmaConfig()
    heads = config.heads * config.head_width
    shapes = {
        "queries, keys, values": (heads + 2 * config.head_width, config.width),
        "attention output": (config.width, heads),
        "gate, up": (2 * config.hidden, config.width),
        "down": (config.width, config.hidden),
        "output": (vocabulary, config.width),
    }
    counts = [int(count) for count in rows.split(",")]
    random = np.random.default_rng(1)
    try:
        print(f"copying memory: {_copying(rounds):.0f} GB/s read and written")
        for instructions in instruction_sets():
            bits = sum_bits(instructions)
            with tempfile.TemporaryDirectory() as folder:
                model = _model(Path(folder), bits, instructions)
            weights = {
                name: pack(random.normal(size=shape).astype(np.float32), bits)
                for name, shape in shapes.items()
            }
            cached = pack(random.normal(size=_CACHED).astype(np.float32), bits)
            limit = _speed(model, cached, *_CACHED, _CACHED_ROWS, rounds)
            print(f"\n{instructions}: {limit:.0f} billion operations/s with a weight in the cache")
            print("\n| weight | rows | operations, 10^9/s | weights read, GB/s |")
            print("|---|---:|---:|---:|")
            for name, (out, width) in shapes.items():
                for count in counts:
                    speed = _speed(model, weights[name], out, width, count, rounds)
                    print(f"| {name} | {count} | {speed:.0f} | {speed / 2 / count:.1f} |")
            model.close()
    except ModelError as error:
        typer.echo(f"bench_products: {error.detail}", err=True)
        raise typer.Exit(1) from error


def _model(folder: Path, bits: int, instructions: str) -> NativeModel:
    """Return a tiny model, whose threads compute the products."""
    config = GemmaConfig(layers=1, width=32, hidden=32)
    heads = config.heads * config.head_width

    def ones(*shape: int) -> Array:
        return np.ones(shape, np.float32)

    layer = Layer(
        *(ones(heads, 32), ones(config.head_width, 32), ones(config.head_width, 32)),
        *(ones(32, heads), ones(32, 32), ones(32, 32), ones(32, 32)),
        *(ones(32) for _ in range(4)),
        *(ones(config.head_width) for _ in range(2)),
    )
    write_packed(Gemma(config, ones(32, 32), (layer,), ones(32)), bits, folder)
    return NativeModel(PackedModel(folder), 16, cores(), instructions)


def _speed(
    model: NativeModel, weight: PackedWeight, out: int, width: int, rows: int, rounds: int
) -> float:
    """Return billions of operations per second.

    Each number of the weight makes two operations for each row: a product and a sum.
    """
    x = np.random.default_rng(2).normal(size=(rows, width)).astype(np.float32)
    operations = 2 * rows * out * width
    times = max(1, min(200, int(_OPERATIONS / operations)))
    seconds = _best(lambda: model.product(x, weight, out), times, rounds)
    return operations / seconds / 1e9


def _copying(rounds: int) -> float:
    """Return the speed of copying memory that no cache holds, in GB/s."""
    numbers = np.ones(32_000_000, np.float64)
    copied = np.empty_like(numbers)
    return 2 * numbers.nbytes / _best(lambda: np.copyto(copied, numbers), 1, rounds) / 1e9


def _best(work: Callable[[], object], times: int, rounds: int) -> float:
    """Return the seconds of one call, in the best round."""
    best = float("inf")
    work()
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            work()
        best = min(best, (time.perf_counter() - began) / times)
    return best


if __name__ == "__main__":
    app()
