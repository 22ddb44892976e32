"""Build the inflight engine's native library with the package.

It needs a C++17 compiler. Without one, the package is built without the library, and Kabar uses
CTranslate2. The library does not use Python, so one wheel serves every version of Python.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FOLDER = Path(__file__).parent / "models/inflight"
_LIBRARY = _FOLDER / "libinflight.so"
_FLAGS = ["-std=c++17", "-O3", "-ffp-contract=fast", "-fPIC", "-fvisibility=hidden", "-pthread"]

# The kernels are compiled once for each instruction set: its name, its flags, and a macro. The
# macro tells `step.cpp` that the compiler knows the set. Without a macro, it has to know the set.
_VARIANTS = {
    "x86_64": [
        ("portable", [], ""),
        ("avx2", ["-mavx2", "-mfma"], ""),
        ("avxvnni", ["-mavx2", "-mfma", "-mavxvnni"], "HAS_AVXVNNI"),
        (
            "avx512",
            ["-mavx2", "-mfma", *(f"-mavx512{part}" for part in ("f", "bw", "dq", "vl", "vnni"))],
            "HAS_AVX512",
        ),
    ],
    "aarch64": [("portable", [], ""), ("neon", ["-march=armv8.2-a+dotprod"], "")],
}
_MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}


class NativeBuild(BuildHookInterface[Any]):
    """Compile `models/inflight/native` into `models/inflight/libinflight.so`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        try:
            build(_LIBRARY)
        except (OSError, subprocess.CalledProcessError) as error:
            _LIBRARY.unlink(missing_ok=True)
            self.app.display_warning(
                f"the inflight engine was not built, and Kabar will compute with CTranslate2, "
                f"which is slower: {_reason(error)}"
            )
            return
        build_data["artifacts"].append(f"/{_LIBRARY.relative_to(self.root)}")
        build_data["pure_python"] = False
        tag = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{tag}"


def _reason(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).strip().splitlines()
        return next((line for line in lines if "error" in line), f"{error}")
    return f"{error}"


def build(library: Path, compiler: str | None = None, machine: str | None = None) -> None:
    """Compile the library.

    Raises `OSError` or `subprocess.CalledProcessError`.
    """
    compiler = compiler or os.environ.get("CXX", "c++")
    if not shutil.which(compiler):
        raise OSError(f"there is no C++ compiler called {compiler} (`apt install g++`)")
    machine = machine or _MACHINES.get(platform.machine().lower(), "")
    variants = _VARIANTS.get(machine, [("portable", [], "")])
    source = _FOLDER / "native"
    with tempfile.TemporaryDirectory() as folder:
        objects, known = [], []
        for name, flags, macro in variants:
            target = Path(folder, f"{name}.o")
            command = [compiler, *_FLAGS, *flags, f"-DVARIANT={name}", "-c"]
            try:
                _run([*command, str(source / "kernels.cpp"), "-o", str(target)])
            except subprocess.CalledProcessError:
                if not macro:
                    raise
                continue  # an older compiler, which lacks the instructions
            objects.append(str(target))
            known += [f"-D{macro}"] if macro else []
        target = Path(folder, "step.o")
        _run([compiler, *_FLAGS, *known, "-c", str(source / "step.cpp"), "-o", str(target)])
        made = Path(folder, library.name)
        # Static and hidden, so that no other C++ library in the process replaces its functions.
        static = ["-static-libstdc++", "-static-libgcc", "-Wl,--exclude-libs,ALL"]
        link = static if sys.platform == "linux" else []
        _run([compiler, "-shared", "-pthread", str(target), *objects, *link, "-o", str(made)])
        fresh = library.with_suffix(".new")
        shutil.copyfile(made, fresh)
        fresh.chmod(0o755)
        fresh.replace(library)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
