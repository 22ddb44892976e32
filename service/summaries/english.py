"""The English of one summary's sentences, in few engine calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.article import Article
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.summaries.records import EnglishByKey, KnownEnglish, SentenceKey
from service.summaries.story import StorySentence, headline_block
from service.translation.pipeline import Pipeline

# The article of a sentence that is in no article. Its text takes the place of its id.
_NO_ARTICLE = -1


class EnglishSentences:
    """Translates sentences once each, and the headline with the first of them.

    Sentences that are in English already, or in `known`, are not translated. The attributes count
    the results.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        articles: Sequence[Article],
        context: RequestContext | None,
        deterministic: bool,
        glossary: Glossary,
        known: EnglishByKey,
    ) -> None:
        self._pipeline, self._context = pipeline, context
        self._deterministic, self._glossary, self._known = deterministic, glossary, known
        self._headline = headline_block(articles)
        self._english: dict[SentenceKey, KnownEnglish] = {}
        self.translated = self.reused = self.failed = self.corrected = 0

    def headline(self) -> KnownEnglish | None:
        """Return the headline of the first article, or None."""
        if self._headline is None:
            return None
        self.of(())
        return self._english[0, self._headline.id]

    def of(
        self, sentences: Sequence[StorySentence], others: Sequence[str] = ()
    ) -> list[KnownEnglish]:
        """Return the English of sentences, then of `others`, which are in no article.

        Raises as `Pipeline.translate_sentences` does.
        """
        other_keys = [(_NO_ARTICLE, text) for text in others]
        missing = self._missing(sentences)
        missing |= {key: key[1] for key in other_keys if key not in self._english}
        self._translate(missing)
        return [self._english[key] for key in [*(one.key for one in sentences), *other_keys]]

    def _missing(self, sentences: Sequence[StorySentence]) -> dict[SentenceKey, str]:
        """Store the known English; return the other sentences and the headline."""
        requested = {one.key: (one.source, one.block) for one in sentences}
        headline = self._headline
        if headline is not None:
            requested[0, headline.id] = headline.source, headline
        missing = {}
        for key, (source, block) in requested.items():
            if key in self._english:
                continue
            alone = block is headline and len(block.sentences) == 1
            found = self._known.get((0, block.sentences[0].id) if alone else key)
            if found is not None:
                self._english[key] = found
                self.corrected += found.corrected
            elif block.is_english:
                self._english[key] = KnownEnglish(source, ())
            else:
                missing[key] = source
        return missing

    def _translate(self, sources: Mapping[SentenceKey, str]) -> None:
        if not sources:
            return
        headline = None if self._headline is None else (0, self._headline.id)
        results = self._pipeline.translate_sentences(
            list(sources.values()),
            self._context,
            deterministic=self._deterministic,
            glossary=self._glossary,
            headlines={n for n, key in enumerate(sources) if key == headline},
        )
        for key, result in zip(sources, results, strict=True):
            self._english[key] = KnownEnglish(result.target, result.flags)
            if result.failed:
                self.failed += 1
            elif result.reused:
                self.reused += 1
            else:
                self.translated += 1
