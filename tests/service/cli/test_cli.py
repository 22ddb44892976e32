"""`kabar` as a user types it, in a separate process, with the real model."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from paths import SAMPLE

from models.catalogue import find_model
from models.load import packed_format
from models.store import ModelStore


def kabar(
    *arguments: str,
    data_dir: Path,
    stdin: bytes = b"",
    cwd: Path | None = None,
    stdout: int = subprocess.PIPE,
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [Path(sys.executable).parent / "kabar", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        input=stdin,
        env={**os.environ, "KABAR_DATA_DIR": str(data_dir)},
        cwd=cwd,
        timeout=300,
    )


def message(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the text on standard error, which is never a traceback."""
    text = done.stderr.decode()
    assert "Traceback" not in text
    return text


def test_help_names_every_command_and_is_fast(data_dir: Path) -> None:
    began = time.perf_counter()
    done = kabar("--help", data_dir=data_dir)
    seconds = time.perf_counter() - began
    assert done.returncode == 0
    for command in (b"translate", b"summarize", b"read", b"serve", b"keys", b"models", b"doctor"):
        assert command in done.stdout
    assert seconds < 2  # 0.1 s on an idle machine; docs have the measurement


@pytest.mark.parametrize(
    "command",
    [
        "translate",
        "summarize",
        "read",
        "serve",
        "doctor",
        "models list",
        "models build",
        "models verify",
        "cache stats",
        "cache clear",
    ],
)
def test_every_command_has_help_with_an_example(command: str, data_dir: Path) -> None:
    done = kabar(*command.split(), "--help", data_dir=data_dir)
    assert done.returncode == 0
    assert f"Example: kabar {command}".encode() in done.stdout


def test_the_sample_article(data_dir: Path) -> None:
    text = kabar("translate", str(SAMPLE), data_dir=data_dir)
    assert text.returncode == 0
    english = text.stdout.decode()
    assert len(english.split("\n\n")) == 13  # headline, photo line, 11 paragraphs
    assert "BOJONEGORO, WARTASENJA.com - " in english
    assert "Baca Juga" not in english
    # Rounding to eight bits differs between processors, so one of them may be missing.
    figures = ("12,400", "65", "1.5 trillion", "350 million", "23", "12.5", "February 25, 2025")
    assert sum(figure in english for figure in figures) >= 6
    assert "set aside as page furniture: Baca Juga: Tiga Cara" in message(text)

    done = kabar("translate", str(SAMPLE), "--format", "json", data_dir=data_dir)
    body = json.loads(done.stdout)
    assert body["text"] == english.rstrip("\n")
    assert body["cached"] is True
    assert body["furniture"] == [
        {
            "id": "b8",
            "source": "Baca Juga: Tiga Cara Menyelamatkan Dokumen Penting Saat Banjir",
        }
    ]
    source = SAMPLE.read_text(encoding="utf-8")
    for block in body["blocks"]:
        assert block["source"] in source
        for sentence in block["sentences"]:
            assert block["source"][sentence["start"] : sentence["end"]] == sentence["source"]
            assert sentence["target"]
    assert body["report"]["sentences_translated"] == 0
    # tests/service/translation/test_pipeline.py measures the speed, alone on the machine.
    assert body["timings"]["total"] < 2

    done = kabar("summarize", str(SAMPLE), "--bullets", "3", "--format", "json", data_dir=data_dir)
    summary = json.loads(done.stdout)
    sentences = {s["id"]: s for block in body["blocks"] for s in block["sentences"]}
    assert len(summary["bullets"]) == 3
    for bullet in summary["bullets"]:
        assert [sentences[i]["source"] for i in bullet["sources"]] == bullet["source_text"]
        target, *_ = bullet["target_text"]
        assert target == sentences[bullet["sources"][0]]["target"]


def test_lines_in_lines_out(data_dir: Path, tmp_path: Path) -> None:
    source = "Presiden tiba.\n\nAir surut. Warga pulang.\r\n😀\nEnd".encode()
    out = tmp_path / "out.txt"
    done = kabar("translate", "--lines", "-", "-o", str(out), data_dir=data_dir, stdin=source)
    assert done.returncode == 0, message(done)
    lines = out.read_bytes().split(b"\n")
    assert len(lines) == 6
    assert lines[1] == b""
    assert lines[3] == "😀".encode()
    assert lines[5] == b""
    assert all(lines[n] for n in (0, 2, 4))


def test_files_and_folders(data_dir: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text("Presiden tiba.", encoding="utf-8")
    (folder / "b.txt").write_text("Air surut.", encoding="utf-16")
    (folder / "c.txt").write_bytes(b"\x00\x01\x02binary")
    (folder / "d.pdf").write_bytes(b"not read")
    out = tmp_path / "out"
    done = kabar("translate", str(tmp_path / "in"), "-o", str(out), data_dir=data_dir)
    assert done.returncode == 3
    assert "c.txt" in message(done)
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*.txt")) == [
        "a.en.txt",
        "deep/b.en.txt",
    ]
    assert (out / "deep" / "b.en.txt").read_text().strip()

    done = kabar("translate", str(tmp_path / "in"), "--format", "json", data_dir=data_dir)
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert [Path(row["path"]).name for row in rows] == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (b"", 0, "there is nothing to translate: the text is empty"),
        (b"ADVERTISEMENT\n\n(rin/bud)\n", 0, "every line is page furniture"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", 3, "PNG"),
        (b"Presiden tiba \xff\x81\x8d\x8f di Surabaya", 3, "byte 0xff at offset 14"),
    ],
    ids=["empty", "furniture", "binary", "encoding"],
)
def test_files_with_nothing_to_translate(
    content: bytes, code: int, said: str, data_dir: Path, tmp_path: Path
) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(content)
    done = kabar("translate", str(path), data_dir=data_dir)
    assert done.returncode == code
    assert said in message(done)
    assert done.stdout == b""


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_other_encodings_are_recognized(encoding: str, data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes("“Kami siap,” kata Budi.".encode(encoding))
    done = kabar("translate", str(path), "--format", "json", data_dir=data_dir)
    assert json.loads(done.stdout)["blocks"][0]["source"] == "“Kami siap,” kata Budi."


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["translate", "nowhere.txt"], 2, "there is no file or folder nowhere.txt"),
        (["translate", "."], 2, "has no articles"),
        (["translate", "--lines", "."], 2, "is a folder"),
        (["translate", "-", "--format", "pdf"], 2, "choose text or html or markdown or json"),
        (["translate", "-", "--model", "kabar-id-em"], 2, "did you mean kabar-id-en"),
        (["translate", "-", "--engine", "steam"], 2, "engine = 'steam' on the command line"),
        (["translate", "-", "--device", "cuda"], 2, "CUDA was requested and"),
        (["translate", "-", "--beam", "0"], 2, "beam = 0 on the command line"),
        (["summarize", "-", "--language", "fr"], 2, "choose en or id or both"),
        (["summarize", "-", "--bullets", "9"], 2, "--bullets"),
        (["translate"], 2, "PATHS"),
        (["translate", "--fast", "-"], 2, "--fast"),
    ],
)
def test_mistakes_on_the_command_line(
    arguments: list[str], code: int, said: str, data_dir: Path, tmp_path: Path
) -> None:
    done = kabar(*arguments, data_dir=data_dir, cwd=tmp_path)
    assert done.returncode == code
    assert said in message(done)
    assert done.stdout == b""


def test_output_that_cannot_be_written(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = kabar(
        "translate", "-", "-o", str(tmp_path / "file" / "x.txt"), data_dir=data_dir, stdin=b"Air."
    )
    assert done.returncode == 5
    assert "cannot be written" in message(done)


def test_an_unwritable_cache_fails_no_command(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(data_dir / "models")
    (tmp_path / "cache.sqlite3").mkdir()
    done = kabar("translate", "-", data_dir=tmp_path, stdin=b"Presiden tiba.")
    assert done.returncode == 0
    assert done.stdout.strip()
    assert "goes on without it" in message(done)


def test_english_and_emoji_lose_nothing(data_dir: Path) -> None:
    done = kabar("translate", "-", "--format", "json", data_dir=data_dir, stdin=(
        "The president arrived in Surabaya on Tuesday.\n\n😀🎉\n\nPresiden 😀 tiba."
    ).encode())  # fmt: skip
    blocks = json.loads(done.stdout)["blocks"]
    assert len(blocks) == 3
    assert all(block["target"] for block in blocks)
    assert blocks[1]["target"] == "😀🎉"


def test_the_same_input_twice_without_the_cache_is_the_same(data_dir: Path) -> None:
    text = b"Presiden tiba di Surabaya. Harga beras naik 12,5 persen. Warga mengungsi."
    runs = [
        kabar("translate", "-", "--no-cache", data_dir=data_dir, stdin=text).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1] != b""


def test_a_reader_that_stops_causes_no_traceback(data_dir: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = kabar("translate", str(SAMPLE), data_dir=data_dir, stdout=write)
    os.close(write)
    assert done.returncode == 1
    assert "Exception" not in message(done)


@pytest.mark.parametrize("options", [[], ["--lines"]], ids=["article", "lines"])
def test_a_full_disk_behind_standard_output(options: list[str], data_dir: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = kabar(
            "translate", *options, "-", data_dir=data_dir, stdin=b"Air.", stdout=full.fileno()
        )
    assert done.returncode == 5
    assert "standard output: No space left on device" in message(done)


def test_the_progress_bar_leaves_the_output_alone(data_dir: Path, tmp_path: Path) -> None:
    """Standard error is a terminal with a progress bar; the output is a file."""
    master, slave = os.openpty()
    out = tmp_path / "out.txt"
    with out.open("wb") as file:
        process = subprocess.Popen(
            [Path(sys.executable).parent / "kabar", "translate", "-", "--no-cache"],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=slave,
            env={**os.environ, "KABAR_DATA_DIR": str(data_dir), "TERM": "xterm"},
        )
        process.communicate(b"Presiden tiba di Surabaya.", timeout=120)
    os.close(slave)
    os.close(master)
    assert process.returncode == 0
    assert "Surabaya" in out.read_text()


def test_an_input_is_never_overwritten(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Presiden tiba.")
    done = kabar("translate", str(path), "-o", str(path), data_dir=data_dir)
    assert done.returncode == 5
    assert "is one of the inputs" in message(done)
    assert path.read_text() == "Presiden tiba."


def test_results_are_not_read_as_inputs(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Presiden tiba.")
    for _ in range(2):
        done = kabar("translate", str(tmp_path), "-o", str(tmp_path), "--force", data_dir=data_dir)
        assert done.returncode == 0, message(done)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.en.txt", "a.txt"]


def test_models_and_doctor(data_dir: Path) -> None:
    listed = kabar("models", "list", data_dir=data_dir)
    assert b"kabar-id-en" in listed.stdout
    assert b"opus-mt-id-en" in listed.stdout
    verified = kabar("models", "verify", data_dir=data_dir)
    assert b"every sha256 is correct" in verified.stdout
    doctor = kabar("doctor", data_dir=data_dir)
    assert doctor.returncode == 0, message(doctor)
    assert b"PROBLEM" not in doctor.stdout


def test_a_damaged_model_is_found_and_built_again(data_dir: Path, tmp_path: Path) -> None:
    built = ModelStore(data_dir / "models").ensure(find_model("kabar-id-en"), packed_format())
    copy = tmp_path / "models" / "kabar-id-en" / built.name
    copy.mkdir(parents=True)
    for path in built.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    with (copy / "packed.safetensors").open("r+b") as file:
        file.seek(70_000_000)
        file.write(b"damaged")
    done = kabar("models", "verify", data_dir=tmp_path)
    assert done.returncode == 4
    assert "packed.safetensors is damaged" in message(done)
    assert kabar("models", "build", "--force", data_dir=tmp_path).returncode == 0
    assert kabar("models", "verify", data_dir=tmp_path).returncode == 0


def test_ctrl_c_says_what_is_kept(models_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(models_dir)
    article = tmp_path / "long.txt"
    sentence = "Banjir merendam {} rumah warga di Demak setelah hujan deras mengguyur kota itu."
    article.write_text("\n\n".join(sentence.format(number) for number in range(2, 1500)))
    process = subprocess.Popen(
        [Path(sys.executable).parent / "kabar", "translate", article, "-o", tmp_path / "out.txt"],
        stderr=subprocess.PIPE,
        env={**os.environ, "KABAR_DATA_DIR": str(tmp_path)},
    )
    cache = tmp_path / "cache.sqlite3"
    for _ in range(1200):
        if process.poll() is not None or (
            cache.exists() and b"Demak" in cache.read_bytes() + _log_of(cache)
        ):
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 130, errors
    assert errors.decode().endswith(
        "kabar: interrupted; the same command continues: the sentences done so far are in the "
        "cache\n"
    )
    assert not (tmp_path / "out.txt").exists()


def _log_of(database: Path) -> bytes:
    """Return the write-ahead log of a database, if there is one."""
    path = database.with_name(f"{database.name}-wal")
    return path.read_bytes() if path.exists() else b""
