"""The build of the native library, and what happens without it."""

from __future__ import annotations

import platform
import runpy
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from paths import REPOSITORY

from models.catalogue import find_model
from models.errors import EngineUnavailable
from models.inflight import library
from models.inflight.library import instruction_sets, sum_bits
from models.load import check_engine, choose_engine, packed_format

EMBEDDED = find_model("kabar-id-en")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A place for the library at which there is none."""
    path = tmp_path / "libinflight.so"
    monkeypatch.setattr(library, "PATH", path)
    for cached in (library._library, instruction_sets):
        cached.cache_clear()
    yield path
    for cached in (library._library, instruction_sets):
        cached.cache_clear()


def test_the_library_runs_on_this_machine() -> None:
    sets = instruction_sets()
    assert sets[-1] == "portable"
    assert {sum_bits(name) for name in sets} <= {16, 32}
    assert sum_bits("no such set") == 0
    assert choose_engine(EMBEDDED, "auto", "auto") == (
        "inflight", f"it is the fastest, with {sets[0]}",
    )  # fmt: skip


def test_without_the_library_ctranslate2_computes(elsewhere: Path) -> None:
    engine, reason = choose_engine(EMBEDDED, "auto", "cpu")
    assert engine == "ctranslate2"
    assert reason.startswith("the inflight engine was not built: install Kabar again where there")
    with pytest.raises(EngineUnavailable, match="use `--engine ctranslate2`"):
        check_engine("inflight", "cpu")


@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF" + b"\0" * 200])
def test_with_a_broken_library_ctranslate2_computes(elsewhere: Path, content: bytes) -> None:
    elsewhere.write_bytes(content)
    engine, reason = choose_engine(EMBEDDED, "auto", "cpu")
    assert engine == "ctranslate2"
    assert "the inflight engine's library cannot be loaded" in reason


def test_the_format_is_that_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for bits in (16, 32):
        monkeypatch.setattr("models.load.sum_bits", lambda name, bits=bits: bits)
        assert packed_format() == f"packed{bits}"


def wheel(folder: Path, compiler: str) -> subprocess.CompletedProcess[str]:
    """Build a wheel of a copy of the sources with a compiler."""
    sources = folder / "sources"
    ignored = shutil.ignore_patterns("*.so", "__pycache__")
    for name in ("models/inflight", "service/samples"):
        shutil.copytree(REPOSITORY / name, sources / name, ignore=ignored)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, sources / name)
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel"],
        cwd=sources,
        env={"PATH": "/usr/bin:/bin", "CXX": compiler},
        capture_output=True,
        text=True,
        check=True,
    )


def contents(folder: Path) -> tuple[str, list[str]]:
    (path,) = (folder / "sources/dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return path.name, archive.namelist()


@pytest.mark.skipif(shutil.which("c++") is None, reason="there is no C++ compiler")
def test_a_wheel_has_the_library_and_serves_every_python(tmp_path: Path) -> None:
    wheel(tmp_path, "c++")
    name, files = contents(tmp_path)
    assert "models/inflight/libinflight.so" in files
    assert name.startswith("kabar-")
    assert f"-py3-none-{sys.platform}_{platform.machine()}" in name


@pytest.mark.parametrize("compiler", ["no-such-compiler", "false"])
def test_a_wheel_is_built_without_a_compiler(tmp_path: Path, compiler: str) -> None:
    done = wheel(tmp_path, compiler)
    name, files = contents(tmp_path)
    assert "models/inflight/libinflight.so" not in files
    assert name.endswith("-py3-none-any.whl")
    assert "the inflight engine was not built" in done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("nm") is None, reason="there is no nm")
def test_no_code_of_an_instruction_set_is_shared(tmp_path: Path) -> None:
    # The linker could take such code for all processors.
    source = REPOSITORY / "models/inflight/native/kernels.cpp"
    made = tmp_path / "kernels.o"
    command = ["c++", "-std=c++17", "-O1", "-fPIC", "-DVARIANT=some", "-c"]
    subprocess.run([*command, str(source), "-o", str(made)], check=True)
    symbols = subprocess.run(["nm", made], check=True, capture_output=True, text=True).stdout
    kinds = {line.split()[-2] for line in symbols.splitlines()}
    assert kinds <= set("tbrdRDU")


ARM = "aarch64-linux-gnu-g++"


@pytest.mark.parametrize(
    ("compiler", "machine", "runner", "sets"),
    [
        ("c++", platform.machine(), [], set(instruction_sets()) & {"avx512", "avxvnni", "neon"}),
        (ARM, "aarch64", ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"], {"neon"}),
    ],
    ids=["this machine", "arm64 in an emulator"],
)
def test_instruction_sets_agree(
    compiler: str, machine: str, runner: list[str], sets: set[str], tmp_path: Path
) -> None:
    if any(shutil.which(program) is None for program in (compiler, *runner[:1])):
        pytest.skip("there is no compiler or emulator")
    build_library = runpy.run_path(str(REPOSITORY / "hatch_build.py"))["build"]
    made = tmp_path / "libinflight.so"
    build_library(made, compiler, machine)
    assert made.stat().st_size > 50_000
    variants = runpy.run_path(str(REPOSITORY / "hatch_build.py"))["_VARIANTS"][machine]
    native = REPOSITORY / "models/inflight/native"
    flags = ["-std=c++17", "-O2", "-ffp-contract=fast"]
    objects = []
    for name, more, _ in variants:
        objects.append(tmp_path / f"{name}.o")
        command = [compiler, *flags, *more, f"-DVARIANT={name}", "-c", str(native / "kernels.cpp")]
        subprocess.run([*command, "-o", objects[-1]], check=True)
    program = tmp_path / "check"
    source = REPOSITORY / "tests/models/inflight/check_kernels.cpp"
    command = [compiler, *flags, f"-I{native}", str(source), *map(str, objects), "-o", str(program)]
    subprocess.run(command, check=True)
    done = subprocess.run([*runner, program], capture_output=True, text=True, check=False)
    assert (done.returncode, set(done.stdout.split())) == (0, sets)
