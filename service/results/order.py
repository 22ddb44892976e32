"""An order: a caller's articles, and the options of the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from service.documents.manuscript import Manuscript
from service.glossary.terms import Term
from service.summaries.records import THREE_BULLETS, BulletOptions

Kind = Literal["translation", "summary"]

# Average number of characters of a sentence of news.
_SENTENCE_CHARS = 150
# An article whose translation an order names; its length is not known here.
_TRANSLATION_CHARS = 3000


@dataclass(frozen=True, slots=True)
class Order:
    """A translation of one manuscript, or a summary of one or several.

    A summary has `bullet_options`. Instead of manuscripts it may have the id of an earlier
    `translation`. `strict` refuses a result with flags, and `strict_language` a text that is not in
    Indonesian. `glossary` names the glossaries (None: the default ones); `terms` take precedence
    over them. `previous` is the id of the translation of an earlier version.
    """

    kind: Kind
    manuscripts: tuple[Manuscript, ...]
    deterministic: bool = False
    bullet_options: BulletOptions = THREE_BULLETS
    translation: str | None = None
    strict_language: bool = False
    strict: bool = False
    glossary: tuple[str, ...] | None = None
    terms: tuple[Term, ...] = ()
    previous: str | None = None

    @property
    def characters(self) -> int:
        """The estimated number of characters to translate.

        Of a summary, only bullets and headline are translated.
        """
        total = sum(manuscript.characters for manuscript in self.manuscripts)
        if self.translation is not None:
            total = _TRANSLATION_CHARS
        if self.kind == "translation":
            return total
        options = self.bullet_options
        return (
            0 if options.language == "id" else min(total, (options.bullets + 1) * _SENTENCE_CHARS)
        )
