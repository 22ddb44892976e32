"""Measure runs over archives: many short files against a long one, and memory over rows.

Both run `kabar translate` in processes of their own. The text is the Indonesian side of pairs in
`scripts/training/written`. Run nothing else meanwhile.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

app = typer.Typer(add_completion=False)

_WRITTEN = Path(__file__).parent / "training" / "written"
_SENTENCES_PER_FILE = 5


@app.command(epilog="Example: python scripts/bench_archive.py files --count 60 --rounds 3")
def files(
    count: Annotated[int, typer.Option(min=1, help="Number of short files.")] = 60,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of both.")] = 3,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder with the model.")] = None,
) -> None:
    """Print the words a second of a folder of short files, and of one long file."""
    sentences = _sentences(count * _SENTENCES_PER_FILE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "short").mkdir()
        for n in range(count):
            part = sentences[n * _SENTENCES_PER_FILE : (n + 1) * _SENTENCES_PER_FILE]
            (folder / "short" / f"{n}.txt").write_text("\n\n".join(part))
        (folder / "long").mkdir()
        (folder / "long" / "all.txt").write_text("\n\n".join(sentences))
        seconds: dict[str, list[float]] = {"long": [], "short": []}
        for number in range(rounds):
            for kind, found in seconds.items():
                out = folder / f"out-{kind}-{number}"
                end = _translate(folder / kind, out, data_dir, "--no-cache")
                found.append(end["seconds"])
                _log(f"{kind}: {end['words'] / end['seconds']:.1f} words/s, {end['files']} files")
    ratios = [long / short for long, short in zip(*seconds.values(), strict=True)]
    print(
        f"{count} files against one, {len(sentences)} sentences: "
        f"{median(seconds['long']):.1f} s against {median(seconds['short']):.1f} s, "
        f"ratio of speeds {median(ratios):.2f}"
    )


@app.command(epilog="Example: python scripts/bench_archive.py memory --megabytes 200")
def memory(
    megabytes: Annotated[int, typer.Option(min=1, help="Size of the file of rows.")] = 200,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder with the model.")] = None,
) -> None:
    """Print the memory of a run over a file of rows, and its slope.

    The rows are made of 200 sentences that are translated first, so that the engine does little.
    """
    sentences = _sentences(200)
    draw = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = folder / "first.jsonl"
        first.write_text("".join(_row(n, [one]) for n, one in enumerate(sentences)))
        _translate(first, folder / "first.en.jsonl", data_dir)
        rows = folder / "rows.jsonl"
        with rows.open("w") as file:
            n = 0
            while file.tell() < megabytes * 1_000_000:
                file.write(_row(n, draw.sample(sentences, 5)))
                n += 1
        samples: list[tuple[float, float]] = []
        end = _translate(rows, folder / "rows.en.jsonl", data_dir, samples=samples)
    _log(f"{n:,} rows, {end['seconds']:.0f} s, {len(samples)} samples")
    # The first quarter loads tables and fills caches of limited size.
    settled = samples[len(samples) // 4 :]
    slope = _slope(settled) * end["seconds"] / (megabytes / 1000)
    print(
        f"{megabytes} MB of rows: at most {max(size for _, size in samples):.0f} MB, "
        f"slope {slope:+.1f} MB a GB of rows"
    )


def _row(number: int, sentences: Sequence[str]) -> str:
    row = {"id": number, "isi": "\n\n".join(sentences), "url": "x" * 2_000}
    return json.dumps(row, ensure_ascii=False) + "\n"


def _sentences(count: int) -> list[str]:
    found: list[str] = []
    for path in sorted(_WRITTEN.glob("*.tsv"), reverse=True):
        for line in path.read_text(encoding="utf-8").splitlines():
            source = line.split("\t")[0]
            if 8 <= len(source.split()) <= 40 and source.endswith("."):
                found.append(source)
            if len(found) == count:
                return found
    raise SystemExit(f"bench_archive: there are only {len(found)} sentences")


def _translate(
    source: Path,
    out: Path,
    data_dir: Path | None,
    *arguments: str,
    samples: list[tuple[float, float]] | None = None,
) -> dict[str, Any]:
    """Run the command and return its last event; sample its memory every half second."""
    command = [sys.executable, "-m", "service.cli.main", "translate", str(source), "-o", str(out)]
    environment = dict(os.environ)
    if data_dir is not None:
        environment["KABAR_DATA_DIR"] = str(data_dir)
    process = subprocess.Popen(
        [*command, "--events", *arguments], stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stderr is not None
    if samples is not None:
        threading.Thread(target=_sample, args=(process, samples), daemon=True).start()
    last = ""
    for line in process.stderr:
        last = line if line.startswith("{") else last
    if process.wait() != 0:
        raise SystemExit(f"bench_archive: the command failed: {last}")
    end: dict[str, Any] = json.loads(last)
    return end


def _sample(process: subprocess.Popen[str], samples: list[tuple[float, float]]) -> None:
    began = time.monotonic()
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            lines = status.read_text().splitlines()
        except OSError:
            return
        sizes = [line.split()[1] for line in lines if line.startswith("VmRSS")]
        if sizes:
            samples.append((time.monotonic() - began, int(sizes[0]) / 1000))
        time.sleep(0.5)


def _slope(samples: Sequence[tuple[float, float]]) -> float:
    """Return the slope of a least-squares line, in MB a second."""
    if len(samples) < 2:
        return 0.0
    mean_x = sum(x for x, _ in samples) / len(samples)
    mean_y = sum(y for _, y in samples) / len(samples)
    variance = sum((x - mean_x) ** 2 for x, _ in samples)
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / variance


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    app()
