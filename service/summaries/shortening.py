"""Shorter versions of a bullet that say the same.

In: a sentence, Indonesian or English, its source, and a limit. Out: its versions, each a full
sentence with every fact that stands outside the cuts. Quotations are never cut.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from service.article import Fact, FactStatus, Span
from service.checks.compare import facts_of
from service.checks.number import NumberKind
from service.checks.numbers import numbers
from service.checks.quotations import quotations
from service.summaries.cuts import LOSSLESS, LOSSY, Cut
from service.summaries.spans import overlaps, quotation_spans
from service.text.lexicon.numbers import Language

_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"))
_FINAL = re.compile(r"[.!?…][\"'”’»)\]]*$")


def shorter_versions(
    text: str,
    language: Language,
    *,
    source: str | None = None,
    added: Sequence[str] = (),
    limit: int | None = None,
) -> list[str]:
    """Return the text and its shorter versions, longest first.

    The facts of an English text are checked against `source`, its Indonesian; `added` are the
    parts of the text that the source lacks. Lossy cuts come last, only with a `limit` (characters)
    and only until the text fits. The last version may still be over the limit.
    """
    versions = [text]
    for cutter in (*LOSSLESS, *(LOSSY if limit is not None else ())):
        if cutter in LOSSY and limit is not None and len(versions[-1]) <= limit:
            break
        for cut in cutter(versions[-1], language):
            shorter = _apply(versions[-1], cut)
            if _is_sound(versions[-1], shorter, cut, language) and (
                language == "id"
                or source is None
                or _keeps_facts(source, versions[-1], shorter, cut.span, added)
            ):
                versions.append(shorter)
                break
    return versions


def _apply(text: str, cut: Cut) -> str:
    before, after = text[: cut.start], text[cut.end :]
    if not before.strip():
        after = after.lstrip()
        shorter = after[:1].upper() + after[1:]
    elif not cut.replacement and (not after or after[0] in " ,.;"):
        if re.match(r" *[.,;]", after):
            after = after.lstrip()
        before = before.rstrip()
        shorter = before + (after[1:] if before.endswith(".") and after[:1] == "." else after)
    else:
        shorter = before + cut.replacement + after
    return shorter if _FINAL.search(shorter) else shorter.rstrip(",; ") + "."


def _is_sound(text: str, shorter: str, cut: Cut, language: Language) -> bool:
    """Whether a shorter version is a sentence that lost only the cut."""
    if not shorter or not (shorter[0].isupper() or shorter[0] in "\"“'‘«" or shorter[0].isdigit()):
        return False
    return (
        not overlaps(cut.span, quotation_spans(text))
        and len(shorter) < len(text)
        # The introduction of a list is not a separate sentence.
        and not text.rstrip().endswith(":")
        and _marks(text) == _marks(shorter)
        and len(quotations(text)) == len(quotations(shorter))
        and _keeps_numbers(text, shorter, cut.span, language)
    )


def _marks(text: str) -> list[int]:
    """Return how many marks of each kind are unpaired."""
    return [text.count('"') % 2, *(text.count(one) - text.count(other) for one, other in _PAIRS)]


def _keeps_numbers(text: str, shorter: str, cut: Span, language: Language) -> bool:
    """Whether no number is new and only dates inside the cut are gone."""
    found = numbers(text, language)
    inside = [number for number in found if cut[0] <= number.start < cut[1]]
    if any(number.firm and number.kind is not NumberKind.DATE for number in inside):
        return False
    outside = Counter((n.values, n.unit, n.kind) for n in found if n not in inside)
    return outside == Counter((n.values, n.unit, n.kind) for n in numbers(shorter, language))


def _keeps_facts(source: str, text: str, shorter: str, cut: Span, added: Sequence[str]) -> bool:
    """Whether no fact becomes invented, and only facts in the cut go missing."""
    before, after = facts_of(source, text), facts_of(source, shorter)
    new = _invented(after) - _invented(before)
    if any(not any(written in part for part in added) for written in new):
        return False
    by_source = {(f.kind, f.source.start): f for f in before if f.source is not None}
    for fact in after:
        if fact.status is not FactStatus.MISSING or fact.source is None:
            continue
        was = by_source.get((fact.kind, fact.source.start))
        if was is None or was.status is FactStatus.MISSING or was.target is None:
            continue
        if not overlaps((was.target.start, was.target.end), [cut]):
            return False
    return True


def _invented(facts: Sequence[Fact]) -> Counter[str]:
    return Counter(f.target.text for f in facts if f.status is FactStatus.INVENTED and f.target)
