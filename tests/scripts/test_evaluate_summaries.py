"""ROUGE of extracts that are small enough to count by hand, and the table."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from scripts.evaluate_summaries import (
    Document,
    InputError,
    app,
    lead,
    markdown,
    read_documents,
    rouge,
    sumy_choosers,
)

if TYPE_CHECKING:
    from pathlib import Path

LINES = [
    '{"article": "Air naik. Warga pergi.\\nAir surut.", "bullets": ["Air surut."]}',
    '{"article": "Beras mahal.", "summary_sents": ["Beras naik lagi."]}',
]
DOCUMENTS = [
    Document(["Air naik.", "Warga pergi.", "Air surut."], [0, 0, 1], ["Air surut."]),
    Document(["Beras mahal."], [0], ["Beras naik lagi."]),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def test_documents_are_read() -> None:
    assert read_documents(LINES) == DOCUMENTS


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"article": "Air."}', '{"article": 3, "bullets": []}']
)
def test_a_line_without_a_document_is_named(line: str) -> None:
    with pytest.raises(InputError, match="line 2: "):
        read_documents([LINES[0], line])


def test_rouge_by_hand() -> None:
    scores = rouge(DOCUMENTS, [[0, 2], [0]])
    # First document, precision and recall: 2/4 and 2/2 words, 1/3 and 1/1 pairs; second: 1/2, 1/3.
    assert scores[0] == pytest.approx([200 / 3, 50, 200 / 3])
    assert scores[1] == pytest.approx([40, 0, 40])


def test_lead_is_no_longer_than_the_article() -> None:
    assert [list(lead(document, 2)) for document in DOCUMENTS] == [[0, 1], [0]]


def test_a_row_has_means_with_intervals() -> None:
    table = markdown({"ours": np.array([[10.0, 20.0, 30.0]] * 4)})
    assert table.splitlines()[-1] == (
        "| ours | 10.0 [10.0, 10.0] | 20.0 [20.0, 20.0] | 30.0 [30.0, 30.0] |"
    )


def test_the_table_compares_kabar_with_lead(file: Path) -> None:
    result = CliRunner().invoke(app, [str(file), "--count", "1", "--without-sumy"])
    assert result.exit_code == 0
    systems = [row.split(" | ")[0] for row in result.stdout.splitlines() if row.startswith("| ")]
    assert systems == ["| system", "| lead-1", "| extractive", "| extractive - lead-1"]
    assert "extractive 2" in result.stdout


def test_without_sumy_the_extra_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sumy", None)
    result = CliRunner().invoke(app, [str(file)])
    assert result.exit_code == 2
    assert "pip install 'kabar[evaluate]'" in result.stderr


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path / "none.jsonl")])
    assert result.exit_code == 2
    assert "none.jsonl" in result.stderr


def test_ranks_of_sumy_choose_among_our_sentences() -> None:
    pytest.importorskip("sumy")
    flood = "Banjir merendam rumah warga Demak."
    document = Document([flood, "Lomba ditunda.", flood, "Banjir di Demak surut."], [0] * 4, [])
    chosen = {name: choose(document, 2) for name, choose in sumy_choosers().items()}
    # LexRank chooses a sentence that resembles no other.
    assert chosen == {"LexRank": [0, 1], "TextRank": [0, 2]}
