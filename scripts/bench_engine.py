"""Compare engines on the same weights and sentences, by turns, in one run.

Every side is a process of its own that loads the model once; sides take turns round by round,
so that whatever else the machine does meets all of them. Figures are medians, and what counts
is their ratio. Nothing else should run meanwhile.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import sacrebleu
import typer

from models.errors import ModelError
from scripts.bench.picture import draw_engines
from scripts.bench.side import BUDGETS
from scripts.training.corpora import read_lines

ROOT = Path(__file__).resolve().parent.parent
SIDES = (
    "ctranslate2 int8",
    "inflight int8",
    "inflight bfloat16",
    "transformers bfloat16",
    "transformers float32",
    "llama.cpp Q8_0",
    "llama.cpp Q4_K_M",
)
# All at once: the engine, or the batcher's token budget, makes the batches.
ALL = 0
MANY = 1_000_000

app = typer.Typer(add_completion=False)


class Side:
    """A side's process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scripts.bench.side", name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.about = self._answer()

    def ask(
        self, sentences: Sequence[str], beam: int, batch: int, *, guarded: bool = False
    ) -> dict[str, Any]:
        """Have the sentences translated: `seconds` in all and to the `first` of them, `products`
        (the part of the time that matrix products took, where that is known), `tokens`, `texts`,
        `peak` (MB).

        See `scripts.bench.side.translate` for `batch` and `guarded`.
        """
        assert self._process.stdin is not None
        request = {
            "sentences": list(sentences), "beam": beam, "batch": batch, "guarded": guarded,
        }  # fmt: skip
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ModelError(f"the side {self.name!r} ended with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@dataclass(slots=True)
class Measured:
    """What one side did with one setting, round by round."""

    answers: list[dict[str, Any]] = field(default_factory=list)

    def median(self, name: str) -> float:
        values: list[float] = [answer[name] for answer in self.answers]
        return statistics.median(values)

    @property
    def last(self) -> dict[str, Any]:
        return self.answers[-1]


@app.command(
    epilog="Example: python scripts/bench_engine.py DATA/eval/flores-devtest.id "
    "--references DATA/eval/flores-devtest.en --limit 512"
)
def main(
    text: Annotated[Path, typer.Argument(help="Indonesian, a sentence a line.")],
    references: Annotated[Path | None, typer.Option(help="For chrF++.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many sentences.")] = 512,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of every side.")] = 5,
    sides: Annotated[list[str] | None, typer.Option("--side", help="ENGINE FORM")] = None,
    batches: Annotated[str, typer.Option(help="Sizes of batches to compare; 0: all.")] = "0",
    beams: Annotated[str, typer.Option(help="Numbers of beams to compare.")] = "1",
    figures: Annotated[Path | None, typer.Option(help="Add the speeds to this JSON file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Draw them, all of the JSON file.")] = None,
) -> None:
    """Print a table of source words a second, with ratios to the first side's best."""
    names = sides or list(SIDES)
    try:
        sentences = read_lines(text)[:limit]
        expected = read_lines(references)[:limit] if references else None
        running = []
        for name in names:
            side = Side(name)
            running.append(side)
            _say(f"{name}: loaded in {side.about['load']:.1f} s")
        settings = [(int(b), int(s)) for b in beams.split(",") for s in batches.split(",")]
        speeds = _compare(running, sentences, expected, settings, rounds)
        for side in running:
            side.close()
        if figures is not None:
            known = json.loads(figures.read_text()) if figures.exists() else {}
            for setting, of_engines in speeds.items():
                known[setting] = known.get(setting, {}) | of_engines
            figures.write_text(json.dumps(known, indent=1) + "\n")
            speeds = known
        if picture is not None:
            draw_engines(speeds, picture)
    except ModelError as error:
        typer.echo(f"bench_engine: {error.detail}", err=True)
        raise typer.Exit(1) from error


def _compare(
    running: Sequence[Side],
    sentences: Sequence[str],
    references: Sequence[str] | None,
    settings: Sequence[tuple[int, int]],
    rounds: int,
) -> dict[str, dict[str, float]]:
    words = sum(len(sentence.split()) for sentence in sentences)
    speeds: dict[str, dict[str, float]] = {}
    for beam, batch in settings:
        # A budget is looked for first, with a part of the sentences, which also warms up.
        chosen = {side.name: _best_batch(side, sentences[:64], beam, batch) for side in running}
        measured = {side.name: Measured() for side in running}
        for turn in range(rounds):
            for side in running:
                measured[side.name].answers.append(side.ask(sentences, beam, chosen[side.name]))
            _say(f"beam {beam}, batch {batch or 'all'}: round {turn + 1} of {rounds}")
        exact = next((m.last["texts"] for n, m in measured.items() if n.endswith("float32")), None)
        title = f"beam {beam}, batch {batch or 'all'}"
        print(f"\n{title}, {len(sentences)} sentences, medians of {rounds} rounds\n")
        print(
            "| engine | source words/s | ratio | target tokens/s | first sentence | products "
            "| peak memory | load | chrF++ | as in float32 | changes with the batch |"
        )
        print("|---|" + "---:|" * 10)
        speeds[title] = {name: words / found.median("seconds") for name, found in measured.items()}
        base = speeds[title][running[0].name]
        for side in running:
            found, speed = measured[side.name], speeds[title][side.name]
            tokens = found.last["tokens"] / found.median("seconds")
            products = f"{found.median('products'):.0%}" if found.last["products"] else ""
            score = _chrf(found.last["texts"], references) if references else ""
            # Of sides that tell of all sentences at the end nothing else is known.
            first = "" if chosen[side.name] == MANY else f"{found.median('first'):.1f} s"
            same = ""
            if exact is not None:
                equal = sum(a == b for a, b in zip(found.last["texts"], exact, strict=True))
                same = f"{equal / len(exact):.0%}"
            # What shares its batches may change a sentence: here it is every second one alone.
            half = side.ask(sentences[::2], beam, chosen[side.name])["texts"]
            changed = sum(a != b for a, b in zip(half, found.last["texts"][::2], strict=True))
            print(
                f"| {side.name} | {speed:.0f} | {speed / base:.2f} | {tokens:.0f} "
                f"| {first} | {products} | {found.last['peak']:,.0f} MB "
                f"| {side.about['load']:.1f} s | {score} | {same} "
                f"| {changed / len(half):.1%} |"
            )
    return speeds


def _best_batch(side: Side, sentences: Sequence[str], beam: int, batch: int) -> int:
    """The batch to ask for: where all come at once and the batcher cuts, its best budget."""
    if batch == ALL and side.name.startswith(("llama.cpp", "openvino")):
        batch = MANY  # they make their batches themselves
    if batch != ALL or side.name.startswith("inflight"):
        side.ask(sentences, beam, batch)
        return batch
    seconds = {
        -budget: side.ask(sentences, beam, -budget)["seconds"] for budget in (BUDGETS[0], *BUDGETS)
    }
    return min(seconds, key=lambda budget: seconds[budget])


def _chrf(texts: Sequence[str], references: Sequence[str]) -> str:
    return f"{sacrebleu.corpus_chrf(list(texts), [list(references)], word_order=2).score:.1f}"


def _say(line: str) -> None:
    typer.echo(line, err=True)


if __name__ == "__main__":
    app()
