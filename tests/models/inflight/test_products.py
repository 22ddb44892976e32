"""The kernels for products of bytes and for the gates between them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from models.embedded.gemma import GemmaConfig
from models.inflight import kernels
from models.inflight.arithmetic import best_layout, gated, pack, product
from models.inflight.build_cache import compiler, run
from models.inflight.tiles import AVX2, AVX512_VNNI, AVX_VNNI, GROUP, QUAD, Layout, ProductKernels
from models.store import quiet

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")

LAYOUTS = {
    "AVX2": (AVX2, {"avx2"}),
    # With 512-bit registers, the instruction has another encoding for those of 256 bits.
    "AVX-VNNI": (AVX_VNNI, {"avx_vnni", "avx512_vnni"}),
    "AVX-512 VNNI": (AVX512_VNNI, {"avx512_vnni"}),
}


@pytest.fixture(scope="module", params=LAYOUTS)
def products(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> ProductKernels:
    """Return the product kernels of each layout that can run here."""
    layout, instructions = LAYOUTS[request.param]
    capable = torch.cpu.get_capabilities()
    if not any(capable.get(name) for name in instructions):
        pytest.skip("this processor lacks the instructions")
    folder = tmp_path_factory.mktemp("kernels")
    loaded = kernels.load(GemmaConfig(), "int8", layout, folder, quiet).products
    assert loaded
    return loaded


@pytest.mark.skipif(
    not torch.cpu.get_capabilities().get("avx2"), reason="the compiler knows other instructions"
)
def test_code_for_other_processors_compiles(tmp_path: Path) -> None:
    sizes = [f"-D{name.upper()}={size}" for name, size in asdict(AVX_VNNI).items()]
    run(
        [
            *(compiler(), "-O1", "-mavx2", "-mfma", "-mavxvnni", "-fopenmp", "-std=c++17"),
            *(*sizes, f"-DGROUP={GROUP}", f"-DQUAD={QUAD}", "-c"),
            *(
                str(Path(kernels.__file__).parent / "product.cpp"),
                "-o",
                str(tmp_path / "product.o"),
            ),
        ]
    )
    assert (tmp_path / "product.o").stat().st_size > 0


@pytest.mark.parametrize(
    ("instructions", "layout"),
    [
        ("", None),
        ("avx2", AVX2),
        ("avx2 avx512_bw avx512_vl", AVX2),
        ("avx2 avx_vnni", AVX_VNNI),
        ("avx2 avx512_vnni", AVX2),
        ("avx2 avx512_vnni avx512_vl", AVX512_VNNI),
        ("avx2 avx_vnni avx512_vnni avx512_vl", AVX512_VNNI),
        ("avx2 avx512_vnni avx512_vl amx_int8", None),
    ],
)
def test_each_processor_has_its_fastest_layout(
    instructions: str, layout: Layout | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    capable = dict.fromkeys(instructions.split(), True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capable)
    assert best_layout("int8") is layout
    assert best_layout("float32") is None


def transformed(rows: torch.Tensor) -> torch.Tensor:
    """Transform each whole group of rows [n, in], in product.cpp's order."""
    whole = rows.shape[1] - rows.shape[1] % GROUP
    mixed, distance = rows[:, :whole], 1
    while distance < GROUP:
        first, second = mixed.reshape(-1, 2, distance).unbind(1)
        mixed = torch.stack((first + second, first - second), 1)
        distance *= 2
    return torch.cat((mixed.reshape(len(rows), whole), rows[:, whole:]), 1)


@pytest.mark.parametrize(
    # whole and partial tiles, one chunk and several, few columns and many
    ("rows", "steps", "out"),
    [(1, 1, 1), (3, 4, 40), (4, 20, 16), (7, 41, 200), (13, 64, 35), (200, 3, 17)],
)
def test_products_of_whole_numbers_are_exact(
    products: ProductKernels, rows: int, steps: int, out: int
) -> None:
    width = steps * products.layout.step
    random = torch.Generator().manual_seed(rows)
    level = products.layout.max_level
    x = torch.randint(-level, level + 1, (rows, width), generator=random).float()
    weight = torch.randint(-10, 11, (out, width), generator=random).float()
    # All scales become 1.
    x[:, ::GROUP], weight[:, ::GROUP] = level, -127
    # The kernel transforms them back: transformed twice, a group is GROUP times itself.
    x, weight = transformed(x), transformed(weight)
    x[:, : width - width % GROUP] /= GROUP
    packed = pack(weight, "int8", products)
    found = product(x, packed, "int8")
    assert torch.equal(found.double(), x.double() @ weight.double().T)
    # The same with fewer rows, and with a scale for each row.
    scales = 2.0 ** (torch.arange(rows) % 5 - 2)[:, None]
    assert torch.equal(product(x[:1] * 0.25, packed, "int8"), found[:1] * 0.25)
    assert torch.equal(product(x * scales, packed, "int8"), found * scales)


@pytest.mark.parametrize("kind", ["of one sign", "of both signs", "with some large"])
def test_sums_never_overflow(products: ProductKernels, kind: str) -> None:
    # Rows and weights of the largest numbers.
    random = torch.Generator().manual_seed(4)
    signs = torch.randint(0, 2, (2, 60, 4 * GROUP), generator=random) * 2.0 - 1
    level = products.layout.max_level
    rows, weight = level * signs[0], signs[1]
    if kind == "of one sign":
        rows[:30], weight[:30] = level, 1
        rows[30:], weight[30:] = -level, -1
    elif kind == "with some large":
        weight *= torch.where(torch.rand(weight.shape, generator=random) < 0.1, 50, 1)
    expected = rows.double() @ weight.double().T
    found = product(transformed(rows) / GROUP, pack(transformed(weight), "int8", products), "int8")
    # The error is half a step of each weight.
    groups = torch.split(weight, GROUP, 1)
    steps = torch.cat([_steps_of_weights(group, products.layout) for group in groups], 1)
    assert (found - expected).abs().max() < 0.5 * level * GROUP * steps.sum(1).max()
    assert kind != "of one sign" or found.double() == pytest.approx(expected, rel=1e-5)


def test_a_row_has_the_same_bits_in_every_batch(products: ProductKernels) -> None:
    random = torch.Generator().manual_seed(3)
    rows, weight = (torch.randn(n, 640, generator=random) for n in (45, 100))
    packed = pack(weight, "int8", products)
    alone = torch.cat([product(row, packed, "int8") for row in rows[:, None]])
    for count in (*range(1, 2 * products.layout.rows + 1), 45):
        assert torch.equal(product(rows[:count], packed, "int8"), alone[:count])


def test_each_group_of_a_row_and_a_column_has_its_scale(products: ProductKernels) -> None:
    # With one scale for a row, the groups without the large number would all be 0.
    rows, weight = torch.full((1, 3 * GROUP), 0.01), torch.full((4, 3 * GROUP), 0.02)
    weight[:, GROUP : 2 * GROUP] = 0
    rows[0, 0], weight[:, GROUP] = 1000, 50
    found = product(rows, pack(weight, "int8", products), "int8")
    expected = 1000 * 0.02 + 0.01 * 50 + (2 * GROUP - 1) * 0.01 * 0.02
    assert found == pytest.approx(torch.full((1, 4), expected), rel=1e-5)


def test_groups_are_as_exact_as_bytes_allow(products: ProductKernels) -> None:
    layout = products.layout
    random = torch.Generator().manual_seed(5)
    rows, weight = (torch.randn(n, 41 * layout.step, generator=random) for n in (9, 30))
    found = product(rows, pack(weight, "int8", products), "int8")
    rounded_rows, sure_rows = _rounded(rows, layout, _steps_of_rows)
    rounded_weight, sure_columns = _rounded(weight, layout, _steps_of_weights)
    assert sure_rows.sum() >= 5
    assert sure_columns.sum() >= 15
    expected = (rounded_rows @ rounded_weight.T)[sure_rows][:, sure_columns]
    assert found.double()[sure_rows][:, sure_columns] == pytest.approx(expected, abs=1e-4)


def _steps_of_rows(group: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return the size [n, 1] of a step, a part of the largest number."""
    return group.abs().amax(1, keepdim=True) / layout.max_level


def _steps_of_weights(group: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Return the size [out, 1] of a step.

    The largest number has at most 127 steps; numbers of one sign summed in 16 bits have 200 in all.
    """
    step = group.abs().amax(1) / 127
    if layout is AVX2:
        for start in range(0, group.shape[1], 16):
            for pair in (0, 2):
                summed = [start + quad + pair + side for quad in (0, 4, 8, 12) for side in (0, 1)]
                for numbers in (group[:, summed], -group[:, summed]):
                    step = torch.maximum(step, numbers.clamp(min=0).sum(1) / 200)
    return step[:, None]


def _rounded(
    numbers: torch.Tensor,
    layout: Layout,
    steps: Callable[[torch.Tensor, Layout], torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Transform rows and round them to bytes with a scale for each group.

    Returns also which rows have no number halfway between two bytes, where the last digit of a sum
    decides.
    """
    rounded, sure = [], torch.ones(len(numbers), dtype=torch.bool)
    for group in torch.split(transformed(numbers.double()), GROUP, dim=1):
        step = steps(group, layout)
        whole = (group / step).round()
        sure &= ((group / step - whole).abs() < 0.5 - 1e-4).all(1)
        length = group.shape[1] ** -0.5 if group.shape[1] == GROUP else 1
        rounded.append(whole * step * length)
    return torch.cat(rounded, 1), sure


def test_a_large_number_does_not_hide_the_others(products: ProductKernels) -> None:
    random = torch.Generator().manual_seed(2)
    rows, weight = (torch.randn(n, GROUP, generator=random) for n in (20, 50))
    # Without the transform, with 80 levels each way, most numbers would be 0 beside it.
    rows[:, 7], weight[:, 7] = 200, 0
    found = product(rows, pack(weight, "int8", products), "int8")
    expected = rows @ weight.T
    assert (found - expected).norm() < 0.2 * expected.norm()
    plain = (rows / 200 * 80).round() * 200 / 80 @ weight.T
    assert (plain - expected).norm() > 0.6 * expected.norm()


@pytest.mark.parametrize("width", [32, GROUP])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_row_with_nan_or_infinity_gives_nan(
    products: ProductKernels, value: float, width: int
) -> None:
    rows = torch.ones(3, width)
    rows[1, 5] = value
    found = product(rows, pack(torch.ones(20, width), "int8", products), "int8")
    assert found[1].isnan().all()
    assert found[::2] == pytest.approx(torch.full((2, 20), float(width)), rel=1e-5)


@pytest.mark.parametrize("width", [32, GROUP])
def test_rows_of_zeros_give_zeros(products: ProductKernels, width: int) -> None:
    packed = pack(torch.ones(20, width), "int8", products)
    assert torch.equal(product(torch.zeros(2, width), packed, "int8"), torch.zeros(2, 20))
    assert product(torch.ones(0, width), packed, "int8").shape == (0, 20)


@pytest.mark.parametrize(
    # one chunk and several, whole and partial groups; sizes in steps
    ("rows", "width", "hidden"),
    [(1, 1, 1), (5, 20, 64), (7, 8, 9), (200, 3, 17)],
)
def test_gates_between_two_products_are_those_of_plain_torch(
    products: ProductKernels, rows: int, width: int, hidden: int
) -> None:
    width, hidden = width * products.layout.step, hidden * products.layout.step
    random = torch.Generator().manual_seed(rows)
    x = torch.randn(rows, width, generator=random)
    gate, up = (torch.randn(hidden, width, generator=random) / width**0.5 for _ in range(2))
    down = torch.randn(33, hidden, generator=random)
    both = pack(torch.cat((gate, up)), "int8", products)
    after = pack(down, "int8", products)
    found = gated(x, both, after, "int8")
    between = product(x, both, "int8")
    gates = F.gelu(between[:, :hidden], approximate="tanh") * between[:, hidden:]
    expected = product(gates, after, "int8")
    # Halfway between two bytes, the last digit decides.
    assert (found - expected).norm() < 1e-3 * expected.norm()
    exact = (F.gelu(x @ gate.T, approximate="tanh") * (x @ up.T)) @ down.T
    assert (found - exact).norm() < 0.03 * exact.norm()
    assert torch.equal(found, torch.cat([gated(row, both, after, "int8") for row in x[:, None]]))


@pytest.mark.parametrize("gate", [-1e10, -100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0, 1e10])
def test_gates_of_any_size(products: ProductKernels, gate: float) -> None:
    weight = torch.cat((torch.eye(32) * gate, torch.eye(32)))
    both, after = (pack(w, "int8", products) for w in (weight, torch.eye(32)))
    found = gated(torch.ones(1, 32), both, after, "int8")
    expected = F.gelu(torch.full((1, 32), gate), approximate="tanh")
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-20)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_gates_of_nan_or_infinity_give_nan(products: ProductKernels, value: float) -> None:
    both = pack(torch.ones(2 * GROUP, 32), "int8", products)
    after = pack(torch.ones(20, GROUP), "int8", products)
    rows = torch.ones(3, 32)
    rows[1, 5] = value
    found = gated(rows, both, after, "int8")
    assert found[1].isnan().all()
    assert found[::2] == pytest.approx(torch.full((2, 20), 32.0 * 32 * GROUP), rel=1e-4)
    assert gated(rows[:0], both, after, "int8").shape == (0, 20)


def test_torch_computes_gates_whose_number_the_kernel_cannot_take(
    products: ProductKernels,
) -> None:
    random = torch.Generator().manual_seed(1)
    x, gate, up, down = (
        torch.randn(*shape, generator=random) for shape in ((3, 32), (12, 32), (12, 32), (5, 12))
    )
    both, after = (pack(w, "int8", products) for w in (torch.cat((gate, up)), down))
    exact = (F.gelu(x @ gate.T, approximate="tanh") * (x @ up.T)) @ down.T
    assert (gated(x, both, after, "int8") - exact).norm() < 0.03 * exact.norm()


def test_torch_multiplies_widths_that_the_kernel_cannot_take(products: ProductKernels) -> None:
    width = products.layout.step * 3 // 2
    packed = pack(torch.eye(10, width), "int8", products)
    assert packed.rows != "tiles"
    rows = (torch.arange(2.0 * width) % 24).view(2, width)
    assert product(rows, packed, "int8") == pytest.approx(rows[:, :10], abs=0.1)
