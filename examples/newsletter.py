"""Fetch bullet summaries of some articles from a service, and print them as Markdown.

make serve                                               # in another terminal
python examples/newsletter.py service/samples/article.txt
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

SERVICE = os.environ.get("KABAR_SERVICE", "http://127.0.0.1:8000")


def summarize(text: str, bullets: int = 3) -> dict[str, Any]:
    """Return the summary of an article. Raises `SystemExit` with the service's advice."""
    request = urllib.request.Request(
        f"{SERVICE}/v1/summaries",
        json.dumps({"text": text, "bullets": bullets}).encode(),
        {"Content-Type": "application/json", **_authorization()},
    )
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:
            summary: dict[str, Any] = json.load(answer)
            return summary
    except urllib.error.HTTPError as error:
        problem = json.load(error)
        raise SystemExit(f"{problem['title']}: {problem['detail']}") from error
    except urllib.error.URLError as error:
        raise SystemExit(f"{SERVICE} does not answer ({error.reason}): run `make serve`") from error


def _authorization() -> dict[str, str]:
    key = os.environ.get("KABAR_KEY")
    return {"Authorization": f"Bearer {key}"} if key else {}


def main(paths: list[str]) -> None:
    for path in paths:
        summary = summarize(Path(path).read_text(encoding="utf-8"))
        print(f"## {summary['headline'] or path}\n")
        for bullet in summary["bullets"]:
            doubt = " (check)" if bullet["flags"] else ""
            print(f"- {bullet['text']}{doubt}")
        print()


if __name__ == "__main__":
    main(sys.argv[1:] or ["service/samples/article.txt"])
