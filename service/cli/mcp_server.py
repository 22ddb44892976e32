"""The action of `kabar mcp`: tools for programs that speak the Model Context Protocol.

The program starts `kabar mcp` and talks to it over standard input and output. Nothing else may be
printed there; messages go to standard error.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from models.errors import KabarError
from service.article import FactStatus
from service.checks.compare import Comparison
from service.checks.verdict import judge
from service.cli.options import say
from service.documents.manuscript import Manuscript
from service.errors import InvalidRequest, InvalidSettings
from service.glossary.matcher import matcher_of
from service.glossary.terms import Term
from service.results.order import Order
from service.runtime import Runtime, open_runtime
from service.scheduling.request import RequestContext
from service.settings import EXTRACTIVE, Settings
from service.summaries.records import BulletLanguage, BulletOptions
from service.translation.preparation import prepare

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

_INSTRUCTIONS = (
    "Kabar translates Indonesian news into English on this machine. Its English has mistakes: show "
    "the flagged sentences to the user, and let a person compare them with the source."
)


class FlaggedOut(BaseModel):
    """A sentence to compare with its source."""

    source: Annotated[str, Field(description="the Indonesian")]
    english: Annotated[str, Field(description="the English")]
    flags: Annotated[list[str], Field(description="the problems")]


class TranslatedOut(BaseModel):
    """An article in English."""

    headline: Annotated[str | None, Field(description="the English headline, if any")]
    text: Annotated[str, Field(description="the English article")]
    flagged: Annotated[list[FlaggedOut], Field(description="sentences to compare")]
    warnings: Annotated[list[str], Field(description="warnings for a reader")]


class BulletOut(BaseModel):
    """A bullet and its sources."""

    text: Annotated[str, Field(description="the bullet")]
    source_text: Annotated[list[str], Field(description="the sentences that support it")]
    flags: Annotated[list[str], Field(description="the problems")]


class SummarizedOut(BaseModel):
    """The bullets of an article."""

    headline: Annotated[str | None, Field(description="the headline")]
    bullets: Annotated[list[BulletOut], Field(description="in the order of their weight")]


class CheckedFactOut(BaseModel):
    """A number, date, name or quotation."""

    kind: Annotated[str, Field(description="number, date, name, quotation, …")]
    status: Annotated[FactStatus, Field(description="kept, converted, missing or invented")]
    source: Annotated[str | None, Field(description="the Indonesian; null if invented")]
    english: Annotated[str | None, Field(description="the English; null if missing")]


class CheckedOut(BaseModel):
    """The comparison of an English text with its source."""

    facts: Annotated[list[CheckedFactOut], Field(description="all facts that were found")]
    flags: Annotated[list[str], Field(description="the problems; none is no proof")]


class TermOut(BaseModel):
    """A term of the glossaries in a text."""

    term: Annotated[str, Field(description="the Indonesian")]
    english: Annotated[list[str], Field(description="accepted English, the preferred one first")]
    note: Annotated[str, Field(description="a note for editors")]
    count: Annotated[int, Field(description="how often it occurs")]


class GlossaryOut(BaseModel):
    """The terms of the glossaries in a text."""

    terms: Annotated[list[TermOut], Field(description="in the order of the text")]


def serve_tools(settings: Settings) -> None:
    """Answer over standard input and output until it ends. Raises `InvalidSettings`."""
    try:
        import mcp  # noqa: F401
    except ImportError:
        raise InvalidSettings(
            "`kabar mcp` needs the package mcp, which is not installed: pip install 'kabar[mcp]'"
        ) from None
    settings = settings.model_copy(update={"summarizer": EXTRACTIVE})
    with closing(open_runtime(settings, say)) as runtime:
        make_server(runtime).run("stdio")


def make_server(runtime: Runtime) -> MCPServer:
    """Return a server with four tools around a loaded runtime."""
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations

    server = MCPServer("kabar", instructions=_INSTRUCTIONS, version=version("kabar"))
    annotations = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    tools = _Tools(runtime, ToolError)
    for title, tool in (
        ("Translate an article", tools.translate),
        ("Summarize an article", tools.summarize),
        ("Check facts", tools.check_facts),
        ("Look up terms", tools.glossary),
    ):
        server.tool(title=title, annotations=annotations)(tool)
    return server


class _Tools:
    """The four tools. Their docstrings and fields describe them to the program."""

    def __init__(self, runtime: Runtime, tool_error: type[Exception]) -> None:
        """`tool_error` carries a message to the program."""
        self._runtime, self._tool_error = runtime, tool_error

    def translate(
        self,
        text: Annotated[
            str, Field(description="an Indonesian news article, as plain text or HTML")
        ],
        html: Annotated[bool, Field(description="whether the text is HTML")] = False,
        glossary: Annotated[
            list[str] | None, Field(description="names of glossaries (default: the service's)")
        ] = None,
    ) -> TranslatedOut:
        """Translate an Indonesian news article into English.

        The answer names the sentences whose numbers, dates, names or quotations differ from the
        source.
        """
        with self._errors():
            manuscript = self._manuscript(text, html)
            names = None if glossary is None else tuple(glossary)
            order = Order("translation", (manuscript,), glossary=names)
            result = self._runtime.results.result(order, RequestContext()).translation()
        return TranslatedOut(
            headline=result.headline,
            text=result.html if html else result.text,
            flagged=[
                FlaggedOut(source=one.source, english=one.target, flags=one.flags)
                for one in result.sentences
                if one.flags
            ],
            warnings=result.report.warnings,
        )

    def summarize(
        self,
        text: Annotated[
            str, Field(description="an Indonesian news article, as plain text or HTML")
        ],
        html: Annotated[bool, Field(description="whether the text is HTML")] = False,
        bullets: Annotated[int, Field(ge=1, le=7, description="maximum number of bullets")] = 3,
        language: Annotated[BulletLanguage, Field(description="`en`, `id`, or `both`")] = "en",
    ) -> SummarizedOut:
        """Summarize an Indonesian news article in bullets.

        Each bullet has the sentences of the article that support it.
        """
        with self._errors():
            manuscript = self._manuscript(text, html)
            options = BulletOptions(bullets, language)
            order = Order("summary", (manuscript,), bullet_options=options)
            result = self._runtime.results.result(order, RequestContext()).summary()
        return SummarizedOut(
            headline=result.headline,
            bullets=[
                BulletOut(text=one.text, source_text=one.source_text, flags=one.flags)
                for one in result.bullets
            ],
        )

    def check_facts(
        self,
        source: Annotated[str, Field(description="an Indonesian sentence or paragraph")],
        english: Annotated[str, Field(description="its English, by anyone")],
    ) -> CheckedOut:
        """Compare an English text with its Indonesian source.

        Numbers, dates, names and quotations are compared. A wrong word that is none of these is not
        found.
        """
        with self._errors():
            for text in (source, english):
                self._check_size(text)
            comparison = Comparison(source, english)
        return CheckedOut(
            facts=[
                CheckedFactOut(
                    kind=fact.kind,
                    status=fact.status,
                    source=None if fact.source is None else fact.source.text,
                    english=None if fact.target is None else fact.target.text,
                )
                for fact in comparison.facts
            ],
            flags=list(judge(comparison).flags),
        )

    def glossary(
        self, text: Annotated[str, Field(description="an Indonesian text, or one term")]
    ) -> GlossaryOut:
        """Look up the newsroom's terms in an Indonesian text."""
        with self._errors():
            article = prepare(self._manuscript(text, html=False).read())
            matcher = matcher_of(self._runtime.registry.choose(None))
        counts: Counter[Term] = Counter()
        for block in article.blocks:
            for sentence in block.sentences:
                counts.update(match.term for match in matcher.find(sentence.source))
        return GlossaryOut(
            terms=[
                TermOut(term=term.source, english=list(term.targets), note=term.note, count=count)
                for term, count in counts.items()
            ]
        )

    def _manuscript(self, text: str, html: bool) -> Manuscript:
        self._check_size(text)
        return Manuscript.from_html(text) if html else Manuscript.from_text(text)

    def _check_size(self, text: str) -> None:
        limit = self._runtime.settings.max_characters
        if not text.strip():
            raise InvalidRequest("the text is empty: send some Indonesian text")
        if len(text) > limit:
            raise InvalidRequest(
                f"the text has {len(text):,} characters and the limit is {limit:,}: send it in "
                f"parts, or raise KABAR_MAX_CHARACTERS"
            )

    def _errors(self) -> _Errors:
        return _Errors(self._tool_error)


class _Errors:
    """Turns the errors of Kabar into messages for the program."""

    def __init__(self, tool_error: type[Exception]) -> None:
        self._tool_error = tool_error

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KabarError):
            raise self._tool_error(f"{error.title}: {error.detail}") from error
