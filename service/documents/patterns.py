"""The patterns of page furniture, and the words that they share.

The worst mistake is to take story for furniture. A pattern therefore matches a whole line, is bound
to a place on the page, and leaves doubtful lines alone.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple


class Place(Enum):
    """The place on the page where a pattern holds."""

    ANYWHERE = "anywhere"
    TOP = "top"  # before the first paragraph of the story
    BELOW = "below"  # not there: a headline may look like it
    EDGE = "edge"  # before the first paragraph, or after the last
    END = "end"


class Pattern(NamedTuple):
    """One kind of furniture; `line` must match the whole stripped line."""

    name: str
    line: re.Pattern[str]
    place: Place = Place.ANYWHERE


SITE = r"[A-Za-z0-9]+\.(?i:com|co\.id|id|net|tv|co)"
# Roots of saying and asking after a quotation; `lexicon.reporting` has none of asking.
REPORTED = (
    r"(?!.*[,\"”’] ?(?:kata|ujar|ucap|tutur|jelas|imbau|pinta|ajak|pesan|bunyi|tulis|demikian)"
    r"(?:nya)?\b)"
)
SECTION = (
    r"(?:Home|Beranda|News|Berita|Nasional|Regional|Peristiwa|Hukum(?: & Kriminal)?|Kriminal"
    r"|Politik|Ekonomi|Bisnis|Olahraga|Metropolitan|Metro|Megapolitan|Jabodetabek|Daerah|Nusantara"
    r"|Global|Internasional|Dunia|Bola|Sepak ?[Bb]ola|Sports?|Lifestyle|Gaya Hidup|Hiburan"
    r"|Entertainment|Showbiz|Seleb|Tekno|Teknologi|Otomotif|Travel|Wisata|Kesehatan|Health|Edukasi|Pendidikan"
    r"|Opini|Kolom|Finansial|Money|Finance|Market|Properti|Khazanah|Humaniora|Sains|Indeks|Terkini"
    r"|Terpopuler|Trending|Foto|Video|Food|Kuliner|Lingkungan|Masuk|Langganan)"
)
