"""The counts of a run, and the sentences that an editor should look at first."""

from __future__ import annotations

from service.article import Article, Block, Kind, Sentence
from service.batch.findings import FileFindings, Findings
from service.batch.report import render_report


def article(*sentences: tuple[str, float | None, tuple[str, ...]]) -> Article:
    found = tuple(
        Sentence(f"b1.{n}", source, 0, 0, source.upper(), confidence, flags)
        for n, (source, confidence, flags) in enumerate(sentences, start=1)
    )
    whole = " ".join(sentence.source for sentence in found)
    return Article(
        (Block("b1", Kind.PARAGRAPH, whole, sentences=found), Block("b2", Kind.FURNITURE, "Iklan"))
    )


def test_the_most_doubtful_sentences_come_first_and_are_few() -> None:
    findings, of = Findings(), FileFindings()
    for n in range(30):
        findings.add("a.txt", f"row {n}", article((f"Air {n}.", 0.9 - n / 100, ())), of)
    findings.add("b.txt", "", article(("Satu.", 0.99, ("number_missing",))), of)
    findings.add("b.txt", "", article(("Dua.", None, ("failed",)), ("Tiga.", 0.2, ())), of)
    findings.add("b.txt", "", article(("Satu.", 0.99, ("number_missing",))), of)
    findings.add("b.txt", "", article(("Tetap.", None, ())), of)
    shown = [doubt.source for doubt in findings.doubts]
    assert shown[:4] == ["Dua.", "Satu.", "Tiga.", "Air 29."]
    assert len(shown) == 20
    assert findings.doubts[3].place == "row 29 b1.1"
    assert findings.flags == {"number_missing": 2, "failed": 1}
    assert (of.units, of.words, of.sentences, of.flagged, of.furniture) == (34, 65, 35, 3, 34)
    assert findings.totals == of


def test_points_of_the_speed_are_bounded() -> None:
    findings = Findings()
    findings.sample(0, None)
    for n in range(20_000):
        findings.sample(n, 100.0)
    assert 300 <= len(findings.samples) <= 600
    assert findings.samples[-1][0] >= 19_990


def test_a_report_without_faults() -> None:
    findings = Findings(files=2, seconds=10.0)
    findings.totals.words = 1_500
    findings.samples = [(0.0, 100.0), (5.0, 200.0)]
    page = render_report(findings, 0, interrupted=True)
    assert '<th scope="row">Words a second</th><td class="n">150.0</td>' in page
    assert '<polyline points="40.0,90.0 640.0,20.0"' in page
    assert "No sentence has a flag." in page
    assert "The run was interrupted" in page
    assert "interrupted" not in render_report(findings, 0, interrupted=False)
