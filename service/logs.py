"""Structured logs on standard error, for people or programs (JSON)."""

from __future__ import annotations

import contextlib
import logging
import sys

import structlog


class _Lines:
    """A logger that ignores write errors: a full disk fails no request."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(message, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = log = msg


def configure_logs(form: str, level: str) -> None:
    """Set up logging for this process. Call it once, at start."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        # A new logger each time, because standard error may be replaced.
        logger_factory=lambda *_: _Lines(),
        cache_logger_on_first_use=False,
    )
