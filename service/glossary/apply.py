"""Applies a glossary to a translated article.

Most terms come out as they should by themselves, and are only found. What the model left in
Indonesian is put into English where it stands. A sentence that still lacks a term is translated
once more with the term's English in its source, and where that does not help, the words that an
aligner finds for the term are replaced. What does not come out in the end is reported.
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
from service.glossary.draft import Draft
from service.glossary.english import name_after
from service.glossary.locate import Links
from service.glossary.matcher import matcher_of
from service.glossary.mentions import Want, wants_of
from service.glossary.terms import Glossary

# A second translation may be so many times as long or short as the first, in words.
_LONGER, _SHORTER = 1.6, 0.6


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence and its translation.

    `prompt` is the source as a model gets it, or None where it must not be asked again. `running`
    is False for headlines, in which no short form is explained. `checked` is the judged target.
    """

    source: str
    target: str
    prompt: str | None = None
    running: bool = True
    checked: Checked | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a passage. `checkable` is the target with the terms that are names as the
    source has them, for checks that know no glossary; `hypothesis` is the second translation where
    that was taken."""

    target: str
    checkable: str
    uses: tuple[TermUse, ...]
    hypothesis: Hypothesis | None = None


# Translates some sources; None where there is nothing to be used.
Again = Callable[[Sequence[str]], Sequence[Hypothesis | None]]

# Links the words of a source (first argument) with those of its target.
LinkWords = Callable[[str, str], Links]


def link_words(source: str, target: str) -> Links:
    """Link words with the aligner that ships. Raises `ModelMissing` and `ModelCorrupt`."""
    found = Aligner.load().align(source, target)
    words = [(found.source[i], found.target[j]) for i, j in found.links]
    return [((one.start, one.end), (other.start, other.end)) for one, other in words]


def apply_glossary(
    glossary: Glossary,
    passages: Sequence[Passage],
    again: Again | None = None,
    link: LinkWords | None = None,
) -> list[Applied]:
    """The targets with the glossary's terms, by index; the passages are an article's sentences in
    order. Raises what `again` raises."""
    wants = wants_of(
        matcher_of(glossary), [p.source for p in passages], [p.running for p in passages]
    )
    drafts = [_draft(p.source, p.target, w) for p, w in zip(passages, wants, strict=True)]
    second: dict[int, Hypothesis] = {}
    if again is not None:
        second = _retried(passages, wants, drafts, again)
    results = []
    for n, (passage, draft) in enumerate(zip(passages, drafts, strict=True)):
        if link is not None:
            for missing in draft.missing:
                draft.put_at(missing, link(passage.source, draft.text))
        draft.explain()
        results.append(Applied(draft.text, draft.checkable, draft.uses(), second.get(n)))
    return results


def _draft(source: str, target: str, wants: Sequence[Want]) -> Draft:
    draft = Draft(source, target, wants)
    draft.put_plain()
    return draft


def _retried(
    passages: Sequence[Passage],
    wants: Sequence[Sequence[Want]],
    drafts: list[Draft],
    again: Again,
) -> dict[int, Hypothesis]:
    """Second translations that hold more terms; the drafts are made of them."""
    prompts = {
        n: prompt
        for n, (passage, draft) in enumerate(zip(passages, drafts, strict=True))
        if passage.prompt is not None
        and draft.missing
        and (prompt := with_english(passage, [wants[n][m] for m in draft.missing])) is not None
    }
    taken = {}
    if prompts:
        for n, hypothesis in zip(prompts, again(list(prompts.values())), strict=True):
            if hypothesis is None or not hypothesis.finished:
                continue
            draft = _draft(passages[n].source, hypothesis.text, wants[n])
            if len(draft.missing) < len(drafts[n].missing) and _as_good(
                passages[n], draft, drafts[n]
            ):
                drafts[n], taken[n] = draft, hypothesis
    return taken


def with_english(passage: Passage, wants: Sequence[Want]) -> str | None:
    """The passage's prompt with some terms in English, or None where it cannot be told where in
    it they are."""
    prompt = passage.prompt or ""
    places = [place for place, character in enumerate(prompt) if not character.isspace()]
    counts = [0]
    for character in passage.source:
        counts.append(counts[-1] + (not character.isspace()))
    if counts[-1] != len(places):
        return None
    for want in reversed(wants):
        match = want.match
        start, end = places[counts[match.start]], places[counts[match.end] - 1] + 1
        phrase = match.term.preferred
        if match.term.after_name and (name := name_after(prompt, end)):
            phrase, end = f"{name} {phrase}", prompt.index(name, end) + len(name)
        if prompt[start].isupper():
            phrase = phrase[0].upper() + phrase[1:]
        prompt = prompt[:start] + phrase + prompt[end:]
    return prompt


def _as_good(passage: Passage, second: Draft, first: Draft) -> bool:
    """Return whether a second translation is about as long as the first, and no worse."""
    words, before = len(second.text.split()), len(first.text.split())
    if not _SHORTER * before <= words <= _LONGER * before:
        return False
    return _weight(passage, second) <= _weight(passage, first)


def _weight(passage: Passage, draft: Draft) -> float:
    checked = passage.checked
    if checked is None:
        return judge(Comparison(passage.source, draft.checkable)).weight
    comparison = checked.compared_with(passage.source, draft.checkable)
    return checked.verdict_on(comparison).weight
