"""Shorter bullets that say the same: what does not change the meaning is cut out.

In: a sentence, Indonesian or English, its source, and a limit. Out: its versions from the whole to
the shortest, each a full sentence with every fact that stands outside of what was cut.

Always: a dateline, a connector at the beginning (`However,`), a date in brackets that stands in
words as well, hints at a picture, an abbreviation that is not used again, `quoted by ...` at the
end where somebody else is named as the speaker, and that it was said to reporters. For a limit
also: a clause with `which` or a participle at the end. Numbers, negations, hedges, conditions,
attributions and what stands inside quotation marks are never cut.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from service.article import FactStatus, Span
from service.checks.compare import facts_of
from service.checks.numbers import NumberKind, numbers
from service.checks.quotations import quotations
from service.documents.forms import DATELINE
from service.summaries.spans import quoted, touches
from service.text.lexicon import numbers as lexicon
from service.text.lexicon import reporting
from service.text.lexicon.function_words import NEGATIONS
from service.text.lexicon.numbers import Language

# What is cut and what stands there instead.
_Cut = tuple[int, int, str]

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
    # Not `reporting.VERBS`: all of these but `memaparkan` may have a suffix.
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
_FEWEST_WORDS = 5
_SLASH_DATE = re.compile(r" ?\((\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?\)")
_PICTURE = re.compile(
    r" ?\((?:[Ff]oto|FOTO|[Pp]hoto|[Pp]icture|[Dd]ok(?:umentasi)?\b|[Ii]lustrasi|[Ii]llustration"
    r"|[Ll]ihat foto|[Ss]ee (?:the )?(?:photo|picture)|pictured)\b[^()\d]{0,60}\)"
)
_ABBREVIATION = re.compile(r" \(([A-Z][A-Za-z-]{1,11})\)")
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"))
_FINAL = re.compile(r"[.!?…][\"'”’»)\]]*$")


def shortened(
    text: str,
    language: Language,
    *,
    source: str | None = None,
    added: Sequence[str] = (),
    limit: int | None = None,
) -> list[str]:
    """The text and its shorter versions, longest first; only the text where nothing can be cut.

    `source` is the Indonesian that an English text stands for; by it the facts are checked, and
    what was `added` to the text, which it has not, is allowed. With a limit (characters) cuts that
    lose something are tried too, after the others and until the text fits: the last one may still
    be over the limit, where nothing else can be cut. Without a limit they are not.
    """
    versions = [text]
    for step in (*_MILD, *(_FURTHER if limit is not None else ())):
        if step in _FURTHER and limit is not None and len(versions[-1]) <= limit:
            break
        for cut in step(versions[-1], language):
            shorter = _without(versions[-1], cut)
            if _holds(versions[-1], shorter, cut, language, source, added):
                versions.append(shorter)
                break
    return versions


def _dateline(text: str, language: Language) -> Iterator[_Cut]:
    found = DATELINE.match(text)
    if found and re.match(r"\s", text[found.end() :]):
        yield 0, found.end(), ""


def _connector(text: str, language: Language) -> Iterator[_Cut]:
    if found := _CONNECTORS[language].match(text):
        yield 0, found.end(), ""


def _addressee(text: str, language: Language) -> Iterator[_Cut]:
    for found in _ADDRESSEES[language].finditer(text):
        if language == "id" and not _SAYS["id"].search(text[: found.start()]):
            continue
        yield *found.span(), "said" if found[0].startswith("told") else ""


def _bracketed_date(text: str, language: Language) -> Iterator[_Cut]:
    """`(18/2/2025)` beside `18 February 2025`."""
    months = lexicon.MONTHS[language]
    for found in _SLASH_DATE.finditer(text):
        day, month = int(found[1]), int(found[2])
        if not 1 <= month <= len(months):
            continue
        name, year = months[month - 1], found[3]
        words = rf"\b(?:{day} {name}|{name} {day})\b(?:,? (\d{{4}})\b)?"
        spelled = re.search(words, text, re.I)
        if spelled and (not year or (spelled[1] or "").endswith(year)):
            yield *found.span(), ""


def _picture(text: str, language: Language) -> Iterator[_Cut]:
    for found in _PICTURE.finditer(text):
        yield *found.span(), ""


def _abbreviation(text: str, language: Language) -> Iterator[_Cut]:
    for found in _ABBREVIATION.finditer(text):
        letters = found[1].replace("-", "")
        again = re.search(
            rf"\b{re.escape(found[1])}\b", text[: found.start()] + text[found.end() :]
        )
        if sum(map(str.isupper, letters)) < 2 or again:
            continue
        words = re.findall(r"[A-Za-z]+", text[: found.start()])[-len(letters) - 2 :]
        if _stands_for(letters.lower(), [word[0].lower() for word in words]):
            yield *found.span(), ""


def _stands_for(letters: str, initials: list[str]) -> bool:
    """Whether the words before have its letters for initials, in order."""
    waiting = iter(initials)
    return all(letter in waiting for letter in letters)


def _relay(text: str, language: Language) -> Iterator[_Cut]:
    """Only where somebody else is named as the speaker, outside of any quotation."""
    found = _RELAYED[language].search(text.rstrip(".!? "))
    if found is None:
        return
    rest = text[: found.start()]
    for start, end in reversed(quoted(rest)):
        rest = rest[:start] + '"' + rest[end:]
    # `angka itu dikutip dari` has no other verb; `ujar Agus dikutip dari` has.
    speaks = _SAYS[language] if language == "en" or found["apart"] else _SAID_LAST
    if speaks.search(rest):
        yield *found.span(), ""


def _clause(text: str, language: Language) -> Iterator[_Cut]:
    for pattern in _CLAUSES[language]:
        found = pattern.search(text)
        if found is None:
            continue
        rest, clause = text[: found.start()], found[0]
        if (
            _PROTECTED[language].search(clause)
            or _SAYS[language].search(clause)
            or any(number.firm for number in numbers(clause, language))
            or len(rest.split()) < _FEWEST_WORDS
            or not _VERBS[language].search(rest)
        ):
            continue
        yield *found.span(), ""


_Step = Callable[[str, Language], Iterator[_Cut]]
_MILD: tuple[_Step, ...] = (
    _dateline,
    _connector,
    _bracketed_date,
    _picture,
    _abbreviation,
    _addressee,
    _relay,
)
_FURTHER: tuple[_Step, ...] = (_clause,)


def _without(text: str, cut: _Cut) -> str:
    start, end, instead = cut
    before, after = text[:start], text[end:]
    if not before.strip():
        after = after.lstrip()
        shorter = after[:1].upper() + after[1:]
    elif not instead and (not after or after[0] in " ,.;"):
        if re.match(r" *[.,;]", after):
            after = after.lstrip()
        before = before.rstrip()
        shorter = before + (after[1:] if before.endswith(".") and after[:1] == "." else after)
    else:
        shorter = before + instead + after
    return shorter if _FINAL.search(shorter) else shorter.rstrip(",; ") + "."


def _holds(
    text: str,
    shorter: str,
    cut: _Cut,
    language: Language,
    source: str | None,
    added: Sequence[str],
) -> bool:
    """Whether a shorter version is a sentence and has lost nothing but what was cut out."""
    if not shorter or not (shorter[0].isupper() or shorter[0] in "\"“'‘«" or shorter[0].isdigit()):
        return False
    if touches((cut[0], cut[1]), quoted(text)) or len(shorter) >= len(text):
        return False
    # What introduces a list is no sentence of its own.
    if text.rstrip().endswith(":"):
        return False
    if not _balanced_as(text, shorter) or len(quotations(text)) != len(quotations(shorter)):
        return False
    if not _keeps_numbers(text, shorter, (cut[0], cut[1]), language):
        return False
    return language == "id" or source is None or _keeps_facts(source, text, shorter, cut, added)


def _balanced_as(text: str, shorter: str) -> bool:
    return (
        all(
            shorter.count(one) - shorter.count(other) == text.count(one) - text.count(other)
            for one, other in _PAIRS
        )
        and shorter.count('"') % 2 == text.count('"') % 2
    )


def _keeps_numbers(text: str, shorter: str, cut: Span, language: Language) -> bool:
    """No number is new, and none is gone that stood outside; inside, only dates may go."""
    found = numbers(text, language)
    inside = [number for number in found if cut[0] <= number.start < cut[1]]
    if any(number.firm and number.kind is not NumberKind.DATE for number in inside):
        return False
    outside = Counter((n.values, n.unit, n.kind) for n in found if n not in inside)
    return outside == Counter((n.values, n.unit, n.kind) for n in numbers(shorter, language))


def _keeps_facts(source: str, text: str, shorter: str, cut: _Cut, added: Sequence[str]) -> bool:
    """By the ledger: nothing becomes invented, and what goes missing stood in what was cut."""
    before, after = facts_of(source, text), facts_of(source, shorter)
    known = Counter(f.target.text for f in before if f.status is FactStatus.INVENTED and f.target)
    new = Counter(f.target.text for f in after if f.status is FactStatus.INVENTED and f.target)
    if any(not any(written in part for part in added) for written in new - known):
        return False
    there = {(f.kind, f.source.start): f for f in before if f.source is not None}
    for fact in after:
        if fact.status is not FactStatus.MISSING or fact.source is None:
            continue
        was = there.get((fact.kind, fact.source.start))
        if was is None or was.status is FactStatus.MISSING or was.target is None:
            continue
        if not touches((was.target.start, was.target.end), [(cut[0], cut[1])]):
            return False
    return True
