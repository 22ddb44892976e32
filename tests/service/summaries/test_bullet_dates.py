"""Days of bullets that get a date, and days that stay as they are."""

from __future__ import annotations

from datetime import date

import pytest

from service.summaries.dates import DatedText, with_date
from service.summaries.days import publication_day

TUESDAY = date(2025, 2, 18)


@pytest.mark.parametrize(
    ("source", "target", "text", "added"),
    [
        ("Banjir merendam Demak, Senin.", "Floods hit Demak on Monday.",
         "Floods hit Demak on Monday, 17 February.", "17 February"),
        ("Presiden tiba di Surabaya pada Selasa.", "The president arrived in Surabaya on Tuesday.",
         "The president arrived in Surabaya on Tuesday, 18 February.", "18 February"),
        ("Polisi menangkapnya Senin malam di Kudus.",
         "Police arrested him on Monday night in Kudus.",
         "Police arrested him on Monday night, 17 February, in Kudus.", "17 February"),
        ("Kapal itu tenggelam kemarin.", "The ship sank yesterday.",
         "The ship sank on Monday, 17 February.", "17 February"),
        ("Kemarin hujan turun di Kudus.", "Yesterday it rained in Kudus.",
         "On Monday, 17 February, it rained in Kudus.", "17 February"),
        ("Kapal itu tenggelam kemarin malam.", "The ship sank last night.",
         "The ship sank on Monday night, 17 February.", "17 February"),
        ("Harga beras turun hari ini di Demak.", "Rice prices fell today in Demak.",
         "Rice prices fell on Tuesday, 18 February, in Demak.", "18 February"),
        ("Jembatan dibuka besok.", "The bridge opens tomorrow.",
         "The bridge opens on Wednesday, 19 February.", "19 February"),
        ("Jembatan dibuka lusa.", "The bridge opens the day after tomorrow.",
         "The bridge opens on Thursday, 20 February.", "20 February"),
        ("Gempa mengguncang Garut Jumat pekan lalu.", "A quake shook Garut on Friday last week.",
         "A quake shook Garut on Friday, 14 February.", "14 February"),
        ("Gempa mengguncang Garut, Jumat lalu.", "A quake shook Garut last Friday.",
         "A quake shook Garut on Friday, 14 February.", "14 February"),
        ("Jembatan akan dibuka pada Kamis.", "The bridge will open on Thursday.",
         "The bridge will open on Thursday, 20 February.", "20 February"),
        ("Sidang dibuka lagi Kamis mendatang.", "The trial resumes next Thursday.",
         "The trial resumes on Thursday, 20 February.", "20 February"),
        ("Sidang dibuka lagi Senin pekan depan.", "The trial resumes next Monday.",
         "The trial resumes on Monday, 24 February.", "24 February"),
        ("Sidang dibuka lagi Kamis ini.", "The trial resumes this Thursday.",
         "The trial resumes on Thursday, 20 February.", "20 February"),
        ("Sidang dibuka Selasa ini.", "The trial opens this Tuesday.",
         "The trial opens on Tuesday, 18 February.", "18 February"),
        ("Jalan akan ditutup, kata Agus, Senin.", "The road will be closed, Agus said Monday.",
         "The road will be closed, Agus said Monday, 17 February.", "17 February"),
        ("Warga mengungsi sejak Minggu malam.", "Residents have fled since Sunday night.",
         "Residents have fled since Sunday night, 16 February.", "16 February"),
    ],
)  # fmt: skip
def test_day_gets_its_date(source: str, target: str, text: str, added: str) -> None:
    assert with_date(source, target, TUESDAY, "en") == DatedText(text, (added,))


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        ("Sidang dibuka Senin ini.", "The trial opened this Monday.",
         "The trial opened this Monday."),
        ("Air surut, Senin (17/2/2025).", "The water fell on Monday (17/2/2025).",
         "The water fell on Monday, 17 February 2025."),
        ("Air surut, Senin (17/2).", "The water fell on Monday (17/2).",
         "The water fell on Monday, 17 February."),
        ("Air surut, Senin (17/2/2025) malam.", "The water fell on Monday (17/2/2025) night.",
         "The water fell on Monday night, 17 February 2025."),
        ("Air surut pada Senin, 17 Februari 2025.", "The water fell on Monday, February 17, 2025.",
         "The water fell on Monday, 17 February 2025."),
        ("Air surut, Senin (17/2/2025).", "The water fell on Monday.",
         "The water fell on Monday, 17 February 2025."),
        ("Pameran dibuka hari ini, Selasa (18/2/2025).",
         "The show opens today, Tuesday (18/2/2025).",
         "The show opens on Tuesday, 18 February 2025."),
    ],
)  # fmt: skip
def test_date_of_the_source_is_written_once(source: str, target: str, text: str) -> None:
    assert with_date(source, target, TUESDAY, "en") == DatedText(text)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Pasar buka setiap Selasa.", "The market opens every Tuesday."),
        ("Rapat Senin dan Selasa batal.", "The Monday and Tuesday meetings were cancelled."),
        ("Umat merayakan Jumat Agung.", "Christians celebrated Good Friday."),
        ("Api membakar Pasar Senin.", "Fire burned the Monday Market."),
        ("Menurut Republika Minggu, harga naik.", "According to Sunday Republika, prices rose."),
        ("Minggu ini hujan turun.", "It rained this week."),
        ("Warga Demak mengungsi pekan lalu.", "Demak residents fled last week."),
        ('"Kami berangkat Senin," kata Agus.', '"We left on Monday," Agus said.'),
        ("Air surut pada Kamis.", "The water fell on Thursday."),
        ("Gempa mengguncang Garut, Senin lalu.", "A quake shook Garut last Monday."),
        ("Sidang dibuka Rabu depan.", "The trial opens next Wednesday."),
        ("Sidang akan dibuka Selasa.", "The trial will open on Tuesday."),
        ("Air surut, Senin (16/2/2025).", "The water fell on Monday (16/2/2025)."),
        ("Air surut, Senin.", "The water fell on Tuesday."),
        ("Air surut, Senin.", "The water fell on Mondays."),
        ("Air surut, Senin.", "The water fell."),
        ("Pameran dibuka hari ini, 18 Februari 2025.", "The show opens today, February 18, 2025."),
        ("Laba kuartal terakhir kemarin naik.", "Profit rose in the last quarter yesterday."),
        ("Sudah dua hari ini air surut.", "The water has been falling for two days today."),
        ("Hingga hari ini air belum surut.", "To this day, today, the water has not fallen."),
        ("Pada Februari kemarin air surut.", "The water fell yesterday in February."),
        ("Sebelumnya ia diperiksa, Senin.", "He was questioned earlier on Monday."),
        ("Air surut, Senin.", "Monday's water fell."),
        # The night before Monday.
        ("Kios terbakar pada malam Senin.", "Stalls burned on Monday night."),
        ("Kepala BPBD mengatakan air surut, sidang akan mulai, Senin pagi itu, usai hujan.",
         "The head said on Monday the trial will start."),
    ],
)  # fmt: skip
def test_unsure_day_stays(source: str, target: str) -> None:
    assert with_date(source, target, TUESDAY, "en") == DatedText(target)


@pytest.mark.parametrize(
    ("source", "text", "added"),
    [
        ("Air surut, Selasa.", "Air surut, Selasa (18/2/2025).", ("18/2/2025",)),
        ("Air surut kemarin.", "Air surut Senin (17/2/2025).", ("17/2/2025",)),
        ("Kemarin malam air surut.", "Senin (17/2/2025) malam air surut.", ("17/2/2025",)),
        ("Air surut Senin malam.", "Air surut Senin (17/2/2025) malam.", ("17/2/2025",)),
        ("Air surut Jumat pekan lalu.", "Air surut Jumat (14/2/2025).", ("14/2/2025",)),
        ("Air surut, Selasa (18/2).", "Air surut, Selasa (18/2).", ()),
        ("Pasar buka tiap Selasa.", "Pasar buka tiap Selasa.", ()),
    ],
)
def test_day_in_indonesian(source: str, text: str, added: tuple[str, ...]) -> None:
    assert with_date(source, source, TUESDAY, "id") == DatedText(text, added)


def test_year_is_written_where_it_is_not_that_of_publication() -> None:
    assert with_date("Air surut kemarin.", "The water fell yesterday.", date(2025, 1, 1), "en") == (
        DatedText("The water fell on Tuesday, 31 December 2024.", ("31 December 2024",))
    )


def test_day_stays_where_the_article_gives_another_date() -> None:
    target = "The water fell on Monday."
    article = ["Hujan turun pada Senin (3/2/2025)."]
    assert with_date("Air surut, Senin.", target, TUESDAY, "en", article) == DatedText(target)


def test_only_dates_of_the_source_are_used_without_a_publication_day() -> None:
    assert with_date("Air surut, Senin.", "It fell on Monday.", None, "en").added == ()
    assert with_date(
        "Air surut, Senin (17/2/2025).", "It fell on Monday.", None, "en"
    ) == DatedText("It fell on Monday, 17 February 2025.")


@pytest.mark.parametrize(
    ("published", "day"),
    [
        ("2025-02-18", TUESDAY),
        ("2025-02-18T23:30:00+07:00", TUESDAY),
        ("2025-02-17T20:00:00+00:00", TUESDAY),
        ("2025-02-18T20:00:00", TUESDAY),
        ("Selasa", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
    ],
)
def test_publication_day(published: str | None, day: date | None) -> None:
    assert publication_day(published) == day
