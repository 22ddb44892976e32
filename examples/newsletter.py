"""Print bullet summaries of some articles as Markdown, for a newsletter.

make serve                                               # in another terminal
python examples/newsletter.py service/samples/article.txt
"""

import sys
from pathlib import Path

import kabar


def main(paths: list[str]) -> None:
    with kabar.Client() as client:
        for path in paths:
            summary = client.summarize(Path(path).read_text(encoding="utf-8"), bullets=3)
            print(f"## {summary.headline or path}\n")
            for bullet in summary.bullets:
                print(f"- {bullet.text}{' (check)' if bullet.flags else ''}")
            print()


if __name__ == "__main__":
    main(sys.argv[1:] or ["service/samples/article.txt"])
