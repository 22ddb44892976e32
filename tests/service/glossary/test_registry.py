"""The glossaries on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import KabarError
from service.errors import CannotRead, CannotWrite, InvalidRequest, NotFound
from service.glossary.registry import GlossaryRegistry
from service.glossary.terms import InvalidGlossary, term_of

DESK = b"source,target\nbupati,district head\nrawa gambut,peat swamp\n"


@pytest.fixture
def registry(tmp_path: Path) -> GlossaryRegistry:
    return GlossaryRegistry(tmp_path / "glossaries")


def english(registry: GlossaryRegistry, names: list[str] | None, source: str) -> str | None:
    terms = registry.choose(names).terms
    return next((t.preferred for t in terms if t.source.lower() == source), None)


def test_the_newsrooms_glossary_is_always_there(registry: GlossaryRegistry) -> None:
    assert registry.names() == ["newsroom"]
    assert english(registry, None, "bupati") == "regent"
    assert english(registry, [], "bupati") is None


def test_added_glossaries_take_precedence(registry: GlossaryRegistry) -> None:
    assert len(registry.add("desk", DESK).terms) == 2
    assert registry.names() == ["newsroom", "desk"]
    assert english(registry, None, "bupati") == "district head"
    assert english(registry, None, "gubernur") == "governor"
    assert english(registry, ["newsroom"], "bupati") == "regent"
    assert english(registry, ["newsroom", "desk"], "bupati") == "regent"
    assert english(registry, ["desk"], "gubernur") is None
    registry.remove("desk")
    assert english(registry, None, "bupati") == "regent"


def test_a_changed_file_is_read_again(registry: GlossaryRegistry, tmp_path: Path) -> None:
    registry.add("desk", DESK)
    before, version = registry.choose(["desk"]), registry.version
    assert registry.choose(["desk"]) is before
    assert registry.version == version
    (tmp_path / "glossaries" / "desk.csv").write_bytes(DESK.replace(b"swamp", b"swampland"))
    assert english(registry, ["desk"], "rawa gambut") == "peat swampland"
    assert registry.choose(["desk"]).hash != before.hash
    assert registry.version != version


def test_a_users_own_newsroom_replaces_the_one_that_ships(registry: GlossaryRegistry) -> None:
    registry.add("newsroom", DESK)
    assert registry.names() == ["newsroom"]
    assert len(registry.choose(None).terms) == 2


def test_terms_of_a_request_come_first(registry: GlossaryRegistry) -> None:
    own = (term_of("Bupati", "chief"),)
    assert registry.choose(None, own).terms[0].preferred == "chief"
    assert registry.choose([], own).terms == own


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
    GlossaryRegistry(tmp_path).add("desk", DESK)
    assert english(GlossaryRegistry(tmp_path, default), None, "bupati") == expected


def test_a_file_as_default(tmp_path: Path) -> None:
    path = tmp_path / "terms.tsv"
    path.write_bytes(b"source\ttarget\nbupati\tchief\n")
    registry = GlossaryRegistry(tmp_path / "glossaries", f"{path},newsroom")
    assert english(registry, None, "bupati") == "chief"
    assert [name for name, _ in registry.version] == [str(path)]
    path.unlink()
    with pytest.raises(CannotRead, match="No such file"):
        registry.choose(None)
    with pytest.raises(CannotRead, match="No such file"):
        assert registry.version


@pytest.mark.parametrize("name", ["politics", "../desk", "/etc/passwd", "", "a" * 65, ".desk"])
def test_unknown_names(registry: GlossaryRegistry, name: str) -> None:
    with pytest.raises(
        InvalidRequest, match=r"there is no glossary .*: use one of newsroom, or add it"
    ):
        registry.get(name)


@pytest.mark.parametrize("name", ["../desk", "", "a b", ".desk"])
def test_bad_names(registry: GlossaryRegistry, name: str) -> None:
    with pytest.raises(InvalidRequest, match="is not a valid name for a glossary"):
        registry.add(name, DESK)


def test_a_bad_file_is_not_added(registry: GlossaryRegistry) -> None:
    with pytest.raises(InvalidGlossary):
        registry.add("desk", b"bupati\n")
    assert registry.names() == ["newsroom"]


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("desk", "there is no glossary 'desk' to remove: yours are none"),
        ("newsroom", "the glossary 'newsroom' ships with Kabar and cannot be removed"),
    ],
)
def test_glossaries_that_cannot_be_removed(
    registry: GlossaryRegistry, name: str, detail: str
) -> None:
    with pytest.raises(NotFound) as caught:
        registry.remove(name)
    assert caught.value.detail.startswith(detail)


@pytest.mark.parametrize("call", ["add", "names"])
def test_a_file_in_place_of_the_folder(tmp_path: Path, call: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    registry = GlossaryRegistry(tmp_path / "file")
    with pytest.raises(KabarError) as caught:
        registry.add("desk", DESK) if call == "add" else registry.names()
    assert type(caught.value) is (CannotWrite if call == "add" else CannotRead)
