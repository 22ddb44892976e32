"""Random news, and a check of the spans that cover a text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st


def check_cover(text: str, spans: Sequence[tuple[int, int]]) -> None:
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    assert "".join(text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)).strip() == ""


NEWS = st.lists(
    st.sampled_from(
        [
            *'abA.,?!…"”“()»。\n\r\t \u00a0\u200b🙏',
            *("1. ", "a. ", "Dr. ", "S.H. ", "dll. ", "Tbk. ", "Km. ", "Ia ", "Rp1.5"),
            *("usai.Kini", 'usai."Kini', "usai.2. Kini", "(HR. Umar). ", '?" Budi bertanya'),
        ]
    )
).map("".join)
