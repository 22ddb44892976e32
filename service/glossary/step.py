"""The glossary's place on the main path: between translating and checking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.engine import DecodingOptions, Hypothesis
from service.glossary.apply import Align, Applied, Passage, apply_glossary
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.scheduling.translator import Outcome, Translator


@dataclass(frozen=True, slots=True)
class Asked:
    """A sentence, the parts of it that were translated, and whether it is running text and no
    headline."""

    source: str
    parts: tuple[str, ...]
    running: bool


@dataclass(frozen=True, slots=True)
class GlossaryStep:
    """Applies a glossary with the translator that made the translations."""

    glossary: Glossary
    translator: Translator
    options: DecodingOptions
    context: RequestContext
    align: Align | None

    def __call__(
        self, asked: Sequence[Asked], outcomes: Sequence[Sequence[Outcome]]
    ) -> list[Applied | None]:
        """What becomes of each sentence, by index; None where it was not translated, or there is
        no glossary. The sentences are an article's, in order. Raises what the ticket raises."""
        texts = [_text(parts) for parts in outcomes]
        if not self.glossary.terms:
            return [None] * len(texts)
        passages = [
            # What had to be translated in parts is too long to be translated with more in it.
            Passage(a.source, text, a.parts[0] if len(a.parts) == 1 else None, a.running)
            for a, text in zip(asked, texts, strict=True)
            if text is not None
        ]
        applied = iter(apply_glossary(self.glossary, passages, self._again, self.align))
        return [None if text is None else next(applied) for text in texts]

    def _again(self, sources: Sequence[str]) -> list[Hypothesis | None]:
        limit = self.translator.max_source_tokens
        lengths = self.translator.count_tokens(sources)
        fitting = [s for s, length in zip(sources, lengths, strict=True) if length <= limit]
        outcomes, _ = self.translator.translate(fitting, self.options, self.context)
        found = dict(zip(fitting, outcomes, strict=True))
        return [h if isinstance(h := found.get(source), Hypothesis) else None for source in sources]


def _text(outcomes: Sequence[Outcome]) -> str | None:
    """The target, or None where there is none of a part."""
    texts = [outcome.text for outcome in outcomes if isinstance(outcome, Hypothesis)]
    return " ".join(texts) if len(texts) == len(outcomes) and all(texts) else None
