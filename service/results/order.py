"""An order: the articles that a caller sent, and the wishes for the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.documents.manuscript import Manuscript
from service.glossary.terms import Term
from service.summaries.records import THREE_BULLETS, Wishes

Kind = Literal["translation", "summary"]

# Characters of a sentence of news, on average.
_SENTENCE_CHARS = 150


@dataclass(frozen=True, slots=True)
class Order:
    """A translation of one manuscript, or a summary of one or several.

    A summary has `wishes`, and may be of an earlier `translation`, by its id, in place of
    manuscripts. `strict` refuses a result with flags, and `strict_language` a text that is not in
    Indonesian. `glossary` names the glossaries that apply (None: the default ones), and `terms`
    come before them. `previous` is the id of the translation of an earlier version.
    """

    kind: Kind
    manuscripts: tuple[Manuscript, ...]
    deterministic: bool = False
    wishes: Wishes = THREE_BULLETS
    translation: str | None = None
    strict_language: bool = False
    strict: bool = False
    glossary: tuple[str, ...] | None = None
    terms: tuple[Term, ...] = ()
    previous: str | None = None

    @property
    def characters(self) -> int:
        """An estimate of the characters to translate: of a summary's article only some."""
        sent = sum(manuscript.characters for manuscript in self.manuscripts)
        if self.kind == "translation":
            return sent
        wishes = self.wishes
        return 0 if wishes.language == "id" else min(sent, (wishes.bullets + 1) * _SENTENCE_CHARS)
