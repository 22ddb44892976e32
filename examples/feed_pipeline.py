"""Translate an RSS or Atom file, for a feed reader in English.

make serve                                               # in another terminal
python examples/feed_pipeline.py berita.xml news.xml
"""

import sys
from pathlib import Path

import kabar


def main(source: Path, output: Path) -> None:
    with kabar.Client() as client:
        english = client.translate_feed(source.read_bytes())
    # A reader never sees half a file.
    partial = output.with_suffix(".partial")
    partial.write_bytes(english)
    partial.replace(output)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
