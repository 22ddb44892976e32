"""Warnings about a result, with the place and the text of the sentence."""

from __future__ import annotations

from collections.abc import Sequence

from service.article import Article, Fact, FactStatus, Kind, TermUse
from service.text.language import mismatches
from service.translation.records import Translation

# Messages by flag. The English of the sentence follows after a colon.
_MESSAGES = {
    "failed": "the engine failed, and the source stands in its place; try again",
    "untranslated": "the model gave no translation, and the source stands in its place",
    "unfinished": "the length limit cut the translation off; compare it with the source",
    "loop": "the translation repeats itself; compare it with the source",
    "prompt": "the translation holds words of the model's prompt; compare it with the source",
    "echo": "the translation is the source again; translate it by hand",
    "foreign": "the translation is still in Indonesian; translate it by hand",
    "script": "the translation has letters of a script that the source lacks",
    "number_missing": "a number of the source is missing",
    "number_invented": "a number has no source",
    "name_missing": "a name of the source is missing",
    "name_invented": "a name has no source",
    "dropped": "a part of the source seems not to be translated; compare it with the source",
    "quotation": "a quotation is missing or invented",
    "negation": "a negation is missing or has no source; compare it with the source",
    "figures": "figures stand as Indonesian writes them; compare them with the source",
    "term_missing": "a glossary term, or a part that must stay as it is, is not in its place",
    "split": "the sentence was too long for the model, and was translated in parts; compare it",
    "short": "the translation is much shorter than the source; compare it",
    "long": "the translation is much longer than the source; compare it",
}

# Characters of a sentence that a warning shows.
_SHOWN = 120

_NOT_NUMBERS = {"name", "quotation"}


def flag_warning(
    place: str,
    flag: str,
    target: str,
    facts: Sequence[Fact] = (),
    terms: Sequence[TermUse] = (),
) -> str:
    """Return the warning for a flag of a sentence, a headline or a bullet.

    It names the facts or terms that the flag is about: `b4.1: "Abolition" has no source in: …`.
    """
    shown = target if len(target) <= _SHOWN else f"{target[: _SHOWN - 1].rstrip()}…"
    return f"{place}: {_named(flag, facts, terms) or _MESSAGES[flag] + ':'} «{shown}»"


def translation_warnings(translation: Translation) -> list[str]:
    """Return all warnings of a translation."""
    blocks = translation.article.blocks
    warnings = []
    if not blocks:
        warnings.append("there is nothing to translate: the text is empty")
    elif all(block.kind is Kind.FURNITURE for block in blocks):
        warnings.append(
            "there is nothing to translate: every line is page furniture, and is listed under "
            "`furniture`"
        )
    warnings += language_warnings(translation.article)
    warnings += [
        flag_warning(sentence.id, flag, sentence.target, sentence.facts, sentence.terms)
        for block in blocks
        for sentence in block.sentences
        for flag in sentence.flags
    ]
    return warnings


def language_warnings(article: Article) -> list[str]:
    """Return a warning for each part of an article in another language."""
    return [f"{mismatch}: its English is not reliable" for mismatch in mismatches(article)]


def _named(flag: str, facts: Sequence[Fact], terms: Sequence[TermUse]) -> str | None:
    """Return the message with the facts or terms of the flag, or None."""
    if flag == "term_missing":
        return _listed([term.target for term in terms if not term.applied], "is", "missing from:")
    kind, _, status = flag.partition("_")
    if status not in (FactStatus.MISSING, FactStatus.INVENTED):
        return None
    spans = [
        fact.source if status == FactStatus.MISSING else fact.target
        for fact in facts
        if fact.status == status
        and (fact.kind == kind if kind in _NOT_NUMBERS else fact.kind not in _NOT_NUMBERS)
    ]
    texts = [span.text for span in spans if span is not None]
    if status == FactStatus.MISSING:
        return _listed(texts, "is", "missing from:")
    return _listed(texts, "has", "no source in:")


def _listed(texts: Sequence[str], verb: str, rest: str) -> str | None:
    if not texts:
        return None
    quoted = ", ".join(f'"{text}"' for text in dict.fromkeys(texts))
    if len(set(texts)) > 1:
        verb = {"is": "are", "has": "have"}[verb]
    return f"{quoted} {verb} {rest}"
