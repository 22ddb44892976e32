"""`kabar translate` over many files and over files of rows."""

from __future__ import annotations

import io
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from commanding import CommandLine, Done
from converting import Bracketing
from making import make_docx, make_pdf, make_zip

from models.engine import DecodingOptions, Hypothesis
from service.cli.archive_output import duration
from service.cli.main import app


@pytest.fixture
def kabar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(Bracketing(), monkeypatch, capsys)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a folder `in` of files."""
    monkeypatch.chdir(tmp_path)
    files = {
        "in/a.txt": "Air surut.",
        "in/page.html": "<p>Air <b>surut</b>.</p>",
        "in/deep/rows.jsonl": '{"id": 1, "isi": "Air."}\n{"id": 2, "isi": "Surut."}\n',
        "in/rows.csv": "id,judul\n1,Air surut\n",
        "in/film.srt": "1\n00:00:01,000 --> 00:00:02,000\nAir surut.\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def results(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def events(done: Done, name: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in done.stderr.splitlines()]
    return [event for event in found if event["event"] == name]


def test_a_folder_keeps_its_formats(folder: Path, kabar: CommandLine) -> None:
    done = kabar("translate", "in", "-o", "out")
    assert done.code == 0, done.stderr
    assert results(folder / "out") == {
        "a.en.txt": "[Air] [surut.]\n",
        "deep/rows.en.jsonl": '{"id": 1, "isi": "[Air.]"}\n{"id": 2, "isi": "[Surut.]"}\n',
        "film.en.srt": "1\n00:00:01,000 --> 00:00:02,000\n[Air] [surut.]\n",
        "page.en.html": "<p>[Air] [<b>surut</b>.]</p>",
        "rows.en.csv": "id,judul\n1,[Air] [surut]\n",
    }
    assert "kabar: 5 files, 10 words in" in done.stderr
    assert not (folder / "out.errors.jsonl").exists()


def test_files_and_globs(folder: Path, kabar: CommandLine) -> None:
    done = kabar("translate", "in/a.txt", "in/**/*.jsonl", "-o", "out")
    assert done.code == 0, done.stderr
    assert list(results(folder / "out")) == ["a.en.txt", "rows.en.jsonl"]


def test_one_file_of_rows_into_a_file(folder: Path, kabar: CommandLine) -> None:
    done = kabar("translate", "in/rows.csv", "-o", "english.csv")
    assert done.code == 0, done.stderr
    assert (folder / "english.csv").read_text() == "id,judul\n1,[Air] [surut]\n"


def test_rows_on_standard_output(folder: Path, kabar: CommandLine) -> None:
    done = kabar("translate", "in/deep/rows.jsonl")
    assert (done.code, done.stdout) == (
        0, '{"id": 1, "isi": "[Air.]"}\n{"id": 2, "isi": "[Surut.]"}\n'
    )  # fmt: skip


def test_standard_input(folder: Path, kabar: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = io.TextIOWrapper(io.BytesIO(b'{"isi": "Air."}\n'))
    monkeypatch.setattr(sys, "stdin", rows)
    done = kabar("translate", "-", "--from", "jsonl", "-o", "out.jsonl")
    assert done.code == 0, done.stderr
    assert (folder / "out.jsonl").read_text() == '{"isi": "[Air.]"}\n'
    assert sorted(path.name for path in folder.iterdir()) == ["in", "out.jsonl"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x")))
    done = kabar("translate", "-", "--force", "-o", "out2.jsonl")
    assert done.code == 3
    assert "name it with --from" in done.stderr


def test_single_articles_stay_as_they_were(folder: Path, kabar: CommandLine) -> None:
    assert kabar("translate", "in/a.txt").stdout == "[Air] [surut.]\n"
    assert kabar("translate", "in/page.html").stdout == "[Air] [surut.]\n"
    assert kabar("translate", "in/page.html", "-o", "b.txt").code == 0
    assert (folder / "b.txt").read_text() == "[Air] [surut.]\n"
    assert kabar("translate", "in/page.html", "-o", "b.html").code == 0
    assert (folder / "b.html").read_text() == "<p>[Air] [<b>surut</b>.]</p>"


def test_articles_of_one_format_leave_no_file_out_silently(
    folder: Path, kabar: CommandLine
) -> None:
    done = kabar("translate", "in", "--format", "markdown", "-o", "out")
    assert done.code == 0
    assert list(results(folder / "out")) == ["a.en.md", "page.en.md"]
    assert "1 .srt file left out: use -o OUT without --format" in done.stderr
    for command in (["translate", "--format", "text"], ["summarize"], ["read"]):
        done = kabar(*command, "in/rows.csv")
        assert done.code == 3
        assert "in/rows.csv is no article: `kabar translate in/rows.csv -o OUT`" in done.stderr


def test_faults_do_not_stop_the_others(folder: Path, kabar: CommandLine) -> None:
    (folder / "in" / "bad.json").write_text("{")
    (folder / "in" / "empty.txt").write_text("")
    (folder / "in" / "deep" / "rows.jsonl").write_text('{"isi": "Air."}\nx\n{"isi": "Surut."}\n')
    for name in ("a.xlsx", "b.xlsx", "c.qqq"):
        (folder / "in" / name).write_text("x")
    done = kabar("translate", "in", "nowhere", "in/a.xlsx", "-o", "out")
    assert done.code == 3
    assert "2 .xlsx files left out: save the sheet as .csv" in done.stderr
    assert "1 .qqq file left out: Kabar reads .txt, " in done.stderr
    assert "nowhere: No input: there is no file or folder nowhere" in done.stderr
    assert "in/a.xlsx: The format is not known: Kabar does not read .xlsx files" in done.stderr
    assert "in/empty.txt: Nothing was translated: it has no text to translate" in done.stderr
    assert "kabar: 5 files, 4 failed, 1 bad row," in done.stderr
    assert (folder / "out/deep/rows.en.jsonl").read_text() == (
        '{"isi": "[Air.]"}\n{"isi": "[Surut.]"}\n'
    )
    rows = [json.loads(line) for line in (folder / "out.errors.jsonl").read_text().splitlines()]
    assert {(row["path"], row.get("row"), row["error"]) for row in rows} == {
        ("nowhere", None, "no-input"),
        ("in/a.xlsx", None, "unknown-format"),
        ("in/bad.json", None, "unreadable-file"),
        ("in/empty.txt", None, "nothing-translated"),
        ("in/deep/rows.jsonl", "row 2", "bad-row"),
    }
    assert next(row for row in rows if "row" in row)["content"] == "x"


def test_nothing_is_translated(folder: Path, kabar: CommandLine) -> None:
    (folder / "en.txt").write_text("The president arrived in the city of Surabaya on Tuesday.")
    (folder / "bad.jsonl").write_text('{"id": 1}\n')
    (folder / "figures.csv").write_text("judul\n1\n")
    done = kabar("translate", "en.txt", "bad.jsonl", "figures.csv", "-o", "out")
    assert done.code == 1
    assert "en.txt: Nothing was translated: its English is the same as its source" in done.stderr
    assert "bad.jsonl: Nothing was translated: none of its rows" in done.stderr
    assert "figures.csv: Nothing was translated: its English is the same" in done.stderr
    assert not (folder / "out").exists() or results(folder / "out") == {}


def test_nothing_is_overwritten_without_force(folder: Path, kabar: CommandLine) -> None:
    (folder / "out").mkdir()
    (folder / "out/a.en.txt").write_text("mine")
    done = kabar("translate", "in", "-o", "out")
    assert done.code == 3
    assert "out/a.en.txt exists: overwrite it with --force" in done.stderr
    assert (folder / "out/a.en.txt").read_text() == "mine"
    assert kabar("translate", "in", "-o", "out", "--force").code == 0
    assert (folder / "out/a.en.txt").read_text() == "[Air] [surut.]\n"


def test_a_resumed_run_leaves_finished_files(folder: Path, kabar: CommandLine) -> None:
    (folder / "in/bad.json").write_text("{")
    (folder / "in/rows.csv").write_text("id,judul\n1,Air\n2\n")
    assert kabar("translate", "in", "-o", "out").code == 3
    (folder / "in/bad.json").write_text('{"isi": "Air."}')
    (folder / "out/a.en.txt").write_text("kept")
    done = kabar("translate", "in", "-o", "out", "--resume")
    assert done.code == 0, done.stderr
    assert "kabar: 1 file, 5 done before" in done.stderr
    assert (folder / "out/a.en.txt").read_text() == "kept"
    rows = [json.loads(line) for line in (folder / "out.errors.jsonl").read_text().splitlines()]
    assert [(row["path"], row["row"]) for row in rows] == [("in/rows.csv", "row 2")]


def test_events(folder: Path, kabar: CommandLine) -> None:
    (folder / "in/rows.csv").write_text("id,judul\n1,Air surut\n2\n")
    done = kabar("translate", "in", "nowhere", "-o", "out", "--events")
    assert done.code == 3
    assert done.stdout == ""
    (start,), (end,) = events(done, "start"), events(done, "end")
    assert start["files"] == 5
    assert (end["files"], end["failed"], end["bad_rows"], end["code"]) == (5, 1, 1, 3)
    assert {event["path"]: event["words"] for event in events(done, "file_done")} == {
        "in/a.txt": 2, "in/page.html": 2, "in/deep/rows.jsonl": 2, "in/rows.csv": 2,
        "in/film.srt": 2,
    }  # fmt: skip
    assert events(done, "row_failed")[0]["row"] == "row 2"
    assert events(done, "file_failed")[0]["error"] == "no-input"


def test_quiet(folder: Path, kabar: CommandLine) -> None:
    done = kabar("translate", "in", "-o", "out", "--quiet")
    assert [line[:14] for line in done.stderr.splitlines()] == ["kabar: 5 files"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["in", "--format", "text", "--resume"], 2, "--format and --resume exclude each other"),
        (["in", "--lines", "--from", "csv"], 2, "--lines and --from exclude each other"),
        (["in/a.txt", "--from", "word", "-o", "x"], 3, "--from word is not a format"),
        (["in/rows.csv", "in/film.srt"], 2, "name a folder for the results"),
        (["in", "-o", "in/a.txt"], 5, "in/a.txt is a file: choose a folder"),
        (["in/rows.csv", "-o", "in/rows.csv"], 5, "is one of the inputs"),
        (["nowhere.csv", "-o", "x.csv"], 2, "there is no file or folder nowhere.csv"),
        (["-", "--resume", "--from", "csv", "-o", "x"], 2, "save it in a file first"),
        (["n*.csv", "-o", "x"], 2, "no file matches n*.csv"),
        (["in/rows.csv", "--fields", "isi", "-o", "x.csv"], 1, "no column 'isi'"),
    ],
)
def test_mistakes(
    arguments: list[str], code: int, said: str, folder: Path, kabar: CommandLine
) -> None:
    done = kabar("translate", *arguments)
    assert (done.code, said in done.stderr) == (code, True), done


def test_two_inputs_with_one_result(folder: Path, kabar: CommandLine) -> None:
    (folder / "in/deep/a.txt").write_text("Surut.")
    done = kabar("translate", "in/a.txt", "in/deep/a.txt", "-o", "out")
    assert done.code == 3
    assert "has the same result out/a.en.txt" in done.stderr
    assert results(folder / "out") == {"a.en.txt": "[Air] [surut.]\n"}


def test_a_file_that_two_arguments_name(folder: Path, kabar: CommandLine) -> None:
    done = kabar("translate", "in", "in/rows.csv", "in/*.csv", "-o", "out")
    assert (done.code, "5 files" in done.stderr) == (0, True), done.stderr


JAVANESE = (
    "Aku arep lunga menyang pasar karo ibuku amarga sesuk ana tamu saka kutha sing arep teka ing "
    "omahku. Bapak ora bisa melu amarga isih nyambut gawe ana ing sawah."
)


def test_text_in_another_language(folder: Path, kabar: CommandLine) -> None:
    (folder / "in/a.txt").write_text(JAVANESE)
    (folder / "in/deep/rows.jsonl").write_text(json.dumps({"isi": JAVANESE}) + "\n")
    done = kabar("translate", "in", "-o", "out")
    assert done.code == 0
    assert "in/a.txt: the text looks like Javanese, not Indonesian" in done.stderr
    assert "in/deep/rows.jsonl: rows that look like another language" in done.stderr
    done = kabar("translate", "in", "-o", "out2", "--strict-language")
    assert done.code == 3
    assert "in/a.txt: The text is not in Indonesian" in done.stderr
    assert "in/deep/rows.jsonl: row 1: the text looks like Javanese" in done.stderr


def test_flags_with_strict(folder: Path, kabar: CommandLine) -> None:
    (folder / "in/a.txt").write_text("Air LOOP surut.")
    done = kabar("translate", "in", "-o", "out", "--strict")
    assert done.code == 7
    assert "1 sentence with flags" in done.stderr


class Failing(Bracketing):
    """Fails on some sentences, again and again."""

    def translate(self, sources: Any, options: DecodingOptions) -> list[Hypothesis]:
        if any("gagal" in source for source in sources):
            raise RuntimeError("out of order")
        return super().translate(sources, options)


def test_a_row_that_the_engine_cannot_translate(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = '{"isi": "Air."}\n{"isi": "Mesin gagal. Air."}\n{"isi": "gagal"}\n{"isi": "Surut."}\n'
    (folder / "a.jsonl").write_text(rows)
    done = CommandLine(Failing(), monkeypatch, capsys)("translate", "a.jsonl", "-o", "b.jsonl")
    assert done.code == 3
    assert (folder / "b.jsonl").read_text() == '{"isi": "[Air.]"}\n{"isi": "[Surut.]"}\n'
    errors = [
        json.loads(one) for one in (folder / "b.jsonl.errors.jsonl").read_text().split("\n") if one
    ]
    assert [(one["row"], one["error"], one["content"]) for one in errors] == [
        ("row 2", "engine-failed", "Mesin gagal. Air."),
        ("row 3", "engine-failed", "gagal"),
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(4.4, "4 s"), (170, "3 min"), (7_500, "2 h 05 min"), (270_000, "3 d 3 h")],
)
def test_time_left(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_both_sides(folder: Path, kabar: CommandLine) -> None:
    assert kabar("translate", "in", "-o", "out", "--bilingual").code == 0
    assert results(folder / "out")["a.en.txt"] == "Air surut.\n[Air] [surut.]\n"
    assert results(folder / "out")["rows.en.csv"] == (
        "id,judul,judul_en\n1,Air surut,[Air] [surut]\n"
    )


def test_summaries(folder: Path, kabar: CommandLine) -> None:
    text = "Banjir merendam rumah warga di Demak. Air mulai surut pada Selasa pagi di desa itu."
    (folder / "in/a.txt").write_text(text)
    (folder / "in/deep/rows.jsonl").write_text(json.dumps({"isi": text}) + "\n")
    (folder / "in/rows.csv").write_text(f"isi\n{text}\n")
    assert kabar("translate", "in", "-o", "out", "--summaries").code == 0
    bullets = [
        "[Banjir] [merendam] [rumah] [warga] [di] [Demak.]",
        "[Air] [mulai] [surut] [pada] [Selasa] [pagi] [di] [desa] [itu.]",
    ]
    found = results(folder / "out")
    assert sorted(json.loads(found["deep/rows.en.jsonl"])["bullets"]) == sorted(bullets)
    assert found["rows.en.csv"].startswith("isi,bullets\n")
    assert sorted(found["a.en.bullets.md"].splitlines()) == sorted(f"- {one}" for one in bullets)
    assert "film.en.bullets.md" not in found


def test_dry_run(folder: Path, kabar: CommandLine) -> None:
    assert kabar("translate", "in/a.txt", "-o", "out").code == 0
    done = kabar("translate", "in", "--dry-run", "--events")
    assert done.code == 0, done.stderr
    (counts,) = events(done, "dry_run")
    assert (counts["files"], counts["words"], counts["sentences"]) == (5, 10, 6)
    assert counts["cached"] == 3
    assert counts["seconds"] is not None
    assert not (folder / "english").exists()
    (folder / "in/bad.json").write_text("{")
    done = kabar("translate", "in", "--dry-run")
    assert done.code == 3
    assert "kabar: 5 files, 1 failed, 10 words, 6 sentences, 6 of them cached; no time" in (
        done.stderr
    )


def test_report(folder: Path, kabar: CommandLine) -> None:
    (folder / "in/a.txt").write_text("Air LOOP <b> surut.")
    done = kabar("translate", "in", "nowhere", "-o", "out", "--report", "report.html")
    assert done.code == 3
    page = (folder / "report.html").read_text()
    assert '<th scope="row">Files translated</th><td class="n">5</td>' in page
    assert '<th scope="row">Files failed</th><td class="n">1</td>' in page
    assert "Air LOOP &lt;b&gt; surut." in page
    assert '<th scope="row">loop</th>' in page
    assert "<script" not in page
    done = kabar("translate", "in", "-o", "out2", "--report", "report.html")
    assert done.code == 5
    assert "report.html exists: overwrite it with --force" in done.stderr


def test_bad_files_of_every_format_do_not_stop_the_others(folder: Path, kabar: CommandLine) -> None:
    make_zip(folder / "in/bomb.docx", {"word/document.xml": b"\0" * 100_000_000})
    for name in ("a.docx", "b.pptx", "c.odt", "d.epub", "e.parquet", "f.pdf", "g.xliff", "h.po"):
        (folder / "in" / name).write_bytes(b"PK\x03\x04 cut off")
    done = kabar("translate", "in", "-o", "out")
    assert done.code == 3
    assert "kabar: 5 files, 9 failed" in done.stderr
    assert "in/bomb.docx: The file cannot be read: it would unpack to 100 MB" in done.stderr
    for name in ("a.docx", "b.pptx", "c.odt", "d.epub", "e.parquet", "f.pdf", "g.xliff", "h.po"):
        assert f"kabar: in/{name}: " in done.stderr


def examples(*names: str) -> list[list[str]]:
    """Return the arguments of every example in the help of a command."""
    command: Any = typer.main.get_command(app)
    for name in names:
        command = command.commands[name]
    found = [line for line in command.epilog.split("\n") if line]
    return [shlex.split(line.removeprefix("Example: kabar ")) for line in found]


@pytest.mark.parametrize(
    "names", [("translate",), ("cache", "stats"), ("cache", "clear")], ids=" ".join
)
def test_examples_in_the_help(names: tuple[str, ...], folder: Path, kabar: CommandLine) -> None:
    (folder / "article.txt").write_text("Air surut.")
    (folder / "in").rename(folder / "archive")
    (folder / "more").mkdir()
    make_docx(folder / "more/a.docx", "<w:p><w:r><w:t>Air surut.</w:t></w:r></w:p>")
    for arguments in examples(*names):
        done = kabar(*arguments)
        assert done.code == 0, done.stderr


def test_pdf(folder: Path, kabar: CommandLine) -> None:
    make_pdf(folder / "in/a.pdf", [["Air surut di desa."]])
    assert kabar("translate", "in/a.pdf", "-o", "out").code == 0
    assert "[Air] [surut] [di] [desa.]" in (folder / "out/a.en.html").read_text()
    assert kabar("translate", "in/a.pdf", "-o", "out", "--to", "docx").code == 0
    assert (folder / "out/a.en.docx").exists()
    done = kabar("translate", "in/a.txt", "-o", "out", "--to", "docx")
    assert "a file of the format txt is written in its own format" in done.stderr
    assert "name a file for its English" in kabar("translate", "in/a.pdf").stderr
