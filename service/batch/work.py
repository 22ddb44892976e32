"""The translation of one unit, with corrections, glossary and bullets."""

from __future__ import annotations

from dataclasses import dataclass

from service.article import Article
from service.corrections.store import CorrectionStore
from service.documents.text import read_text
from service.glossary.terms import Glossary
from service.scheduling.request import RequestContext
from service.summaries.records import BulletOptions, KnownEnglish
from service.summaries.summaries import Summaries
from service.text.language import require_indonesian
from service.translation.pipeline import Pipeline
from service.translation.preparation import prepare

_SAMPLE = "Presiden tiba di Surabaya pada Selasa (18/2/2025) dan disambut oleh warga kota itu."


@dataclass(frozen=True, slots=True)
class Done:
    """A translated unit; `failed` sentences have their source in place of English."""

    article: Article
    reused: int
    failed: int
    bullets: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Work:
    """The parts that translate, and their options."""

    pipeline: Pipeline
    summaries: Summaries
    glossary: Glossary
    corrections: CorrectionStore
    bullets: BulletOptions | None = None
    strict_language: bool = False

    def warm_up(self) -> None:
        """Load all tables once, before dozens of threads would load them at the same time."""
        self.translate(read_text(_SAMPLE), RequestContext(), prose=False)

    def translate(self, article: Article, context: RequestContext, *, prose: bool) -> Done:
        """Translate one unit; only `prose` gets bullets.

        Raises as `Pipeline.translate`, and `WrongLanguage`.
        """
        article = prepare(article)
        if self.strict_language:
            require_indonesian(article)
        translation = self.pipeline.translate(
            article,
            context,
            context.progress,
            glossary=self.glossary,
            corrections=self.corrections.for_article(article),
        )
        translated = translation.article
        bullets = None
        if self.bullets is not None and prose:
            bullets = self._bullets(self.bullets, article, translated, context)
        return Done(
            translated,
            translation.sentences_reused,
            translation.sentences_failed,
            bullets,
        )

    def _bullets(
        self, options: BulletOptions, article: Article, translated: Article, context: RequestContext
    ) -> tuple[str, ...]:
        known = {
            (0, sentence.id): KnownEnglish(
                sentence.target, sentence.flags, sentence.correction is not None
            )
            for block in translated.blocks
            for sentence in block.sentences
        }
        summary = self.summaries.summarize(
            [article], options, context, glossary=self.glossary, known_english=known
        )
        return tuple(bullet.text for bullet in summary.bullets)
