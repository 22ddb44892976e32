"""Counts of supported words and figures in bullets."""

from scripts.evaluate_bullets import Counts, _date, count, supported_words
from service.article import Article
from service.summaries.records import THREE_BULLETS, Bullet, RefusedSentence, Source, Summary

SOURCE = Source(0, "b1.1", "Banjir merendam 124 rumah di Demak.", "Floods hit 124 houses in Demak.")


def summary(*bullets: Bullet) -> Summary:
    return Summary(
        articles=(Article(()),),
        bullet_options=THREE_BULLETS,
        headline=None,
        headline_flags=(),
        line=None,
        bullets=bullets,
        refused=(RefusedSentence(SOURCE, ("unsupported",)),),
        nothing_fits=False,
        signature={},
        sentences_translated=0,
        sentences_reused=0,
        sentences_failed=0,
        sentences_corrected=0,
        seconds={},
    )


def test_supported_words_are_in_the_sources_or_derived() -> None:
    bullet = Bullet(
        "Floods hit 124 houses in Demak on 18 February.", (SOURCE,), added=("18 February",)
    )
    assert supported_words(bullet) == (8, 9)  # `on` is in neither


def test_counts_of_a_summary() -> None:
    counts = Counts()
    good = Bullet("Floods hit 124 houses.", (SOURCE,), changed=("shortened",))
    bad = Bullet("Floods hit 999 houses in Semarang.", (SOURCE,), flags=("number_invented",))
    count(counts, summary(good, bad))
    assert (counts.articles, counts.bullets, counts.refused, counts.flagged) == (1, 2, 1, 1)
    assert (counts.words, counts.found, counts.supported) == (10, 8, 1)
    assert "999" in counts.unsupported
    assert counts.unknown_figures == ["999"]
    assert counts.changed == {"shortened": 1}


def test_figures_are_compared_by_their_digits() -> None:
    source = Source(0, "b1.1", "Kerugian Rp1,5 miliar pada 18/2/2025 pukul 02.15.", None)
    counts = Counts()
    text = "Losses were Rp1.5 billion at 02:15 on 18 February 2025."
    count(
        counts, summary(Bullet(text, (source,)), Bullet("Losses were Rp15.5 billion.", (source,)))
    )
    assert counts.unknown_figures == ["155"]


def test_dates_of_pages() -> None:
    assert _date("Diperbarui 19 Jun 2025, 02:30 WIB") == "2025-06-19"
    assert _date("2025-02-18T07:30:00+07:00") == "2025-02-18"
    assert _date("Selasa, 5 Agustus 2025") == "2025-08-05"
    assert _date("None") is None
