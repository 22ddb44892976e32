"""What the measure of bullets counts."""

from scripts.evaluate_bullets import Counts, _date, count, supported_words
from service.article import Article
from service.summaries.make import THREE_BULLETS, Bullet, Refused, Source, Summary

SOURCE = Source(0, "b1.1", "Banjir merendam 124 rumah di Demak.", "Floods hit 124 houses in Demak.")


def summary(*bullets: Bullet) -> Summary:
    return Summary(
        articles=(Article(()),),
        wishes=THREE_BULLETS,
        headline=None,
        headline_flags=(),
        line=None,
        bullets=bullets,
        refused=(Refused(SOURCE, ("unsupported",)),),
        crowded=False,
        signature={},
        sentences_translated=0,
        sentences_reused=0,
        sentences_failed=0,
        sentences_corrected=0,
        seconds={},
    )


def test_words_are_looked_for_in_the_sources_and_in_what_was_worked_out() -> None:
    bullet = Bullet(
        "Floods hit 124 houses in Demak on 18 February.", (SOURCE,), added=("18 February",)
    )
    assert supported_words(bullet) == (8, 9)  # `on` stands in neither


def test_what_is_counted() -> None:
    counts = Counts()
    good = Bullet("Floods hit 124 houses.", (SOURCE,), changed=("shortened",))
    bad = Bullet("Floods hit 999 houses in Semarang.", (SOURCE,), flags=("number_invented",))
    count(counts, summary(good, bad))
    assert (counts.articles, counts.bullets, counts.refused, counts.flagged) == (1, 2, 1, 1)
    assert (counts.words, counts.found, counts.backed) == (10, 8, 1)
    assert "999" in counts.unsupported
    assert counts.strange == ["999"]
    assert counts.changed == {"shortened": 1}


def test_figures_are_compared_by_their_digits() -> None:
    source = Source(0, "b1.1", "Kerugian Rp1,5 miliar pada 18/2/2025 pukul 02.15.", None)
    counts = Counts()
    text = "Losses were Rp1.5 billion at 02:15 on 18 February 2025."
    count(
        counts, summary(Bullet(text, (source,)), Bullet("Losses were Rp15.5 billion.", (source,)))
    )
    assert counts.strange == ["155"]


def test_dates_as_pages_write_them() -> None:
    assert _date("Diperbarui 19 Jun 2025, 02:30 WIB") == "2025-06-19"
    assert _date("2025-02-18T07:30:00+07:00") == "2025-02-18"
    assert _date("Selasa, 5 Agustus 2025") == "2025-08-05"
    assert _date("None") is None
