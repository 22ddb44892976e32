"""The JSON of a summary.

It is the answer to `POST /v1/summaries` and the output of `kabar summarize --format json`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Self

from pydantic import BaseModel, Field

from service.results.answers import FactOut, LanguageOut, Report, rounded
from service.results.warnings import flag_warning, language_warnings
from service.summaries import rendering
from service.summaries.records import Bullet, Source, Summary


class BulletOut(BaseModel):
    """One bullet, and the source sentences that support it.

    `sources` are their ids, `source_text` their text, and `target_text` their whole English, if
    English was asked for. With several articles, an id starts with the number of its article, from
    1: `2:b3.1`.
    """

    text: str
    indonesian: Annotated[
        str | None,
        Field(
            exclude_if=lambda text: text is None,
            description="the same in Indonesian, if `both` languages were asked for",
        ),
    ] = None
    sources: list[str]
    source_text: list[str]
    target_text: list[str] | None
    changed: Annotated[
        list[str],
        Field(
            description="changes that let the sentence stand alone: `day`, `speaker`, `shortened`; "
            "or `written`: a model wrote it in its own words"
        ),
    ]
    facts: Annotated[
        list[FactOut],
        Field(description="of the bullet; offsets are in `source_text`, joined by spaces"),
    ]
    flags: list[str]

    @classmethod
    def of(cls, bullet: Bullet, several: bool) -> Self:
        targets = [source.target for source in bullet.sources]
        return cls(
            text=bullet.text,
            indonesian=bullet.indonesian,
            sources=[_source_id(source, several) for source in bullet.sources],
            source_text=[source.text for source in bullet.sources],
            target_text=None if None in targets else [target or "" for target in targets],
            changed=list(bullet.changed),
            facts=[FactOut.model_validate(fact) for fact in bullet.facts],
            flags=list(bullet.flags),
        )


class RefusedOut(BaseModel):
    """A chosen sentence that was replaced by another, and the reasons.

    Reasons are the flags of its English, and: `unsupported` (the bullet says more than the source),
    `lost` (the bullet lacks a negation, or the person who says or thinks it), `unresolved` (it is
    unclear to whom it refers). The id of a sentence that a model wrote is `w` and a number.
    """

    source: str
    source_text: str
    reasons: list[str]


class SummaryOut(BaseModel):
    """The bullets of an article, or of several about one event."""

    id: str
    headline: str | None
    headline_flags: list[str]
    line: Annotated[str | None, Field(description="the news in one line, under 110 characters")]
    bullets: list[BulletOut]
    refused: list[RefusedOut]
    language: Annotated[
        LanguageOut | None,
        Field(description="of the article; null if the text is too short to tell"),
    ]
    text: Annotated[str, Field(description="the bullets as plain text")]
    html: Annotated[str, Field(description="headline, line and bullets as an HTML fragment")]
    markdown: Annotated[str, Field(description="the same as Markdown")]
    report: Report
    signature: dict[str, object]
    cached: Annotated[bool, Field(description="true if no sentence had to be translated")]
    timings: Annotated[dict[str, float], Field(description="seconds")]

    @property
    def flagged(self) -> list[str]:
        """The ids of sentences with flags in bullets, and `headline` if flagged."""
        flagged = ["headline"] if self.headline_flags else []
        return flagged + [s for bullet in self.bullets if bullet.flags for s in bullet.sources]

    @classmethod
    def of(cls, summary: Summary, id: str) -> Self:
        total = summary.sentences_translated + summary.sentences_reused + summary.sentences_failed
        several = len(summary.articles) > 1
        printed = _printed(summary, several)
        return cls(
            id=id,
            headline=summary.headline,
            headline_flags=list(summary.headline_flags),
            line=summary.line,
            bullets=[BulletOut.of(bullet, several) for bullet in summary.bullets],
            refused=[
                RefusedOut(
                    source=_source_id(refused.source, several),
                    source_text=refused.source.text,
                    reasons=list(refused.reasons),
                )
                for refused in summary.refused
            ],
            language=LanguageOut.of(summary.articles[0]),
            text=rendering.plain(replace(printed, headline=None, line=None)),
            html=rendering.html(printed),
            markdown=rendering.markdown(printed),
            report=Report(
                sentences=len(summary.bullets),
                sentences_translated=summary.sentences_translated,
                sentences_reused=summary.sentences_reused,
                sentences_failed=summary.sentences_failed,
                sentences_corrected=summary.sentences_corrected,
                warnings=_summary_warnings(summary),
            ),
            signature=summary.signature,
            cached=total > 0 and summary.sentences_reused == total,
            timings=rounded(summary.seconds),
        )


def _printed(summary: Summary, several: bool) -> rendering.PrintedSummary:
    return rendering.PrintedSummary(
        headline=summary.headline,
        line=summary.line,
        bullets=tuple(
            rendering.PrintedBullet(
                bullet.text, tuple(_source_id(source, several) for source in bullet.sources)
            )
            for bullet in summary.bullets
        ),
        language="id" if summary.bullet_options.language == "id" else "en",
    )


def _source_id(source: Source, several: bool) -> str:
    return f"{source.article + 1}:{source.id}" if several else source.id


def _summary_warnings(summary: Summary) -> list[str]:
    warnings = [
        flag_warning("headline", flag, summary.headline or "") for flag in summary.headline_flags
    ]
    several = len(summary.articles) > 1
    for bullet in summary.bullets:
        place = _source_id(bullet.sources[0], several)
        warnings += [flag_warning(place, flag, bullet.text, bullet.facts) for flag in bullet.flags]
    for refused in summary.refused:
        place, reasons = _source_id(refused.source, several), ", ".join(refused.reasons)
        warnings.append(f"{place} was chosen and makes no bullet: {reasons}")
    for article in summary.articles:
        warnings += language_warnings(article)
    warnings += summary.warnings
    if not summary.bullets:
        warnings.append(
            "no bullet fits the length limit"
            if summary.nothing_fits
            else "the article has no sentence to make a bullet of"
        )
    return warnings
