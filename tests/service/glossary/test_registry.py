"""Glossaries by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import KabarError
from service.errors import CannotRead, CannotWrite, InvalidRequest, NotFound
from service.glossary.registry import Book
from service.glossary.terms import InvalidGlossary, term_of

DESK = b"source,target\nbupati,district head\nrawa gambut,peat swamp\n"


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path / "glossaries")


def english(book: Book, names: list[str] | None, source: str) -> str | None:
    terms = book.choose(names).terms
    return next((t.preferred for t in terms if t.source.lower() == source), None)


def test_the_newsroom_s_is_always_there(book: Book) -> None:
    assert book.names() == ["newsroom"]
    assert english(book, None, "bupati") == "regent"
    assert english(book, [], "bupati") is None


def test_added_glossaries_apply_over_the_newsroom_s(book: Book) -> None:
    assert len(book.add("desk", DESK).terms) == 2
    assert book.names() == ["newsroom", "desk"]
    assert english(book, None, "bupati") == "district head"
    assert english(book, None, "gubernur") == "governor"
    assert english(book, ["newsroom"], "bupati") == "regent"
    assert english(book, ["newsroom", "desk"], "bupati") == "regent"
    assert english(book, ["desk"], "gubernur") is None
    book.remove("desk")
    assert english(book, None, "bupati") == "regent"


def test_a_changed_file_is_read_again(book: Book, tmp_path: Path) -> None:
    book.add("desk", DESK)
    before, edition = book.choose(["desk"]), book.edition
    assert book.choose(["desk"]) is before
    assert book.edition == edition
    (tmp_path / "glossaries" / "desk.csv").write_bytes(DESK.replace(b"swamp", b"swampland"))
    assert english(book, ["desk"], "rawa gambut") == "peat swampland"
    assert book.choose(["desk"]).hash != before.hash
    assert book.edition != edition


def test_a_user_s_own_newsroom_stands_for_the_one_that_ships(book: Book) -> None:
    book.add("newsroom", DESK)
    assert book.names() == ["newsroom"]
    assert len(book.choose(None).terms) == 2


def test_terms_of_a_request_come_first(book: Book) -> None:
    own = (term_of("Bupati", "chief"),)
    assert book.choose(None, own).terms[0].preferred == "chief"
    assert book.choose([], own).terms == own


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("none", None),
        ("", None),
        ("newsroom", "regent"),
        ("desk, newsroom", "district head"),
    ],
)
def test_defaults(tmp_path: Path, default: str, expected: str | None) -> None:
    Book(tmp_path).add("desk", DESK)
    assert english(Book(tmp_path, default), None, "bupati") == expected


def test_a_file_by_default(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_bytes(b"source\ttarget\nbupati\tchief\n")
    book = Book(tmp_path / "glossaries", f"{path},newsroom")
    assert english(book, None, "bupati") == "chief"
    assert [name for name, _ in book.edition] == [str(path)]
    path.unlink()
    with pytest.raises(CannotRead, match="No such file"):
        book.choose(None)
    with pytest.raises(CannotRead, match="No such file"):
        assert book.edition


@pytest.mark.parametrize("name", ["politics", "../desk", "/etc/passwd", "", "a" * 65, ".desk"])
def test_names_that_are_none(book: Book, name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"there is no glossary .*: there are newsroom;"):
        book.get(name)


@pytest.mark.parametrize("name", ["../desk", "", "a b", ".desk"])
def test_bad_names(book: Book, name: str) -> None:
    with pytest.raises(InvalidRequest, match="is no name for a glossary"):
        book.add(name, DESK)


def test_a_bad_file_is_not_added(book: Book) -> None:
    with pytest.raises(InvalidGlossary):
        book.add("desk", b"bupati\n")
    assert book.names() == ["newsroom"]


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("desk", "the glossary 'desk' is not there: yours are none"),
        ("newsroom", "the glossary 'newsroom' ships with Kabar and stays"),
    ],
)
def test_what_cannot_be_removed(book: Book, name: str, detail: str) -> None:
    with pytest.raises(NotFound) as caught:
        book.remove(name)
    assert caught.value.detail.startswith(detail)


@pytest.mark.parametrize("call", ["add", "names"])
def test_a_folder_that_is_none(tmp_path: Path, call: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    book = Book(tmp_path / "file")
    with pytest.raises(KabarError) as caught:
        book.add("desk", DESK) if call == "add" else book.names()
    assert type(caught.value) is (CannotWrite if call == "add" else CannotRead)
