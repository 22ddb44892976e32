"""Compare methods of applying a glossary by terms applied and quality.

It needs articles (JSON lines with `title` and `text`), and a folder with `tune-news.id` and
`tune-news.en` (one sentence per line). For each method the table has the share of terms in the
articles that come out in an accepted form, and chrF++ (Popović 2017) on the sentences of the test
set with terms. Those are separate sentences, so no short form is explained in them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from sacrebleu.metrics.chrf import CHRF

from models.engine import Hypothesis
from service.article import Kind
from service.checks.checked import Checked
from service.documents.manuscript import Manuscript
from service.glossary.apply import (
    GlossaryResult,
    Retranslate,
    TranslatedSentence,
    apply_glossary,
    link_words,
    prompt_with_terms,
)
from service.glossary.draft import Draft
from service.glossary.matcher import matcher_of
from service.glossary.mentions import Mention, find_mentions
from service.glossary.terms import Glossary, read_glossary
from service.runtime import open_runtime
from service.scheduling.request import RequestContext
from service.settings import load_settings
from service.translation.pipeline import Pipeline
from service.translation.preparation import prepare

NEWSROOM = Path(__file__).resolve().parent.parent / "service" / "glossary" / "newsroom.csv"
_HEADLINES = {Kind.HEADLINE, Kind.DECK, Kind.SUBHEADING}

_METHODS = {
    "plain": "as translated",
    "in place": "replace terms left in Indonesian",
    "aligned": "in place, then replace the aligned words",
    "again": "in place, then retranslate with the English of missing terms",
    "again, aligned": "all three, as Kabar does",
    "substituted": "every term in English before translation",
}

# Applies a glossary to an article, with a function that translates other sources.
Method = Callable[[Sequence[TranslatedSentence], Retranslate], list[GlossaryResult]]

# Sentences of articles, each with whether it is running text.
Articles = Sequence[Sequence[tuple[str, bool]]]


@dataclass(slots=True)
class CountingTranslator:
    """A translator that counts its sources."""

    pipeline: Pipeline
    count: int = 0

    def __call__(self, sources: Sequence[str]) -> list[Hypothesis | None]:
        self.count += len(sources)
        outcomes, _ = self.pipeline.sentences.translate(
            sources, self.pipeline.options, RequestContext()
        )
        return [o.hypothesis if isinstance(o, Checked) else None for o in outcomes]


def main(
    articles: Annotated[Path, typer.Argument(help="JSON lines with `title` and `text`.")],
    test_sets: Annotated[Path, typer.Argument(help="Folder with tune-news.id and tune-news.en.")],
    data_dir: Annotated[Path, typer.Option(help="Folder with models and the cache.")],
    count: Annotated[
        int, typer.Option("--articles", help="Number of articles, evenly over the file.")
    ] = 60,
    beam: Annotated[int, typer.Option(help="Beam size.")] = 1,
    glossary_file: Annotated[Path, typer.Option("--glossary", help="The glossary.")] = NEWSROOM,
    changes: Annotated[
        Path | None, typer.Option(help="Folder for a file per method with what it changed.")
    ] = None,
) -> None:
    """Print a table of the methods."""
    glossary = read_glossary(glossary_file.read_bytes(), glossary_file.name)
    runtime = open_runtime(load_settings(data_dir=data_dir, beam=beam))
    translator = CountingTranslator(runtime.pipeline)
    news = _read_articles(articles, count)
    lines = (test_sets / "tune-news.id").read_text(encoding="utf-8").splitlines()
    references = (test_sets / "tune-news.en").read_text(encoding="utf-8").splitlines()
    matcher = matcher_of(glossary)
    with_terms = [n for n, line in enumerate(lines) if matcher.find(line)]
    tests = [[(lines[n], False)] for n in with_terms]
    print(f"{len(news)} articles, {len(tests)} sentences of tune-news with terms", file=sys.stderr)
    translated, tested = _translate(translator, news), _translate(translator, tests)
    sentences = sum(map(len, translated))
    print("| method | terms applied | sentences retranslated | chrF++ |\n|---|---|---|---|")
    methods: dict[str, Method] = {
        "plain": lambda p, _: _plain(glossary, p),
        "in place": lambda p, _: apply_glossary(glossary, p),
        "aligned": lambda p, _: apply_glossary(glossary, p, None, link_words),
        "again": lambda p, again: apply_glossary(glossary, p, again),
        "again, aligned": lambda p, again: apply_glossary(glossary, p, again, link_words),
        "substituted": lambda p, again: _substituted(glossary, p, again),
    }
    metric = CHRF(word_order=2)
    for name, method in methods.items():
        translator.count = 0
        results = _apply(method, translated, translator)
        retranslated = translator.count
        uses = [use for article in results for result in article for use in result.uses]
        share = sum(use.applied for use in uses) / len(uses)
        texts = [article[0].target for article in _apply(method, tested, translator)]
        score = metric.corpus_score(texts, [[references[n] for n in with_terms]]).score
        print(
            f"| {name}: {_METHODS[name]} | {share:.1%} of {len(uses)} | "
            f"{retranslated} of {sentences} | {score:.2f} |",
            flush=True,
        )
        if changes is not None:
            _write_changes(changes / f"{name}.txt", translated, results)
    runtime.close()


def _apply(
    method: Method,
    articles: Sequence[Sequence[TranslatedSentence]],
    translator: CountingTranslator,
) -> list[list[GlossaryResult]]:
    """Apply a method to all articles.

    The method runs twice. The first run collects the sources that it retranslates, so that they
    are translated at once. Those sources do not depend on the answers.
    """
    collected: list[str] = []

    def collect(sources: Sequence[str]) -> list[Hypothesis | None]:
        collected.extend(sources)
        return [None] * len(sources)

    for sentences in articles:
        method(sentences, collect)
    answers = dict(zip(collected, translator(collected), strict=True)) if collected else {}
    return [method(s, lambda sources: [answers[source] for source in sources]) for s in articles]


def _read_articles(path: Path, count: int) -> Articles:
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    articles = []
    for row in rows[:: max(1, len(rows) // count)][:count]:
        article = prepare(Manuscript.from_fields(row["title"], row["text"]).read())
        articles.append(
            [
                (sentence.source, block.kind not in _HEADLINES)
                for block in article.blocks
                if block.kind not in {Kind.FURNITURE, Kind.DATELINE, Kind.BYLINE}
                for sentence in block.sentences
            ]
        )
    return articles


def _translate(
    translator: CountingTranslator, articles: Articles
) -> list[list[TranslatedSentence]]:
    prompts = [" ".join(source.split()) for article in articles for source, _ in article]
    translations = iter(zip(prompts, translator(prompts), strict=True))
    return [
        [
            TranslatedSentence(source, hypothesis.text if hypothesis else prompt, prompt, running)
            for (source, running), (prompt, hypothesis) in zip(article, translations, strict=False)
        ]
        for article in articles
    ]


def _mentions(glossary: Glossary, sentences: Sequence[TranslatedSentence]) -> list[list[Mention]]:
    return find_mentions(
        matcher_of(glossary), [p.source for p in sentences], [p.running for p in sentences]
    )


def _plain(glossary: Glossary, sentences: Sequence[TranslatedSentence]) -> list[GlossaryResult]:
    """Find the terms that the translation has already."""
    results = []
    for sentence, mentions in zip(sentences, _mentions(glossary, sentences), strict=True):
        draft = Draft(sentence.source, sentence.target, mentions)
        results.append(GlossaryResult(draft.text, draft.text, draft.uses()))
    return results


def _substituted(
    glossary: Glossary, sentences: Sequence[TranslatedSentence], again: Retranslate
) -> list[GlossaryResult]:
    texts = [sentence.target for sentence in sentences]
    prompts = {
        n: prompt
        for n, mentions in enumerate(_mentions(glossary, sentences))
        if mentions and (prompt := prompt_with_terms(sentences[n], mentions)) is not None
    }
    for n, hypothesis in zip(prompts, again(list(prompts.values())), strict=True):
        if hypothesis is not None:
            texts[n] = hypothesis.text
    return _plain(
        glossary, [replace(p, target=text) for p, text in zip(sentences, texts, strict=True)]
    )


def _write_changes(
    path: Path,
    before: Sequence[Sequence[TranslatedSentence]],
    after: Sequence[Sequence[GlossaryResult]],
) -> None:
    with path.open("w", encoding="utf-8") as file:
        for sentences, results in zip(before, after, strict=True):
            for sentence, result in zip(sentences, results, strict=True):
                if sentence.target != result.target or not all(u.applied for u in result.uses):
                    file.write(f"{sentence.source}\n- {sentence.target}\n+ {result.target}\n")
                    for use in result.uses:
                        mark = "" if use.applied else "MISSING "
                        file.write(f"    {mark}{use.source} = {use.target}\n")


if __name__ == "__main__":
    typer.run(main)
