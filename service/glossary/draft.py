"""One sentence's English while terms are found in it and put into it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.article import Span, TermUse
from service.glossary.english import (
    begins_with_name,
    name_after,
    occurrences,
    plural,
    put,
    word_occurrences,
)
from service.glossary.locate import Links, place_of
from service.glossary.mentions import Want
from service.glossary.terms import Case

# The name that a short form in brackets stands after: words in capitals, and small ones between.
_NAME = re.compile(r"(?:[^\W\d_a-z][\w'’.-]*(?:,?\s+(?:(?:of|and|for|the|on|in|&)\s+)*)){1,12}\Z")
_NAME_LENGTH = 160
# Words that a term's translation may have more than the term.
_SPARE_WORDS = 3


class Draft:
    """A target, and where each want stands in it (None: not there)."""

    def __init__(self, source: str, target: str, wants: Sequence[Want]) -> None:
        self.text = target
        self._source, self._wants = source, wants
        self.spans: list[Span | None] = [None] * len(wants)
        self._find()

    def uses(self) -> tuple[TermUse, ...]:
        """What became of each want."""
        return tuple(
            TermUse(
                source=self._source[want.match.start : want.match.end],
                target=want.match.term.preferred if span is None else self.text[slice(*span)],
                start=want.match.start,
                end=want.match.end,
                applied=span is not None,
            )
            for want, span in zip(self._wants, self.spans, strict=True)
        )

    @property
    def checkable(self) -> str:
        """The target with names that are the glossary's English as the source has them: for
        checks that compare names and know no glossary."""
        text = self.text
        standing = {span: use for span, use in zip(self.spans, self.uses(), strict=True) if span}
        for start, end in sorted(standing, reverse=True):
            if not text[start:end].islower():
                text = text[:start] + standing[start, end].source + text[end:]
        return text

    def put_plain(self) -> None:
        """Put the terms that are in the target in another form: in Indonesian, as the model left
        them, or in its own words before the short form in brackets."""
        self._put_copies()
        self._put_before_brackets()
        self._share()

    @property
    def missing(self) -> list[int]:
        """The wants that are not there, by index."""
        return [n for n, span in enumerate(self.spans) if span is None]

    def explain(self) -> None:
        """Put the full name to the short forms that are mentioned first here."""
        for n, want in enumerate(self._wants):
            if want.explain and self.spans[n] is not None:
                self._explain(n)

    def put_at(self, n: int, links: Links) -> bool:
        """Put a term where, by an aligner's links, its source was translated; False where that
        cannot be told or cannot be right."""
        match = self._wants[n].match
        span = place_of(self.text, links, (match.start, match.end), match.term.preferred)
        if span is None or self._taken(span):
            return False
        most = max(len(t.split()) for t in (match.term.source, match.term.preferred))
        if len(self.text[slice(*span)].split()) > most + _SPARE_WORDS:
            return False
        if self._is_from_elsewhere(n, span):
            return False
        self._replace(n, *self._with_name(n, span))
        return True

    def _is_from_elsewhere(self, n: int, span: Span) -> bool:
        """Whether a name or figure of another part of the source stands there."""
        match = self._wants[n].match
        elsewhere = self._source[: match.start] + self._source[match.end :]
        kept = {word.casefold() for word in re.findall(r"\w+", elsewhere)}
        return any(w.casefold() in kept for w in re.findall(r"\w+", self.text[slice(*span)]))

    def _by_length(self) -> list[int]:
        lengths = [len(want.match.term.source) for want in self._wants]
        return sorted(range(len(self._wants)), key=lambda n: -lengths[n])

    def _find(self) -> None:
        for n in self._by_length():
            free = [span for span in self._standing(n) if not self._taken(span)]
            # The first in the sentence; of several there, the longest.
            self.spans[n] = min(free, key=lambda span: (span[0], -span[1]), default=None)
        self._share()

    def _standing(self, n: int) -> list[Span]:
        """Where an accepted form of a want stands."""
        want = self._wants[n]
        # The short form in brackets is the next one's.
        next_one = set(self._wants[n + 1].forms) if want.shortened else set()
        return [
            span
            for form in want.forms
            if not (form in next_one and form.isupper())
            for span in occurrences(self.text, form)
        ]

    def _put_copies(self) -> None:
        """The Indonesian term itself, where the model left it as it was."""
        for n in self._by_length():
            term = self._wants[n].match.term
            if self.spans[n] is not None:
                continue
            exact = term.case is Case.EXACT
            for span in word_occurrences(self.text, term.source, exact=exact):
                if not self._taken(span):
                    self._replace(n, *self._with_name(n, span))
                    break

    def _put_before_brackets(self) -> None:
        """A full name of the model's own, before the short form in brackets."""
        for n in range(len(self._wants) - 1):
            short = self.spans[n + 1]
            if self.spans[n] is not None or short is None or not self._wants[n].shortened:
                continue
            if (name := self._name_before(n, short)) is not None:
                self._replace(n, name, self._worded(n, name[1]))

    def _share(self) -> None:
        """What is said twice in the source may be said once in English."""
        for n in self.missing:
            standing = self._standing(n)
            self.spans[n] = next((s for s in self.spans if s is not None and s in standing), None)

    def _explain(self, n: int) -> None:
        term, span = self._wants[n].match.term, self.spans[n]
        short = term.acronym
        assert span is not None
        assert short is not None
        start, end = span
        after, written = self.text[end:], self.text[start:end]
        if re.match(rf"(?:['’]s)?\s*\({re.escape(short)}\)", after):
            return
        if written != short:  # the full name
            if re.match(rf" {re.escape(short)}(?!\w)", after):  # and the short form unmarked
                self._put((end, end + 1 + len(short)), "", takes_the=False, fit=False)
            self._replace(n, span, f"{written} ({short})", fit=False)
        elif word_occurrences(term.preferred, short, exact=True):
            self._replace(n, span, term.preferred)
        elif self.text[start - 1 : start] == "(" and after.startswith(")"):
            name = self._name_before(n, span)
            if name is not None and self.text[slice(*name)] not in term.targets:
                self._put(name, term.preferred, term.takes_the)
        elif not any(after.startswith(f" ({form}") for form in term.targets):
            self._replace(n, span, f"{term.preferred} ({short})")

    def _name_before(self, n: int, short: Span) -> Span | None:
        """The words in capitals before an opening bracket, where no term stands in them."""
        opening = short[0] - 1
        if self.text[opening : opening + 1] != "(":
            return None
        end = len(self.text[:opening].rstrip())
        begin = max(0, end - _NAME_LENGTH)
        match = _NAME.search(self.text[begin:end] + " ")
        if match is None:
            return None
        span = begin + match.start(), end
        return None if self._taken(span) or self._is_from_elsewhere(n, span) else span

    def _worded(self, n: int, end: int) -> str:
        """The preferred English, in the number of the source and with a title's capitals."""
        match = self._wants[n].match
        phrase = match.term.preferred
        if match.plural and not match.term.takes_the:
            phrase = plural(phrase)
        capital = self._source[match.start].isupper()
        if capital and phrase.islower() and begins_with_name(self.text, end):
            phrase = " ".join(word[:1].upper() + word[1:] for word in phrase.split(" "))
        return phrase

    def _with_name(self, n: int, span: Span) -> tuple[Span, str]:
        """Where to put a term and what: of one that stands after its name, the name with it."""
        match, end = self._wants[n].match, span[1]
        phrase = self._worded(n, end)
        if match.term.after_name:
            name = name_after(self._source, match.end)
            if name and re.match(rf"\s+{re.escape(name)}(?!\w)", self.text[end:]):
                place = self.text.index(name, end), self.text.index(name, end) + len(name)
                if not self._taken(place):
                    return (span[0], place[1]), f"{name} {match.term.preferred}"
        return span, phrase

    def _replace(self, n: int, span: Span, phrase: str, *, fit: bool = True) -> None:
        takes_the = self._wants[n].match.term.takes_the and fit
        self.spans[n] = None
        self.spans[n] = self._put(span, phrase, takes_the, fit=fit)

    def _put(self, span: Span, phrase: str, takes_the: bool, *, fit: bool = True) -> Span:
        if fit:
            text, placed = put(self.text, span, phrase, takes_the=takes_the)
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

    def _taken(self, span: Span) -> bool:
        return any(s is not None and s[0] < span[1] and span[0] < s[1] for s in self.spans)
