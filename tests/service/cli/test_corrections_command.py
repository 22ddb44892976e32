"""`kabar memory …` in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from commanding import CommandLine
from naughty import NaughtyEngine

from service.corrections.store import CorrectionStore


@pytest.fixture
def kabar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KABAR_DATA_DIR", str(tmp_path / "data"))
    return CommandLine(NaughtyEngine(), monkeypatch, capsys)


def id_of(printed: str) -> str:
    return printed.partition(":")[0]


def test_a_correction_applies_until_it_is_withdrawn(kabar: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Warga mengungsi. Air surut.\n")
    assert kabar("translate", "a.txt").stdout == "[Warga] [mengungsi.] [Air] [surut.]\n"
    added = kabar("memory", "add", "Air surut.", "The water is receding.", "--author", "Rina")
    assert added.stdout.endswith(": added; it applies from now on\n")
    assert kabar("translate", "a.txt").stdout == "[Warga] [mengungsi.] The water is receding.\n"
    assert kabar("translate", "--lines", "a.txt").stdout == (
        "[Warga] [mengungsi.] The water is receding.\n"
    )
    listed = kabar("memory", "list").stdout
    assert id_of(added.stdout) in listed
    assert "Rina" in listed
    withdrawn = kabar("memory", "withdraw", id_of(added.stdout), "--author", "Budi")
    assert withdrawn.stdout.endswith(": withdrawn; it no longer applies\n")
    assert kabar("translate", "a.txt").stdout == "[Warga] [mengungsi.] [Air] [surut.]\n"
    assert "(withdrawn)" in kabar("memory", "list").stdout


def test_corrections_apply_to_bullets(kabar: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Banjir merendam 1.240 rumah warga sejak Senin malam.\n")
    kabar("memory", "add", "Banjir merendam 1.240 rumah warga sejak Senin malam.", "Flood.")
    assert kabar("summarize", "a.txt", "--bullets", "1").stdout == "- Flood.\n"
    assert "Banjir" in kabar("summarize", "a.txt", "--language", "id").stdout


def test_without_corrections(kabar: CommandLine) -> None:
    assert kabar("memory", "list").stdout == "there are no corrections\n"
    assert kabar("memory", "terms").stdout == "source,target,note\n"
    assert kabar("memory", "export", "out.tmx").stdout == "out.tmx: 0 corrections\n"


def test_export_and_import(kabar: CommandLine, tmp_path: Path) -> None:
    kabar("memory", "add", "Air surut.", "The water is receding.", "--author", "Rina")
    assert kabar("memory", "export", "out.tmx").stdout == "out.tmx: 1 correction\n"
    again = kabar("memory", "import", "out.tmx")
    assert again.stdout == "out.tmx: 0 new, 1 existing\n"
    elsewhere = str(tmp_path / "elsewhere")
    moved = kabar("memory", "import", "out.tmx", "--data-dir", elsewhere)
    assert moved.stdout == "out.tmx: 1 new, 0 existing\n"
    (here,) = CorrectionStore(tmp_path / "data" / "memory.sqlite3").all()
    (there,) = CorrectionStore(tmp_path / "elsewhere" / "memory.sqlite3").all()
    assert here == there


def test_nothing_of_a_broken_file_is_imported(kabar: CommandLine, tmp_path: Path) -> None:
    for n in range(1500):
        CorrectionStore(tmp_path / "data" / "memory.sqlite3").add(f"Air {n}.", "Water.", "Rina")
    kabar("memory", "export", "out.tmx")
    whole = (tmp_path / "out.tmx").read_bytes()
    (tmp_path / "cut.tmx").write_bytes(whole[:-40])
    done = kabar("memory", "import", "cut.tmx", "--data-dir", "other")
    assert done.code == 3
    assert "is not TMX, or breaks off" in done.stderr
    assert kabar("memory", "list", "--data-dir", "other").stdout == "there are no corrections\n"


def test_omitted_units_are_named(kabar: CommandLine, tmp_path: Path) -> None:
    units = "".join(
        f'<tu tuid="{n}"><tuv xml:lang="id"><seg>Air.</seg></tuv></tu>' for n in range(7)
    )
    (tmp_path / "x.tmx").write_text(f'<tmx version="1.4"><header/><body>{units}</body></tmx>')
    done = kabar("memory", "import", "x.tmx")
    assert done.stderr.splitlines() == [
        *(f"kabar: skipped: {n}: it has no en" for n in range(5)),
        "kabar: skipped: 2 more",
    ]
    assert done.stdout == "x.tmx: 0 new, 0 existing\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("withdraw", "cor_1"), 2, "there is no correction cor_1"),
        (("add", "Air.", " "), 2, "the target of a correction is empty"),
        (("import", "none.tmx"), 3, "none.tmx cannot be read: No such file or directory"),
        (("export", "/dev/null/x.tmx"), 5, "cannot be written"),
    ],
)
def test_errors(kabar: CommandLine, arguments: tuple[str, ...], code: int, message: str) -> None:
    done = kabar("memory", *arguments)
    assert done.code == code
    assert message in done.stderr


def test_terms_for_a_glossary(kabar: CommandLine, tmp_path: Path) -> None:
    store = CorrectionStore(tmp_path / "data" / "memory.sqlite3")
    for n in range(2):
        store.add(
            "Mahkamah Konstitusi menolak gugatan itu.",
            "The Constitutional Court rejected the lawsuit.",
            f"R{n}",
            machine="The Constitutional Council rejected the lawsuit.",
        )
    assert kabar("memory", "terms").stdout == (
        "source,target,note\n"
        'Mahkamah Konstitusi,Constitutional Court,"2 times, instead of: Constitutional Council"\n'
    )
