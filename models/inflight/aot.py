"""The functions of `models.inflight.layers`, compiled for this machine once and kept.

In: what a model's tensors look like. Out: `Parts` that run as machine code, fused between the
products, from a folder of programs that a process of its own fills
(`python -m models.inflight.aot FOLDER SHAPES THREADS NAME`), so that neither the time nor
the memory of compiling is spent at another start. torch calls this ahead-of-time Inductor
(https://docs.pytorch.org/docs/stable/user_guide/torch_compiler/torch.compiler_aot_inductor.html).
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.devices import cores
from models.embedded.gemma import GemmaConfig, Layer
from models.inflight import arithmetic, layers, tiles
from models.inflight.build_cache import compiler, kept, run
from models.inflight.layers import LayerWeights, Parts, interpreted
from models.inflight.tiles import Products
from models.store import Progress

# Rows of the examples that are traced: the programs take any number, and are laid out for this.
_ROWS = 48
_MAX_ROWS = 1 << 20

_PROGRAMS = ("queries", "feed_forward")


@dataclass(frozen=True, slots=True)
class Shapes:
    """All that programs depend on of a model, beside the machine."""

    width: int
    heads: int
    head_width: int
    hidden: int
    epsilon: float
    form: str

    @classmethod
    def of(cls, config: GemmaConfig, form: str) -> Shapes:
        return cls(
            config.width,
            config.heads,
            config.head_width,
            config.hidden,
            config.epsilon,
            form,
        )

    @property
    def config(self) -> GemmaConfig:
        return GemmaConfig(
            layers=1,
            width=self.width,
            heads=self.heads,
            head_width=self.head_width,
            hidden=self.hidden,
            epsilon=self.epsilon,
        )


def compiled(plain: Parts, shapes: Shapes, root: Path, progress: Progress) -> Parts:
    """`plain` with the programs kept under `root` in their places, compiled first where they are
    not there.

    Raises a `ModelError` where they cannot be compiled or kept, and whatever torch raises.
    """

    def make(folder: Path) -> None:
        _make(folder, shapes, progress)

    depends_on = [_describe(shapes), torch.get_num_threads()]
    modules = (layers.__file__, arithmetic.__file__, tiles.__file__, __file__)
    sources = [Path(str(file)) for file in modules]
    return _with_programs(plain, kept(root, "programs", depends_on, sources, make, progress))


def _describe(shapes: Shapes) -> str:
    return json.dumps({name: getattr(shapes, name) for name in shapes.__dataclass_fields__})


def _make(folder: Path, shapes: Shapes, progress: Progress) -> None:
    compiler()  # is needed
    progress("compiling for this machine (about a minute, once)")
    with ThreadPoolExecutor(cores()) as pool:
        scratch = folder / "scratch"
        for _ in pool.map(functools.partial(_compile_apart, folder, scratch, shapes), _PROGRAMS):
            pass
    shutil.rmtree(scratch, ignore_errors=True)


def _compile_apart(folder: Path, scratch: Path, shapes: Shapes, name: str) -> None:
    """Write one program, in a process of its own."""
    threads = str(torch.get_num_threads())
    # -P: a folder called `models` where the user stands must not be taken for ours.
    command = [sys.executable, "-P", "-m", __name__]
    run(
        [*command, str(folder), _describe(shapes), threads, name],
        PYTHONPATH=os.pathsep.join(filter(None, [_HERE, os.environ.get("PYTHONPATH")])),
        TORCHINDUCTOR_CACHE_DIR=str(scratch),
    )


_HERE = str(Path(__file__).resolve().parent.parent.parent)


def _with_programs(plain: Parts, folder: Path) -> Parts:
    queries, feed_forward = (_program(folder, name) for name in _PROGRAMS)

    def run_queries(
        x: Tensor, cos: Tensor, sin: Tensor, layer: LayerWeights
    ) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v = queries([x, cos, sin, *layer.tensors])
        return q, k, v

    def run_feed_forward(x: Tensor, mixed: Tensor, layer: LayerWeights) -> Tensor:
        return feed_forward([x, mixed, *layer.tensors])[0]

    return replace(plain, queries=run_queries, feed_forward=run_feed_forward)


def _program(folder: Path, name: str) -> Callable[[list[Tensor]], list[Tensor]]:
    # `torch._inductor.aoti_load_package` is this behind the compiler, which takes three seconds
    # to import.
    loader = torch._C._aoti.AOTIModelPackageLoader(
        str(folder / f"{name}.pt2"), "model", False, 1, -1
    )
    run: Callable[[list[Tensor]], list[Tensor]] = loader.run
    return run


class _Function(torch.nn.Module):
    """A function of tensors, as torch wants one that it is to export."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self._function = function

    def forward(self, *tensors: Tensor) -> Any:
        return self._function(*tensors)


def _compile(file: Path, shapes: Shapes) -> None:
    """Write the program that `file` is named after."""
    # A row that is alone takes the same code as many.
    torch.fx.experimental._config.backed_size_oblivious = True
    function, rows, weights = _traced(file.stem, shapes)
    many = torch.export.Dim("n", min=2, max=_MAX_ROWS)
    dynamic = [{0: many} for _ in rows] + [None for _ in weights]
    with torch.no_grad():
        exported = torch.export.export(
            _Function(function), (*rows, *weights), dynamic_shapes=(tuple(dynamic),), strict=False
        )
        torch._inductor.aoti_compile_and_package(exported, package_path=str(file))


def _traced(name: str, shapes: Shapes) -> tuple[Callable[..., Any], list[Tensor], list[Tensor]]:
    """A program's function, and examples of its arguments: those with a row each, and weights."""
    config, form = shapes.config, shapes.form
    wholes = interpreted(config, form)
    width, heads, half = config.width, config.heads * config.head_width, config.head_width // 2
    x = torch.ones(_ROWS, width)
    layout = arithmetic.best_layout(form)
    products = Products(_absent, _absent, layout) if layout else None
    layer = LayerWeights.of(_blank_layer(config), form, products)
    if name == "queries":

        def queries(x: Tensor, cos: Tensor, sin: Tensor, *tensors: Tensor) -> Any:
            return wholes.queries(x, cos, sin, layer.with_tensors(*tensors))

        return queries, [x, torch.ones(_ROWS, half), torch.ones(_ROWS, half)], layer.tensors

    def feed_forward(x: Tensor, mixed: Tensor, *tensors: Tensor) -> Any:
        return wholes.feed_forward(x, mixed, layer.with_tensors(*tensors))

    return feed_forward, [x, torch.ones(_ROWS, heads)], layer.tensors


def _absent(*given: object) -> Tensor:
    """In place of the products that programs call by a weight's number."""
    raise NotImplementedError


def _blank_layer(config: GemmaConfig) -> Layer:
    heads = config.heads * config.head_width
    shapes = {
        "q_proj": (heads, config.width),
        "k_proj": (config.head_width, config.width),
        "v_proj": (config.head_width, config.width),
        "o_proj": (config.width, heads),
        "gate_proj": (config.hidden, config.width),
        "up_proj": (config.hidden, config.width),
        "down_proj": (config.width, config.hidden),
        "q_norm": (config.head_width,),
        "k_norm": (config.head_width,),
    }
    norms = ("attention_norm", "post_attention_norm", "ffn_norm", "post_ffn_norm")
    shapes |= dict.fromkeys(norms, (config.width,))
    return Layer(**{name: np.ones(shape, np.float32) for name, shape in shapes.items()})


def main() -> None:
    folder, described, threads, name = sys.argv[1:]
    torch.set_num_threads(int(threads))
    _compile(Path(folder) / f"{name}.pt2", Shapes(**json.loads(described)))


if __name__ == "__main__":
    main()
