"""Glossary terms that a correction suggests.

An editor replaces words of the machine's, and an aligner links these with a phrase of the source.
This phrase and the editor's words may be a term. Only a person can decide.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.article import Correction, Span
from service.glossary.alignment import Links
from service.glossary.apply import LinkWords
from service.text.lexicon.function_words import CORE

# Words of a phrase in either language. Longer phrases are reworded clauses.
_MAX_WORDS = 6

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
# Words that join the words of a name, but are no names.
_JOINING_WORDS = {"of", "for", "and", "the", "on", "in", "to"}
# Words that are no term alone, in either language.
_FUNCTION_WORDS = (
    CORE["id"]
    | CORE["en"]
    | frozenset(
        """
        or been being had do does did will would can could may might must shall should no who whom
        these those its them her their him we our us you your i my me there then than so also after
        before during about into over under up down out if when while because says told added
        according very more most some any all each both such only just still
        tetapi namun di ke ialah ia dia sedang bukan agar jika ketika saat setelah sebelum para
        sebuah seorang satu kata ujar tutur ungkap jelas tersebut
        """.split()
    )
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A phrase of the source, the editor's English for it, and the machine's."""

    source: str
    target: str
    machine: str


def propose_terms(correction: Correction, align: LinkWords) -> list[Proposal]:
    """Return the terms that a correction suggests.

    They are in the order of the English. Empty without the machine's English. Raises as `align`
    does.
    """
    source, machine, target = correction.source, correction.machine, correction.target
    if machine is None:
        return []
    before, after = _words(machine), _words(target)
    matcher = difflib.SequenceMatcher(
        None,
        [machine[start:end] for start, end in before],
        [target[start:end] for start, end in after],
        autojunk=False,
    )
    changes = [((a, b), (c, d)) for kind, a, b, c, d in matcher.get_opcodes() if kind == "replace"]
    if not changes:
        return []
    links = align(source, machine), align(source, target)
    found: dict[Span, Proposal] = {}
    for old, new in changes:
        old, new = _extend_to_names(machine, before, old, target, after, new)
        if max(old[1] - old[0], new[1] - new[0]) > _MAX_WORDS:
            continue
        old_span = before[old[0]][0], before[old[1] - 1][1]
        new_span = after[new[0]][0], after[new[1] - 1][1]
        replaced, replacement = machine[slice(*old_span)], target[slice(*new_span)]
        phrase = _source_phrase(source, links, (old_span, new_span))
        if phrase is None or not (_is_term(replacement) and _is_term(source[slice(*phrase)])):
            continue
        if replaced.lower() != replacement.lower():
            found[phrase] = Proposal(source[slice(*phrase)], replacement, replaced)
    return list(found.values())


def _words(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text)]


def _extend_to_names(
    machine: str, before: Sequence[Span], old: Span, target: str, after: Sequence[Span], new: Span
) -> tuple[Span, Span]:
    """Extend both runs of words to the whole name that they are part of.

    In `Constitutional Council` an editor replaces only the second word, but both are the term.
    """
    (a, b), (c, d) = old, new
    if not any(target[after[n][0]].isupper() for n in range(c, d)):
        return old, new
    while a and c and _is_equal_name(machine, before[a - 1], target, after[c - 1]):
        a, c = a - 1, c - 1
    while (
        b < len(before) and d < len(after) and _is_equal_name(machine, before[b], target, after[d])
    ):
        b, d = b + 1, d + 1
    # A joining word belongs to a name only between two of its words.
    while a < old[0] and machine[slice(*before[a])].lower() in _JOINING_WORDS:
        a, c = a + 1, c + 1
    while b > old[1] and machine[slice(*before[b - 1])].lower() in _JOINING_WORDS:
        b, d = b - 1, d - 1
    return (a, b), (c, d)


def _is_equal_name(machine: str, one: Span, target: str, other: Span) -> bool:
    word = machine[slice(*one)]
    in_name = word[0].isupper() or word in _JOINING_WORDS
    return in_name and word == target[slice(*other)]


def _source_phrase(source: str, links: tuple[Links, Links], runs: tuple[Span, Span]) -> Span | None:
    """Return the span of the source that only both English runs translate.

    It has the words that the aligner links with either run. If there are none, because the machine
    mistranslated them, it has the words that are linked with nothing.
    """
    linked, others = set[Span](), set[Span]()
    for pairs, run in zip(links, runs, strict=True):
        for word, (start, end) in pairs:
            (linked if run[0] <= start and end <= run[1] else others).add(word)
    words = [word for word in _words(source) if source[slice(*word)].lower() not in _FUNCTION_WORDS]
    free = [word for word in words if word not in others]
    if not linked & set(free) and len(free) > _MAX_WORDS:
        return None
    own = [word for word in free if word in linked] or free
    if not own:
        return None
    first, last = words.index(own[0]), words.index(own[-1])
    # A neighbor without a translation belongs to the phrase.
    while first and words[first - 1] in free:
        first -= 1
    while last + 1 < len(words) and words[last + 1] in free:
        last += 1
    phrase = words[first : last + 1]
    # A whole sentence is no term, even a short one.
    if any(word not in free for word in phrase) or len(phrase) > _MAX_WORDS or phrase == words:
        return None
    return phrase[0][0], phrase[-1][1]


def _is_term(phrase: str) -> bool:
    words = [match[0] for match in _WORD.finditer(phrase)]
    if any(word[0].isdigit() for word in words):
        return False
    return any(word.lower() not in _FUNCTION_WORDS for word in words)
