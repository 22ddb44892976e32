"""A real Redis server for tests."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


class RedisServer:
    """A Redis server on a socket that can stop and start again."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        assert program is not None, (
            "redis-server is not installed: these tests need a real one (apt-get install "
            "redis-server, or brew install redis)"
        )
        self.program = program
        self.folder = folder
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [
                *(self.program, "--port", "0", "--unixsocket", str(self.socket)),
                *("--save", "", "--appendonly", "no", "--dir", str(self.folder)),
                *arguments,
            ],
            stdout=subprocess.DEVNULL,
        )
        with self.client() as connection:
            for _ in range(500):
                assert self.process.poll() is None, "redis-server ended"
                try:
                    connection.ping()
                    return
                except redis.AuthenticationError:
                    return
                except redis.ConnectionError:
                    time.sleep(0.01)
        raise AssertionError("redis-server does not answer")

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0))
