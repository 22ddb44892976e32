"""Translate an article in this process, without a service, and print what a reader should check.

python examples/translate_in_process.py service/samples/article.txt
"""

from __future__ import annotations

import sys
from pathlib import Path

from service.documents.text import read_text
from service.runtime import open_runtime
from service.settings import load_settings


def main(path: Path) -> None:
    runtime = open_runtime(load_settings(), lambda step: print(f"({step})", file=sys.stderr))
    try:
        translation = runtime.pipeline.translate(
            read_text(path.read_text(encoding="utf-8")), glossary=runtime.registry.choose(None)
        )
    finally:
        runtime.close()
    print(translation.text)
    print()
    for block in translation.article.blocks:
        for sentence in block.sentences:
            if sentence.flags:
                print(f"{sentence.id}: {', '.join(sentence.flags)}")
                print(f"  Indonesian: {sentence.source}")
                print(f"  English:    {sentence.target}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "service/samples/article.txt"))
