"""Short views of articles, and a paragraph for them."""

from __future__ import annotations

from service.article import Article
from service.documents.text import read_text

STORY = "Warga Desa Sumber kembali ke rumah setelah air surut pada Rabu pagi."


def blocks(article: Article) -> list[tuple[str, str]]:
    """Return the kind and the source of each block."""
    return [(block.kind.value, block.source) for block in article.blocks]


def kinds(text: str) -> list[str]:
    """Return the kinds of the blocks of a text."""
    return [block.kind.value for block in read_text(text).blocks]
