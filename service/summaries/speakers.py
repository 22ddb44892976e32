"""Who speaks: a name in the place of `he said`, where the article leaves no doubt whose words.

In: the sentences of an article with their paragraphs, which of them a bullet stands for, and its
English (or, for an Indonesian bullet, the sentence again). Out: the text with the speaker named.

The speaker is named where the sentence says `ia mengatakan`, `ujarnya` or `menurutnya`, and the
same or the previous paragraph, before it, has one person who spoke, by name: no other speaker, no
other person in that sentence or after it. Paragraphs in which the same speaker goes on as a
pronoun may stand between. A name counts with a role (`Kepala BPBD`), a rank or an age beside it
somewhere in the article; roles are left out. In doubt nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.summaries.spans import quoted, touches
from service.text.lexicon import reporting
from service.text.lexicon.numbers import Language

_SAID = "|".join((*reporting.ROOTS, *reporting.FURTHER_ROOTS, "tukas", "cetus", "tutup"))
_OTHER_SAYING = (
    "menilai membeberkan mengingatkan memastikan menekankan melanjutkan mencontohkan memperkirakan"
    " menyoroti berpendapat mengimbau berharap menganggap berkata menyarankan menyayangkan"
    " mengapresiasi"
).split()
_SAYING = "|".join((*reporting.VERBS, *_OTHER_SAYING))
_ALSO = r"(?:(?:juga|pun|kemudian|lalu|turut|kembali|lantas|lebih lanjut|sendiri|sebelumnya) )*"
_OPENING = r"(?:(?:Namun|Selain itu|Sementara itu|Meski demikian|Meski begitu|Lebih lanjut),? )?"
# The pronouns whose place the name takes; each match is one.
_SUBJECT = re.compile(rf"^{_OPENING}(?P<who>[IiDd]i?a|[Bb]eliau) {_ALSO}(?:{_SAYING})\b")
_REPORTED = re.compile(rf"\b(?P<verb>{_SAID})(?:nya| (?:dia|ia|beliau))\b")
_ACCORDING = re.compile(r"\b(?P<verb>[Mm]enurut)(?:nya| (?:dia|ia|beliau))\b")
_ANY_SUBJECT = re.compile(rf"^{_OPENING}(?:Ia|Dia|Beliau|Mereka|Keduanya|ia|dia|beliau)\b")

_WORD = r"(?:[A-Z][\w'’.-]*|bin|binti)"
_RUN = rf"[A-Z][\w'’.-]*(?: {_WORD})*"
_RANKS = (
    "AKP AKBP Kombes Kompol Iptu Ipda Aiptu Aipda Bripka Brigjen Irjen Komjen Letjen Mayjen Kolonel"
    " Letkol Kapten Jenderal Presiden Profesor Prof Prof. Dr dr Dr. dr. Ustaz KH Haji Hj Pol Pol."
    " Purn Ir Ir."
).split()
_ROLES = frozenset(
    "kepala ketua wakil menteri bupati gubernur wali walikota presiden kapolres kapolsek kapolda"
    " kapolri direktur manajer pelatih kapten jaksa hakim anggota sekretaris jubir bicara komisaris"
    " dosen peneliti pengamat pakar ahli dokter guru rektor camat lurah kades kasat kasi kasie"
    " kabid kabag kanit humas kadis plt plh deputi dirjen sekjen ceo chief presdir founder pendiri"
    " pemilik warga korban saksi aktor aktris artis penyanyi pemain penulis pengacara kuasa ekonom"
    " analis politikus politisi pengusaha pedagang petani nelayan mahasiswa koordinator pimpinan"
    " kasubdit dirut dirreskrimum dirreskrimsus danramil dandim panglima pangdam juru manager"
    " general president director senator mantan menko menkeu mendagri menhub mendikbud seorang"
    " bernama psikolog epidemiolog desainer sutradara".split()
)
_ORGANISATIONS = frozenset(
    "badan dinas kementerian komisi dewan majelis bank universitas institut polda polres polsek"
    " pt cv tbk kemenkes kemenpar kemenag kemendagri kejaksaan kejagung kejari pemprov pemkot"
    " pemkab pemda polri indonesia perusahaan yayasan partai fraksi satuan unit bidang divisi"
    " direktorat biro pusat rumah sakit pengadilan mahkamah istana gedung asosiasi persatuan"
    " federasi serikat arab saudi amerika korea inggris jepang tiongkok china rusia israel iran"
    " palestina malaysia singapura timnas tim grup group kota kabupaten provinsi kecamatan desa"
    " kelurahan jalan reuters antara kompas tempo detik".split()
)
_PLACES = frozenset(
    "jakarta bogor depok tangerang bekasi bandung semarang surabaya medan makassar palembang"
    " denpasar bali jawa sumatera kalimantan sulawesi papua maluku aceh riau jambi lampung banten"
    " yogyakarta solo surakarta malang sleman bantul demak kudus pati jepara cirebon garut sukabumi"
    " lombok ntb ntt kupang mataram manado ambon ternate padang pekanbaru batam pontianak"
    " banjarmasin samarinda balikpapan utara selatan barat timur tengah tenggara raya daya dki"
    " diy".split()
)
# Bodies of the whole country: no town is part of their names.
_NATIONAL = frozenset(
    "DPR MPR DPD RI KPK TNI Polri BMKG BNPB BPOM BPJS PBNU PBSI PSSI MK MA".split()
)
_STOP = (
    r"(?= (?:di|dalam|saat|kepada|pada|usai|seperti|dikutip|ketika|melalui|lewat|dari|yang|sambil"
    r"|seusai|menambahkan|dilansir|sebagaimana|bahwa|untuk|mengenai|terkait|sembari|seraya)\b"
    r"|[.,(;:\"“”!?]|$)"
)
_SPOKE = re.compile(
    rf"\b(?:(?:{_SAID})|[Mm]enurut) (?P<phrase>[^,.(;:\"“”!?]+?){_STOP}"
    rf"(?:, (?P<apposed>{_RUN})(?=[,(]| \(|\.?$| (?:di|dalam|saat|kepada|pada|usai)\b))?"
)
_SPEAKS = re.compile(
    rf"^(?P<phrase>[^\"“”;:]+?),? {_ALSO}(?:{_SAYING}|mengaku|meminta|membantah|membenarkan)\b"
)
# These are verbs of speech wherever they stand; `lebih lanjut` and `sudah jelas` are none.
_SURELY_SAID = re.compile(r"(?:kata|ujar|tutur|ucap|ungkap) ")
# Characters of a sentence; what is longer is none that anybody speaks in.
_LONGEST = 1000
_AGE = r" \(\d{1,2}(?: tahun)?\)"
_PRONOUN_WORDS = frozenset("ia dia beliau nya mereka".split())

_OTHER_ENGLISH_SAYS = (
    "continued concluded emphasized emphasised affirmed reiterated warned hoped reminded urged"
    " called considered believes described mentioned elaborated assessed pointed predicted"
).split()
_ENGLISH_SAYS = "|".join((*reporting.ENGLISH_VERBS, *_OTHER_ENGLISH_SAYS))
_ENGLISH_ALSO = r"(?:(?:also|then|further|later|again|even|has|had) )*"
_ENGLISH_OPENING = r"^(?:(?:However|But|In addition|Meanwhile|Nevertheless|Moreover),? )?"
_HE_OPENS = re.compile(
    rf"{_ENGLISH_OPENING}(?P<who>[Hh]e|[Ss]he)(?= {_ENGLISH_ALSO}(?:{_ENGLISH_SAYS}|was quoted)\b)"
)
_HE_SAID = re.compile(
    rf"(?P<who>\b[Hh]e|\b[Ss]he)(?= {_ENGLISH_ALSO}(?:{_ENGLISH_SAYS}|was quoted)\b)"
    rf"|(?<=\bsaid )(?P<who_too>he|she)\b"
)
_ACCORDING_TO = re.compile(r"\b[Aa]ccording to (?P<who>him|her)\b(?! \w)")


@dataclass(frozen=True, slots=True)
class Named:
    """A text with its speaker. `name` is what was put in, and `witness` the index of the sentence
    that names the speaker; `unresolved`: it has a pronoun for its subject, and nobody can say
    whose."""

    text: str
    name: str | None = None
    witness: int | None = None
    unresolved: bool = False


@dataclass(frozen=True, slots=True)
class _Speaker:
    """A person who spoke: the words of the name, whether what stands before it may belong to it
    (`glued`: `Kepala BPBD Demak Agus Nugroho`), and whether it surely is a person's."""

    words: tuple[str, ...]
    glued: bool
    known: bool


def named(article: Sequence[tuple[int, str]], index: int, text: str, language: Language) -> Named:
    """The bullet's text with the speaker in the place of a pronoun.

    `article` are its sentences, each with the number of its paragraph, and the bullet is of
    `article[index]`. `text` is its English, or the sentence itself where `language` is `id`.
    """
    source = article[index][1]
    marks = quoted(source)
    pronouns = [
        found
        for pattern in (_SUBJECT, _REPORTED, _ACCORDING)
        for found in pattern.finditer(source)
        if not touches(found.span(), marks)
    ]
    if not pronouns:
        return Named(text, unresolved=bool(_ANY_SUBJECT.match(source)))
    if any(one is not _UNKNOWN for one in _speakers(source)):
        return Named(text)
    found = _antecedent(article, index, pronouns[0].re is _SUBJECT)
    if found is None or len(pronouns) > 1:
        return Named(text, unresolved=True)
    name, witness = found
    changed = _in_indonesian(source, pronouns[0], name) if language == "id" else None
    if language == "en":
        changed = _in_english(text, pronouns[0], name)
    if changed is None or (language == "id" and text != source):
        return Named(text, unresolved=True)
    return Named(changed, name, witness)


def _in_indonesian(source: str, pronoun: re.Match[str], name: str) -> str:
    if "verb" in pronoun.groupdict():
        return f"{source[: pronoun.start()]}{pronoun['verb']} {name}{source[pronoun.end() :]}"
    return source[: pronoun.start("who")] + name + source[pronoun.end("who") :]


def _in_english(text: str, pronoun: re.Match[str], name: str) -> str | None:
    """Nothing where the English has no such pronoun, or several."""
    marks = quoted(text)
    if pronoun.re is _ACCORDING and (found := _ACCORDING_TO.search(text)):
        places = [found.span("who")]
    elif opens := _HE_OPENS.search(text):
        places = [opens.span("who")]
    elif pronoun.re is _SUBJECT:
        return None
    else:
        places = [
            found.span("who" if found["who"] else "who_too") for found in _HE_SAID.finditer(text)
        ]
    places = [place for place in places if not touches(place, marks)]
    if len(places) != 1:
        return None
    start, end = places[0]
    return text[:start] + name + text[end:]


def _antecedent(
    article: Sequence[tuple[int, str]], index: int, is_subject: bool
) -> tuple[str, int] | None:
    """The name of the one who spoke before, and the sentence that has it; or nothing."""
    reach = article[index][0]
    places: list[int] = []
    for place in range(index - 1, -1, -1):
        paragraph, sentence = article[place]
        # Paragraphs count as the article numbers those that have sentences.
        if paragraph != reach and paragraph != _previous(article, reach):
            break
        if _has_pronoun_speaker(sentence):
            reach = paragraph
        places.append(place)
    spoke = [(place, found) for place in places for found in _speakers(article[place][1])]
    if not spoke:
        return None
    everybody = [
        one for _, text in article for one in (*_speakers(text), *_introduced(text)) if one.words
    ]
    names = {None if one is _UNKNOWN else _full_name(one, everybody) for _, one in spoke}
    if len(names) != 1 or None in names:
        return None
    (name,) = names
    last = spoke[0][0]
    assert name is not None  # none of them was
    between = [article[n][1] for n in places if n > last]
    if is_subject:
        # `Ia` may be anybody who was spoken of; `ujarnya` is the one who was speaking.
        if _names_others(article[last][1], name) or any(
            _PERSON.search(_unquoted(one)) or _names_others(one, name) for one in between
        ):
            return None
    elif any(_begins_with_other(one, name) for one in between):
        return None
    first = next(n for n, (_, sentence) in enumerate(article) if name in sentence)
    return name, first if first < index else last


def _previous(article: Sequence[tuple[int, str]], paragraph: int) -> int | None:
    return max((number for number, _ in article if number < paragraph), default=None)


def _has_pronoun_speaker(sentence: str) -> bool:
    return bool(
        _SUBJECT.search(sentence) or _REPORTED.search(sentence) or _ACCORDING.search(sentence)
    )


# Somebody speaks, and nobody knows by what name.
_UNKNOWN = _Speaker((), True, False)


@lru_cache(maxsize=4096)
def _speakers(sentence: str) -> tuple[_Speaker, ...]:
    """Those who speak in a sentence; pronouns do not count."""
    if len(sentence) > _LONGEST:
        return (_UNKNOWN,)
    found = []
    marks = quoted(sentence)
    for match in _SPOKE.finditer(sentence):
        if touches(match.span("phrase"), marks):
            continue
        after = sentence[match.end("phrase") :]
        if match["apposed"] and _has_role(match["phrase"]) and not _is_place(match["apposed"]):
            found.append(_Speaker(_words(match["apposed"]), False, True))
        elif one := _named_in(match["phrase"], after):
            found.append(one)
        elif _SURELY_SAID.match(sentence, match.start()) and not _is_pronoun(match["phrase"]):
            found.append(_UNKNOWN)
    opening = _SPEAKS.match(sentence)
    if opening is None or touches(opening.span("phrase"), marks):
        return tuple(found)
    if not _is_pronoun(opening["phrase"]):
        found.append(_subject(opening["phrase"]) or _UNKNOWN)
    return tuple(found)


def _is_pronoun(phrase: str) -> bool:
    return bool(re.search(r"\b(?:ia|dia|beliau)$", phrase.strip(), re.IGNORECASE))


@lru_cache(maxsize=4096)
def _introduced(sentence: str) -> tuple[_Speaker, ...]:
    """The people whom a sentence names with a role, whether they speak or not."""
    if len(sentence) > _LONGEST:
        return ()
    found = []
    for run in re.finditer(_RUN, sentence):
        before, after = sentence[: run.start()], sentence[run.end() :]
        role = re.search(r"(?P<role>[^,.;\"“”]+), $", before)
        if role and _has_role(role["role"]) and re.match(r",| \(", after) and not _is_place(run[0]):
            found.append(_Speaker(_words(run[0]), False, True))
        elif (one := _named_in(sentence[: run.end()][-120:], after)) and one.known:
            found.append(one)
    return tuple(found)


def _subject(phrase: str) -> _Speaker | None:
    """Of `Kepala BPBD Demak, Agus Nugroho`, `Agus Nugroho (45), warga Demak` or a plain name."""
    # In `Wawan yang mewakili Agnez` it is Wawan who speaks.
    if re.search(r"\byang\b", phrase):
        return None
    age = re.search(_AGE, phrase)
    bare = re.sub(r" ?\([^()]*\)", "", phrase).strip()
    parts = [part.strip() for part in bare.split(",")]
    last = parts[-1]
    if len(parts) > 1 and re.fullmatch(_RUN, last) and _has_role(parts[-2]):
        return None if _is_place(last) else _Speaker(_words(last), False, True)
    if len(parts) > 1 and re.fullmatch(_RUN, parts[0]) and _has_role(last):
        return _named_in(parts[0], ", " + last)
    return _named_in(last, age[0] if age else "")


def _named_in(phrase: str, after: str) -> _Speaker | None:
    """The person whose name a phrase ends with; `after` is what follows it."""
    tail = re.search(rf"(?P<run>{_RUN})$", phrase.strip())
    if tail is None or re.search(r"\bdan\b", phrase[tail.start() - 5 :]):
        return None
    words = _words(tail["run"])
    # `JakartaPramono`: a space was lost, and with it where the name begins.
    if any(re.search(r"[a-z][A-Z]", word) for word in words):
        return None
    cut = 0
    for n, word in enumerate(words):
        if _is_no_name(word):
            cut = n + 1
    kept, before = words[cut:], [*phrase[: tail.start()].split(), *words[:cut]]
    if not kept or len(kept) > 5 or kept[0].lower() in _PRONOUN_WORDS:
        return None
    rank = bool(before) and before[-1] in _RANKS
    place = bool(before) and (before[-1].lower() in _PLACES or before[-1] in _NATIONAL)
    known = (
        rank
        or _has_role(" ".join(before))
        or bool(re.match(_AGE, after))
        or bool(re.match(r"(?:, (?:salah )?[a-z]| selaku\b)", after) and _has_role(after[:40]))
    )
    glued = bool(words[:cut]) and not rank and not (place and len(kept) == 2)
    return _Speaker(tuple(kept), glued, known)


def _words(run: str) -> tuple[str, ...]:
    """The words of a name, without the full stop of a sentence."""
    words = run.split()
    return (*words[:-1], words[-1].rstrip(".") if len(words[-1]) > 3 else words[-1])


def _is_no_name(word: str) -> bool:
    bare = word.strip(".,'’")
    return (
        bare.lower() in _ROLES | _ORGANISATIONS | _PLACES
        or word in _RANKS
        or (len(bare) > 1 and bare.isupper() and "." not in word)
    )


def _is_place(run: str) -> bool:
    return any(_is_no_name(word) for word in run.split())


def _has_role(phrase: str) -> bool:
    return any(word.strip(".,").lower() in _ROLES for word in re.split(r"[\s/]", phrase)) or any(
        word in _RANKS for word in phrase.split()
    )


def _full_name(one: _Speaker, everybody: Sequence[_Speaker]) -> str | None:
    """The longest sure form of a person's name in the article; nothing in doubt."""
    forms = {other.words for other in everybody if not other.glued and len(other.words) > 1}
    singles = {other.words[0] for other in everybody if not other.glued and len(other.words) == 1}
    for other in everybody:
        if other.glued and other.words[0] in singles and len(other.words) > 1:
            forms.add(other.words)
        elif other.glued:
            starts = [n for n, word in enumerate(other.words) if word in singles]
            if starts and len(other.words) - starts[0] > 1:
                forms.add(other.words[starts[0] :])
    fitting = {form for form in forms if _is_part(one, form)}
    alone = len(one.words) > 1 or (one.known and not one.glued)
    longest = max(fitting, key=len, default=one.words if alone else ())
    if not longest or any(not set(form) <= set(longest) for form in fitting):
        return None
    if one.glued and longest == one.words and one.words not in forms:
        return None
    known = any(
        other.known and (other.words == longest or other.words[-len(longest) :] == longest)
        for other in everybody
    ) or any(other.known and set(other.words) <= set(longest) for other in everybody)
    return " ".join(longest) if known else None


def _is_part(one: _Speaker, form: tuple[str, ...]) -> bool:
    if one.glued:
        return one.words[-len(form) :] == form
    return set(one.words) <= set(form)


def _unquoted(sentence: str) -> str:
    for start, end in reversed(quoted(sentence)):
        sentence = sentence[:start] + '"' + sentence[end:]
    return sentence


def _names_others(sentence: str, name: str) -> bool:
    """Whether a sentence names another person than the speaker, outside of quotations."""
    sentence = _unquoted(sentence)
    speaking = _SPEAKS.match(sentence)
    spans = [match.span("phrase") for match in _SPOKE.finditer(sentence)]
    spans += [speaking.span("phrase")] if speaking else []
    for start, end in sorted(spans, reverse=True):
        sentence = sentence[:start] + sentence[end:]
    return any(_is_other(run[0], name) for run in re.finditer(_RUN, sentence))


def _is_other(run: str, name: str) -> bool:
    """Whether a run of capitals may be another person: two strange words, or one with a role."""
    words = run.split()
    strange = [word for word in words if word not in name.split() and not _is_no_name(word)]
    return len(strange) > 1 or bool(strange and _has_role(run))


def _begins_with_other(sentence: str, name: str) -> bool:
    """Whether a sentence is about somebody else: a person or another name opens it."""
    opening = " ".join(_unquoted(sentence).split()[:4])
    run = re.match(_RUN, opening)
    return bool(_PERSON.search(opening)) or bool(run and _is_other(run[0], name))


_PERSON = re.compile(
    r"\b(?:pelaku|korban|warga|pria|wanita|perempuan|lelaki|laki-laki|tersangka|terdakwa|saksi|ibu"
    r"|ayah|suami|istri|anaknya|putranya|putrinya|menteri|bupati|gubernur|presiden|ketua|kepala"
    r"|direktur|hakim|jaksa|pelatih|pemain|dokter|kapolres|kapolsek|seorang|keduanya|mereka)\b",
    re.IGNORECASE,
)
