"""The people who speak in a sentence, or whom it introduces with a role."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.summaries.person_names import (
    CAPITALIZED,
    PLACES,
    RANKS,
    has_non_name,
    has_role,
    is_non_name,
    name_words,
)
from service.summaries.spans import overlaps, quotation_spans
from service.text.lexicon import reporting

_SAID = "|".join((*reporting.ROOTS, *reporting.FURTHER_ROOTS, "tukas", "cetus", "tutup"))
_FURTHER_VERBS = (
    "menilai membeberkan mengingatkan memastikan menekankan melanjutkan mencontohkan memperkirakan"
    " menyoroti berpendapat mengimbau berharap menganggap berkata menyarankan menyayangkan"
    " mengapresiasi"
).split()
_SAYING = "|".join((*reporting.VERBS, *_FURTHER_VERBS))
_ALSO = r"(?:(?:juga|pun|kemudian|lalu|turut|kembali|lantas|lebih lanjut|sendiri|sebelumnya) )*"

OPENING = r"(?:(?:Namun|Selain itu|Sementara itu|Meski demikian|Meski begitu|Lebih lanjut),? )?"
# The pronouns that a name can replace; each match is one.
SUBJECT_PRONOUN = re.compile(rf"^{OPENING}(?P<who>[IiDd]i?a|[Bb]eliau) {_ALSO}(?:{_SAYING})\b")
SAID_PRONOUN = re.compile(rf"\b(?P<verb>{_SAID})(?:nya| (?:dia|ia|beliau))\b")
ACCORDING_PRONOUN = re.compile(r"\b(?P<verb>[Mm]enurut)(?:nya| (?:dia|ia|beliau))\b")
SPEAKER_PRONOUNS = (SUBJECT_PRONOUN, SAID_PRONOUN, ACCORDING_PRONOUN)

# Bodies of the whole country: no town is part of their names.
_NATIONAL = frozenset(
    "DPR MPR DPD RI KPK TNI Polri BMKG BNPB BPOM BPJS PBNU PBSI PSSI MK MA".split()
)
_STOP = (
    r"(?= (?:di|dalam|saat|kepada|pada|usai|seperti|dikutip|ketika|melalui|lewat|dari|yang|sambil"
    r"|seusai|menambahkan|dilansir|sebagaimana|bahwa|untuk|mengenai|terkait|sembari|seraya)\b"
    r"|[.,(;:\"“”!?]|$)"
)
# `kata Kepala BPBD Demak, Agus Nugroho`
SPEAKER_AFTER_VERB = re.compile(
    rf"\b(?:(?:{_SAID})|[Mm]enurut) (?P<phrase>[^,.(;:\"“”!?]+?){_STOP}"
    rf"(?:, (?P<apposed>{CAPITALIZED})(?=[,(]| \(|\.?$| (?:di|dalam|saat|kepada|pada|usai)\b))?"
)
# `Kepala BPBD Demak, Agus Nugroho, mengatakan`
SPEAKER_BEFORE_VERB = re.compile(
    rf"^(?P<phrase>[^\"“”;:]+?),? {_ALSO}(?:{_SAYING}|mengaku|meminta|membantah|membenarkan)\b"
)
# Always verbs of speech, unlike `lebih lanjut` and `sudah jelas`.
_ALWAYS_SAID = re.compile(r"(?:kata|ujar|tutur|ucap|ungkap) ")
# Characters; a longer sentence is not read.
_MAX_CHARS = 1000
_MAX_NAME_WORDS = 5
_AGE = r" \(\d{1,2}(?: tahun)?\)"
_PRONOUNS = frozenset("ia dia beliau nya mereka".split())


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person, by the words of the name.

    `open_start`: words before the name may belong to it (`Kepala BPBD Demak Agus Nugroho`).
    `is_person`: a role, a rank or an age shows that it is a person's name.
    """

    words: tuple[str, ...]
    open_start: bool
    is_person: bool


# A speaker whose name is unknown.
UNKNOWN = Speaker((), True, False)


def find_speakers(sentence: str) -> tuple[Speaker, ...]:
    """Return the speakers of a sentence; pronouns do not count."""
    if len(sentence) > _MAX_CHARS:
        return (UNKNOWN,)
    found = []
    quoted = quotation_spans(sentence)
    for match in SPEAKER_AFTER_VERB.finditer(sentence):
        if overlaps(match.span("phrase"), quoted):
            continue
        after = sentence[match.end("phrase") :]
        if match["apposed"] and has_role(match["phrase"]) and not has_non_name(match["apposed"]):
            found.append(Speaker(name_words(match["apposed"]), False, True))
        elif one := _last_name(match["phrase"], after):
            found.append(one)
        elif _ALWAYS_SAID.match(sentence, match.start()) and not _is_pronoun(match["phrase"]):
            found.append(UNKNOWN)
    opening = SPEAKER_BEFORE_VERB.match(sentence)
    if opening is None or overlaps(opening.span("phrase"), quoted):
        return tuple(found)
    if not _is_pronoun(opening["phrase"]):
        found.append(_subject(opening["phrase"]) or UNKNOWN)
    return tuple(found)


def find_introduced_people(sentence: str) -> tuple[Speaker, ...]:
    """Return the people whom a sentence names with a role, speakers or not."""
    if len(sentence) > _MAX_CHARS:
        return ()
    found = []
    for name in re.finditer(CAPITALIZED, sentence):
        before, after = sentence[: name.start()], sentence[name.end() :]
        role = re.search(r"(?P<role>[^,.;\"“”]+), $", before)
        if (
            role
            and has_role(role["role"])
            and re.match(r",| \(", after)
            and not has_non_name(name[0])
        ):
            found.append(Speaker(name_words(name[0]), False, True))
        elif (one := _last_name(sentence[: name.end()][-120:], after)) and one.is_person:
            found.append(one)
    return tuple(found)


def has_speaker_pronoun(sentence: str) -> bool:
    """Whether a pronoun speaks in a sentence."""
    return any(pattern.search(sentence) for pattern in SPEAKER_PRONOUNS)


def _is_pronoun(phrase: str) -> bool:
    return bool(re.search(r"\b(?:ia|dia|beliau)$", phrase.strip(), re.IGNORECASE))


def _subject(phrase: str) -> Speaker | None:
    """Return the person of `Kepala BPBD, Agus Nugroho` or a plain name."""
    # In `Wawan yang mewakili Agnez` Wawan speaks.
    if re.search(r"\byang\b", phrase):
        return None
    age = re.search(_AGE, phrase)
    bare = re.sub(r" ?\([^()]*\)", "", phrase).strip()
    parts = [part.strip() for part in bare.split(",")]
    last = parts[-1]
    if len(parts) > 1 and re.fullmatch(CAPITALIZED, last) and has_role(parts[-2]):
        return None if has_non_name(last) else Speaker(name_words(last), False, True)
    if len(parts) > 1 and re.fullmatch(CAPITALIZED, parts[0]) and has_role(last):
        return _last_name(parts[0], ", " + last)
    return _last_name(last, age[0] if age else "")


def _last_name(phrase: str, after: str) -> Speaker | None:
    """Return the person whose name ends a phrase, with the text `after` it."""
    tail = re.search(rf"(?P<name>{CAPITALIZED})$", phrase.strip())
    if tail is None or re.search(r"\bdan\b", phrase[tail.start() - 5 :]):
        return None
    words = name_words(tail["name"])
    # `JakartaPramono` lacks a space, so that the beginning of the name is unknown.
    if any(re.search(r"[a-z][A-Z]", word) for word in words):
        return None
    first = max((n for n, word in enumerate(words, 1) if is_non_name(word)), default=0)
    name, before = words[first:], [*phrase[: tail.start()].split(), *words[:first]]
    if not name or len(name) > _MAX_NAME_WORDS or name[0].lower() in _PRONOUNS:
        return None
    has_rank = bool(before) and before[-1] in RANKS
    after_place = bool(before) and (before[-1].lower() in PLACES or before[-1] in _NATIONAL)
    is_person = (
        has_rank
        or has_role(" ".join(before))
        or bool(re.match(_AGE, after))
        or bool(re.match(r"(?:, (?:salah )?[a-z]| selaku\b)", after) and has_role(after[:40]))
    )
    open_start = first > 0 and not has_rank and not (after_place and len(name) == 2)
    return Speaker(name, open_start, is_person)
