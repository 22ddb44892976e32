"""Passages that can be cut from a sentence, Indonesian or English.

Lossless cuts: a dateline, an opening connector (`However,`), a date in brackets beside the same
date in words, hints at a picture, an abbreviation that is not used again, `quoted by ...` at the
end where the sentence names another speaker, and the addressee (`told reporters`). Lossy cuts: a
clause with `which` or a participle at the end, unless it has a number, a negation, a hedge, a
condition or an attribution. Each cut has to be checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from service.article import Span
from service.checks.numbers import numbers
from service.documents.forms import DATELINE
from service.summaries.spans import without_quotations
from service.text.lexicon import numbers as lexicon
from service.text.lexicon import reporting
from service.text.lexicon.function_words import NEGATIONS
from service.text.lexicon.numbers import Language

_CONNECTORS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:However|Meanwhile|In addition|Additionally|Moreover|Furthermore"
        r"|Besides(?: that| this)?"
        r"|Apart from (?:that|this)|Aside from (?:that|this)|On the other hand|In the meantime"
        r"|Nevertheless|Nonetheless|Even so|Therefore|Thus|Not only that|Likewise),\s+"
        r"|(?:But|And|Yet),?\s+(?=(?:the|a|an|he|she|it|they|we|this|that|these|those|there)\b)"
    ),
    "id": re.compile(
        r"(?:Namun(?: demikian| begitu)?|Sementara itu|Selain itu|Di sisi lain|Di samping itu"
        r"|(?:Meski|Meskipun|Walau|Kendati)(?:pun)? (?:demikian|begitu)|Lebih lanjut"
        r"|Lebih jauh|(?:Tak|Tidak) hanya itu|Akan tetapi|Tetapi|Tapi|Oleh (?:karena|sebab) itu"
        r"|Karena itu|Dengan demikian|Adapun),\s+"
        r"|(?:Namun|Adapun|Sementara itu)\s+(?=[a-z])(?!karena\b|jika\b|bila\b|kalau\b|bukan\b)"
    ),
}
_ADDRESSEES: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\btold (?:reporters|journalists|the media|the press)(?= (?:that|in|at|on|after)\b|[,.]?$)"
        r"|\b(?<=said) to (?:reporters|journalists|the media|the press)(?! of\b)\b"
    ),
    "id": re.compile(r" (?:ke)?pada (?:para )?(?:wartawan|awak media|jurnalis|media massa)\b"),
}
_ROOTS = "|".join(reporting.ROOTS)
_SAYS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        rf"\b(?:{'|'.join(reporting.ENGLISH_VERBS)}|according to|announced|wrote|reported|argued"
        r"|denied|think|thinks|believes?|believed|quoted|cited|citing)\b",
        re.I,
    ),
    # Not `reporting.VERBS`: all of these except `memaparkan` may have a suffix.
    "id": re.compile(
        rf"\b(?:{_ROOTS})(?:nya)?\b"
        r"|\bmen(?:urut|gatakan|yatakan|jelaskan|yebut(?:kan)?|uturkan|gungkapkan"
        r"|egaskan|ambahkan|yampaikan|gaku|erangkan)\w*|\bmemaparkan\b|\b(?:dikutip|dilansir)\b",
        re.I,
    ),
}
_RELAYED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"(?:,(?: as)? (?:quoted|cited|reported)| as quoted) (?:by|from) "
        r"[^\"“”,;]+(?:, (?:on )?\w+day\b[^\"“”;]*)?$"
    ),
    "id": re.compile(
        r"(?P<apart>,? (?:seperti|sebagaimana|demikian)|,)? (?:dikutip|dilansir|dinukil|disitat)\b"
        r"[^\"“”;]*$"
    ),
}
_SAID_LAST = re.compile(rf"\b(?:{_ROOTS})(?:nya)?\b[^,\"“”]*$")
_PROTECTED: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        rf"\b(?:{'|'.join(NEGATIONS['en'])}|\w+n['’]t|den(?:y|ies|ied)|refus\w+"
        r"|allege\w*|alleging|reported\w*|suspect\w*|about|around|approximately|nearly|almost"
        r"|may|might|could|would|should|likely|possibl\w+|perhaps|probabl\w+|claim\w*|apparent\w*"
        r"|if|unless|provided|depend\w*|except|only|but|however|although|though|while|despite"
        r"|false|untrue|wrong|hoax|fail\w*|anonym\w+|condition\w*|estimated"
        r"|at least|at most|up to|more than|less than)\b",
        re.I,
    ),
    "id": re.compile(
        rf"\b(?:{'|'.join(NEGATIONS['id'])}|bantah\w*|membantah|dibantah|menolak|diduga"
        r"|dugaan|terduga|disebut\w*|kabarnya|konon|sekitar|kira-kira|hampir|nyaris|mungkin"
        r"|kemungkinan|diperkirakan|bisa|dapat|berpotensi|jika|kalau|bila|apabila|asal\w*|kecuali"
        r"|hanya|tetapi|tapi|namun|meski\w*|walau\w*|hoaks|gagal|anonim|syarat|setidaknya|minimal|maksimal"
        r"|lebih dari|kurang dari|masih)\b",
        re.I,
    ),
}
_PARTICIPLES = (
    "leaving causing making resulting forcing damaging killing injuring affecting prompting raising"
    " bringing marking ensuring allowing leading creating triggering reducing improving helping"
    " becoming showing reflecting turning enabling strengthening"
).replace(" ", "|")
_CLAUSES: dict[Language, tuple[re.Pattern[str], ...]] = {
    "en": (
        re.compile(r", (?:which|who|whose|where) [^,;:()\"“”]+?(?=[.!?]?$)"),
        re.compile(rf", (?:thus |thereby )?(?:{_PARTICIPLES}) [^,;:()\"“”]+?(?=[.!?]?$)"),
    ),
    "id": (
        re.compile(r", yang [^,;:()\"“”]+?(?=[.!?]?$)"),
        re.compile(r", (?:sehingga|dengan) [^,;:()\"“”]+?(?=[.!?]?$)"),
    ),
}
_VERBS: dict[Language, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(?:is|are|was|were|has|have|had|will|can|said|says|told|\w{2,}ed|began|begun|came"
        r"|became|fell|rose|grew|held|hit|left|lost|made|met|paid|put|ran|saw|sent|set|shot|sold"
        r"|spent|took|went|won|gave|got|built|bought|brought|broke|swept|struck)\b"
    ),
    "id": re.compile(
        r"\b(?:(?:me|ber|di|ter)\w{4,}|adalah|ialah|ada|tiba|naik|turun|datang|pergi|tewas|tidak"
        r"|akan|telah|sudah|kata|ujar\w*|jatuh|kalah|menang|lolos|mundur|tumbuh|mulai|masuk)\b"
    ),
}
# Words of a sentence that can stand without its last clause.
_MIN_WORDS = 5
_SLASH_DATE = re.compile(r" ?\((\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?\)")
_PICTURE = re.compile(
    r" ?\((?:[Ff]oto|FOTO|[Pp]hoto|[Pp]icture|[Dd]ok(?:umentasi)?\b|[Ii]lustrasi|[Ii]llustration"
    r"|[Ll]ihat foto|[Ss]ee (?:the )?(?:photo|picture)|pictured)\b[^()\d]{0,60}\)"
)
_ABBREVIATION = re.compile(r" \(([A-Z][A-Za-z-]{1,11})\)")


class Cut(NamedTuple):
    """The passage `[start, end)` of a text, and the text that replaces it."""

    start: int
    end: int
    replacement: str = ""

    @property
    def span(self) -> Span:
        return self.start, self.end


def _dateline(text: str, language: Language) -> Iterator[Cut]:
    found = DATELINE.match(text)
    if found and re.match(r"\s", text[found.end() :]):
        yield Cut(0, found.end())


def _connector(text: str, language: Language) -> Iterator[Cut]:
    if found := _CONNECTORS[language].match(text):
        yield Cut(0, found.end())


def _addressee(text: str, language: Language) -> Iterator[Cut]:
    for found in _ADDRESSEES[language].finditer(text):
        if language == "id" and not _SAYS["id"].search(text[: found.start()]):
            continue
        yield Cut(*found.span(), "said" if found[0].startswith("told") else "")


def _bracketed_date(text: str, language: Language) -> Iterator[Cut]:
    """Cut `(18/2/2025)` beside `18 February 2025`."""
    months = lexicon.MONTHS[language]
    for found in _SLASH_DATE.finditer(text):
        day, month = int(found[1]), int(found[2])
        if not 1 <= month <= len(months):
            continue
        name, year = months[month - 1], found[3]
        words = rf"\b(?:{day} {name}|{name} {day})\b(?:,? (\d{{4}})\b)?"
        spelled = re.search(words, text, re.I)
        if spelled and (not year or (spelled[1] or "").endswith(year)):
            yield Cut(*found.span())


def _picture(text: str, language: Language) -> Iterator[Cut]:
    for found in _PICTURE.finditer(text):
        yield Cut(*found.span())


def _abbreviation(text: str, language: Language) -> Iterator[Cut]:
    for found in _ABBREVIATION.finditer(text):
        letters = found[1].replace("-", "")
        again = re.search(
            rf"\b{re.escape(found[1])}\b", text[: found.start()] + text[found.end() :]
        )
        if sum(map(str.isupper, letters)) < 2 or again:
            continue
        words = re.findall(r"[A-Za-z]+", text[: found.start()])[-len(letters) - 2 :]
        if _is_abbreviation(letters.lower(), [word[0].lower() for word in words]):
            yield Cut(*found.span())


def _is_abbreviation(letters: str, initials: list[str]) -> bool:
    """Whether the initials hold the letters, in order."""
    remaining = iter(initials)
    return all(letter in remaining for letter in letters)


def _relay(text: str, language: Language) -> Iterator[Cut]:
    """Cut `quoted by Antara` where the sentence names the speaker too."""
    found = _RELAYED[language].search(text.rstrip(".!? "))
    if found is None:
        return
    # `angka itu dikutip dari` has no other verb; `ujar Agus dikutip dari` has one.
    speaks = _SAYS[language] if language == "en" or found["apart"] else _SAID_LAST
    if speaks.search(without_quotations(text[: found.start()])):
        yield Cut(*found.span())


def _clause(text: str, language: Language) -> Iterator[Cut]:
    for pattern in _CLAUSES[language]:
        found = pattern.search(text)
        if found is None:
            continue
        rest, clause = text[: found.start()], found[0]
        if (
            _PROTECTED[language].search(clause)
            or _SAYS[language].search(clause)
            or any(number.firm for number in numbers(clause, language))
            or len(rest.split()) < _MIN_WORDS
            or not _VERBS[language].search(rest)
        ):
            continue
        yield Cut(*found.span())


Cutter = Callable[[str, Language], Iterator[Cut]]
# These lose nothing.
LOSSLESS: tuple[Cutter, ...] = (
    _dateline,
    _connector,
    _bracketed_date,
    _picture,
    _abbreviation,
    _addressee,
    _relay,
)
# These lose a detail; they are for a limit only.
LOSSY: tuple[Cutter, ...] = (_clause,)
