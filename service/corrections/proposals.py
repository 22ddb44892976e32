"""What a correction suggests for the glossary.

Where an editor put other words in the place of the machine's, and an aligner links the machine's
words with a phrase of the source, that phrase and the editor's words may be a term. Whether they
are, only a person can say.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from service.article import Correction, Span
from service.glossary.apply import LinkWords
from service.glossary.locate import Links
from service.text.lexicon.function_words import CORE

# Words of a phrase, on either side; longer ones are clauses put another way.
_MAX_WORDS = 6

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")
# What joins the words of a name, and is no name itself.
_JOINING = {"of", "for", "and", "the", "on", "in", "to"}
# Words that are no term by themselves, in either language.
_FUNCTION = (
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


def proposals(correction: Correction, align: LinkWords) -> list[Proposal]:
    """The terms that a correction suggests, in the order of the English; none where it is not
    known what it replaced. Raises as `align` does.
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
        old, new = _whole_names(machine, before, old, target, after, new)
        if max(old[1] - old[0], new[1] - new[0]) > _MAX_WORDS:
            continue
        replaced, put = _text(machine, before, old), _text(target, after, new)
        places = (
            (before[old[0]][0], before[old[1] - 1][1]),
            (after[new[0]][0], after[new[1] - 1][1]),
        )
        phrase = _phrase(source, links, places)
        if phrase is None or not (_is_term(put) and _is_term(source[slice(*phrase)])):
            continue
        if replaced.lower() != put.lower():
            found[phrase] = Proposal(source[slice(*phrase)], put, replaced)
    return list(found.values())


def _words(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text)]


def _text(text: str, words: Sequence[Span], run: Span) -> str:
    return text[words[run[0]][0] : words[run[1] - 1][1]]


def _whole_names(
    machine: str, before: Sequence[Span], old: Span, target: str, after: Sequence[Span], new: Span
) -> tuple[Span, Span]:
    """Both runs of words with the rest of the name that they are a part of: of `Constitutional
    Council` the second word alone was replaced, and the term is the whole."""
    (a, b), (c, d) = old, new
    if not any(target[after[n][0]].isupper() for n in range(c, d)):
        return old, new
    while a and c and _equal_name(machine, before[a - 1], target, after[c - 1]):
        a, c = a - 1, c - 1
    while b < len(before) and d < len(after) and _equal_name(machine, before[b], target, after[d]):
        b, d = b + 1, d + 1
    # A joining word belongs to a name only between two of its words.
    while a < old[0] and machine[slice(*before[a])].lower() in _JOINING:
        a, c = a + 1, c + 1
    while b > old[1] and machine[slice(*before[b - 1])].lower() in _JOINING:
        b, d = b - 1, d - 1
    return (a, b), (c, d)


def _equal_name(machine: str, one: Span, target: str, other: Span) -> bool:
    word = machine[slice(*one)]
    named = word[0].isupper() or word in _JOINING
    return named and word == target[slice(*other)]


def _phrase(source: str, links: tuple[Links, Links], places: tuple[Span, Span]) -> Span | None:
    """The words of the source that both runs of words stand for, and nothing else of the English
    does, where they stand together: those that an aligner links with either run, or, where it
    links none (what the machine made of them was wrong), those that are left over."""
    ours, others = set[Span](), set[Span]()
    for linked, place in zip(links, places, strict=True):
        for one, (start, end) in linked:
            (ours if place[0] <= start and end <= place[1] else others).add(one)
    words = _words(source)
    telling = [word for word in words if source[slice(*word)].lower() not in _FUNCTION]
    free = [word for word in telling if word not in others]
    if not ours & set(free) and len(free) > _MAX_WORDS:
        return None
    mine = [word for word in free if word in ours] or free
    if not mine:
        return None
    first, last = telling.index(mine[0]), telling.index(mine[-1])
    # A neighbour that nothing stands for belongs to the phrase.
    while first and telling[first - 1] in free:
        first -= 1
    while last + 1 < len(telling) and telling[last + 1] in free:
        last += 1
    run = telling[first : last + 1]
    # A whole sentence is no term, however short.
    if any(word not in free for word in run) or len(run) > _MAX_WORDS or run == telling:
        return None
    return run[0][0], run[-1][1]


def _is_term(phrase: str) -> bool:
    words = [match[0] for match in _WORD.finditer(phrase)]
    telling = [word for word in words if word.lower() not in _FUNCTION and not word[0].isdigit()]
    return bool(telling) and not any(word[0].isdigit() for word in words)
