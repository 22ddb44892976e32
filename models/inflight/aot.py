"""The functions of `models.inflight.layers`, compiled for this machine.

In: the shapes of a model. Out: `ModelFunctions` that run as machine code, fused between the
products. The compiled programs are cached in a folder, so a later start spends no time or memory
on compiling. Separate processes fill the folder:
`python -m models.inflight.aot FOLDER SHAPES THREADS NAME`. torch calls this ahead-of-time Inductor
(https://docs.pytorch.org/docs/stable/user_guide/torch_compiler/torch.compiler_aot_inductor.html).
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.devices import cores
from models.embedded.gemma import GemmaConfig, Layer
from models.inflight import arithmetic, layers, tiles
from models.inflight.build_cache import cached_build, compiler, run
from models.inflight.layers import LayerWeights, ModelFunctions, torch_functions
from models.inflight.tiles import ProductKernels
from models.store import Progress

# Rows of the traced examples: programs take any number of rows, and are optimized for this one.
_ROWS = 48
_MAX_ROWS = 1 << 20

_PROGRAMS = ("queries", "feed_forward")


def shapes_of(config: GemmaConfig, form: str) -> dict[str, Any]:
    """Return the properties of a model that programs depend on."""
    names = ("width", "heads", "head_width", "hidden", "epsilon")
    return {name: getattr(config, name) for name in names} | {"form": form}


def compiled_functions(
    plain: ModelFunctions, shapes: Mapping[str, Any], root: Path, progress: Progress
) -> ModelFunctions:
    """Return `plain` with compiled programs, cached under `root`.

    Raises a `ModelError` where they cannot be compiled or cached, and any error of torch.
    """

    def make(folder: Path) -> None:
        _make(folder, shapes, progress)

    depends_on = [json.dumps(shapes), torch.get_num_threads()]
    modules = (layers.__file__, arithmetic.__file__, tiles.__file__, __file__)
    sources = [Path(str(file)) for file in modules]
    return _with_programs(
        plain, cached_build(root, "programs", depends_on, sources, make, progress)
    )


def _make(folder: Path, shapes: Mapping[str, Any], progress: Progress) -> None:
    compiler()  # raises early where there is none
    progress("compiling for this machine (about a minute, once)")
    with ThreadPoolExecutor(cores()) as pool:
        scratch = folder / "scratch"
        compile_one = functools.partial(_compile_in_process, folder, scratch, shapes)
        for _ in pool.map(compile_one, _PROGRAMS):
            pass
    shutil.rmtree(scratch, ignore_errors=True)


def _compile_in_process(folder: Path, scratch: Path, shapes: Mapping[str, Any], name: str) -> None:
    """Write one program, in a separate process."""
    threads = str(torch.get_num_threads())
    # -P: Python must not import a folder called `models` in the working directory.
    command = [sys.executable, "-P", "-m", __name__]
    run(
        [*command, str(folder), json.dumps(shapes), threads, name],
        PYTHONPATH=os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")])),
        TORCHINDUCTOR_CACHE_DIR=str(scratch),
    )


_ROOT = str(Path(__file__).resolve().parent.parent.parent)


def _with_programs(plain: ModelFunctions, folder: Path) -> ModelFunctions:
    return replace(plain, **{name: _load_program(folder, name) for name in _PROGRAMS})


def _load_program(folder: Path, name: str) -> Callable[..., Any]:
    # `torch._inductor.aoti_load_package` does the same, but imports the compiler (3 seconds).
    loader = torch._C._aoti.AOTIModelPackageLoader(
        str(folder / f"{name}.pt2"), "model", False, 1, -1
    )

    def run(*arguments: Any) -> Any:
        *rows, layer = arguments
        results = loader.run([*rows, *layer.tensors])
        return results if len(results) > 1 else results[0]

    return run


class _Function(torch.nn.Module):
    """A function of tensors as a module, which torch can export."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self._function = function

    def forward(self, *tensors: Tensor) -> Any:
        return self._function(*tensors)


def _compile(file: Path, config: GemmaConfig, form: str) -> None:
    """Write the program that `file` is named after."""
    # Use the same code for a single row as for several.
    torch.fx.experimental._config.backed_size_oblivious = True
    function, rows, weights = _traced(file.stem, config, form)
    count = torch.export.Dim("n", min=2, max=_MAX_ROWS)
    dynamic = [{0: count} for _ in rows] + [None for _ in weights]
    with torch.no_grad():
        exported = torch.export.export(
            _Function(function), (*rows, *weights), dynamic_shapes=(tuple(dynamic),), strict=False
        )
        torch._inductor.aoti_compile_and_package(exported, package_path=str(file))


def _traced(
    name: str, config: GemmaConfig, form: str
) -> tuple[Callable[..., Any], list[Tensor], list[Tensor]]:
    """Return a program's function, example rows and example weights."""
    half = config.head_width // 2
    widths = {
        "queries": (config.width, half, half),
        "feed_forward": (config.width, config.heads * config.head_width),
    }
    rows = [torch.ones(_ROWS, width) for width in widths[name]]
    layout = arithmetic.best_layout(form)
    kernels = ProductKernels(_uncalled, _uncalled, layout) if layout else None
    layer = LayerWeights.of(_blank_layer(config), form, kernels)
    function = getattr(torch_functions(config, form), name)

    def traced(*tensors: Tensor) -> Any:
        return function(*tensors[: len(rows)], layer.with_tensors(*tensors[len(rows) :]))

    return traced, rows, layer.tensors


def _uncalled(*arguments: object) -> Tensor:
    """Stand for a product, which tracing does not call."""
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
    folder, shapes, threads, name = sys.argv[1:]
    torch.set_num_threads(int(threads))
    sizes = json.loads(shapes)
    form = sizes.pop("form")
    _compile(Path(folder) / f"{name}.pt2", GemmaConfig(layers=1, **sizes), form)


if __name__ == "__main__":
    main()
