"""The English of what goes into one summary, asked for once and in as few calls as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.article import Article
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.summaries.records import Given, Known, Place
from service.summaries.story import Chosen, headline
from service.translation.pipeline import Pipeline

# The article of a sentence that stands in none: in its place its text is its id.
_NONE = -1


class English:
    """Translates sentences, and with the first of them the headline. What is `known`, or English
    already, is not translated; the rest is counted."""

    def __init__(
        self,
        pipeline: Pipeline,
        articles: Sequence[Article],
        context: RequestContext | None,
        deterministic: bool,
        glossary: Glossary,
        known: Known,
    ) -> None:
        self._pipeline, self._context = pipeline, context
        self._deterministic, self._glossary, self._known = deterministic, glossary, known
        self._title = headline(articles)
        self._texts: dict[Place, Given] = {}
        self.translated = self.reused = self.failed = self.corrected = 0

    def headline(self) -> Given | None:
        """The first article's, where it has one."""
        if self._title is None:
            return None
        self.of(())
        return self._texts[0, self._title.id]

    def of(self, some: Sequence[Chosen], others: Sequence[str] = ()) -> list[Given]:
        """The English of some sentences, and after them that of `others` that stand in no article.

        Raises as `Pipeline.translate_sentences` does.
        """
        asked = {one.place: (one.source, one.block) for one in some}
        title = self._title
        if title is not None:
            asked[0, title.id] = title.source, title
        missing = {}
        for place, (source, block) in asked.items():
            if place in self._texts:
                continue
            alone = block is title and len(block.sentences) == 1
            found = self._known.get((0, block.sentences[0].id) if alone else place)
            if found is not None:
                self._texts[place] = found
                self.corrected += found.corrected
            elif block.is_english:
                self._texts[place] = Given(source, ())
            else:
                missing[place] = source
        added = [(_NONE, text) for text in others]
        missing |= {place: place[1] for place in added if place not in self._texts}
        self._translate(missing)
        return [self._texts[place] for place in [*(one.place for one in some), *added]]

    def _translate(self, asked: Mapping[Place, str]) -> None:
        if not asked:
            return
        title = None if self._title is None else (0, self._title.id)
        made = self._pipeline.translate_sentences(
            list(asked.values()),
            self._context,
            deterministic=self._deterministic,
            glossary=self._glossary,
            headlines={n for n, place in enumerate(asked) if place == title},
        )
        for place, result in zip(asked, made, strict=True):
            self._texts[place] = Given(result.target, result.flags)
            if result.failed:
                self.failed += 1
            elif result.reused:
                self.reused += 1
            else:
                self.translated += 1
