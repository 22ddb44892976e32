"""The draft of a target, in which glossary terms are found and inserted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.article import Span, TermUse
from service.glossary.alignment import Links, aligned_span
from service.glossary.english import (
    begins_with_name,
    name_after,
    occurrences,
    plural,
    replace_span,
    word_occurrences,
)
from service.glossary.mentions import Mention
from service.glossary.terms import Case

# The name before an acronym in brackets: capitalized words, with small ones between them.
_NAME = re.compile(r"(?:[^\W\d_a-z][\w'’.-]*(?:,?\s+(?:(?:of|and|for|the|on|in|&)\s+)*)){1,12}\Z")
_MAX_NAME = 160
# Words that a term's translation may have more than the term.
_MAX_EXTRA_WORDS = 3


class Draft:
    """A target, and the span of each mention in it (None: missing)."""

    def __init__(self, source: str, target: str, mentions: Sequence[Mention]) -> None:
        self.text = target
        self._source, self._mentions = source, mentions
        self.spans: list[Span | None] = [None] * len(mentions)
        self._find()

    @property
    def missing(self) -> list[int]:
        """The indexes of the mentions that the target lacks."""
        return [n for n, span in enumerate(self.spans) if span is None]

    @property
    def text_for_checks(self) -> str:
        """The target with names from the glossary as the source has them.

        For checks that compare names and know no glossary.
        """
        text = self.text
        found = {span: use for span, use in zip(self.spans, self.uses(), strict=True) if span}
        for start, end in sorted(found, reverse=True):
            if not text[start:end].islower():
                text = text[:start] + found[start, end].source + text[end:]
        return text

    def uses(self) -> tuple[TermUse, ...]:
        """Return the fate of each mention."""
        return tuple(
            TermUse(
                source=self._source[mention.match.start : mention.match.end],
                target=mention.match.term.preferred if span is None else self.text[slice(*span)],
                start=mention.match.start,
                end=mention.match.end,
                applied=span is not None,
            )
            for mention, span in zip(self._mentions, self.spans, strict=True)
        )

    def replace_untranslated(self) -> None:
        """Replace Indonesian terms, and own names before bracketed acronyms."""
        self._replace_copies()
        self._replace_before_brackets()
        self._share()

    def replace_aligned(self, n: int, links: Links) -> bool:
        """Put a term in place of the words that an aligner links with its source.

        Returns False if there are no such words, or if they cannot be the term.
        """
        match = self._mentions[n].match
        span = aligned_span(self.text, links, (match.start, match.end), match.term.preferred)
        if span is None or self._is_taken(span):
            return False
        longest = max(len(t.split()) for t in (match.term.source, match.term.preferred))
        if len(self.text[slice(*span)].split()) > longest + _MAX_EXTRA_WORDS:
            return False
        if self._is_from_elsewhere(n, span):
            return False
        self._replace(n, *self._with_name(n, span))
        return True

    def explain_acronyms(self) -> None:
        """Add the full name to acronyms at their first mention."""
        for n, mention in enumerate(self._mentions):
            if mention.explain and self.spans[n] is not None:
                self._explain(n)

    def _is_from_elsewhere(self, n: int, span: Span) -> bool:
        """Return whether a span has a word of another part of the source."""
        match = self._mentions[n].match
        elsewhere = self._source[: match.start] + self._source[match.end :]
        words = {word.casefold() for word in re.findall(r"\w+", elsewhere)}
        return any(w.casefold() in words for w in re.findall(r"\w+", self.text[slice(*span)]))

    def _by_length(self) -> list[int]:
        lengths = [len(mention.match.term.source) for mention in self._mentions]
        return sorted(range(len(self._mentions)), key=lambda n: -lengths[n])

    def _find(self) -> None:
        for n in self._by_length():
            free = [span for span in self._occurrences(n) if not self._is_taken(span)]
            # The first in the sentence; of several at one place, the longest.
            self.spans[n] = min(free, key=lambda span: (span[0], -span[1]), default=None)
        self._share()

    def _occurrences(self, n: int) -> list[Span]:
        """Return the spans of all accepted forms of a mention."""
        mention = self._mentions[n]
        # The acronym in brackets belongs to the next mention.
        of_next = set(self._mentions[n + 1].forms) if mention.shortened else set()
        return [
            span
            for form in mention.forms
            if not (form in of_next and form.isupper())
            for span in occurrences(self.text, form)
        ]

    def _replace_copies(self) -> None:
        """Replace Indonesian terms that the model left as they are."""
        for n in self._by_length():
            term = self._mentions[n].match.term
            if self.spans[n] is not None:
                continue
            exact = term.case is Case.EXACT
            for span in word_occurrences(self.text, term.source, exact=exact):
                if not self._is_taken(span):
                    self._replace(n, *self._with_name(n, span))
                    break

    def _replace_before_brackets(self) -> None:
        """Replace full names of the model's own before an acronym in brackets."""
        for n in range(len(self._mentions) - 1):
            acronym = self.spans[n + 1]
            if self.spans[n] is not None or acronym is None or not self._mentions[n].shortened:
                continue
            if (name := self._name_before(n, acronym)) is not None:
                self._replace(n, name, self._inflected(n, name[1]))

    def _share(self) -> None:
        """Let missing mentions share the span of another mention.

        English may say once what the source says twice.
        """
        for n in self.missing:
            found = self._occurrences(n)
            self.spans[n] = next((s for s in self.spans if s is not None and s in found), None)

    def _explain(self, n: int) -> None:
        term, span = self._mentions[n].match.term, self.spans[n]
        acronym = term.acronym
        assert span is not None
        assert acronym is not None
        start, end = span
        after, form = self.text[end:], self.text[start:end]
        if re.match(rf"(?:['’]s)?\s*\({re.escape(acronym)}\)", after):
            return
        if form != acronym:  # the full name
            if re.match(rf" {re.escape(acronym)}(?!\w)", after):  # with the acronym, unmarked
                self._insert((end, end + 1 + len(acronym)), "", takes_the=False, fit=False)
            self._replace(n, span, f"{form} ({acronym})", fit=False)
        elif word_occurrences(term.preferred, acronym, exact=True):
            self._replace(n, span, term.preferred)
        elif self.text[start - 1 : start] == "(" and after.startswith(")"):
            name = self._name_before(n, span)
            if name is not None and self.text[slice(*name)] not in term.targets:
                self._insert(name, term.preferred, term.takes_the)
        elif not any(after.startswith(f" ({target}") for target in term.targets):
            self._replace(n, span, f"{term.preferred} ({acronym})")

    def _name_before(self, n: int, acronym: Span) -> Span | None:
        """Return the span of a name before an opening bracket, or None."""
        opening = acronym[0] - 1
        if self.text[opening : opening + 1] != "(":
            return None
        end = len(self.text[:opening].rstrip())
        begin = max(0, end - _MAX_NAME)
        match = _NAME.search(self.text[begin:end] + " ")
        if match is None:
            return None
        span = begin + match.start(), end
        return None if self._is_taken(span) or self._is_from_elsewhere(n, span) else span

    def _inflected(self, n: int, end: int) -> str:
        """Return the preferred English in the number of the source.

        As a title before a name it gets capitals.
        """
        match = self._mentions[n].match
        phrase = match.term.preferred
        if match.plural and not match.term.takes_the:
            phrase = plural(phrase)
        capital = self._source[match.start].isupper()
        if capital and phrase.islower() and begins_with_name(self.text, end):
            phrase = " ".join(word[:1].upper() + word[1:] for word in phrase.split(" "))
        return phrase

    def _with_name(self, n: int, span: Span) -> tuple[Span, str]:
        """Return the span to replace, and its phrase.

        For a term that follows a name, both include the name.
        """
        match, end = self._mentions[n].match, span[1]
        if match.term.after_name:
            name = name_after(self._source, match.end)
            if name and re.match(rf"\s+{re.escape(name)}(?!\w)", self.text[end:]):
                place = self.text.index(name, end), self.text.index(name, end) + len(name)
                if not self._is_taken(place):
                    return (span[0], place[1]), f"{name} {match.term.preferred}"
        return span, self._inflected(n, end)

    def _replace(self, n: int, span: Span, phrase: str, *, fit: bool = True) -> None:
        takes_the = self._mentions[n].match.term.takes_the and fit
        self.spans[n] = None
        self.spans[n] = self._insert(span, phrase, takes_the, fit=fit)

    def _insert(self, span: Span, phrase: str, takes_the: bool, *, fit: bool = True) -> Span:
        """Put a phrase in place of a span, and return the phrase's span.

        Moves the spans after it. `fit` adjusts the article and the capital.
        """
        if fit:
            text, placed = replace_span(self.text, span, phrase, takes_the=takes_the)
        else:
            text = self.text[: span[0]] + phrase + self.text[span[1] :]
            placed = span[0], span[0] + len(phrase)
        moved = len(text) - len(self.text)
        self.text = text
        self.spans = [
            (s[0] + moved, s[1] + moved) if s is not None and s[0] >= span[1] else s
            for s in self.spans
        ]
        return placed

    def _is_taken(self, span: Span) -> bool:
        return any(s is not None and s[0] < span[1] and span[0] < s[1] for s in self.spans)
