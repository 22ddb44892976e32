"""Send a folder of text files as one job, and write the results as they come, one line each.

    make serve                                               # in another terminal
    python examples/archive_job.py service/samples results.jsonl

A job survives a restart of the service. Run the program again with the same folder: it gets the
same job, and goes on after the last line of the file.
"""

import json
import sys
from pathlib import Path

import kabar


def main(folder: Path, output: Path) -> None:
    files = sorted(folder.glob("*.txt"))
    written = len(output.read_text(encoding="utf-8").splitlines()) if output.exists() else 0
    with kabar.Client() as client, output.open("a", encoding="utf-8") as out:
        job = client.start_job(file.read_text(encoding="utf-8") for file in files)
        for result in client.job_results(job, start=written):
            name = files[result.index].name
            print(f"{result.index + 1} of {job.total}: {name}: {result.outcome}")
            row = {"file": name, **result.model_dump(mode="json")}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
