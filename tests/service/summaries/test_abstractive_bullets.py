"""Bullets in a model's own sentences, which their sources must support."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from naughty import NaughtyEngine
from tiny_checkpoints import checkpoint

from models.checkpoints.writer import SummaryOptions, SummaryWriter
from models.engine import DecodingOptions
from models.errors import EngineFailed, UnknownModel, UnsupportedCheckpoint
from models.summarizer import ExtractiveSummarizer
from service.documents.manuscript import Manuscript
from service.results.order import Order
from service.results.summary_answers import SummaryOut
from service.runtime import open_runtime
from service.scheduling.batcher import Batcher
from service.scheduling.request import RequestContext
from service.settings import load_settings
from service.summaries.records import BulletOptions, KnownEnglish, Summary
from service.summaries.summaries import Summaries
from service.translation.pipeline import Pipeline
from service.translation.sentences import Sentences

FIRST = "Banjir merendam empat kecamatan Demak sejak Selasa pagi."
SECOND = "Sebanyak 124 rumah empat kecamatan Demak terendam banjir."
THIRD = "Pemerintah Demak membuka 23 titik pengungsian bagi korban banjir."
ENGLISH = {
    (0, "b1.1"): KnownEnglish("Floods swamped four districts of Demak on Tuesday morning.", ()),
    (0, "b2.1"): KnownEnglish("A total of 124 houses in four districts of Demak were flooded.", ()),
    (0, "b3.1"): KnownEnglish("The Demak government opened 23 shelters for flood victims.", ()),
}


class Writer:
    """A writer of fixed sentences, which records its input."""

    language: str | None = "en"
    max_source_tokens = 100

    def __init__(self, *sentences: str, fails: bool = False) -> None:
        self.sentences, self.fails = list(sentences), fails
        self.read: list[list[str]] = []

    @property
    def signature(self) -> dict[str, str]:
        return {"summarizer_model": "writer"}

    def summarize(
        self, articles: Sequence[Sequence[str]], options: SummaryOptions
    ) -> list[list[str]]:
        self.read += [list(article) for article in articles]
        if self.fails:
            raise EngineFailed("the writer ran out of memory")
        return [self.sentences for _ in articles]

    def close(self) -> None:
        pass


def summarize(writer: SummaryWriter, options: BulletOptions | None = None) -> Summary:
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    summaries = Summaries(ExtractiveSummarizer(), pipeline, writer)
    article = Manuscript.from_fields(None, [FIRST, SECOND, THIRD]).read()
    return summaries.summarize([article], options or BulletOptions(2), known_english=ENGLISH)


def cited_bullets(summary: Summary) -> list[tuple[str, list[str]]]:
    return [(bullet.text, [one.id for one in bullet.sources]) for bullet in summary.bullets]


def test_supported_sentence_is_a_bullet_with_its_sources() -> None:
    writer = Writer("Floods swamped Demak on Tuesday morning, and 124 houses were flooded.")
    summary = summarize(writer, BulletOptions(1))
    assert writer.read == [[english.target for english in ENGLISH.values()]]
    assert cited_bullets(summary) == [(writer.sentences[0], ["b1.1", "b2.1"])]
    assert summary.bullets[0].changed == ("written",)
    assert [source.text for source in summary.bullets[0].sources] == [FIRST, SECOND]
    assert summary.bullets[0].sources[0].target == ENGLISH[0, "b1.1"].target


@pytest.mark.parametrize(
    "invented",
    [
        "A total of 421 houses in four districts of Demak were flooded.",
        "A total of 124 houses in four districts of Kudus were flooded.",
        "Volunteers from abroad brought blankets and rice by helicopter.",
        "The Demak government did not open 23 shelters for flood victims.",
    ],
)
def test_invented_sentence_is_replaced_by_one_of_the_article(
    invented: str,
) -> None:
    summary = summarize(Writer(invented))
    assert len(summary.bullets) == 2
    assert invented not in [bullet.text for bullet in summary.bullets]
    (refused,) = summary.refused
    assert (refused.source.text, refused.reasons) == (invented, ("unsupported",))


@pytest.mark.parametrize(
    ("source", "written", "reasons"),
    [
        # An attribution, a negation and the marks of a quotation may not be lost.
        ("Police said three houses burned.", "Three houses burned.", ["lost"]),
        ("The governor did not open the bridge.", "The governor opened the bridge.", ["lost"]),
        ('"We opened it too late this year," said Budi.', "We opened it too late this year, said "
         "Budi.", ["lost"]),
        ('"We opened it too late this year," said Budi.', 'Budi said "it opened late this year".',
         ["lost"]),
        ('"We opened it too late this year," said Budi.', 'Budi said "we opened it too late".', []),
        ("The governor opened the bridge.", "He opened the bridge.", ["unresolved"]),
        ("Police said three houses burned.", "Three houses burned, police said.", []),
    ],
)  # fmt: skip
def test_sentence_that_distorts_its_source_is_refused(
    source: str, written: str, reasons: list[str]
) -> None:
    known = {(0, "b1.1"): KnownEnglish(source, ())}
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    summaries = Summaries(ExtractiveSummarizer(), pipeline, Writer(written))
    # The Indonesian has the facts of all these sentences.
    text = '"Tiga rumah terbakar dan kami terlambat membukanya," kata Budi dan polisi.'
    summary = summaries.summarize(
        [Manuscript.from_text(text).read()], BulletOptions(1), known_english=known
    )
    found = [list(one.reasons) for one in summary.refused if one.source.text == written]
    assert found == ([reasons] if reasons else [])
    assert (summary.bullets[0].changed == ("written",)) is not bool(reasons)


def test_bullet_has_the_doubtful_flags_of_its_sources() -> None:
    known = {
        (0, "b1.1"): KnownEnglish("Floods swamped four districts of Demak.", ("dropped", "short")),
        (0, "b2.1"): KnownEnglish("A total of 124 houses were flooded.", ()),
        (0, "b3.1"): KnownEnglish("The government opened 23 shelters.", ("loop",)),
    }
    pipeline = Pipeline(Sentences(Batcher(NaughtyEngine())), DecodingOptions(beam=1))
    writer = Writer("Floods swamped four districts of Demak.", "124 houses were flooded.")
    summaries = Summaries(ExtractiveSummarizer(), pipeline, writer)
    article = Manuscript.from_fields(None, [FIRST, SECOND, THIRD]).read()
    summary = summaries.summarize([article], BulletOptions(2), known_english=known)
    assert cited_bullets(summary) == [
        (writer.sentences[0], ["b1.1"]),
        (writer.sentences[1], ["b2.1"]),
    ]
    assert [bullet.flags for bullet in summary.bullets] == [("dropped",), ()]


def test_cited_sentences_are_not_extracted_again() -> None:
    summary = summarize(Writer("The Demak government opened 23 shelters."), BulletOptions(3))
    assert sorted(ids[0] for _, ids in cited_bullets(summary)) == ["b1.1", "b2.1", "b3.1"]


def test_failed_writer_leaves_an_extractive_summary() -> None:
    summary = summarize(Writer(fails=True))
    assert len(summary.bullets) == 2
    assert summary.bullets[0].changed != ("written",)
    made = SummaryOut.of(summary, "0" * 64)
    assert "the writer ran out of memory" in made.report.warnings[-1]
    assert made.report.sentences_failed == 1  # so that the summary is not cached


def test_written_bullets_never_exceed_the_slot() -> None:
    summary = summarize(
        Writer("Floods swamped four districts of Demak.", "The government opened 23 shelters."),
        BulletOptions(7, characters=60),
    )
    text = "\n".join(f"- {bullet.text}" for bullet in summary.bullets)
    assert summary.bullets
    assert len(text) <= 60


def test_english_writer_is_not_used_for_indonesian_bullets() -> None:
    writer = Writer("Floods swamped Demak.")
    summary = summarize(writer, BulletOptions(1, "id"))
    assert writer.read == []
    assert summary.bullets[0].text in {FIRST, SECOND, THIRD}
    assert "writer" not in summary.signature


def test_indonesian_writer_is_translated() -> None:
    writer = Writer(SECOND)
    writer.language = None
    summary = summarize(writer, BulletOptions(1, "both"))
    assert writer.read == [[FIRST, SECOND, THIRD]]
    (bullet,) = summary.bullets
    assert bullet.indonesian == SECOND
    assert [one.id for one in bullet.sources] == ["b2.1"]


def test_writer_is_part_of_the_signature() -> None:
    made = summarize(Writer("Floods swamped four districts of Demak."), BulletOptions(1)).signature
    assert made["writer"] == {
        "summarizer_model": "writer",
        "decoding": SummaryOptions().as_signature(),
    }


def test_checkpoint_named_in_the_settings_writes_bullets(root: Path, data_dir: Path) -> None:
    folder = checkpoint(root, "bart")
    settings = load_settings(data_dir=data_dir, cache=False, beam=1, summarizer=str(folder))
    runtime = open_runtime(settings)
    order = Order(
        "summary", (Manuscript.from_text(f"{FIRST}\n\n{SECOND}"),), bullet_options=BulletOptions(2)
    )
    made = runtime.results.result(order, RequestContext()).summary()
    runtime.close()
    # It writes nonsense, so sentences of the article replace its own.
    assert [bullet.source_text for bullet in made.bullets] == [[FIRST], [SECOND]]
    assert "writer" in made.signature


def test_summarizer_of_another_language_is_refused_before_loading(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "kabar-model.toml").write_text('source_language = "fr_XX"\n')
    with pytest.raises(UnsupportedCheckpoint, match="the summarizer reads 'fr_XX'"):
        open_runtime(load_settings(summarizer=str(tmp_path)))


def test_unknown_summarizer() -> None:
    with pytest.raises(UnknownModel, match="there is no model or folder called 'barz'"):
        open_runtime(load_settings(summarizer="barz"))
    with pytest.raises(UnknownModel, match="is a model for translation, not for summarization"):
        open_runtime(load_settings(summarizer="kabar-id-en"))
