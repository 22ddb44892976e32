"""The server of `kabar serve`: model, address and uvicorn."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from models.catalogue import find_model
from models.devices import cores
from models.errors import KabarError
from models.load import check_engine, choose_engine, model_format
from models.store import ModelStore
from service import metrics
from service.errors import InvalidSettings, PortInUse
from service.http.app import create_app
from service.http.arenas import share_arenas
from service.http.auth import is_loopback
from service.http.overload import max_connections
from service.http.protocol import LimitedProtocol
from service.logs import configure_logs
from service.runtime import Runtime
from service.settings import Settings, load_settings
from service.storage.keys import Keys

# Time for the remaining connections, after `service.http.shutdown` has waited.
_CLOSE_SECONDS = 5


def run_server(settings: Settings) -> None:
    """Serve until interrupted.

    Raises `InvalidSettings`, `PortInUse`, or a `ModelError`, before it accepts connections.
    """
    keys = Keys(settings.keys_path)
    guarded = settings.auth and keys.any()
    keys.close()
    _require_keys(settings, guarded)
    listener = _listen(settings.host, settings.port)
    spec = find_model(settings.model)
    engine, reason = choose_engine(spec, settings.engine, settings.device)
    check_engine(engine, settings.device)  # before a build
    if engine != "inflight":
        _say(f"computing with {engine}: {reason}")
    # Not in the background, so that the user sees the steps.
    form = model_format(spec, engine, settings.device)
    ModelStore(settings.models_dir).ensure(spec, form, _say)
    address = _address(settings.host, listener.getsockname()[1])
    if settings.workers > 1:
        _run_workers(settings, listener, address)
    else:
        _run_process(settings, listener, partial(_greet, settings, guarded, address))


def worker_app() -> FastAPI:
    """Return the application of a worker, with settings from the environment."""
    settings = load_settings()
    if not settings.threads:
        # Teams of all cores in every worker would wait for each other.
        settings = settings.model_copy(update={"threads": max(1, cores() // settings.workers)})
    configure_process(settings)
    return create_app(Runtime(settings))


def server_config(settings: Settings, app: FastAPI | str, workers: int = 1) -> uvicorn.Config:
    """Return uvicorn's configuration; `app` is an application, or names what makes one.

    Raises the limit of descriptors, which workers inherit.
    """
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        workers=workers,
        http=LimitedProtocol,
        ws="none",
        limit_concurrency=max_connections(settings.max_connections),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_CLOSE_SECONDS,
    )


def configure_process(settings: Settings) -> None:
    """Set up logs, malloc arenas and thread switching for a serving process."""
    share_arenas()
    # The event loop competes for the GIL with the threads that read and check articles.
    sys.setswitchinterval(0.001)
    configure_logs(settings.log_format, settings.log_level)


def _greet(settings: Settings, guarded: bool, address: str) -> None:
    if not guarded:
        _say(
            "Requests need no API key"
            + (" (--no-auth)" if not settings.auth else "; only this machine can connect")
        )
    _say(
        f"\nKabar is ready. The page: {address}/ (API documentation: {address}/docs). Try:\n\n"
        f"  curl {address}/v1/translations -H 'Content-Type: application/json' "
        f'-d \'{{"text": "Presiden tiba di Surabaya pada Selasa (18/2/2025)."}}\'\n'
    )


def _run_process(
    settings: Settings, listener: socket.socket, when_ready: Callable[[], None]
) -> None:
    """Serve in this process. Raises the error of a model that failed to load."""
    failures: list[KabarError] = []

    def give_up(error: KabarError) -> None:
        failures.append(error)
        server.should_exit = True

    configure_process(settings)
    app = create_app(Runtime(settings), when_ready=when_ready, when_failed=give_up)
    server = uvicorn.Server(server_config(settings, app))
    # uvicorn raises the signal again when it ends, which would look like a failure.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if failures:
        raise failures[0]


def _run_workers(settings: Settings, listener: socket.socket, address: str) -> None:
    # Workers are processes that read their settings from the environment. They share the cores,
    # unless the number of threads is set.
    threads = settings.threads or max(1, cores() // settings.workers)
    os.environ.update(settings.model_copy(update={"threads": threads}).as_environment())
    # A new Python would otherwise import modules of the current folder first.
    os.environ["PYTHONSAFEPATH"] = "1"
    figures = tempfile.TemporaryDirectory(prefix="kabar-metrics-")
    os.environ[metrics.FOLDER] = figures.name
    config = server_config(settings, "service.http.server:worker_app", settings.workers)
    _say(f"\nKabar starts {settings.workers} workers at {address}/; each logs when it is ready")
    with figures:
        Multiprocess(config, sockets=[listener]).run()


def _require_keys(settings: Settings, guarded: bool) -> None:
    """Raise `InvalidSettings` if other machines could use Kabar without a key."""
    if guarded or not settings.auth or is_loopback(settings.host):
        return
    raise InvalidSettings(
        f"other machines can reach {settings.host}, and there is no API key: make one with "
        f"`kabar keys create NAME`, or serve without keys with `kabar serve --no-auth`"
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"cannot listen on {host}:{port} ({error.strerror or error}): stop the program that "
            f"uses it, or choose another with `kabar serve --port {port + 1 if port else 8001}`"
        ) from error
    return listener


def _address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "") else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
