"""Bad and odd inputs for tests, and an engine that counts tokens."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from itertools import product

from naughty import NaughtyEngine

# Two thousand words without meaning and without digits.
WORDS = ["q" + "".join(rest) for rest in product("bdgkm", "aeiou", "lnrst", "aeiu", "hkng")]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("berita.txt", "Air surut.")
    return held.getvalue()


class RealisticEngine(NaughtyEngine):
    """An engine with tokens of about four characters and a real window."""

    max_source_tokens = 400

    def count_tokens(self, sources: Sequence[str]) -> list[int]:
        return [len(source) // 4 + 1 for source in sources]
