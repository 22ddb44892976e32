"""The forms of datelines, bylines, captions, list items and quotations.

The text of one line comes in, its kind or a bool goes out; nothing raises. A new form is a new row.
"""

from __future__ import annotations

import re

from service.article import Kind
from service.documents.dates import DATE, STATEMENTS

_CREDIT = r"(?:Foto|FOTO|Photo|Dok(?:umentasi)?|Kredit|[Cc]redit|Image by|Ilustrasi)"
ITEM = re.compile(r"[-*] +\S|[•●▪◦·] ?\S|[–—] \S|-[A-Za-z]|\d{1,3}[.)] +\S|[a-z][.)] +\S")
_CITY = r"[A-Z][A-Za-z'’]+(?:[ .][A-Z][A-Za-z'’.]+){0,3}"
_SITE = (
    r"(?:[A-Za-z0-9]{2,20}\.(?:[Cc]om|COM|co\.id|CO\.ID|[Ii]d|ID|[Cc]o|CO|[Nn]et|[Tt][Vv])|detik\w*"
    r"|CNN Indonesia|CNBC Indonesia|ANTARA(?:NEWS)?|Antara(?:news)?|VIVA|Republika)"
)
# The agencies of credits; `furniture.py` has those of source lines.
_AGENCY = r"(?:ANTARA(?: FOTO)?|Antara(?: Foto)?|TEMPO|AFP|AP(?: Photo)?|Reuters|REUTERS|EPA|Dok)"
_CAPTIONS = (
    re.compile(r"\(?(?:Foto|FOTO|Keterangan [Ff]oto|Ilustrasi)\s*: ?\S.{1,240}"),
    re.compile(r"[^.!?]{3,240}[.!?]? ?© ?\d{4} [^!?]{2,60}"),
    re.compile(rf"[^.!?]{{0,240}}[.!?]? ?[(\[]{_CREDIT}\s*[:/]?\s?[^()]{{2,80}}[)\]]\.?"),
    re.compile(r"[^.!?]{3,240}[.!?]? ?(?:/ ?)?Foto\s*: ?[^!?]{2,60}"),
    # (KOMPAS.com/NAME), (ANTARA FOTO/Name), ANTARA/Name
    re.compile(
        rf"(?:[^.!?]|\.(?=[^\s(])){{20,240}}[.!?]? ?\((?:{_SITE}|{_AGENCY})/[^().!?]{{2,60}}\)\.?"
    ),
    re.compile(rf"(?:[^.!?]|\.(?=\S)){{20,240}}\. {_AGENCY}/[A-Z][^().!?/]{{2,40}}"),
)
_NAME = r"[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*){0,3}"
_BYLINES = (
    re.compile(
        r"(?:Oleh|Penulis|Reporter|Editor|Pewarta|Penyunting|Redaktur|Red|Rep|Kontributor|Wartawan"
        r"|Jurnalis)"
        r"\s*: ?(?:[A-Z][^.!?:]{1,79}|[a-z]\w*(?: [A-Za-z]\w*){0,2} ?)"
        r"(?:[|/;,] ?(?:Editor|Penulis|Reporter|Red)\s*: ?[^.!?:]{2,60})?"
    ),
    re.compile(r"(?:Oleh|By) (?!Karena|Sebab)(?:[A-Z][\w'’.-]*[,]? ?){1,5}"),
    # By Name - 9 Desember 2022; Name | 9 Desember 2022
    re.compile(
        rf"(?=.{{1,120}}$)(?=.*(?i:{DATE}))(?:(?:Oleh|By|Penulis|Reporter|Editor)\s*:? {_NAME},? ?"
        rf"(?:[-–|•·] ?)?|{_NAME} ?[-–|•·] ?){STATEMENTS}"
    ),
    # NAME SURNAME | ANTARA
    re.compile(r"[A-Z][A-Z.'’]+(?: [A-Z.'’]{2,20}){1,3}(?: ?\| ?[A-Z][A-Z.'’ ]{2,30}){1,3}"),
)
# A line above the name, which stands on a line of its own.
ROLE = re.compile(r"(?:Oleh|Penulis|Reporter|Editor|Pewarta|Redaktur)\s*:?")
# Only under the headline.
_TOP_BYLINES = (
    re.compile(rf"(?:{_NAME}(?:, {_NAME})?|[a-z]{{2,6}}) ?[-–|] ?(?:{_SITE})"),
    re.compile(rf"{_NAME} ?, (?:Jurnalis|[Ww]artawan)(?: \w+|-[^.!?]{{8,50}})?"),
    re.compile(rf"(?:Reporter|Editor) {_NAME}|Kontributor {_NAME}, {_NAME}"),
    re.compile(rf"[Oo]leh [^.!?:]{{2,80}} {STATEMENTS}"),
    re.compile(r"Laporan (?:Kontributor|Wartawan|Reporter) [A-Z][^!?:]{3,80}"),
    re.compile(r"CNN Indonesia|CNBC Indonesia|Tim (?:detik\w*|Redaksi|Editor|Liputan)"),
)
# Any credit, in brackets after the sentence; in the story they may hold a party and its province.
_TOP_CAPTION = re.compile(
    r"(?:[^.!?]|\.(?=[^\s(])){20,240}[.!?] ?\((?:\w[\w.]* ?){1,4}/(?:\w[\w.]* ?){1,5}\)\.?"
)
_DASH = r"[^\S\n]*\n?[^\S\n]*[-–—]{1,2}(?=\s|[A-Z\"“])"
DATELINE = re.compile(
    # KOMPAS.com -; Liputan6.com, Jakarta -; JAKARTA, KOMPAS.com -; Jakarta (ANTARA) -
    rf"(?:{_SITE}|{_SITE},\s?{_CITY}|{_CITY},\s?{_SITE}|{_CITY} \({_SITE}\)){_DASH}"
    # Liputan6.com, JakartaHarga emas: the dash was lost, and the space with it
    r"|Liputan6\.com, [A-Z][a-z]+(?=[A-Z])"
    # JAKARTA- and, with spaces around the dash, Jakarta -; `TNI-Polri` is none
    r"|[A-Z]{3,}(?: [A-Z]{2,}){0,2}[^\S\n]*[-–—]{1,2}(?=[^\S\n]+[A-Z\"“])"
    r"|[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+){0,2}\r?\n[-–—]{1,2}(?=\r?\n)"
    r"|[A-Z][a-z]+(?: [A-Z][a-z]+){0,2} [-–—]{1,2}(?= [A-Z\"“][^\n]{40,}[.?!\"”][^\S\n]*(?:\n|$))"
)
DATELINE_ALONE = re.compile(
    rf"(?:(?:{_SITE}|{_CITY}), ?)?{_CITY}(?:, ?{_SITE}| \({_SITE}\))? ?[-–—]{{1,2}}"
)
# Marks at the end of a sentence.
_FINAL = '.?!…:;"”’»)]'
_PAIRS = {'"': '"', "“": "”", "«": "»"}


def form(text: str, top: bool = False) -> Kind | None:
    """Return the kind of a byline or caption, or None for other lines.

    `top` tells whether it stands under the headline, where more lines are bylines and captions.
    """
    if len(text) > 330:
        return None
    text = text.lstrip("|/ ")  # marks between bylines on one line
    if any(known.fullmatch(text) for known in (*_BYLINES, *(_TOP_BYLINES if top else ()))):
        return Kind.BYLINE
    captions = (*_CAPTIONS, _TOP_CAPTION) if top else _CAPTIONS
    return Kind.CAPTION if any(known.fullmatch(text) for known in captions) else None


def is_open(text: str) -> bool:
    """Return whether the line ends unlike a sentence."""
    return text[-1] not in _FINAL


def begins_small(text: str) -> bool:
    """Return whether the text begins with a small letter, and not with a name such as iPhone."""
    return text[0].islower() and text.split(None, 1)[0].islower()


def has_capitals(text: str) -> bool:
    """Return whether most longer words begin with a capital, as in a title."""
    words = [word for word in text.split() if len(word) > 4 and word[0].isalpha()]
    return sum(word[0].isupper() for word in words) >= 0.6 * len(words)


def is_quotation(text: str) -> bool:
    """Return whether the paragraph is one quotation and nothing else."""
    close = _PAIRS.get(text[0], "")
    return len(text) > 2 and text[-1] == close and not {text[0], close} & set(text[1:-1])
