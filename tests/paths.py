"""Paths that tests share."""

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = REPOSITORY / "service" / "samples" / "article.txt"
