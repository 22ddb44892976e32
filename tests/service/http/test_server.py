"""`kabar serve` as a process, with the real model and a real client."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from models.catalogue import find_model
from models.load import packed_format
from models.store import ModelStore

KABAR = Path(sys.executable).parent / "kabar"


def environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KABAR_")}
    return {**kept, "KABAR_DATA_DIR": str(data_dir)}


class Server:
    """A running `kabar serve` and its messages."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [KABAR, "serve", "--port", "0", "--threads", "2", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            env=environment(data_dir),
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def address(self) -> str:
        """Wait until the server is ready; return its address."""
        for _ in range(600):
            for line in self.said:
                if match := re.search(r"(?:The page:|workers at) (http://[\d.:]+)", line):
                    return match[1]
            assert self.process.poll() is None, self.said
            time.sleep(0.05)
        raise AssertionError(self.said)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        return status


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[Server]:
    server = Server(data_dir)
    server.address()
    yield server
    server.stop()


def test_an_article_over_http(server: Server) -> None:
    body = {"text": "Presiden tiba di Surabaya pada Selasa (18/2/2025)."}
    answer = httpx2.post(f"{server.address()}/v1/translations", json=body, timeout=60).json()
    assert "Surabaya" in answer["text"]
    assert "(18/2/2025)" in answer["text"]
    assert answer["signature"]["model"] == "kabar-id-en"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_printed_curl_command_works(server: Server) -> None:
    line = next(line for line in server.said if line.startswith("  curl "))
    done = subprocess.run(["bash", "-c", f"{line.strip()} -s"], capture_output=True, timeout=60)
    assert b'"kind":"paragraph"' in done.stdout


def test_health_answers_while_the_model_works(server: Server) -> None:
    address = server.address()
    # New sentences each time, so that the model works and not the cache.
    text = f"Laporan {time.time_ns()} diterima. " + " ".join(
        f"Harga beras naik menjadi Rp{n}.500 menurut laporan {time.time_ns()}." for n in range(9)
    )
    done = threading.Event()

    def translate() -> None:
        httpx2.post(f"{address}/v1/translations", json={"text": text}, timeout=120)
        done.set()

    thread = threading.Thread(target=translate)
    thread.start()
    waits = []
    with httpx2.Client() as client:
        while not done.is_set():
            began = time.perf_counter()
            assert client.get(f"{address}/healthz").status_code == 200
            waits.append(time.perf_counter() - began)
            time.sleep(0.02)
    thread.join()
    assert len(waits) > 5
    assert sorted(waits)[len(waits) // 2] < 0.05


def test_it_serves_without_torch_and_ctranslate2_in_under_640_mb(server: Server) -> None:
    process = Path("/proc") / str(server.process.pid)
    if not process.exists():
        pytest.skip("this system has no /proc")
    maps = (process / "maps").read_text()
    assert "libinflight" in maps
    assert "ctranslate2" not in maps
    assert "/torch/" not in maps
    peak = re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())
    assert peak is not None
    assert int(peak[1]) < 640_000  # with the wider searches of the guards


def test_a_port_in_use_is_reported_at_once(data_dir: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [KABAR, "serve", "--port", str(port)],
            capture_output=True,
            text=True,
            env=environment(data_dir),
            timeout=60,
        )
    assert done.returncode == 6
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_cannot_load_its_model_ends_with_the_reason(
    data_dir: Path, tmp_path: Path
) -> None:
    built = ModelStore(data_dir / "models").ensure(find_model("kabar-id-en"), packed_format())
    folder = tmp_path / "models" / "kabar-id-en" / built.name
    shutil.copytree(built, folder)
    (folder / "packed.safetensors").write_bytes(b"damaged")
    for arguments, code, said in (
        (["--device", "cuda"], 2, "CUDA was requested"),
        ([], 4, "cannot be read"),
    ):
        done = subprocess.run(
            [KABAR, "serve", "--port", "0", *arguments],
            capture_output=True,
            text=True,
            env=environment(tmp_path),
            timeout=60,
        )
        assert (done.returncode, said in done.stderr) == (code, True)


def test_several_workers_serve_and_stop(data_dir: Path) -> None:
    server = Server(data_dir, "--workers", "2")
    address = server.address()
    for _ in range(600):
        try:
            if httpx2.get(f"{address}/readyz", timeout=10).status_code == 200:
                break
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    answer = post(address, "Air surut.")
    assert answer.status_code == 200
    # each worker has the metrics of all
    for _ in range(4):
        figures = httpx2.get(f"{address}/metrics").text
        assert 'route="/v1/translations",status="200"} 1.0' in figures
    assert server.stop() == 0


def post(address: str, text: str, **more: object) -> httpx2.Response:
    return httpx2.post(f"{address}/v1/translations", json={"text": text, **more}, timeout=60)


def test_a_shutdown_finishes_running_requests_and_refuses_new_ones(
    data_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "models").symlink_to(data_dir / "models")
    server = Server(tmp_path)
    address = server.address()
    text = " ".join(f"Harga beras di pasar nomor {n} naik menjadi Rp{n}.500." for n in range(20))
    with ThreadPoolExecutor() as pool, httpx2.Client() as client:
        running = pool.submit(post, address, text)
        assert client.get(f"{address}/healthz").status_code == 200
        for _ in range(200):
            figures = client.get(f"{address}/metrics").text
            if "kabar_articles_in_flight 1.0" in figures:
                break
            time.sleep(0.02)
        # twice, as a supervisor may do
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        new = client.post(f"{address}/v1/translations", json={"text": "Air surut."})
        assert (new.status_code, new.headers["retry-after"]) == (503, "5")
        assert client.get(f"{address}/readyz").status_code == 503
        assert running.result().status_code == 200
    assert server.stop() == 0


def test_a_killed_server_loses_nothing_of_a_job(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(data_dir / "models")
    articles = [{"text": f"Harga beras naik menjadi Rp{n}.500 per kilogram."} for n in range(24)]
    server = Server(tmp_path, "--beam", "1")
    address = server.address()
    job = httpx2.post(f"{address}/v1/jobs", json={"articles": articles}).json()
    results = f"{address}/v1/jobs/{job['id']}/results?follow=false"
    before: list[str] = []
    while len(before) < 4:
        before = httpx2.get(results).text.splitlines()
    server.process.kill()
    server.process.wait()
    server.stop()

    server = Server(tmp_path, "--beam", "1")
    address = server.address()
    answer = httpx2.get(f"{address}/v1/jobs/{job['id']}/results", timeout=60)
    after = answer.text.splitlines()
    assert [json.loads(line)["index"] for line in after] == list(range(24))
    assert after[: len(before)] == before
    assert all(f"Rp{n},500" in line for n, line in enumerate(after) if n)
    assert httpx2.get(f"{address}/v1/jobs/{job['id']}").json()["state"] == "done"
    # the cache was written at the same time
    assert httpx2.get(f"{address}/readyz").json()["warnings"] == []
    assert post(address, articles[0]["text"]).json()["cached"] is True
    assert server.stop() == 0


def test_a_public_address_needs_keys_or_no_auth(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(data_dir / "models")
    command = [str(KABAR), "serve", "--port", "0", "--host", "0.0.0.0"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment(tmp_path), timeout=60
    )
    assert done.returncode == 2
    assert "kabar keys create NAME" in done.stderr
    server = Server(tmp_path, "--host", "0.0.0.0", "--no-auth")
    assert post(server.address(), "Air surut.").status_code == 200
    assert server.stop() == 0
    made = subprocess.run(
        [KABAR, "keys", "create", "desk"],
        capture_output=True, text=True, env=environment(tmp_path), timeout=60,
    )  # fmt: skip
    server = Server(tmp_path, "--host", "0.0.0.0")
    address = server.address()
    assert post(address, "Air surut.").status_code == 401
    headers = {"authorization": f"Bearer {made.stdout.strip()}"}
    answer = httpx2.post(
        f"{address}/v1/translations", json={"text": "Air surut."}, headers=headers, timeout=60
    )
    assert answer.status_code == 200
    assert server.stop() == 0


def test_it_stops_on_a_signal(data_dir: Path) -> None:
    server = Server(data_dir)
    server.address()
    assert server.stop() == 0
