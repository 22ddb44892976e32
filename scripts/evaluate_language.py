"""Count the languages that texts in known languages are identified as.

    python -m scripts.evaluate_language tests/service/text/languages.tsv \\
        --articles NEWS.jsonl --english EN.txt
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from service.article import Article
from service.documents.text import read_fields
from service.text.language import identify_language

# Shorter paragraphs and sentences are not counted, in characters.
_MIN_LENGTH = 80


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("samples", type=Path, help="a code, a tab and a paragraph per line")
    parser.add_argument("--articles", type=Path, help="JSON lines with `title` and `text`")
    parser.add_argument("--english", type=Path, help="English sentences, one per line")
    arguments = parser.parse_args()
    samples = [line.split("\t") for line in _lines(arguments.samples)]
    print("samples by language, and what they are identified as:")
    for code in dict.fromkeys(code for code, _ in samples):
        found = Counter(_code(text) for true, text in samples if true == code)
        print(f"  {code}: {_join(found)}")
    if arguments.articles is not None:
        _articles(read_fields(row["title"], row["text"]) for row in _rows(arguments.articles))
    if arguments.english is not None:
        long = [line for line in _lines(arguments.english) if len(line) >= _MIN_LENGTH]
        print(f"English sentences: {_join(Counter(map(_code, long)))}")


def _articles(articles: Iterable[Article]) -> None:
    wholes: Counter[str] = Counter()
    blocks: Counter[str] = Counter()
    seconds, words = 0.0, 0
    for article in articles:
        began = time.process_time()
        found = identify_language(article)
        seconds += time.process_time() - began
        words += len(article.source.split())
        wholes[found.language.code if found.language else "none"] += 1
        blocks.update(b.language or "id" for b in found.blocks if len(b.source) >= _MIN_LENGTH)
    print(f"articles: {_join(wholes)}")
    print(f"their blocks of at least {_MIN_LENGTH} characters: {_join(blocks)}")
    print(f"processor time: {600_000 * seconds / words:.2f} ms per 600 words")


def _code(text: str) -> str:
    guess = identify_language(read_fields(None, [text])).language
    return guess.code if guess is not None else "none"


def _join(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {code}" for code, count in counts.most_common())


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    main()
