"""The change of a blend is the weighted sum of the adapters' changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from typer.testing import CliRunner

from models.embedded.adapter import Adapter, read_adapter, read_metadata, write_adapter
from models.embedded.gemma import PROJECTIONS, Array
from scripts.blend_adapters import app, blend


def adapter(seed: int, rank: int) -> Adapter:
    random = np.random.default_rng(seed)

    def pair() -> tuple[Array, Array]:
        a, b = random.normal(size=(rank, 6)), random.normal(size=(5, rank))
        return a.astype(np.float32), b.astype(np.float32)

    return Adapter([0, 1, seed], tuple({name: pair() for name in PROJECTIONS} for _ in range(2)))


def test_a_sufficient_rank_keeps_the_whole_sum() -> None:
    one, other = adapter(3, 2), adapter(4, 1)
    made, lost = blend([(one, 0.5), (other, 0.25)], rank=3)
    assert made.token_ids == [0, 1, 3]
    assert abs(lost) < 1e-6
    for layer in range(2):
        for name in PROJECTIONS:
            (a1, b1), (a2, b2) = one.pairs[layer][name], other.pairs[layer][name]
            a, b = made.pairs[layer][name]
            assert a.shape == (3, 6)
            np.testing.assert_allclose(b @ a, 0.5 * b1 @ a1 + 0.25 * b2 @ a2, atol=1e-5)


def test_the_rank_leaves_out_the_smallest_values(tmp_path: Path) -> None:
    one = adapter(3, 4)
    made, lost = blend([(one, 1.0)], rank=2)
    missing = whole = 0.0
    for layer in range(2):
        for name in PROJECTIONS:
            a1, b1 = one.pairs[layer][name]
            values = np.linalg.svd(b1 @ a1, compute_uv=False)
            a, b = made.pairs[layer][name]
            assert np.square(b1 @ a1 - b @ a).sum() < np.square(values[2:]).sum() * 1.001
            missing += np.square(values[2:]).sum()
            whole += np.square(values).sum()
    assert abs(lost - missing / whole) < 1e-5


def test_the_command_writes_a_file_and_names_faults(tmp_path: Path) -> None:
    paths = [tmp_path / "one.safetensors", tmp_path / "other.safetensors"]
    for seed, path in enumerate(paths, 3):
        write_adapter(path, adapter(seed, 2), {"prompt": f"{seed} {{source}}", "stop": "\n"})
    output = tmp_path / "blend.safetensors"
    run = CliRunner().invoke(
        app, [f"{paths[0]}=0.5", f"{paths[1]}=0.5", "--output", str(output), "--rank", "3"]
    )
    assert run.exit_code == 0, run.output
    assert read_metadata(output)["prompt"] == "3 {source}"
    assert read_adapter(output).pairs[0]["q_proj"][0].shape == (3, 6)
    for argument, message in ((str(paths[0]), "is not FILE=WEIGHT"), ("no=1", "no cannot be read")):
        run = CliRunner().invoke(app, [argument, "--output", str(output)])
        assert run.exit_code != 0
        assert message in " ".join(run.output.split())
        assert "Traceback" not in run.output
