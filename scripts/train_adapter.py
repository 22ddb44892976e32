"""Train the embedded model's adapter from a folder of corpora.

The folder has `train/NAME.id` and `train/NAME.en` for every corpus in the settings, and test sets,
`eval/*.id` and `*.en`, whose sentences are left out of training. The output folder gets
`adapter.safetensors`, the record of the run, its loss curve and its checkpoint. The same command
continues a stopped or killed run.
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
from models.embedded.adapter import read_adapter
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
    data: Annotated[Path, typer.Argument(help="Folder with train/ and eval/.")],
    output: Annotated[Path, typer.Option(help="Folder for the adapter and the checkpoint.")],
    config: Annotated[Path, typer.Option(help="TOML file of the run's settings.")] = CONFIGURATION,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop with a checkpoint after N minutes.")
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Compile the layers (takes a minute).")
    ] = True,
    start: Annotated[
        Path | None, typer.Option(help="An adapter to go on from; its rank may be lower.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only report the training data.")] = False,
) -> None:
    """Train an adapter, or continue a stopped run."""
    try:
        settings = read_settings(config)
        challenge = [s.source for kind in read_challenge().values() for s in kind.sentences]
        corpora = read_corpora(data, settings, challenge)
        _report_corpora(corpora)
        if check:
            return
        deadline = time.monotonic() + minutes * 60 if minutes is not None else None
        _train(data, output, config, settings, corpora, deadline, compiled, start)
    except ModelError as error:
        typer.echo(f"train_adapter: {error.detail}", err=True)
        raise typer.Exit(1) from error


def _log(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')}  {line}", err=True)


def _report_corpora(corpora: Corpora) -> None:
    for name, pairs in corpora.pairs.items():
        removed = corpora.removed[name]
        reasons = ", ".join(f"{count} {reason}" for reason, count in removed.most_common())
        _log(f"{name}: {len(pairs):,} pairs" + (f"; left out: {reasons}" if reasons else ""))
    excluded = sum(removed[IN_EVALUATION] for removed in corpora.removed.values())
    _log(f"{excluded} pairs left out because an evaluation file has one of their sides")


def _train(
    data: Path,
    output: Path,
    config: Path,
    settings: Settings,
    corpora: Corpora,
    deadline: float | None,
    compiled: bool,
    start: Path | None,
) -> None:
    # Imported here, so that --help and errors in the data need no torch.
    try:
        import matplotlib  # noqa: F401

        from scripts.training.network import Network
        from scripts.training.run import ADAPTER, STOPPED, Run, best_device, best_dtype
    except ModuleNotFoundError as error:
        raise CorpusError(f"{error.name} is not installed: `pip install 'kabar[train]'`") from error

    settings_text = config.read_bytes()
    spec = find_model("kabar-id-en")
    with tempfile.TemporaryDirectory() as folder:
        base_file = Path(folder, "base.gguf")
        _log("assembling and reading the base weights")
        assemble(base_file)
        vocabulary, _ = read_base(base_file, [0])
        token_ids = choose_vocabulary(vocabulary, data, corpora, settings)
        vocabulary, base = read_base(base_file, token_ids)
        before = read_adapter(start) if start else None
    tokenizer = build_tokenizer(vocabulary, token_ids)
    device = best_device()
    dtype = best_dtype(device)
    _log(f"vocabulary of {len(token_ids):,} tokens; {dtype} on {device}")
    assert spec.prompt is not None
    assert spec.stop is not None
    prompt, machine_prompt = spec.prompt, MACHINE_PROMPT
    if settings.reverse:
        prompt, machine_prompt = REVERSE_PROMPT, REVERSE_MACHINE_PROMPT
    network = Network(base, settings.rank, settings.seed, dtype).to(device)
    run = Run(
        network,
        token_ids,
        {"prompt": prompt, "stop": spec.stop} | ({"hints": "braces"} if settings.hints else {}),
        corpora,
        settings,
        Encoder(tokenizer, prompt, machine_prompt),
        output,
        _log,
        before,
    )
    run.record.machine = _machine()
    (output / "training.toml").write_bytes(settings_text)
    if not shutil.which("c++") and device.type == "cpu":
        compiled = False
    if compiled:
        _log("compiling (takes a minute)")
        network.compile_blocks()
    stopped = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.append(True))
    finished = run.train(
        lambda: bool(stopped) or (deadline is not None and time.monotonic() > deadline)
    )
    draw(run.record, output / CURVE)
    if finished:
        _log(f"done: {output / ADAPTER}")
    else:
        _log(
            f"stopped after {run.record.tokens:,} tokens, with {output / STOPPED}; the same "
            f"command continues from here"
        )


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
    """Draw the loss curve: smoothed training loss, and held-out loss as dots."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.5), layout="constrained")
    if record.losses:
        tokens, losses = zip(*record.losses, strict=True)
        smooth, level = [], losses[0]
        for count, loss in enumerate(losses):
            past = min(0.9, count / (count + 1))  # the mean of all, up to ten
            level = past * level + (1 - past) * loss
            smooth.append(level)
        axes.plot(tokens, losses, color="0.8", linewidth=0.8)
        axes.plot(tokens, smooth, label="training (smoothed labels)")
    if record.held_out:
        axes.plot(*zip(*record.held_out, strict=True), "o-", label="held out")
    axes.set_xlabel("tokens")
    axes.set_ylabel("nats per target token")
    axes.set_ylim(top=min(4.0, max((loss for _, loss in record.losses), default=4.0)))
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


if __name__ == "__main__":
    # torch warns of numpy's read-only arrays from memory-mapped files, but writes to none.
    warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
    app()
