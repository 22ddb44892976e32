"""The action of `kabar read`: it prints how an article is read."""

from __future__ import annotations

from collections.abc import Sequence

from models.errors import KabarError
from service.article import Article, Kind
from service.cli.inputs import find_inputs
from service.cli.options import check_choice, say
from service.cli.output import print_result
from service.results.readings import ReadingOut, read

# Columns of the kind, before the text.
_WIDTH = max(map(len, Kind)) + 2


def read_articles(paths: Sequence[str], form: str) -> int:
    """Print the structure of articles and return the exit code.

    If one of several cannot be read, the error is reported and the others follow.
    """
    check_choice("--format", form, ("text", "json"))
    inputs = find_inputs(paths)
    several, status = len(inputs) > 1, 0
    for item in inputs:
        try:
            article = read(item.manuscript())
        except KabarError as error:
            if not several:
                raise
            say(f"kabar: {item.name}: {error.title}: {error.detail}")
            status = status or error.exit_code
            continue
        if article.language is not None and article.language.code != "id":
            say(f"kabar: {item.name}: the text looks like {article.language.name}")
        if article.repairs:
            say(f"kabar: {item.name}: repairs: {len(article.repairs)}")
        text = (
            ReadingOut.of(article).model_dump_json(indent=2)
            if form == "json"
            else structure(article)
        )
        print_result(item.name, text, form, several)
    return status


def structure(article: Article) -> str:
    """Return the kind of each block, and its sentences on a line each."""
    lines = []
    for block in article.blocks:
        sources = [sentence.source for sentence in block.sentences] or [block.source]
        for number, source in enumerate(sources):
            kind = "" if number else block.kind.value
            lines.append(f"{kind:{_WIDTH}}{' '.join(source.split())}")
    return "\n".join(lines)
