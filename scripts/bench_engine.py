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
from models.training.corpora import read_lines
from scripts.bench.side import BUDGETS

ROOT = Path(__file__).resolve().parent.parent
SIDES = (
    "ctranslate2 int8",
    "inflight int8",
    "inflight bfloat16",
    "transformers bfloat16",
    "transformers float32",
)
# All at once: the engine, or the batcher's token budget, makes the batches.
ALL = 0

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
        """Have the sentences translated: `seconds`, `tokens`, `texts`, `peak` (MB).

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

    seconds: list[float] = field(default_factory=list)
    tokens: int = 0
    texts: list[str] = field(default_factory=list)

    def words_a_second(self, words: int) -> float:
        return words / statistics.median(self.seconds)


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
        _compare(running, sentences, expected, settings, rounds)
        for side in running:
            side.close()
    except ModelError as error:
        typer.echo(f"bench_engine: {error.detail}", err=True)
        raise typer.Exit(1) from error


def _compare(
    running: Sequence[Side],
    sentences: Sequence[str],
    references: Sequence[str] | None,
    settings: Sequence[tuple[int, int]],
    rounds: int,
) -> None:
    words = sum(len(sentence.split()) for sentence in sentences)
    peaks: dict[str, float] = {}
    for beam, batch in settings:
        # A budget is looked for first, with a part of the sentences, which also warms up.
        chosen = {side.name: _best_batch(side, sentences[:64], beam, batch) for side in running}
        measured = {side.name: Measured() for side in running}
        for turn in range(rounds):
            for side in running:
                answer = side.ask(sentences, beam, chosen[side.name])
                peaks[side.name] = answer["peak"]
                found = measured[side.name]
                found.seconds.append(answer["seconds"])
                found.tokens, found.texts = answer["tokens"], answer["texts"]
            _say(f"beam {beam}, batch {batch or 'all'}: round {turn + 1} of {rounds}")
        base = measured[running[0].name].words_a_second(words)
        exact = next((m.texts for n, m in measured.items() if n.endswith("float32")), None)
        print(f"\nbeam {beam}, batch {batch or 'all'}, {len(sentences)} sentences\n")
        print("| engine | words/s | ratio | tokens/s | chrF++ | as in float32 | peak MB |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for name, found in measured.items():
            speed = found.words_a_second(words)
            tokens = found.tokens / statistics.median(found.seconds)
            score = _chrf(found.texts, references) if references else ""
            same = ""
            if exact is not None:
                equal = sum(a == b for a, b in zip(found.texts, exact, strict=True))
                same = f"{equal / len(exact):.0%}"
            print(
                f"| {name} | {speed:.0f} | {speed / base:.2f} | {tokens:.0f} | {score} | {same} "
                f"| {peaks[name]:.0f} |"
            )


def _best_batch(side: Side, sentences: Sequence[str], beam: int, batch: int) -> int:
    """The batch to ask for: where all come at once and the batcher cuts, its best budget."""
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
