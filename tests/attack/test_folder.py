"""Modules in the folder in which Kabar starts, left there by another user."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import pytest
from key_files import environment
from serving import until

KABAR = Path(sys.executable).parent / "kabar"
NAMES = ("multiprocessing", "uvicorn", "json", "socket", "service", "models", "numpy", "kabar")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name in NAMES:
        code = (
            f"import os\nopen(os.environ['MARK'], 'a').write({name!r} + '\\n')\nraise SystemExit\n"
        )
        (folder / f"{name}.py").write_text(code)
    return folder


def test_no_module_of_the_folder_is_imported(folder: Path, data_dir: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    kept = {k: v for k, v in environment().items() if k != "KABAR_ALLOWED_HOSTS"}
    variables = {**kept, "KABAR_DATA_DIR": str(data_dir), "MARK": str(mark)}
    read = subprocess.run(
        [KABAR, "read", "-"], input="Air surut.", text=True, capture_output=True, cwd=folder,
        env=variables, timeout=120,
    )  # fmt: skip
    assert read.returncode == 0, read.stderr
    server = subprocess.Popen(
        [KABAR, "serve", "--port", "0", "--workers", "2", "--threads", "1"],
        stderr=subprocess.PIPE, text=True, cwd=folder, env=variables,
    )  # fmt: skip
    said: list[str] = []
    assert server.stderr is not None
    reader = threading.Thread(target=said.extend, args=(server.stderr,))
    reader.start()
    try:
        until(lambda: re.search(r"http://[\d.:]+", "".join(said)), 120)
        match = re.search(r"http://[\d.:]+", "".join(said))
        assert match is not None
        address = match[0]

        def answers() -> bool:
            try:
                return httpx2.get(f"{address}/readyz", timeout=5).status_code == 200
            except httpx2.HTTPError:
                return mark.exists()

        until(answers, 120)
    finally:
        os.kill(server.pid, signal.SIGTERM)
        server.wait(60)
        reader.join()
        server.stderr.close()
    assert not mark.exists(), mark.read_text()
