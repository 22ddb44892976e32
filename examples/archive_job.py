"""Send a folder of text files as one job, and write the results as they come, one line each.

    make serve                                               # in another terminal
    python examples/archive_job.py service/samples results.jsonl

A job survives a restart of the service. Run the program again with the same folder: it gets the
same job, and goes on after the last line of the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

SERVICE = os.environ.get("KABAR_SERVICE", "http://127.0.0.1:8000")


def call(path: str, body: bytes | None = None, **headers: str) -> Any:
    """Return the response of a request; its body is sent as JSON."""
    sent = {"Content-Type": "application/json", **headers}
    if key := os.environ.get("KABAR_KEY"):
        sent["Authorization"] = f"Bearer {key}"
    return urllib.request.urlopen(urllib.request.Request(SERVICE + path, body, sent), timeout=3600)


def main(folder: Path, output: Path) -> None:
    files = sorted(folder.glob("*.txt"))
    articles = [{"text": file.read_text(encoding="utf-8")} for file in files]
    body = json.dumps({"articles": articles}).encode()
    # The same key and body give the same job.
    idempotency_key = hashlib.sha256(body).hexdigest()
    with call("/v1/jobs", body, **{"Idempotency-Key": idempotency_key}) as answer:
        job = json.load(answer)
    written = len(output.read_text(encoding="utf-8").splitlines()) if output.exists() else 0
    with (
        call(f"/v1/jobs/{job['id']}/results?from={written}") as results,
        output.open("a", encoding="utf-8") as out,
    ):
        for line in results:
            result = json.loads(line)
            name = files[result["index"]].name
            print(f"{result['index'] + 1} of {len(files)}: {name}: {result['outcome']}")
            out.write(json.dumps({"file": name, **result}, ensure_ascii=False) + "\n")
            out.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
