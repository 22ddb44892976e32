"""Application of a glossary to a translated article.

Most terms come out right and only have to be found. A term that the model left in Indonesian is
replaced in the target. A sentence that still lacks a term is translated again, with the English
term in its source. If that does not help, the words that an aligner links with the term are
replaced. Terms that are still missing are reported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.alignment.aligner import Aligner
from models.engine import Hypothesis
from service.article import TermUse
from service.checks.checked import Checked
from service.checks.compare import Comparison
from service.checks.verdict import judge
from service.glossary.alignment import Links
from service.glossary.draft import Draft
from service.glossary.english import name_after
from service.glossary.matcher import matcher_of
from service.glossary.mentions import Mention, find_mentions
from service.glossary.terms import Glossary

# Lengths of an acceptable second translation, in words, relative to the first.
_MIN_LENGTH, _MAX_LENGTH = 0.6, 1.6


@dataclass(frozen=True, slots=True)
class TranslatedSentence:
    """A sentence and its translation, before the glossary is applied.

    `prompt` is the source as the model gets it, or None if it must not be translated again.
    `running` is False for headlines, in which no acronym is explained. `checked` is the target
    with its verdict.
    """

    source: str
    target: str
    prompt: str | None = None
    running: bool = True
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class GlossaryResult:
    """A target with the glossary's terms, and the fate of each term.

    `target_for_checks` is the target with names from the glossary as the source has them, for
    checks that know no glossary. `hypothesis` is the second translation, if it was taken.
    """

    target: str
    target_for_checks: str
    uses: tuple[TermUse, ...]
    hypothesis: Hypothesis | None = None


# Translates prompts; None for one that cannot be used.
Retranslate = Callable[[Sequence[str]], Sequence[Hypothesis | None]]

# Links the words of a source (first argument) with those of its target.
LinkWords = Callable[[str, str], Links]


def link_words(source: str, target: str) -> Links:
    """Link words with the aligner that ships.

    Raises `ModelMissing` and `ModelCorrupt`.
    """
    found = Aligner.load().align(source, target)
    words = [(found.source[i], found.target[j]) for i, j in found.links]
    return [((one.start, one.end), (other.start, other.end)) for one, other in words]


def apply_glossary(
    glossary: Glossary,
    sentences: Sequence[TranslatedSentence],
    retranslate: Retranslate | None = None,
    link: LinkWords | None = None,
) -> list[GlossaryResult]:
    """Return the targets with the glossary's terms, by index.

    `sentences` are those of one article, in order. Raises what `retranslate` raises.
    """
    mentions = find_mentions(
        matcher_of(glossary), [s.source for s in sentences], [s.running for s in sentences]
    )
    drafts = [_draft(s.source, s.target, m) for s, m in zip(sentences, mentions, strict=True)]
    second: dict[int, Hypothesis] = {}
    if retranslate is not None:
        second = _retranslate_lacking(sentences, mentions, drafts, retranslate)
    results = []
    for n, (sentence, draft) in enumerate(zip(sentences, drafts, strict=True)):
        if link is not None:
            for missing in draft.missing:
                draft.replace_aligned(missing, link(sentence.source, draft.text))
        draft.explain_acronyms()
        results.append(
            GlossaryResult(draft.text, draft.text_for_checks, draft.uses(), second.get(n))
        )
    return results


def prompt_with_terms(sentence: TranslatedSentence, mentions: Sequence[Mention]) -> str | None:
    """Return a prompt with some terms in English, or None.

    None if the prompt differs from the source in more than white space.
    """
    prompt = sentence.prompt or ""
    places = [place for place, character in enumerate(prompt) if not character.isspace()]
    counts = [0]
    for character in sentence.source:
        counts.append(counts[-1] + (not character.isspace()))
    if counts[-1] != len(places):
        return None
    for mention in reversed(mentions):
        match = mention.match
        start, end = places[counts[match.start]], places[counts[match.end] - 1] + 1
        phrase = match.term.preferred
        if match.term.after_name and (name := name_after(prompt, end)):
            phrase, end = f"{name} {phrase}", prompt.index(name, end) + len(name)
        if prompt[start].isupper():
            phrase = phrase[0].upper() + phrase[1:]
        prompt = prompt[:start] + phrase + prompt[end:]
    return prompt


def _draft(source: str, target: str, mentions: Sequence[Mention]) -> Draft:
    draft = Draft(source, target, mentions)
    draft.replace_untranslated()
    return draft


def _retranslate_lacking(
    sentences: Sequence[TranslatedSentence],
    mentions: Sequence[Sequence[Mention]],
    drafts: list[Draft],
    retranslate: Retranslate,
) -> dict[int, Hypothesis]:
    """Return better translations of sentences that lack terms, by index.

    Replaces the drafts of these sentences in `drafts`.
    """
    prompts = {
        n: prompt
        for n, (sentence, draft) in enumerate(zip(sentences, drafts, strict=True))
        if sentence.prompt is not None
        and draft.missing
        and (prompt := prompt_with_terms(sentence, [mentions[n][m] for m in draft.missing]))
        is not None
    }
    taken: dict[int, Hypothesis] = {}
    if not prompts:
        return taken
    for n, hypothesis in zip(prompts, retranslate(list(prompts.values())), strict=True):
        if hypothesis is None or not hypothesis.finished:
            continue
        draft = _draft(sentences[n].source, hypothesis.text, mentions[n])
        if _is_better(sentences[n], draft, drafts[n]):
            drafts[n], taken[n] = draft, hypothesis
    return taken


def _is_better(sentence: TranslatedSentence, second: Draft, first: Draft) -> bool:
    """Return whether a second draft is better.

    It must lack fewer terms, have about the same length, and have no worse verdict.
    """
    if len(second.missing) >= len(first.missing):
        return False
    words, before = len(second.text.split()), len(first.text.split())
    if not _MIN_LENGTH * before <= words <= _MAX_LENGTH * before:
        return False
    return _weight(sentence, second) <= _weight(sentence, first)


def _weight(sentence: TranslatedSentence, draft: Draft) -> float:
    checked = sentence.checked
    if checked is None:
        return judge(Comparison(sentence.source, draft.text_for_checks)).weight
    comparison = checked.compared_with(sentence.source, draft.text_for_checks)
    return checked.verdict_on(comparison).weight
