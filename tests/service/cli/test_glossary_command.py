"""`kabar glossary …` in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import KabarError
from service.cli import glossary as glossary_commands
from service.errors import CannotRead, InvalidRequest, NotFound
from service.glossary.terms import InvalidGlossary
from service.settings import Settings, load_settings


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path / "data")


@pytest.fixture
def terms(tmp_path: Path) -> Path:
    path = tmp_path / "rawa.csv"
    path.write_text(
        "source,target,note\nrawa gambut,peat swamp,land\nBPG,the Peat Agency|BPG,agency\n"
    )
    return path


def test_add_list_and_remove(
    config: Settings, terms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glossary_commands.add_glossary(config, terms, None)
    assert capsys.readouterr().out == "rawa: added 2 terms; they apply from now on\n"
    glossary_commands.add_glossary(config, terms, "other")
    glossary_commands.list_glossaries(config)
    rows = [line.split()[:2] for line in capsys.readouterr().out.splitlines()[2:]]
    assert rows[1:] == [["other", "2"], ["rawa", "2"]]
    assert rows[0][0] == "newsroom"
    glossary_commands.remove_glossary(config, "rawa")
    assert capsys.readouterr().out == "rawa: removed; it no longer applies\n"
    with pytest.raises(NotFound):
        glossary_commands.remove_glossary(config, "rawa")


def test_check_a_glossary(
    config: Settings, terms: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glossary_commands.check(config, terms)
    assert capsys.readouterr().out == (
        f"{terms}: 2 terms, no errors\n"
        "acronyms that stay in English, explained at their first mention: 1\n"
    )


def test_check_an_article(
    config: Settings, terms: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    article = tmp_path / "article.txt"
    article.write_text("Rawa gambut mengering.\n\nMenurut BPG, rawa gambutnya luas.\n")
    glossary_commands.check(config.model_copy(update={"glossary": str(terms)}), article)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["count", "term", "English", "note"],
        ["2", "rawa", "gambut", "peat", "swamp", "land"],
        ["1", "BPG", "Peat", "Agency", "|", "BPG", "agency"],
    ]
    article.write_text("Air surut.")
    glossary_commands.check(config.model_copy(update={"glossary": str(terms)}), article)
    assert capsys.readouterr().out == f"{article}: contains none of 2 terms\n"


@pytest.mark.parametrize(
    ("name", "content", "error", "detail"),
    [
        (
            "bad.csv",
            b"source,target\n,x\n",
            InvalidGlossary,
            "bad.csv, line 2: the source is empty",
        ),
        ("gone.csv", None, CannotRead, "gone.csv cannot be read: No such file or directory"),
        (
            "a b.csv",
            b"source,target\nx,y\n",
            InvalidRequest,
            "'a b' is not a valid name for a glossary",
        ),
    ],
)
def test_errors(
    config: Settings,
    tmp_path: Path,
    name: str,
    content: bytes | None,
    error: type[KabarError],
    detail: str,
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(error) as caught:
        glossary_commands.add_glossary(config, tmp_path / name, None)
    assert detail in caught.value.detail
