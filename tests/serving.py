"""A real web server in this process, with an engine of the test."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from models.engine import Engine
from service.http.app import create_app
from service.http.server import configure_process, server_config
from service.http.state import AppState
from service.runtime import runtime_around
from service.settings import Settings


@dataclass(frozen=True, slots=True)
class Serving:
    """The address of a server, the state of its application, its connections."""

    address: str
    port: int
    state: AppState
    connections: Collection[object]


@contextmanager
def serving(engine: Engine, settings: Settings, port: int = 0) -> Iterator[Serving]:
    """Yield a server that is ready, and stop it afterwards; port 0 is any free one."""
    configure_process(settings)
    runtime = runtime_around(engine, settings)
    ready = threading.Event()
    app = create_app(runtime, when_ready=ready.set)
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(server_config(settings, app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert ready.wait(60)
    port = listener.getsockname()[1]
    try:
        yield Serving(
            f"http://127.0.0.1:{port}", port, app.state.kabar, server.server_state.connections
        )
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
        runtime.close()


def until(condition: Callable[[], Any], seconds: float = 5.0) -> None:
    """Wait until a condition is true."""
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "the condition did not become true in time"
        time.sleep(0.01)
