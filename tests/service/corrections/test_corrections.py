"""The editors' corrections: what is kept, what stands, and for which sentences."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.article import Article, Correction
from service.corrections.corrections import CorrectionStore, CorrectionsUnusable
from service.corrections.records import checked
from service.documents.manuscript import Manuscript
from service.errors import InvalidRequest, NotFound
from service.translation.preparation import segmented


class Clock:
    """Seconds since 1970, one more each time."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


@pytest.fixture
def memory(tmp_path: Path) -> CorrectionStore:
    return CorrectionStore(tmp_path / "memory.sqlite3", Clock())


def article(*paragraphs: str) -> Article:
    return segmented(Manuscript.from_fields(None, paragraphs).read())


def test_a_sentence_has_the_english_that_it_was_given(memory: CorrectionStore) -> None:
    kept = memory.keep("Air surut.", "The water is receding.", "Rina")
    assert memory.edits(article("Warga mengungsi. Air surut.")) == {"b1.2": kept}


def test_what_does_not_change_a_sentence_does_not_matter(memory: CorrectionStore) -> None:
    memory.keep("Air surut di Klaten.", "The water is receding in Klaten.", "Rina")
    assert list(memory.edits(article("Air  surut\u00a0di\nKlaten."))) == ["b1.1"]
    assert not memory.edits(article("Air surut di klaten."))


def test_nothing_is_kept_no_file_is_made(memory: CorrectionStore, tmp_path: Path) -> None:
    assert not memory.edits(article("Air surut."))
    assert memory.newest(10) == ([], None)
    assert list(memory.all()) == []
    assert not memory.version
    assert list(tmp_path.iterdir()) == []


def test_the_newest_stands_and_the_older_stays(memory: CorrectionStore) -> None:
    first = memory.keep("Air surut.", "Water recedes.", "Rina")
    second = memory.keep("Air surut.", "The water is receding.", "Budi")
    assert memory.edits(article("Air surut.")) == {"b1.1": second}
    assert list(memory.all()) == [first, second]
    assert memory.newest(10) == ([second, first], None)


def test_one_that_is_withdrawn_gives_way_to_the_one_before(memory: CorrectionStore) -> None:
    first = memory.keep("Air surut.", "Water recedes.", "Rina")
    second = memory.keep("Air surut.", "The water is receding.", "Budi")
    withdrawn = memory.withdraw(second.id, "Sari")
    assert withdrawn.withdrawn == datetime.fromtimestamp(1_700_000_003, UTC)
    assert withdrawn.withdrawn_by == "Sari"
    assert memory.edits(article("Air surut.")) == {"b1.1": first}
    assert memory.withdraw(second.id, "Tono") == withdrawn
    assert memory.find(second.id) == withdrawn
    memory.withdraw(first.id, "Sari")
    assert not memory.edits(article("Air surut."))


def test_an_id_that_is_not_there(memory: CorrectionStore) -> None:
    with pytest.raises(NotFound, match="no correction cor_1"):
        memory.find("cor_1")
    memory.keep("Air surut.", "The water is receding.", "Rina")
    with pytest.raises(NotFound, match="no correction cor_1"):
        memory.withdraw("cor_1", "Rina")


@pytest.mark.parametrize(
    ("target", "applies_elsewhere"),
    [("She declined to comment.", False), ("They declined to comment.", True)],
)
def test_who_he_or_she_is_depends_on_the_sentence_before(
    memory: CorrectionStore, target: str, applies_elsewhere: bool
) -> None:
    before = "Menteri Sari Wulandari tiba pukul 09.00."
    memory.keep("Ia menolak berkomentar.", target, "Rina", context=before)
    assert memory.edits(article(f"{before} Ia menolak berkomentar."))
    elsewhere = memory.edits(article("Bupati Agus Nugroho tiba. Ia menolak berkomentar."))
    assert bool(elsewhere) is applies_elsewhere


def test_a_correction_of_no_article_holds_everywhere(memory: CorrectionStore) -> None:
    memory.keep("Ia menolak berkomentar.", "She declined to comment.", "Rina")
    assert memory.edits(article("Bupati tiba. Ia menolak berkomentar."))


def test_the_same_surroundings_come_before_a_newer_one(memory: CorrectionStore) -> None:
    here = memory.keep("Ia menolak.", "She refused.", "Rina", context="Menteri tiba.")
    there = memory.keep("Ia menolak.", "They refused.", "Rina", context="Warga datang.")
    assert memory.edits(article("Menteri tiba. Ia menolak.")) == {"b1.2": here}
    assert memory.edits(article("Bupati tiba. Ia menolak.")) == {"b1.2": there}


def test_the_first_sentence_has_nothing_before_it(memory: CorrectionStore) -> None:
    memory.keep("Ia menolak.", "She refused.", "Rina", context="")
    assert list(memory.edits(article("Ia menolak. Ia menolak."))) == ["b1.1"]


def test_pages_of_the_list(memory: CorrectionStore) -> None:
    kept = [memory.keep(f"Air surut {n}.", f"Water {n}.", "Rina") for n in range(5)]
    first, more = memory.newest(2)
    second, more = memory.newest(2, more)
    third, end = memory.newest(2, more)
    assert [*first, *second, *third] == kept[::-1]
    assert end is None


def test_what_is_there_is_not_kept_twice(memory: CorrectionStore) -> None:
    kept = memory.keep("Air surut.", "The water is receding.", "Rina")
    other = Correction("Warga mengungsi.", "Residents fled.", "TMX", kept.created)
    assert memory.keep_all([kept, other, other]) == 1
    assert list(memory.all()) == [kept, other]


def test_two_thousand_at_once(memory: CorrectionStore) -> None:
    when = datetime(2025, 2, 18, tzinfo=UTC)
    many = [Correction(f"Air surut {n}.", f"Water {n}.", "TMX", when) for n in range(2500)]
    assert memory.keep_all(many) == 2500
    assert list(memory.all()) == many
    found = memory.edits(article(*(f"Air surut {n}." for n in range(1200))))
    assert found["b1200.1"].target == "Water 1199."


def test_another_process_is_seen_at_once(tmp_path: Path) -> None:
    one, other = (
        CorrectionStore(tmp_path / "memory.sqlite3"),
        CorrectionStore(tmp_path / "memory.sqlite3"),
    )
    before = other.version
    one.keep("Air surut.", "The water is receding.", "Rina")
    assert other.version != before
    assert other.edits(article("Air surut."))["b1.1"].author == "Rina"


def test_many_threads_keep_and_look_up(memory: CorrectionStore) -> None:
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            for n in range(20):
                memory.keep(f"Air surut {number} {n}.", "The water is receding.", f"T{number}")
                assert memory.edits(article(f"Air surut {number} {n}."))
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(list(memory.all())) == 160


def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(CorrectionsUnusable, match="the file of the corrections cannot be used"):
        CorrectionStore(path).edits(article("Air surut."))


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(CorrectionsUnusable, match="written by a newer Kabar"):
        CorrectionStore(path).edits(article("Air surut."))


@pytest.mark.parametrize(
    ("source", "target", "author", "message"),
    [
        (" \n", "Water.", "Rina", "the source of a correction is empty"),
        ("Air.", "", "Rina", "the target of a correction is empty"),
        ("Air.", "Water.", " ", "the author of a correction is empty"),
        ("Air.", "Wa\x07ter.", "Rina", r"the target of a correction holds U\+0007"),
        ("Air.", "w" * 5001, "Rina", "has 5001 characters and may have 5000"),
        ("Air.", "Water.", "r" * 201, "has 201 characters and may have 200"),
    ],
)
def test_what_cannot_be_kept(source: str, target: str, author: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        checked(source, target, author)


def test_lines_become_one() -> None:
    assert checked("Air\nsurut.", " The water\r\n is receding. ", "Rina") == (
        "Air surut.",
        "The water is receding.",
        "Rina",
    )
