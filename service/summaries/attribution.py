"""The speaker's name in place of a pronoun (`he said`).

Only the pronouns of `ia mengatakan`, `ujarnya` and `menurutnya` are replaced. The name is written
without its role. Where the article leaves a doubt, the text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.summaries.antecedents import find_antecedent
from service.summaries.spans import overlaps, quotation_spans
from service.summaries.speakers import (
    ACCORDING_PRONOUN,
    OPENING,
    SPEAKER_PRONOUNS,
    SUBJECT_PRONOUN,
    UNKNOWN,
    find_speakers,
)
from service.text.lexicon import reporting
from service.text.lexicon.numbers import Language

_ANY_SUBJECT = re.compile(rf"^{OPENING}(?:Ia|Dia|Beliau|Mereka|Keduanya|ia|dia|beliau)\b")

_FURTHER_VERBS = (
    "continued concluded emphasized emphasised affirmed reiterated warned hoped reminded urged"
    " called considered believes described mentioned elaborated assessed pointed predicted"
).split()
_SAYS = "|".join((*reporting.ENGLISH_VERBS, *_FURTHER_VERBS))
_ALSO = r"(?:(?:also|then|further|later|again|even|has|had) )*"
_ENGLISH_OPENING = r"^(?:(?:However|But|In addition|Meanwhile|Nevertheless|Moreover),? )?"
_HE_OPENS = re.compile(
    rf"{_ENGLISH_OPENING}(?P<who>[Hh]e|[Ss]he)(?= {_ALSO}(?:{_SAYS}|was quoted)\b)"
)
_HE_SAID = re.compile(
    rf"\b(?:[Hh]e|[Ss]he)(?= {_ALSO}(?:{_SAYS}|was quoted)\b)"
    r"|(?<=\bsaid )(?:he|she)\b"
)
_ACCORDING_TO = re.compile(r"\b[Aa]ccording to (?P<who>him|her)\b(?! \w)")


@dataclass(frozen=True, slots=True)
class Attribution:
    """A text with its speaker.

    `name` was written in place of a pronoun; `name_index` is the index of the sentence that gives
    it. `unresolved`: the subject is a pronoun without a certain antecedent.
    """

    text: str
    name: str | None = None
    name_index: int | None = None
    unresolved: bool = False


def name_speaker(
    article: Sequence[tuple[int, str]], index: int, text: str, language: Language
) -> Attribution:
    """Return the text with its speaker's name in place of a pronoun.

    `article` are its sentences, each with the number of its paragraph. `text` is the English of
    `article[index]`, or the sentence itself where `language` is `id`.
    """
    source = article[index][1]
    quoted = quotation_spans(source)
    pronouns = [
        found
        for pattern in SPEAKER_PRONOUNS
        for found in pattern.finditer(source)
        if not overlaps(found.span(), quoted)
    ]
    if not pronouns:
        return Attribution(text, unresolved=bool(_ANY_SUBJECT.match(source)))
    if any(one is not UNKNOWN for one in find_speakers(source)):
        return Attribution(text)
    pronoun = pronouns[0]
    found = find_antecedent(article, index, is_subject=pronoun.re is SUBJECT_PRONOUN)
    if found is None or len(pronouns) > 1 or (language == "id" and text != source):
        return Attribution(text, unresolved=True)
    name, name_index = found
    replace = _replace_in_indonesian if language == "id" else _replace_in_english
    changed = replace(text, pronoun, name)
    if changed is None:
        return Attribution(text, unresolved=True)
    return Attribution(changed, name, name_index)


def _replace_in_indonesian(source: str, pronoun: re.Match[str], name: str) -> str:
    if "verb" in pronoun.groupdict():
        return f"{source[: pronoun.start()]}{pronoun['verb']} {name}{source[pronoun.end() :]}"
    return source[: pronoun.start("who")] + name + source[pronoun.end("who") :]


def _replace_in_english(text: str, pronoun: re.Match[str], name: str) -> str | None:
    """Return None where the English has no such pronoun, or several."""
    quoted = quotation_spans(text)
    if pronoun.re is ACCORDING_PRONOUN and (found := _ACCORDING_TO.search(text)):
        spans = [found.span("who")]
    elif opens := _HE_OPENS.search(text):
        spans = [opens.span("who")]
    elif pronoun.re is SUBJECT_PRONOUN:
        return None
    else:
        # The whole match is the pronoun.
        spans = [found.span() for found in _HE_SAID.finditer(text)]
    spans = [span for span in spans if not overlaps(span, quoted)]
    if len(spans) != 1:
        return None
    start, end = spans[0]
    return text[:start] + name + text[end:]
