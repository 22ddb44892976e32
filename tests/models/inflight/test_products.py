"""Products of bytes: every instruction set rounds and sums as plain numpy does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from packed_reference import Numbers, dequantized, product, rounded, small_gemma, transformed

from models.embedded.gemma import Array
from models.inflight.library import NativeModel, instruction_sets, sum_bits
from models.inflight.packing import GROUP, LEVELS, PackedModel, pack, write_packed


class Products:
    """The products of an instruction set."""

    def __init__(self, model: NativeModel, bits: int) -> None:
        self._model, self.bits = model, bits
        self.level, _ = LEVELS[bits]

    def __call__(self, rows: Numbers, weight: Numbers) -> Array:
        """Compute rows [n, in] weight [out, in]^T."""
        packed = pack(weight.astype(np.float32), self.bits)
        return self._model.product(rows.astype(np.float32), packed, len(weight))


@pytest.fixture(scope="module", params=instruction_sets())
def products(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Products]:
    bits = sum_bits(request.param)
    folder = tmp_path_factory.mktemp("packed")
    write_packed(small_gemma(), bits, folder)
    model = NativeModel(PackedModel(folder), 64, 2, request.param)
    yield Products(model, bits)
    model.close()


@pytest.mark.parametrize(
    # whole and partial tiles, one chunk and several, few columns and many
    ("rows", "steps", "out"),
    [(1, 1, 1), (3, 4, 40), (4, 20, 16), (7, 41, 200), (13, 64, 35), (200, 3, 17)],
)
def test_products_of_whole_numbers_are_exact(
    products: Products, rows: int, steps: int, out: int
) -> None:
    width = steps * 32
    random = np.random.default_rng(rows)
    x = random.integers(-products.level, products.level + 1, (rows, width)).astype(np.float64)
    weight = random.integers(-10, 11, (out, width)).astype(np.float64)
    # All scales become 1.
    x[:, ::GROUP], weight[:, ::GROUP] = products.level, -127
    expected = x @ weight.T
    # The kernel transforms them back: transformed twice, a group is GROUP times itself.
    x, weight = transformed(x), transformed(weight)
    x[:, : width - width % GROUP] /= GROUP
    found = products(x, weight)
    assert np.array_equal(found, expected)
    # The same with fewer rows, and with a scale for each row.
    scales = 2.0 ** (np.arange(rows) % 5 - 2)[:, None]
    assert np.array_equal(products(x[:1] * 0.25, weight), found[:1] * 0.25)
    assert np.array_equal(products(x * scales, weight), found * scales)


@pytest.mark.parametrize("kind", ["of one sign", "of both signs", "with some large"])
def test_sums_never_overflow(products: Products, kind: str) -> None:
    # Rows and weights of the largest numbers.
    random = np.random.default_rng(4)
    signs = random.integers(0, 2, (2, 60, 4 * GROUP)) * 2.0 - 1
    rows, weight = products.level * signs[0], signs[1]
    if kind == "of one sign":
        rows[:30], weight[:30] = products.level, 1
        rows[30:], weight[30:] = -products.level, -1
    elif kind == "with some large":
        weight *= np.where(random.random(weight.shape) < 0.1, 50, 1)
    rows, weight = transformed(rows) / GROUP, transformed(weight)
    packed = pack(weight.astype(np.float32), products.bits)
    expected = product(rows, packed, 60, products.bits)
    assert products(rows, weight) == pytest.approx(expected, rel=1e-5, abs=1e-2)
    if kind == "of one sign":
        assert np.abs(expected[0, 0]) == pytest.approx(4 * GROUP * products.level, rel=1e-3)


def test_a_row_has_the_same_bits_in_every_batch(products: Products) -> None:
    random = np.random.default_rng(3)
    rows, weight = (random.normal(size=(n, 640)) for n in (45, 100))
    alone = np.concatenate([products(row, weight) for row in rows[:, None]])
    for count in (*range(1, 18), 45):
        assert np.array_equal(products(rows[:count], weight), alone[:count])


def test_each_group_of_a_row_and_a_column_has_its_scale(products: Products) -> None:
    # With one scale for a row, the groups without the large number would all be 0.
    rows, weight = np.full((1, 3 * GROUP), 0.01), np.full((4, 3 * GROUP), 0.02)
    weight[:, GROUP : 2 * GROUP] = 0
    rows[0, 0], weight[:, GROUP] = 1000, 50
    expected = 1000 * 0.02 + 0.01 * 50 + (2 * GROUP - 1) * 0.01 * 0.02
    assert products(rows, weight) == pytest.approx(np.full((1, 4), expected), rel=1e-5)


def test_rows_and_weights_are_rounded_as_the_reference_says(products: Products) -> None:
    random = np.random.default_rng(5)
    rows, weight = (random.normal(size=(n, 1312)).astype(np.float32) for n in (9, 30))
    packed = pack(weight, products.bits)
    difference = np.abs(products(rows, weight) - product(rows, packed, 30, products.bits))
    # Halfway between two bytes the last digit decides: most rows have no such number.
    assert np.median(difference.max(axis=1)) < 1e-3
    assert difference.max() < 0.5
    exact = rows.astype(np.float64) @ weight.T
    error = np.linalg.norm(products(rows, weight) - exact) / np.linalg.norm(exact)
    assert error < (0.02 if products.bits == 32 else 0.03)


def test_a_large_number_does_not_hide_the_others(products: Products) -> None:
    random = np.random.default_rng(2)
    rows, weight = (random.normal(size=(n, GROUP)) for n in (20, 50))
    # Without the transform, with 80 levels each way, most numbers would be 0 beside it.
    rows[:, 7], weight[:, 7] = 200, 0
    expected = rows @ weight.T
    found = products(rows, weight)
    assert np.linalg.norm(found - expected) < 0.2 * np.linalg.norm(expected)
    plain = np.rint(rows / 200 * 80) * 200 / 80 @ weight.T
    assert np.linalg.norm(plain - expected) > 0.6 * np.linalg.norm(expected)


@pytest.mark.parametrize("width", [32, GROUP])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_row_with_nan_or_infinity_gives_nan(products: Products, value: float, width: int) -> None:
    rows = np.ones((3, width))
    rows[1, 5] = value
    found = products(rows, np.ones((20, width)))
    assert np.isnan(found[1]).all()
    assert found[::2] == pytest.approx(np.full((2, 20), float(width)), rel=1e-5)


@pytest.mark.parametrize("width", [32, GROUP])
def test_rows_of_zeros_give_zeros(products: Products, width: int) -> None:
    weight = np.ones((20, width))
    assert np.array_equal(products(np.zeros((2, width)), weight), np.zeros((2, 20)))
    assert products(np.ones((0, width)), weight).shape == (0, 20)


def test_the_reference_multiplies_as_floats_do() -> None:
    random = np.random.default_rng(6)
    rows, weight = (random.normal(size=(n, 300 - 300 % 32)) for n in (4, 7))
    packed = pack(weight.astype(np.float32), 32)
    exact = rows @ weight.T
    found = rounded(rows, 32) @ dequantized(packed, 7, 288).T
    assert np.linalg.norm(found - exact) < 0.02 * np.linalg.norm(exact)
