"""The malloc arenas of the threads."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Prints the number of arenas while twenty threads hold memory.
_SCRIPT = """
import ctypes, re, sys, tempfile, threading
from pathlib import Path
from service.http.arenas import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
libc.fopen.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fclose.argtypes = [ctypes.c_void_p]
together = threading.Barrier(20)
def hold():
    libc.malloc(50_000)
    together.wait()
threads = [threading.Thread(target=hold) for _ in range(20)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
with tempfile.NamedTemporaryFile() as file:
    stream = libc.fopen(file.name.encode(), b"w")
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(len(re.findall("<heap nr", Path(file.name).read_text())))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas belong to glibc")
def test_threads_share_two_arenas() -> None:
    assert _arenas("shared") == 2
    assert _arenas("separate") > 2


def _arenas(how: str) -> int:
    command = [sys.executable, "-c", _SCRIPT, how]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
