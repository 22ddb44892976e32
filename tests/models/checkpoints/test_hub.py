"""Fetching checkpoints with the real client, from a local server."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from models.catalogue import ModelSpec
from models.checkpoints.hub import RECORD, checkpoint_hash, fetch, verify
from models.errors import ModelCorrupt, ModelMissing, UnsupportedCheckpoint

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CONVERTED = "89abcdef0123456789abcdef0123456789abcdef"
WEIGHTS = b"weights " * 64
PLAIN = {
    "config.json": b'{"model_type": "marian"}',
    "vocab.json": b'{"</s>": 0}',
    "source.spm": b"pieces",
    "pytorch_model.bin": b"pickle",
    "modeling.py": b"raise SystemExit('code was run')",
    "onnx/model.safetensors": b"elsewhere",
}


class Hub(BaseHTTPRequestHandler):
    """A hub with revisions, their commits and files."""

    repositories: ClassVar[dict[str, dict[str, tuple[str, dict[str, bytes]]]]] = {
        "press/good": {"main": (COMMIT, {**PLAIN, "model.safetensors": WEIGHTS})},
        "press/pickled": {
            "main": (COMMIT, PLAIN),
            "refs/pr/7": (CONVERTED, {**PLAIN, "model.safetensors": WEIGHTS}),
        },
        "press/swapped": {"main": (COMMIT, {**PLAIN, "model.safetensors": b"something else"})},
    }
    requested: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0].strip("/").replace("%2F", "/")
        self.requested.append(path)
        api = path.startswith("api/models/")
        parts = path.removeprefix("api/models/").split("/")
        name, verb, rest = "/".join(parts[:2]), parts[2] if len(parts) > 2 else "", parts[3:]
        revisions = self.repositories.get(name)
        if revisions is None:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"}, body)
            return
        found = None
        for revision, (commit, files) in revisions.items():
            for alias in (revision, commit):
                count = alias.count("/") + 1
                if "/".join(rest[:count]) == alias:
                    found = commit, files, "/".join(rest[count:])
        if found is None:
            self._send(404, b"{}", {"X-Error-Code": "RevisionNotFound"}, body)
            return
        commit, files, file = found
        if api and verb == "revision":
            siblings = [_described(file, files[file], "rfilename") for file in files]
            answer = {"id": name, "modelId": name, "sha": commit, "siblings": siblings}
            self._send(200, json.dumps(answer).encode(), {}, body)
        elif api and verb == "tree":
            listing = [{"type": "file", **_described(file, files[file], "path")} for file in files]
            self._send(200, json.dumps(listing).encode(), {}, body)
        else:
            headers = {"ETag": f'"{_digest(files[file])}"', "X-Repo-Commit": commit}
            self._send(200, files[file], headers, body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(content)


def _described(name: str, content: bytes, key: str) -> dict[str, object]:
    size = len(content)
    described: dict[str, object] = {key: name, "size": size, "oid": "0" * 40, "blobId": "0" * 40}
    if name.endswith(".safetensors"):
        digest = hashlib.sha256(WEIGHTS).hexdigest()
        described["lfs"] = {"sha256": digest, "oid": digest, "size": size, "pointerSize": 1}
    return described


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def hub() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def spec(repository: str, revision: str = "main") -> ModelSpec:
    return ModelSpec(
        id="marian",
        task="translation",
        source="hub",
        summary="",
        licence="",
        repository=repository,
        revision=revision,
    )


def test_weights_and_vocabularies_are_fetched_and_code_and_pickles_are_not(
    hub: str, tmp_path: Path
) -> None:
    folder = fetch(spec("press/good"), tmp_path / "model", endpoint=hub)
    names = {path.name for path in folder.iterdir()}
    assert names == {"config.json", "vocab.json", "source.spm", "model.safetensors", RECORD}
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert not any("pytorch_model" in path or ".py" in path for path in Hub.requested)


def test_the_record_names_the_commit_and_the_hash_of_every_file(hub: str, tmp_path: Path) -> None:
    folder = fetch(spec("press/good"), tmp_path, endpoint=hub)
    record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    assert record["repository"] == "press/good"
    assert record["revision"] == "main"
    assert record["commit"] == COMMIT
    assert record["files"]["model.safetensors"] == _digest(WEIGHTS)
    assert len(verify(folder)) == 4


def test_another_revision_may_hold_the_safetensors(hub: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedCheckpoint, match=r"refs/pr/N"):
        fetch(spec("press/pickled"), tmp_path / "one", endpoint=hub)
    folder = fetch(spec("press/pickled", "refs/pr/7"), tmp_path / "two", endpoint=hub)
    assert json.loads((folder / RECORD).read_text(encoding="utf-8"))["commit"] == CONVERTED


def test_a_file_with_another_hash_is_refused(hub: str, tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"model\.safetensors"):
        fetch(spec("press/swapped"), tmp_path, endpoint=hub)
    assert not (tmp_path / RECORD).exists()


@pytest.mark.parametrize(
    ("repository", "revision", "message"),
    [("press/none", "main", "no repository"), ("press/good", "v9", "at revision v9")],
)
def test_an_unknown_repository_or_revision(
    hub: str, tmp_path: Path, repository: str, revision: str, message: str
) -> None:
    with pytest.raises(ModelMissing, match=message):
        fetch(spec(repository, revision), tmp_path, endpoint=hub)


def test_an_unreachable_hub(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ModelMissing, match="copy the folder here and pass its path"):
        fetch(spec("press/good"), tmp_path, endpoint=f"http://127.0.0.1:{port}")


def test_a_damaged_file_is_named(hub: str, tmp_path: Path) -> None:
    folder = fetch(spec("press/good"), tmp_path, endpoint=hub)
    damaged = bytearray(WEIGHTS)
    damaged[100] ^= 1
    (folder / "model.safetensors").write_bytes(damaged)
    with pytest.raises(ModelCorrupt, match=r"model\.safetensors is damaged"):
        verify(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelCorrupt, match=r"model\.safetensors is missing"):
        verify(folder)


def test_a_folder_without_a_record_is_corrupt(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=RECORD):
        verify(tmp_path)


def test_a_checkpoint_has_one_hash_with_and_without_its_record(hub: str, tmp_path: Path) -> None:
    folder = fetch(spec("press/good"), tmp_path, endpoint=hub)
    recorded = checkpoint_hash(folder)
    (folder / RECORD).unlink()
    assert checkpoint_hash(folder) == recorded
    (folder / "source.spm").write_bytes(b"other pieces")
    assert checkpoint_hash(folder) != recorded
