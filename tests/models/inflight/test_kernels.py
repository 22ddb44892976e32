"""Attention, products, gates and the likeliest tokens: in C++ as in plain torch, row by row."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from models.embedded.gemma import GemmaConfig
from models.errors import BuildFailed
from models.inflight import kernels
from models.inflight import layers as parts
from models.inflight.arithmetic import best_layout, gated, pack, product
from models.inflight.build_cache import compiler, run
from models.inflight.layers import Past
from models.inflight.tiles import AVX2, AVX512_VNNI, AVX_VNNI, GROUP, QUAD, Layout, Products
from models.store import quiet

pytestmark = pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")


def config(head_width: int) -> GemmaConfig:
    return GemmaConfig(layers=1, width=16, heads=3, head_width=head_width, hidden=32)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where kernels are kept, each compiled once for all tests."""
    return tmp_path_factory.mktemp("kernels")


def test_what_the_compiler_says_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"it was not compiled: .*a multiple of the lanes"):
        kernels.load(config(head_width=12), "float32", None, tmp_path, quiet)
    assert [path.suffix for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("form", "kept_as"), [("float32", torch.float32), ("int8", torch.bfloat16)]
)
@pytest.mark.parametrize("window", [512, 3])
def test_attention_is_that_of_plain_torch(
    form: str, kept_as: torch.dtype, window: int, kept: Path
) -> None:
    attend = kernels.load(config(head_width=32), form, None, kept, quiet).attend
    random = torch.Generator().manual_seed(1)
    q = torch.randn(5, 3, 32, generator=random)
    keys, values = (torch.randn(40, 32, generator=random).to(kept_as) for _ in range(2))
    table = torch.randint(0, 40, (5, 7), generator=random)
    lengths = torch.tensor([7, 1, 4, 3, 6])
    found = attend(q, keys, values, Past(table, lengths, window))
    expected = parts.attend(q, keys, values, Past(table, lengths, window))
    assert found.shape == (5, 96)
    assert found == pytest.approx(expected, abs=1e-5)
    # A row by itself gives the same to the bit.
    alone = [
        attend(q[row : row + 1], keys, values, Past(table[row : row + 1], length, window))
        for row, length in enumerate(lengths.split(1))
    ]
    assert torch.equal(found, torch.cat(alone))
    # It looks at nothing but its past.
    (lone,) = attend(q[1:2], keys, values, Past(table[1:2], lengths[1:2], window))
    assert torch.equal(lone, values[table[1, 0]].float().repeat(3))


@pytest.mark.parametrize("size", [1, 7, 64, 100, 1000])
@pytest.mark.parametrize("count", [1, 8, 64])
def test_the_likeliest_are_those_of_plain_torch(size: int, count: int, kept: Path) -> None:
    choose = kernels.load(config(head_width=32), "float32", None, kept, quiet).choose
    count = min(size, count)
    logits = torch.randn(5, size, generator=torch.Generator().manual_seed(size)) * 10
    ids, log_probabilities = choose(logits, count)
    expected_ids, expected = parts.choose(logits, count)
    assert torch.equal(ids, expected_ids)
    assert log_probabilities == pytest.approx(expected, abs=1e-5)
    assert torch.equal(choose(logits[2:3], count)[1], log_probabilities[2:3])


def test_of_equal_ones_the_first_are_likeliest(kept: Path) -> None:
    choose = kernels.load(config(head_width=32), "float32", None, kept, quiet).choose
    logits = torch.zeros(2, 300)
    logits[0, [250, 90, 91]] = 4
    ids, log_probabilities = choose(logits, 5)
    assert ids.tolist() == [[90, 91, 250, 0, 1], [0, 1, 2, 3, 4]]
    assert log_probabilities[1].tolist() == pytest.approx([-math.log(300)] * 5)


@pytest.mark.parametrize("strange", [float("nan"), float("inf")])
def test_of_strange_logits_none_is_likely(strange: float, kept: Path) -> None:
    choose = kernels.load(config(head_width=32), "float32", None, kept, quiet).choose
    logits = torch.zeros(3, 100)
    logits[1, 70] = strange
    ids, log_probabilities = choose(logits, 2)
    assert log_probabilities[1].isnan().all()
    assert ids[1].tolist() == [0, 1]
    assert log_probabilities[::2] == pytest.approx(torch.full((2, 2), -math.log(100)))
    # What cannot come at all is no fault.
    logits[1, 70] = -float("inf")
    assert choose(logits, 2)[1][1].tolist() == pytest.approx([-math.log(99)] * 2)


LAYOUTS = {
    "AVX2": (AVX2, {"avx2"}),
    # Where there are registers of 512 bits, those of 256 have the instruction in another encoding.
    "AVX-VNNI": (AVX_VNNI, {"avx_vnni", "avx512_vnni"}),
    "AVX-512 VNNI": (AVX512_VNNI, {"avx512_vnni"}),
}


@pytest.fixture(scope="module", params=LAYOUTS)
def of_bytes(kept: Path, request: pytest.FixtureRequest) -> Products:
    """Products in each of the layouts, whichever is the fastest here."""
    layout, instructions = LAYOUTS[request.param]
    capable = torch.cpu.get_capabilities()
    if not any(capable.get(name) for name in instructions):
        pytest.skip("this processor has no instructions for it")
    products = kernels.load(config(head_width=32), "int8", layout, kept, quiet).products
    assert products
    return products


@pytest.mark.skipif(
    not torch.cpu.get_capabilities().get("avx2"), reason="the compiler knows other instructions"
)
def test_what_this_processor_cannot_run_compiles_too(tmp_path: Path) -> None:
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
def test_a_processor_has_the_best_layout_that_it_can_take(
    instructions: str, layout: Layout | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    capable = dict.fromkeys(instructions.split(), True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capable)
    assert best_layout("int8") is layout
    assert best_layout("float32") is None


def transformed(rows: torch.Tensor) -> torch.Tensor:
    """Rows [n, in], the Hadamard transform of every whole group in its place, summed in the order
    of product.cpp."""
    whole = rows.shape[1] - rows.shape[1] % GROUP
    mixed, distance = rows[:, :whole], 1
    while distance < GROUP:
        first, second = mixed.reshape(-1, 2, distance).unbind(1)
        mixed = torch.stack((first + second, first - second), 1)
        distance *= 2
    return torch.cat((mixed.reshape(len(rows), whole), rows[:, whole:]), 1)


@pytest.mark.parametrize(
    # whole tiles and parts of them, chunks and more than one, few columns and many
    ("rows", "steps", "out"),
    [(1, 1, 1), (3, 4, 40), (4, 20, 16), (7, 41, 200), (13, 64, 35), (200, 3, 17)],
)
def test_products_of_bytes_are_those_of_whole_numbers(
    of_bytes: Products, rows: int, steps: int, out: int
) -> None:
    width = steps * of_bytes.layout.step
    random = torch.Generator().manual_seed(rows)
    most = of_bytes.layout.most
    x = torch.randint(-most, most + 1, (rows, width), generator=random).float()
    weight = torch.randint(-10, 11, (out, width), generator=random).float()
    # so that all scales are 1
    x[:, ::GROUP], weight[:, ::GROUP] = most, -127
    # whose transforms these are: twice transformed, a group is GROUP times itself
    x, weight = transformed(x), transformed(weight)
    x[:, : width - width % GROUP] /= GROUP
    packed = pack(weight, "int8", of_bytes)
    found = product(x, packed, "int8")
    assert torch.equal(found.double(), x.double() @ weight.double().T)
    # and the same with fewer rows, and with scales of their own
    scales = 2.0 ** (torch.arange(rows) % 5 - 2)[:, None]
    assert torch.equal(product(x[:1] * 0.25, packed, "int8"), found[:1] * 0.25)
    assert torch.equal(product(x * scales, packed, "int8"), found * scales)


@pytest.mark.parametrize("kind", ["of one sign", "of both signs", "with some that are large"])
def test_products_of_bytes_never_overflow(of_bytes: Products, kind: str) -> None:
    # Rows of the largest numbers, and weights that leave no room beside them.
    random = torch.Generator().manual_seed(4)
    signs = torch.randint(0, 2, (2, 60, 4 * GROUP), generator=random) * 2.0 - 1
    most = of_bytes.layout.most
    rows, weight = most * signs[0], signs[1]
    if kind == "of one sign":
        rows[:30], weight[:30] = most, 1
        rows[30:], weight[30:] = -most, -1
    elif kind == "with some that are large":
        weight *= torch.where(torch.rand(weight.shape, generator=random) < 0.1, 50, 1)
    expected = rows.double() @ weight.double().T
    found = product(transformed(rows) / GROUP, pack(transformed(weight), "int8", of_bytes), "int8")
    # Half a step of each weight, the scale of which is that of the largest sum.
    groups = weight.split(GROUP, 1)
    steps = torch.cat([_steps_of_weights(group, of_bytes.layout) for group in groups], 1)
    assert (found - expected).abs().max() < 0.5 * most * GROUP * steps.sum(1).max()
    assert kind != "of one sign" or found.double() == pytest.approx(expected, rel=1e-5)


def test_a_row_is_the_same_to_the_bit_whoever_else_is_there(of_bytes: Products) -> None:
    random = torch.Generator().manual_seed(3)
    rows, weight = (torch.randn(n, 640, generator=random) for n in (45, 100))
    packed = pack(weight, "int8", of_bytes)
    alone = torch.cat([product(row, packed, "int8") for row in rows[:, None]])
    for count in (*range(1, 2 * of_bytes.layout.rows + 1), 45):
        assert torch.equal(product(rows[:count], packed, "int8"), alone[:count])


def test_each_group_of_a_row_and_a_column_has_a_scale_of_its_own(of_bytes: Products) -> None:
    # With one scale for a row the groups without the large one would all be nothing.
    rows, weight = torch.full((1, 3 * GROUP), 0.01), torch.full((4, 3 * GROUP), 0.02)
    weight[:, GROUP : 2 * GROUP] = 0
    rows[0, 0], weight[:, GROUP] = 1000, 50
    found = product(rows, pack(weight, "int8", of_bytes), "int8")
    expected = 1000 * 0.02 + 0.01 * 50 + (2 * GROUP - 1) * 0.01 * 0.02
    assert found == pytest.approx(torch.full((1, 4), expected), rel=1e-5)


def test_groups_are_as_exact_as_their_bytes(of_bytes: Products) -> None:
    layout = of_bytes.layout
    random = torch.Generator().manual_seed(5)
    rows, weight = (torch.randn(n, 41 * layout.step, generator=random) for n in (9, 30))
    found = product(rows, pack(weight, "int8", of_bytes), "int8")
    ours, sure_rows = _rounded(rows, layout, _steps_of_rows)
    theirs, sure_columns = _rounded(weight, layout, _steps_of_weights)
    assert sure_rows.sum() >= 5
    assert sure_columns.sum() >= 15
    expected = (ours @ theirs.T)[sure_rows][:, sure_columns]
    assert found.double()[sure_rows][:, sure_columns] == pytest.approx(expected, abs=1e-4)


def _steps_of_rows(group: torch.Tensor, layout: Layout) -> torch.Tensor:
    """The size [n, 1] of a step: the largest number has so many of them."""
    return group.abs().amax(1, keepdim=True) / layout.most


def _steps_of_weights(group: torch.Tensor, layout: Layout) -> torch.Tensor:
    """The size [out, 1] of a step: the largest number has at most 127 of them, and numbers of one
    sign that are summed in 16 bits have 200 in all."""
    most = group.abs().amax(1) / 127
    if layout is AVX2:
        for start in range(0, group.shape[1], 16):
            for pair in (0, 2):
                summed = [start + quad + pair + side for quad in (0, 4, 8, 12) for side in (0, 1)]
                for numbers in (group[:, summed], -group[:, summed]):
                    most = torch.maximum(most, numbers.clamp(min=0).sum(1) / 200)
    return most[:, None]


def _rounded(
    numbers: torch.Tensor,
    layout: Layout,
    steps: Callable[[torch.Tensor, Layout], torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor]:
    """What is left of rows as bytes with a scale a group, transformed; and which rows have no
    number that lies between two bytes, where the last digit of a sum decides."""
    rounded, sure = [], torch.ones(len(numbers), dtype=torch.bool)
    for group in transformed(numbers.double()).split(GROUP, dim=1):
        step = steps(group, layout)
        whole = (group / step).round()
        sure &= ((group / step - whole).abs() < 0.5 - 1e-4).all(1)
        length = group.shape[1] ** -0.5 if group.shape[1] == GROUP else 1
        rounded.append(whole * step * length)
    return torch.cat(rounded, 1), sure


def test_a_large_number_does_not_take_the_bytes_of_the_others(of_bytes: Products) -> None:
    random = torch.Generator().manual_seed(2)
    rows, weight = (torch.randn(n, GROUP, generator=random) for n in (20, 50))
    # Rounded as they are, with 80 steps each way, most would be nothing beside it.
    rows[:, 7], weight[:, 7] = 200, 0
    found = product(rows, pack(weight, "int8", of_bytes), "int8")
    expected = rows @ weight.T
    assert (found - expected).norm() < 0.2 * expected.norm()
    plain = (rows / 200 * 80).round() * 200 / 80 @ weight.T
    assert (plain - expected).norm() > 0.6 * expected.norm()


@pytest.mark.parametrize("width", [32, GROUP])
@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -float("inf")])
def test_a_row_that_is_not_of_numbers_gives_none(
    of_bytes: Products, strange: float, width: int
) -> None:
    rows = torch.ones(3, width)
    rows[1, 5] = strange
    found = product(rows, pack(torch.ones(20, width), "int8", of_bytes), "int8")
    assert found[1].isnan().all()
    assert found[::2] == pytest.approx(torch.full((2, 20), float(width)), rel=1e-5)


@pytest.mark.parametrize("width", [32, GROUP])
def test_rows_of_nothing_give_nothing(of_bytes: Products, width: int) -> None:
    packed = pack(torch.ones(20, width), "int8", of_bytes)
    assert torch.equal(product(torch.zeros(2, width), packed, "int8"), torch.zeros(2, 20))
    assert product(torch.ones(0, width), packed, "int8").shape == (0, 20)


@pytest.mark.parametrize(
    # chunks and more than one, groups and parts of them, in steps
    ("rows", "width", "hidden"),
    [(1, 1, 1), (5, 20, 64), (7, 8, 9), (200, 3, 17)],
)
def test_gates_between_two_products_are_those_of_plain_torch(
    of_bytes: Products, rows: int, width: int, hidden: int
) -> None:
    width, hidden = width * of_bytes.layout.step, hidden * of_bytes.layout.step
    random = torch.Generator().manual_seed(rows)
    x = torch.randn(rows, width, generator=random)
    gate, up = (torch.randn(hidden, width, generator=random) / width**0.5 for _ in range(2))
    down = torch.randn(33, hidden, generator=random)
    both = pack(torch.cat((gate, up)), "int8", of_bytes)
    after = pack(down, "int8", of_bytes)
    found = gated(x, both, after, "int8")
    between = product(x, both, "int8")
    gates = F.gelu(between[:, :hidden], approximate="tanh") * between[:, hidden:]
    expected = product(gates, after, "int8")
    # Where a number lies between two bytes, the last digit decides.
    assert (found - expected).norm() < 1e-3 * expected.norm()
    exact = (F.gelu(x @ gate.T, approximate="tanh") * (x @ up.T)) @ down.T
    assert (found - exact).norm() < 0.03 * exact.norm()
    assert torch.equal(found, torch.cat([gated(row, both, after, "int8") for row in x[:, None]]))


@pytest.mark.parametrize("gate", [-1e10, -100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0, 1e10])
def test_gates_of_any_size(of_bytes: Products, gate: float) -> None:
    weight = torch.cat((torch.eye(32) * gate, torch.eye(32)))
    both, after = (pack(w, "int8", of_bytes) for w in (weight, torch.eye(32)))
    found = gated(torch.ones(1, 32), both, after, "int8")
    expected = F.gelu(torch.full((1, 32), gate), approximate="tanh")
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-20)


@pytest.mark.parametrize("strange", [float("nan"), float("inf"), -float("inf")])
def test_gates_that_are_no_numbers_give_none(of_bytes: Products, strange: float) -> None:
    both = pack(torch.ones(2 * GROUP, 32), "int8", of_bytes)
    after = pack(torch.ones(20, GROUP), "int8", of_bytes)
    rows = torch.ones(3, 32)
    rows[1, 5] = strange
    found = gated(rows, both, after, "int8")
    assert found[1].isnan().all()
    assert found[::2] == pytest.approx(torch.full((2, 20), 32.0 * 32 * GROUP), rel=1e-4)
    assert gated(rows[:0], both, after, "int8").shape == (0, 20)


def test_gates_of_a_number_that_the_kernel_cannot_take_are_left_to_torch(
    of_bytes: Products,
) -> None:
    random = torch.Generator().manual_seed(1)
    x, gate, up, down = (
        torch.randn(*shape, generator=random) for shape in ((3, 32), (12, 32), (12, 32), (5, 12))
    )
    both, after = (pack(w, "int8", of_bytes) for w in (torch.cat((gate, up)), down))
    exact = (F.gelu(x @ gate.T, approximate="tanh") * (x @ up.T)) @ down.T
    assert (gated(x, both, after, "int8") - exact).norm() < 0.03 * exact.norm()


def test_a_width_that_the_kernel_cannot_take_is_left_to_torch(of_bytes: Products) -> None:
    width = of_bytes.layout.step * 3 // 2
    packed = pack(torch.eye(10, width), "int8", of_bytes)
    assert packed.rows != "tiles"
    rows = (torch.arange(2.0 * width) % 24).view(2, width)
    assert product(rows, packed, "int8") == pytest.approx(rows[:, :10], abs=0.1)
