"""Attacks on `kabar serve`, in their long forms.

Each attack starts its own server with a new data folder, and prints a row of a table: what was
tried, how often, and what was lost. `tests/attack/` has the short forms. `docs/security.md` has
the promises.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

KABAR = Path(sys.executable).parent / "kabar"
_READY_SECONDS = 300.0

app = typer.Typer(add_completion=False, no_args_is_help=True)
ModelsOption = Annotated[Path, typer.Option("--models", help="Folder with built models.")]


@dataclass
class Server:
    """A running `kabar serve`."""

    process: subprocess.Popen[str]
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def health(self) -> float:
        """Return the seconds that `/healthz` takes. Raises an error of httpx2."""
        began = time.perf_counter()
        httpx2.get(f"{self.address}/healthz", timeout=60).raise_for_status()
        return time.perf_counter() - began

    def megabytes(self) -> int:
        """Return the peak of the memory of the server's process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) // 1024


@contextlib.contextmanager
def data_folder(models: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kabar-attack-") as name:
        Path(name, "models").symlink_to(models.absolute())
        yield Path(name)


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Server]:
    """Yield a server that is ready; kill it at the end if it still runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(KABAR), "serve", "--port", str(port), *options]
    variables = {**os.environ, "KABAR_DATA_DIR": str(folder), "KABAR_LOG_LEVEL": "error"}
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True, env=variables)
    server = Server(process, port)
    ends = time.monotonic() + _READY_SECONDS
    try:
        while True:
            with contextlib.suppress(httpx2.HTTPError):
                if httpx2.get(f"{server.address}/readyz", timeout=5).status_code == 200:
                    break
            if process.poll() is not None or time.monotonic() > ends:
                raise typer.BadParameter("the server did not become ready: run `kabar doctor`")
            time.sleep(0.2)
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def row(*cells: object) -> None:
    """Print a row of the table in `docs/security.md`."""
    typer.echo(f"| {' | '.join(str(cell) for cell in cells)} |")


@app.command()
def kills(
    models: ModelsOption,
    count: Annotated[int, typer.Option("--count", help="Number of kills.")] = 100,
    articles: Annotated[int, typer.Option("--articles", help="Articles of the job.")] = 60,
) -> None:
    """Kill the server during a job, and start it again, until the job is done."""
    texts = [{"text": f"Harga beras naik menjadi Rp{n}.500 per kilogram."} for n in range(articles)]
    done: list[Any] = []
    with data_folder(models) as folder:
        with serving(folder) as server:
            url = f"{server.address}/v1/jobs"
            job = httpx2.post(url, json={"articles": texts}, timeout=60).json()["id"]
            time.sleep(random.uniform(0, 2))
        for _ in range(count - 1):
            with serving(folder):
                time.sleep(random.uniform(0, 2))
        with serving(folder) as server:
            results = f"{server.address}/v1/jobs/{job}/results"
            lines = httpx2.get(results, timeout=3600).text.splitlines()
            done = [json.loads(line) for line in lines]
    whole = [line["index"] for line in done] == list(range(articles))
    lost = sum(line["outcome"] != "done" for line in done)
    row(
        f"a job of {articles} articles, killed", f"{count} kills", f"{lost} lost, in order: {whole}"
    )


@app.command()
def connections(
    models: ModelsOption,
    count: Annotated[int, typer.Option("--count", help="Number of connections.")] = 3000,
    seconds: Annotated[float, typer.Option("--seconds", help="Time that they stay.")] = 60.0,
) -> None:
    """Hold silent, slow and endless connections, and measure health and memory."""
    begin = b"POST /v1/translations HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    kinds: dict[str, tuple[bytes, bytes]] = {
        "silent": (b"", b""),
        "slow head": (begin, b"X"),
        "slow body": (begin + b"Content-Length: 90000\r\n\r\n", b" "),
        "endless headers": (begin, b"X-Header: " + b"a" * 4000 + b"\r\n"),
        "endless trailers": (
            begin + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n",
            b"X-Trailer: " + b"a" * 4000 + b"\r\n",
        ),
    }
    for name, (head, piece) in kinds.items():
        with data_folder(models) as folder, serving(folder) as server:
            before = server.megabytes()
            stop = threading.Event()
            thread = threading.Thread(target=_hold, args=(server.port, count, head, piece, stop))
            thread.start()
            waits, failed = [], 0
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                try:
                    waits.append(server.health())
                except httpx2.HTTPError:
                    failed += 1
                time.sleep(0.2)
            stop.set()
            thread.join()
            grown = server.megabytes() - before
            slowest = f"{max(waits, default=0):.2f} s"
            told = f"{failed} health checks failed, slowest {slowest}, {grown} MB more"
            row(f"{name} connections", f"{count}, {seconds:.0f} s", told)


def _hold(port: int, count: int, head: bytes, piece: bytes, stop: threading.Event) -> None:
    """Keep `count` connections, and send each a piece a second."""
    held: list[socket.socket] = []
    while not stop.is_set():
        while len(held) < count and not stop.is_set():
            try:
                client = socket.create_connection(("127.0.0.1", port), timeout=5)
                client.sendall(head)
            except OSError:
                break
            client.setblocking(False)
            held.append(client)
        for client in held[:]:
            try:
                if piece:
                    client.send(piece)
                elif client.recv(1) == b"":
                    raise ConnectionResetError
            except BlockingIOError:
                continue
            except OSError:
                client.close()
                held.remove(client)
        stop.wait(1.0)
    for client in held:
        client.close()


@app.command()
def bodies(models: ModelsOption) -> None:
    """Send wrong bodies of the largest size, and measure health, answers and memory."""
    size = 64 * 1024 * 1024 - 100
    shapes = {
        "objects": ('{"articles":[', "{},", "{}]}"),
        "lists": ('{"articles":[', "[],", "[]]}"),
        "numbers": ('{"articles":[', "1,", "1]}"),
        "fields": ("{", '"a":1,', '"b":1}'),
        "depth": ("[", "[", "]"),
        "one text": ('{"articles":[{"text":"😀', "a", '"}]}'),
        "escapes": ('{"articles":[{"text":"😀', "\\n", '"}]}'),
    }
    for name, (begin, piece, end) in shapes.items():
        with data_folder(models) as folder, serving(folder) as server:
            before = server.megabytes()
            content = (begin + piece * ((size - 40) // len(piece)) + end).encode()
            answers: list[httpx2.Response] = []
            thread = threading.Thread(target=lambda: answers.append(_post(server, content)))  # noqa: B023
            thread.start()
            waits = []
            while thread.is_alive():
                waits.append(server.health())
                time.sleep(0.05)
            (answer,) = answers
            told = f"status {answer.status_code}, {len(answer.content)} bytes; health at most "
            told += f"{max(waits, default=0):.2f} s; {server.megabytes() - before} MB more"
            row(f"a job's body of {name}", f"{len(content)} bytes", told)


def _post(server: Server, content: bytes) -> httpx2.Response:
    headers = {"content-type": "application/json"}
    return httpx2.post(f"{server.address}/v1/jobs", content=content, headers=headers, timeout=300)


@app.command()
def overload(
    models: ModelsOption,
    seconds: Annotated[float, typer.Option("--seconds", help="Time of the attack.")] = 60.0,
    clients: Annotated[int, typer.Option("--clients", help="Clients at the same time.")] = 64,
) -> None:
    """Ask for much more than the engine can do; accepted requests must keep their promise."""
    counts: dict[int, int] = {}
    waits: list[float] = []
    lock = threading.Lock()
    ends = time.monotonic() + seconds

    def ask(number: int, post: Callable[..., httpx2.Response]) -> None:
        while time.monotonic() < ends:
            text = " ".join(f"Laporan {random.random()} nomor {n} diterima." for n in range(20))
            began = time.perf_counter()
            status = post("/v1/translations", json={"text": text}).status_code
            with lock:
                counts[status] = counts.get(status, 0) + 1
                if status == 200:
                    waits.append(time.perf_counter() - began)

    with data_folder(models) as folder, serving(folder) as server:
        with httpx2.Client(
            base_url=server.address, timeout=900, limits=httpx2.Limits(max_connections=clients)
        ) as client:
            threads = [threading.Thread(target=ask, args=(n, client.post)) for n in range(clients)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(120)
    told = ", ".join(f"{count} × {status}" for status, count in sorted(counts.items()))
    row(
        f"{clients} clients at once",
        f"{seconds:.0f} s",
        f"{told}; slowest {max(waits, default=0):.0f} s",
    )


if __name__ == "__main__":
    app()
