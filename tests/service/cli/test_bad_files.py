"""Bad and odd files on the command line: a clear answer in bounded time.

Bounds count the time of this process only, without other work on the machine. They are at least
five times the measured time.
"""

import time
from pathlib import Path

import pytest
from bad_input import PNG, WORDS, RealisticEngine, zipped
from commanding import CommandLine, Done
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Seconds for megabytes.
MEGABYTE_SECONDS = 400.0


@pytest.fixture
def engine() -> RealisticEngine:
    return RealisticEngine()


@pytest.fixture
def kabar(
    engine: RealisticEngine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    return CommandLine(engine, monkeypatch, capsys)


def run(kabar: CommandLine, *arguments: str) -> Done:
    began = time.process_time()
    done = kabar(*arguments)
    assert time.process_time() - began < MEGABYTE_SECONDS
    return done


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped(), "this looks like a zip archive, not text"),
        (PNG, "this looks like a PNG image, not text"),
        (b"Air surut.\x00 Warga pulang.", "byte 0x00 at offset 10"),
        (b"\x00" * 1000, "binary file"),
        (bytes(range(256)) * 40, "binary file"),
        (b"Air \xed\xa0\x80 surut.", "byte 0xed at offset 4"),
        ("Air surut.".encode("utf-32"), "UTF-32"),
        (b"\xff\xfeA", "not valid UTF-16"),
    ],
)
@pytest.mark.parametrize("command", [["translate"], ["summarize"], ["translate", "--lines"]])
def test_a_file_that_is_not_text(
    command: list[str], data: bytes, message: str, kabar: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "berita.txt"
    file.write_bytes(data)
    done = run(kabar, *command, str(file))
    assert (done.code, done.stdout) == (3, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8-sig", "utf-16"])
def test_files_in_utf16_and_with_a_byte_order_mark(
    encoding: str, kabar: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "berita.txt"
    file.write_bytes("Air surut.\r\n\r\nWarga pulang.".encode(encoding))
    done = run(kabar, "translate", str(file))
    assert (done.code, done.stdout) == (0, "[Air] [surut.]\n\n[Warga] [pulang.]\n")


@pytest.mark.parametrize("text", ["", " \n\t ", "?!...", "ADVERTISEMENT"])
def test_a_file_with_nothing_in_it(text: str, kabar: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "berita.txt"
    file.write_text(text, encoding="utf-8")
    assert run(kabar, "translate", str(file)).code == 0
    assert run(kabar, "summarize", str(file)).code == 0


def test_ten_megabytes_without_a_space(
    engine: RealisticEngine, kabar: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "max_source_tokens", 10_000_000)
    file = tmp_path / "berita.txt"
    file.write_text("a" * 10_000_000, encoding="utf-8")
    done = run(kabar, "translate", str(file))
    assert (done.code, done.stdout) == (0, "[" + "a" * 10_000_000 + "]\n")


def test_half_a_megabyte_without_a_space_goes_to_the_model_in_parts(
    engine: RealisticEngine, kabar: CommandLine, tmp_path: Path
) -> None:
    text = "".join(WORDS) * 50
    file = tmp_path / "berita.txt"
    file.write_text(text, encoding="utf-8")
    done = run(kabar, "translate", str(file))
    assert done.code == 0
    assert "".join(done.stdout.split("] [")) == f"[{text}]\n"
    assert len(engine.asked) > 20
    assert max(engine.count_tokens(engine.asked)) <= 400


@pytest.mark.parametrize("unit", ['"', "(", "."])
def test_a_megabyte_of_one_character(unit: str, kabar: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "berita.txt"
    file.write_text(unit * (1_000_000 // len(unit)), encoding="utf-8")
    done = run(kabar, "translate", str(file))
    assert done.code == 0
    assert len(done.stdout) >= 999_999


def test_thirty_thousand_lines_of_one_word(kabar: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "berita.txt"
    file.write_text("\n".join(WORDS * 15), encoding="utf-8")
    done = run(kabar, "translate", str(file))
    assert done.code == 0
    assert done.stdout.count("[") == 30_000
    file.write_text("\n".join(WORDS), encoding="utf-8")
    done = run(kabar, "translate", "--lines", str(file), "--glossary", "none")
    assert done.code == 0
    assert done.stdout.splitlines() == [f"[{word}]" for word in WORDS]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(max_size=300))
def test_any_file_is_translated_or_refused(kabar: CommandLine, tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "berita.txt"
    file.write_bytes(data)
    done = run(kabar, "translate", "--no-cache", str(file))
    assert done.code in (0, 3)
