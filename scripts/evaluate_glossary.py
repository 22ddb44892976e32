"""How well a glossary's terms come out, and what applying them does to the English.

In goes a file of articles (JSON lines with `title` and `text`) and a folder with `tune-news.id`
and `tune-news.en` (a sentence a line). Out comes a table: for each way of applying the glossary,
the share of the terms in the articles that come out in an accepted form, and chrF++ (Popović 2017)
of the sentences of the test set that hold terms, where no short form is explained, because the
sentences are no article.
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
    Again,
    Applied,
    Passage,
    apply_glossary,
    link_words,
    with_english,
)
from service.glossary.draft import Draft
from service.glossary.matcher import matcher_of
from service.glossary.mentions import Want, wants_of
from service.glossary.terms import Glossary, read_glossary
from service.runtime import open_runtime
from service.scheduling.request import RequestContext
from service.settings import load_settings
from service.translation.pipeline import Pipeline
from service.translation.preparation import prepare

NEWSROOM = Path(__file__).resolve().parent.parent / "service" / "glossary" / "newsroom.csv"
_HEADLINES = {Kind.HEADLINE, Kind.DECK, Kind.SUBHEADING}

_WAYS = {
    "plain": "as translated",
    "in place": "and what the model left in Indonesian put into English",
    "aligned": "in place, then the aligned words replaced",
    "again": "in place, then sentences that lack a term translated with its English",
    "again, aligned": "all three: what Kabar does",
    "substituted": "every term put into English before translating",
}


# What a glossary makes of an article, with what translates other sources for it.
Way = Callable[[Sequence[Passage], Again], list[Applied]]


@dataclass(slots=True)
class Asking:
    """Translates on behalf of a way, and counts."""

    pipeline: Pipeline
    asked: int = 0

    def __call__(self, sources: Sequence[str]) -> list[Hypothesis | None]:
        self.asked += len(sources)
        outcomes, _ = self.pipeline.sentences.translate(
            sources, self.pipeline.options, RequestContext()
        )
        return [o.hypothesis if isinstance(o, Checked) else None for o in outcomes]


def main(
    articles: Annotated[Path, typer.Argument(help="JSON lines with `title` and `text`.")],
    test_sets: Annotated[Path, typer.Argument(help="A folder with tune-news.id and .en.")],
    data_dir: Annotated[Path, typer.Option(help="Where models and the cache are.")],
    count: Annotated[int, typer.Option("--articles", help="So many, evenly over the file.")] = 60,
    beam: Annotated[int, typer.Option(help="Beams of the search.")] = 1,
    glossary_file: Annotated[Path, typer.Option("--glossary", help="The glossary.")] = NEWSROOM,
    changes: Annotated[
        Path | None, typer.Option(help="A folder: what each way changed, to be read.")
    ] = None,
) -> None:
    """Print the table."""
    glossary = read_glossary(glossary_file.read_bytes(), glossary_file.name)
    runtime = open_runtime(load_settings(data_dir=data_dir, beam=beam))
    asking = Asking(runtime.pipeline)
    story = _story(articles, count)
    lines = (test_sets / "tune-news.id").read_text(encoding="utf-8").splitlines()
    references = (test_sets / "tune-news.en").read_text(encoding="utf-8").splitlines()
    matcher = matcher_of(glossary)
    holding = [n for n, line in enumerate(lines) if matcher.find(line)]
    alone = [[(lines[n], False)] for n in holding]
    print(f"{len(story)} articles, {len(alone)} sentences of tune-news with terms", file=sys.stderr)
    told, tested = _translated(asking, story), _translated(asking, alone)
    print("| way | terms applied | sentences asked again | chrF++ |\n|---|---|---|---|")
    ways: dict[str, Way] = {
        "plain": lambda p, _: _plain(glossary, p),
        "in place": lambda p, _: apply_glossary(glossary, p),
        "aligned": lambda p, _: apply_glossary(glossary, p, None, link_words),
        "again": lambda p, again: apply_glossary(glossary, p, again),
        "again, aligned": lambda p, again: apply_glossary(glossary, p, again, link_words),
        "substituted": lambda p, again: _substituted(glossary, p, again),
    }
    metric = CHRF(word_order=2)
    for name, way in ways.items():
        asking.asked = 0
        done = _done(way, told, asking)
        asked, sentences = asking.asked, sum(map(len, told))
        uses = [use for article in done for applied in article for use in applied.uses]
        share = sum(use.applied for use in uses) / len(uses)
        texts = [article[0].target for article in _done(way, tested, asking)]
        score = metric.corpus_score(texts, [[references[n] for n in holding]]).score
        print(
            f"| {name}: {_WAYS[name]} | {share:.1%} of {len(uses)} | {asked} of {sentences} | "
            f"{score:.2f} |",
            flush=True,
        )
        if changes is not None:
            _write_changes(changes / f"{name}.txt", told, done)
    runtime.close()


def _done(way: Way, articles: Sequence[Sequence[Passage]], asking: Asking) -> list[list[Applied]]:
    """What a way makes of some articles. What it asks for is translated for all of them at once,
    and given to it when it asks again: it asks the same whatever it is answered."""
    wanted: list[str] = []

    def note(sources: Sequence[str]) -> list[Hypothesis | None]:
        wanted.extend(sources)
        return [None] * len(sources)

    for passages in articles:
        way(passages, note)
    answers = dict(zip(wanted, asking(wanted), strict=True)) if wanted else {}
    return [way(p, lambda sources: [answers[source] for source in sources]) for p in articles]


def _story(path: Path, count: int) -> list[list[tuple[str, bool]]]:
    """The sentences of some articles, and whether each is running text."""
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    story = []
    for row in rows[:: max(1, len(rows) // count)][:count]:
        article = prepare(Manuscript.from_fields(row["title"], row["text"]).read())
        story.append(
            [
                (sentence.source, block.kind not in _HEADLINES)
                for block in article.blocks
                if block.kind not in {Kind.FURNITURE, Kind.DATELINE, Kind.BYLINE}
                for sentence in block.sentences
            ]
        )
    return story


def _translated(
    asking: Asking, articles: Sequence[Sequence[tuple[str, bool]]]
) -> list[list[Passage]]:
    prompts = [" ".join(source.split()) for article in articles for source, _ in article]
    made = iter(zip(prompts, asking(prompts), strict=True))
    return [
        [
            Passage(source, hypothesis.text if hypothesis else prompt, prompt, running)
            for (source, running), (prompt, hypothesis) in zip(article, made, strict=False)
        ]
        for article in articles
    ]


def _wants(glossary: Glossary, passages: Sequence[Passage]) -> list[list[Want]]:
    return wants_of(
        matcher_of(glossary), [p.source for p in passages], [p.running for p in passages]
    )


def _plain(glossary: Glossary, passages: Sequence[Passage]) -> list[Applied]:
    """Nothing is put; what is there already is found."""
    found = []
    for passage, wants in zip(passages, _wants(glossary, passages), strict=True):
        draft = Draft(passage.source, passage.target, wants)
        found.append(Applied(draft.text, draft.text, draft.uses()))
    return found


def _substituted(glossary: Glossary, passages: Sequence[Passage], again: Again) -> list[Applied]:
    texts = [passage.target for passage in passages]
    sent = {
        n: prompt
        for n, wants in enumerate(_wants(glossary, passages))
        if wants and (prompt := with_english(passages[n], wants)) is not None
    }
    for n, hypothesis in zip(sent, again(list(sent.values())), strict=True):
        if hypothesis is not None:
            texts[n] = hypothesis.text
    return _plain(
        glossary, [replace(p, target=text) for p, text in zip(passages, texts, strict=True)]
    )


def _write_changes(
    path: Path, before: Sequence[Sequence[Passage]], after: Sequence[Sequence[Applied]]
) -> None:
    with path.open("w", encoding="utf-8") as file:
        for passages, results in zip(before, after, strict=True):
            for passage, applied in zip(passages, results, strict=True):
                if passage.target != applied.target or not all(u.applied for u in applied.uses):
                    file.write(f"{passage.source}\n- {passage.target}\n+ {applied.target}\n")
                    for use in applied.uses:
                        mark = "" if use.applied else "MISSING "
                        file.write(f"    {mark}{use.source} = {use.target}\n")


if __name__ == "__main__":
    typer.run(main)
