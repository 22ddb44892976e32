"""The function words of Indonesian and English, in lower case.

The core lists are shared; a caller adds the words that its own purpose needs.
"""

from __future__ import annotations

from service.text.lexicon.numbers import Language

# Nearly every sentence has some of them, and the other language has none.
CORE: dict[Language, frozenset[str]] = {
    "id": frozenset(
        "yang dan dari untuk dengan pada ini itu tidak akan dalam oleh juga sebagai adalah telah"
        " sudah karena bahwa mereka kami kita saya atau".split()
    ),
    "en": frozenset(
        "the of and to in is was for that with on as by at from it are be an has have were his they"
        " this which not said but he she a".split()
    ),
}

NEGATIONS: dict[Language, tuple[str, ...]] = {
    "id": tuple("tidak tak bukan belum tanpa jangan".split()),
    "en": tuple("no not never none neither nor without cannot".split()),
}

# Indonesian words that begin a clause.
CONJUNCTIONS = tuple(
    "tetapi tapi namun karena sebab sehingga sementara sedangkan meski meskipun walau walaupun agar"
    " supaya ketika saat setelah sebelum hingga jika bila kalau padahal".split()
)
