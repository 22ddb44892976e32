"""The command line in this process, with an engine of the test."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from models.engine import Engine
from service.cli import archive, articles
from service.cli import main as cli
from service.runtime import Runtime, runtime_around
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a command; `stderr` never has a traceback."""

    code: int
    stdout: str
    stderr: str


class CommandLine:
    """Runs `kabar` with an engine of the test."""

    def __init__(
        self, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def opened(settings: Settings, progress: Any) -> Runtime:
            self._runtimes.append(runtime_around(engine, settings))
            return self._runtimes[-1]

        self._runtimes: list[Runtime] = []
        for commands in (articles, archive):
            monkeypatch.setattr(commands, "open_runtime", opened)
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> Done:
        self._monkeypatch.setattr(sys, "argv", ["kabar", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        while self._runtimes:
            self._runtimes.pop().close()
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        return Done(int(ended.value.code or 0), out, err)
