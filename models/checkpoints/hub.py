"""Checkpoints from a model hub, fetched once and recorded.

In: a `ModelSpec` with a repository and a revision. Out: a folder with safetensors, config and
tokenizer files, and `kabar-source.json`, which records the commit and the sha256 of every file.
Pickled weights and code are never fetched. Raises `ModelMissing` where the hub or the repository
cannot be reached, and `UnsupportedCheckpoint` where it has no safetensors. Raises `ModelCorrupt`
where a file is damaged, and `NoSpace`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from models.catalogue import ModelSpec
from models.errors import (
    BuildFailed,
    EngineUnavailable,
    ModelCorrupt,
    ModelMissing,
    NoSpace,
    UnsupportedCheckpoint,
)
from models.files import is_disk_full, sha256_of

RECORD = "kabar-source.json"

# Weights, configuration, vocabularies and sentencepiece models, in the repository's top folder.
ALLOWED = ["*.safetensors", "*.json", "*.spm", "*.model", "vocab.txt", "merges.txt"]
IGNORED = ["*/*"]


def fetch(spec: ModelSpec, into: Path, *, endpoint: str | None = None) -> Path:
    """Fetch the model's files into the folder `into`, which it returns.

    `into` is absent or empty; after an error it holds the files that arrived. `endpoint` is the
    hub's address (default: `HF_ENDPOINT`, or huggingface.co).
    """
    if spec.repository is None:
        raise ModelMissing(f"{spec.id} has no repository to fetch it from")
    try:
        from httpx2 import HTTPError
        from huggingface_hub import HfApi, snapshot_download
        from huggingface_hub.errors import (
            LocalEntryNotFoundError,
            RepositoryNotFoundError,
            RevisionNotFoundError,
        )
    except ImportError as error:
        raise EngineUnavailable(
            "fetching models needs huggingface_hub: pip install 'kabar[transformers]'"
        ) from error
    revision = spec.revision or "main"
    named = f"{spec.repository} at revision {revision}"
    try:
        info = HfApi(endpoint=endpoint).model_info(
            spec.repository, revision=revision, files_metadata=True
        )
        listed = info.siblings or []
        if info.sha is None or not any(_is_weights(file.rfilename) for file in listed):
            raise UnsupportedCheckpoint(
                f"{named} has no .safetensors file, and pickled weights are never fetched because "
                f"they can run code. Many repositories have a converted copy at a revision "
                f"refs/pr/N: name it as the model's revision, or convert the weights yourself and "
                f"pass the folder's path instead of a name"
            )
        snapshot_download(
            spec.repository,
            revision=info.sha,
            local_dir=into,
            allow_patterns=ALLOWED,
            ignore_patterns=IGNORED,
            endpoint=endpoint,
        )
        shutil.rmtree(into / ".cache", ignore_errors=True)
        files = {path.name: sha256_of(path) for path in into.iterdir() if path.is_file()}
        expected = {file.rfilename: file.lfs.sha256 for file in listed if file.lfs is not None}
        _compare(into, files, expected)
        record = {
            "repository": spec.repository,
            "revision": revision,
            "commit": info.sha,
            "files": dict(sorted(files.items())),
        }
        (into / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    except RevisionNotFoundError as error:
        raise ModelMissing(f"the hub has no {named}: check the model's revision") from error
    except RepositoryNotFoundError as error:
        raise ModelMissing(
            f"the hub has no repository {spec.repository}, or it is private or gated: "
            f"log in with `hf auth login` if you may read it"
        ) from error
    except (HTTPError, ConnectionError, LocalEntryNotFoundError) as error:
        raise ModelMissing(
            f"{spec.id} is not on this machine, and the hub could not be asked for {named} "
            f"({error}). Run `hf download {spec.repository} --revision {revision}` on a machine "
            f"that reaches the hub, copy the folder here and pass its path instead of the name"
        ) from error
    except OSError as error:
        if is_disk_full(error):
            raise NoSpace(f"the disk with {into} filled up: {error}") from error
        raise BuildFailed(f"{into} could not be written: {error}") from error
    return into


def _compare(folder: Path, files: Mapping[str, str], expected: Mapping[str, str]) -> None:
    for name, digest in expected.items():
        if files.get(name, digest) != digest:
            raise ModelCorrupt(
                f"{folder / name} differs from the hub's file (its sha256 is not {digest}): "
                f"fetch it again"
            )


def verify(folder: Path) -> dict[str, str]:
    """Check the sha256 of each file, and return it. Raises `ModelCorrupt`."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files: dict[str, str] = record["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelCorrupt(
            f"the model in {folder} has no readable {RECORD}: fetch it again ({error})"
        ) from error
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise ModelCorrupt(f"{path} is missing: fetch the model again")
        if sha256_of(path) != expected:
            raise ModelCorrupt(
                f"{path} is damaged (its sha256 is not {expected}): fetch the model again"
            )
    return files


def checkpoint_hash(folder: Path) -> str:
    """Return one hash for a checkpoint's files, from its record if it has one."""
    if (folder / RECORD).is_file():
        files = json.loads((folder / RECORD).read_text(encoding="utf-8"))["files"]
    else:
        paths = {path for pattern in ALLOWED for path in folder.glob(pattern)}
        files = {path.name: sha256_of(path) for path in paths}
    text = "\n".join(f"{name} {digest}" for name, digest in sorted(files.items()))
    return hashlib.sha256(text.encode()).hexdigest()


def _is_weights(name: str) -> bool:
    return name.endswith(".safetensors") and "/" not in name
