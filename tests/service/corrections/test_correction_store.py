"""The store of corrections, and the corrections that apply to an article."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.article import Article, Correction
from service.corrections.store import CorrectionStore, CorrectionsUnusable
from service.corrections.validation import validate
from service.documents.manuscript import Manuscript
from service.errors import InvalidRequest, NotFound
from service.translation.preparation import segmented


class Clock:
    """Seconds since 1970, one more at each call."""

    def __init__(self) -> None:
        self.seconds = 1_700_000_000

    def __call__(self) -> float:
        self.seconds += 1
        return self.seconds


@pytest.fixture
def store(tmp_path: Path) -> CorrectionStore:
    return CorrectionStore(tmp_path / "memory.sqlite3", Clock())


def article(*paragraphs: str) -> Article:
    return segmented(Manuscript.from_fields(None, paragraphs).read())


def test_a_correction_applies_to_its_sentence(store: CorrectionStore) -> None:
    added = store.add("Air surut.", "The water is receding.", "Rina")
    assert store.for_article(article("Warga mengungsi. Air surut.")) == {"b1.2": added}


def test_white_space_does_not_matter(store: CorrectionStore) -> None:
    store.add("Air surut di Klaten.", "The water is receding in Klaten.", "Rina")
    assert list(store.for_article(article("Air  surut\u00a0di\nKlaten."))) == ["b1.1"]
    assert not store.for_article(article("Air surut di klaten."))


def test_without_corrections_there_is_no_file(store: CorrectionStore, tmp_path: Path) -> None:
    assert not store.for_article(article("Air surut."))
    assert store.newest(10) == ([], None)
    assert list(store.all()) == []
    assert not store.version
    assert list(tmp_path.iterdir()) == []


def test_the_newest_applies_and_the_older_stays(store: CorrectionStore) -> None:
    first = store.add("Air surut.", "Water recedes.", "Rina")
    second = store.add("Air surut.", "The water is receding.", "Budi")
    assert store.for_article(article("Air surut.")) == {"b1.1": second}
    assert list(store.all()) == [first, second]
    assert store.newest(10) == ([second, first], None)


def test_after_a_withdrawal_the_one_before_applies(store: CorrectionStore) -> None:
    first = store.add("Air surut.", "Water recedes.", "Rina")
    second = store.add("Air surut.", "The water is receding.", "Budi")
    withdrawn = store.withdraw(second.id, "Sari")
    assert withdrawn.withdrawn == datetime.fromtimestamp(1_700_000_003, UTC)
    assert withdrawn.withdrawn_by == "Sari"
    assert store.for_article(article("Air surut.")) == {"b1.1": first}
    assert store.withdraw(second.id, "Tono") == withdrawn
    assert store.find(second.id) == withdrawn
    store.withdraw(first.id, "Sari")
    assert not store.for_article(article("Air surut."))


def test_an_unknown_id(store: CorrectionStore) -> None:
    with pytest.raises(NotFound, match="no correction cor_1"):
        store.find("cor_1")
    store.add("Air surut.", "The water is receding.", "Rina")
    with pytest.raises(NotFound, match="no correction cor_1"):
        store.withdraw("cor_1", "Rina")


@pytest.mark.parametrize(
    ("target", "applies_elsewhere"),
    [("She declined to comment.", False), ("They declined to comment.", True)],
)
def test_he_or_she_depends_on_the_sentence_before(
    store: CorrectionStore, target: str, applies_elsewhere: bool
) -> None:
    before = "Menteri Sari Wulandari tiba pukul 09.00."
    store.add("Ia menolak berkomentar.", target, "Rina", context=before)
    assert store.for_article(article(f"{before} Ia menolak berkomentar."))
    elsewhere = store.for_article(article("Bupati Agus Nugroho tiba. Ia menolak berkomentar."))
    assert bool(elsewhere) is applies_elsewhere


def test_a_correction_of_no_article_applies_everywhere(store: CorrectionStore) -> None:
    store.add("Ia menolak berkomentar.", "She declined to comment.", "Rina")
    assert store.for_article(article("Bupati tiba. Ia menolak berkomentar."))


def test_the_same_context_takes_precedence_over_a_newer_correction(store: CorrectionStore) -> None:
    here = store.add("Ia menolak.", "She refused.", "Rina", context="Menteri tiba.")
    there = store.add("Ia menolak.", "They refused.", "Rina", context="Warga datang.")
    assert store.for_article(article("Menteri tiba. Ia menolak.")) == {"b1.2": here}
    assert store.for_article(article("Bupati tiba. Ia menolak.")) == {"b1.2": there}


def test_an_empty_context_is_the_start_of_an_article(store: CorrectionStore) -> None:
    store.add("Ia menolak.", "She refused.", "Rina", context="")
    assert list(store.for_article(article("Ia menolak. Ia menolak."))) == ["b1.1"]


def test_pages_of_the_list(store: CorrectionStore) -> None:
    added = [store.add(f"Air surut {n}.", f"Water {n}.", "Rina") for n in range(5)]
    first, more = store.newest(2)
    second, more = store.newest(2, more)
    third, end = store.newest(2, more)
    assert [*first, *second, *third] == added[::-1]
    assert end is None


def test_nothing_is_added_twice(store: CorrectionStore) -> None:
    added = store.add("Air surut.", "The water is receding.", "Rina")
    other = Correction("Warga mengungsi.", "Residents fled.", "TMX", added.created)
    assert store.add_all([added, other, other]) == 1
    assert list(store.all()) == [added, other]


def test_two_thousand_at_once(store: CorrectionStore) -> None:
    when = datetime(2025, 2, 18, tzinfo=UTC)
    many = [Correction(f"Air surut {n}.", f"Water {n}.", "TMX", when) for n in range(2500)]
    assert store.add_all(many) == 2500
    assert list(store.all()) == many
    found = store.for_article(article(*(f"Air surut {n}." for n in range(1200))))
    assert found["b1200.1"].target == "Water 1199."


def test_another_process_is_seen_at_once(tmp_path: Path) -> None:
    one, other = (
        CorrectionStore(tmp_path / "memory.sqlite3"),
        CorrectionStore(tmp_path / "memory.sqlite3"),
    )
    before = other.version
    one.add("Air surut.", "The water is receding.", "Rina")
    assert other.version != before
    assert other.for_article(article("Air surut."))["b1.1"].author == "Rina"


def test_many_threads_add_and_look_up(store: CorrectionStore) -> None:
    faults: list[Exception] = []

    def work(number: int) -> None:
        try:
            for n in range(20):
                store.add(f"Air surut {number} {n}.", "The water is receding.", f"T{number}")
                assert store.for_article(article(f"Air surut {number} {n}."))
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(list(store.all())) == 160


def test_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(CorrectionsUnusable, match="the file with the corrections cannot be used"):
        CorrectionStore(path).for_article(article("Air surut."))


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(CorrectionsUnusable, match="written by a newer Kabar"):
        CorrectionStore(path).for_article(article("Air surut."))


@pytest.mark.parametrize(
    ("source", "target", "author", "message"),
    [
        (" \n", "Water.", "Rina", "the source of a correction is empty"),
        ("Air.", "", "Rina", "the target of a correction is empty"),
        ("Air.", "Water.", " ", "the author of a correction is empty"),
        ("Air.", "Wa\x07ter.", "Rina", r"the target of a correction contains U\+0007"),
        ("Air.", "w" * 5001, "Rina", "has 5001 characters, but at most 5000 are allowed"),
        ("Air.", "Water.", "r" * 201, "has 201 characters, but at most 200 are allowed"),
    ],
)
def test_invalid_texts(source: str, target: str, author: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        validate(source, target, author)


def test_lines_become_one() -> None:
    assert validate("Air\nsurut.", " The water\r\n is receding. ", "Rina") == (
        "Air surut.",
        "The water is receding.",
        "Rina",
    )
