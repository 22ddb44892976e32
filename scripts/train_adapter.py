"""Train the embedded model's adapter from a folder of corpora.

In goes a folder with `train/NAME.id` and `train/NAME.en` for every corpus that the configuration
names, and `eval/*.id` and `*.en`, whose sentences are kept out of training. Out comes a folder
with `adapter.safetensors`, the record of the run, its loss curve and its checkpoint. The same
command goes on where a run was stopped or killed.
"""

from __future__ import annotations

import platform
import shutil
import signal
import tempfile
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from models.catalogue import find_model
from models.embedded.base import assemble, read_base
from models.embedded.tokenizer import build_tokenizer
from models.errors import ModelError
from scripts.quality.challenge import read_challenge
from scripts.training.corpora import IN_EVALUATION, CorpusError
from scripts.training.data import (
    MACHINE_PROMPT,
    REVERSE_MACHINE_PROMPT,
    REVERSE_PROMPT,
    Encoder,
    choose_vocabulary,
    read_corpora,
)
from scripts.training.settings import read_settings

if TYPE_CHECKING:
    from scripts.training.data import Corpora
    from scripts.training.run import Record
    from scripts.training.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = ROOT / "models/embedded/training.toml"
CURVE = "loss.png"

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: python scripts/train_adapter.py DATA --output build/adapter")
def main(
    data: Annotated[Path, typer.Argument(help="Holds train/ and eval/.")],
    output: Annotated[Path, typer.Option(help="Folder for the adapter and the checkpoint.")],
    config: Annotated[Path, typer.Option(help="Settings of the run.")] = CONFIGURATION,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop, with a checkpoint, after so many minutes.")
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Fuse elementwise work (takes a minute).")
    ] = True,
    check: Annotated[
        bool, typer.Option("--check", help="Only report what would be trained on.")
    ] = False,
) -> None:
    """Train an adapter, or go on with a run that was stopped."""
    try:
        settings = read_settings(config)
        challenge = [s.source for kind in read_challenge().values() for s in kind.sentences]
        corpora = read_corpora(data, settings, challenge)
        _report_corpora(corpora)
        if check:
            return
        kept_on = time.monotonic() + minutes * 60 if minutes is not None else None
        _train(data, output, config, settings, corpora, kept_on, compiled)
    except ModelError as error:
        typer.echo(f"train_adapter: {error.detail}", err=True)
        raise typer.Exit(1) from error


def _say(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


def _report_corpora(corpora: Corpora) -> None:
    for name, pairs in corpora.pairs.items():
        removed = corpora.removed[name]
        reasons = ", ".join(f"{count} {reason}" for reason, count in removed.most_common())
        _say(f"{name}: {len(pairs):,} pairs" + (f"; left out: {reasons}" if reasons else ""))
    barred = sum(removed[IN_EVALUATION] for removed in corpora.removed.values())
    _say(f"{barred} pairs left out because an evaluation file has one of their sides")


def _train(
    data: Path,
    output: Path,
    config: Path,
    settings: Settings,
    corpora: Corpora,
    kept_on: float | None,
    compiled: bool,
) -> None:
    # Imported late, so that --help and errors in the data need no torch.
    try:
        import matplotlib  # noqa: F401

        from scripts.training.network import Network
        from scripts.training.run import ADAPTER, Run, best_device, best_dtype
    except ModuleNotFoundError as error:
        raise CorpusError(f"{error.name} is not installed: `pip install 'kabar[train]'`") from error

    settings_text = config.read_bytes()
    spec = find_model("kabar-id-en")
    with tempfile.TemporaryDirectory() as folder:
        base_file = Path(folder, "base.gguf")
        _say("assembling and reading the base weights")
        assemble(base_file)
        vocabulary, _ = read_base(base_file, [0])
        kept = choose_vocabulary(vocabulary, data, corpora, settings)
        vocabulary, base = read_base(base_file, kept)
    tokenizer = build_tokenizer(vocabulary, kept)
    device = best_device()
    dtype = best_dtype(device)
    _say(f"{len(kept):,} tokens of the vocabulary kept; {dtype} on {device}")
    assert spec.prompt is not None
    assert spec.stop is not None
    prompt, machine_prompt = spec.prompt, MACHINE_PROMPT
    if settings.reverse:
        prompt, machine_prompt = REVERSE_PROMPT, REVERSE_MACHINE_PROMPT
    network = Network(base, settings.rank, settings.seed, dtype).to(device)
    run = Run(
        network,
        kept,
        {"prompt": prompt, "stop": spec.stop},
        corpora,
        settings,
        Encoder(tokenizer, prompt, machine_prompt),
        output,
        _say,
    )
    run.record.machine = _machine()
    (output / "training.toml").write_bytes(settings_text)
    if not shutil.which("c++") and device.type == "cpu":
        compiled = False
    if compiled:
        _say("compiling, which takes a minute")
        network.compile_blocks()
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    finished = run.train(
        lambda: bool(stopped) or (kept_on is not None and time.monotonic() > kept_on)
    )
    draw(run.record, output / CURVE)
    if finished:
        _say(f"done: {output / ADAPTER}")
    else:
        _say(f"stopped after {run.record.tokens:,} tokens; the same command goes on from here")


def _machine() -> str:
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name(0)
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{torch.get_num_threads()} cores, {names[0] if names else platform.processor()}"


def draw(record: Record, path: Path) -> None:
    """The loss curve as a picture: training loss smoothed, held-out loss as dots."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    if record.losses:
        tokens, losses = zip(*record.losses, strict=True)
        smooth, level = [], losses[0]
        for count, loss in enumerate(losses):
            past = min(0.9, count / (count + 1))  # the mean of all, until there are ten
            level = past * level + (1 - past) * loss
            smooth.append(level)
        axes.plot(tokens, losses, color="0.8", linewidth=0.8)
        axes.plot(tokens, smooth, label="training (smoothed labels)")
    if record.held_out:
        axes.plot(*zip(*record.held_out, strict=True), "o-", label="held out")
    axes.set_xlabel("tokens")
    axes.set_ylabel("nats a target token")
    axes.set_ylim(top=min(4.0, max((loss for _, loss in record.losses), default=4.0)))
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


if __name__ == "__main__":
    # numpy's arrays from memory-mapped files are read-only, which torch warns of; none is written.
    warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
    app()
