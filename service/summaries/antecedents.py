"""The antecedent of a speaker's pronoun: the one person who can be meant.

The antecedent is the only speaker in the same or the previous paragraph, before the pronoun, and
has a name. No other person is in that sentence or after it. Paragraphs in which the speaker goes
on as a pronoun may stand between. A name counts only with a role (`Kepala BPBD`), a rank or an age
beside it somewhere in the article.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.summaries.person_names import CAPITALIZED, has_role, is_non_name
from service.summaries.spans import without_quotations
from service.summaries.speakers import (
    SPEAKER_AFTER_VERB,
    SPEAKER_BEFORE_VERB,
    UNKNOWN,
    Speaker,
    find_introduced_people,
    find_speakers,
    has_speaker_pronoun,
)

_PERSON_NOUN = re.compile(
    r"\b(?:pelaku|korban|warga|pria|wanita|perempuan|lelaki|laki-laki|tersangka|terdakwa|saksi|ibu"
    r"|ayah|suami|istri|anaknya|putranya|putrinya|menteri|bupati|gubernur|presiden|ketua|kepala"
    r"|direktur|hakim|jaksa|pelatih|pemain|dokter|kapolres|kapolsek|seorang|keduanya|mereka)\b",
    re.IGNORECASE,
)


def find_antecedent(
    article: Sequence[tuple[int, str]], index: int, *, is_subject: bool
) -> tuple[str, int] | None:
    """Return the speaker's name and the index of its sentence, or None.

    `article` are its sentences, each with the number of its paragraph; the pronoun is in
    `article[index]`. `is_subject`: it is the subject of the sentence (`Ia mengatakan`).
    """
    context = _context(article, index)
    spoke = [(place, found) for place in context for found in find_speakers(article[place][1])]
    if not spoke:
        return None
    everybody = [
        one
        for _, text in article
        for one in (*find_speakers(text), *find_introduced_people(text))
        if one.words
    ]
    names = {None if one is UNKNOWN else _full_name(one, everybody) for _, one in spoke}
    if len(names) != 1 or None in names:
        return None
    (name,) = names
    last = spoke[0][0]
    assert name is not None  # checked above
    between = [article[n][1] for n in context if n > last]
    if is_subject:
        # `Ia` may refer to anybody in the text, but `ujarnya` only to the speaker.
        if _names_others(article[last][1], name) or any(
            _PERSON_NOUN.search(without_quotations(one)) or _names_others(one, name)
            for one in between
        ):
            return None
    elif any(_begins_with_other(one, name) for one in between):
        return None
    first = next((n for n, (_, sentence) in enumerate(article) if name in sentence), None)
    if first is None:  # its words stand apart: `Pemasyarakatan (Dirjenpas) Mashudi`
        return None
    return name, first if first < index else last


def _context(article: Sequence[tuple[int, str]], index: int) -> list[int]:
    """Return the sentences that may name the speaker, nearest first."""
    reach = article[index][0]
    context: list[int] = []
    for place in range(index - 1, -1, -1):
        paragraph, sentence = article[place]
        if paragraph not in (reach, _previous_paragraph(article, reach)):
            break
        if has_speaker_pronoun(sentence):
            reach = paragraph
        context.append(place)
    return context


def _previous_paragraph(article: Sequence[tuple[int, str]], paragraph: int) -> int | None:
    """Return the number of the last paragraph with sentences before this one."""
    return max((number for number, _ in article if number < paragraph), default=None)


def _full_name(one: Speaker, everybody: Sequence[Speaker]) -> str | None:
    """Return the longest certain form of a person's name, or None."""
    forms = _certain_forms(everybody)
    matching = {form for form in forms if _is_part(one, form)}
    alone = len(one.words) > 1 or (one.is_person and not one.open_start)
    longest = max(matching, key=len, default=one.words if alone else ())
    if not longest or any(not set(form) <= set(longest) for form in matching):
        return None
    if one.open_start and longest == one.words and one.words not in forms:
        return None
    is_person = any(
        other.is_person
        and (set(other.words) <= set(longest) or other.words[-len(longest) :] == longest)
        for other in everybody
    )
    return " ".join(longest) if is_person else None


def _certain_forms(everybody: Sequence[Speaker]) -> set[tuple[str, ...]]:
    """Return the names of two words or more whose beginning is certain."""
    forms = {other.words for other in everybody if not other.open_start and len(other.words) > 1}
    singles = {
        other.words[0] for other in everybody if not other.open_start and len(other.words) == 1
    }
    for other in everybody:
        if not other.open_start:
            continue
        start = next((n for n, word in enumerate(other.words) if word in singles), None)
        if start is not None and len(other.words) - start > 1:
            forms.add(other.words[start:])
    return forms


def _is_part(one: Speaker, form: tuple[str, ...]) -> bool:
    if one.open_start:
        return one.words[-len(form) :] == form
    return set(one.words) <= set(form)


def _names_others(sentence: str, name: str) -> bool:
    """Whether a sentence names a person who is not its speaker."""
    sentence = without_quotations(sentence)
    speaking = SPEAKER_BEFORE_VERB.match(sentence)
    spans = [match.span("phrase") for match in SPEAKER_AFTER_VERB.finditer(sentence)]
    spans += [speaking.span("phrase")] if speaking else []
    for start, end in sorted(spans, reverse=True):
        sentence = sentence[:start] + sentence[end:]
    return any(_is_other(found[0], name) for found in re.finditer(CAPITALIZED, sentence))


def _is_other(phrase: str, name: str) -> bool:
    """Whether capitalized words may name another person.

    They may with two unknown words, or with one and a role.
    """
    words = phrase.split()
    unknown = [word for word in words if word not in name.split() and not is_non_name(word)]
    return len(unknown) > 1 or bool(unknown and has_role(phrase))


def _begins_with_other(sentence: str, name: str) -> bool:
    """Whether a noun for a person or another name opens a sentence."""
    opening = " ".join(without_quotations(sentence).split()[:4])
    found = re.match(CAPITALIZED, opening)
    return bool(_PERSON_NOUN.search(opening)) or bool(found and _is_other(found[0], name))
