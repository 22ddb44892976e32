"""Check that locked packages have wheels for every Python and platform.

Without a wheel, `pip` would have to compile a package when a user installs Kabar. The script
installs nothing. It takes minutes, since pip asks the package index for every combination. Run it
whenever `requirements-serve.lock` changes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

LOCK = Path(__file__).resolve().parent.parent / "requirements-serve.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

# Platform tags of pip, newest first: a wheel for an older system also runs on a newer one.
PLATFORMS = {
    "x86-64": ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"),
    "arm64": ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"),
}

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/check_wheels.py")
def main(
    lock: Annotated[Path, typer.Argument(help="Requirements with exact versions.")] = LOCK,
) -> None:
    """Print the packages without a wheel; exit with 1 if there are any."""
    missing = 0
    for platform, tags in PLATFORMS.items():
        for python in PYTHONS:
            error = _problem(lock, python, tags)
            typer.echo(f"Python {python}, {platform}: {error or 'every package has a wheel'}")
            missing += bool(error)
    raise typer.Exit(1 if missing else 0)


def _problem(lock: Path, python: str, tags: tuple[str, ...]) -> str:
    """Return pip's message if a package has no wheel, else an empty text."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    command += ["--quiet", "--no-deps", "--only-binary=:all:", "--target", "unused"]
    command += ["--implementation", "cp", "--python-version", python]
    command += [part for tag in tags for part in ("--platform", tag)]
    done = subprocess.run([*command, "-r", str(lock)], capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
    return lines[-1] if lines else ("" if done.returncode == 0 else done.stderr.strip()[-300:])


if __name__ == "__main__":
    app()
