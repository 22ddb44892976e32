"""The journal of rows: what a crash leaves is used, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.batch.journal import Journal, JournalHeader
from service.errors import CannotWrite

HEADER = JournalHeader(10, 20, "options")


def test_rows_of_an_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / ".out.journal"
    first = Journal(path, HEADER, resume=False)
    first.append({"n": 1})
    first.append({"n": 2})
    first.close()
    with path.open("ab") as file:
        file.write(b'{"n": 3')  # the process was killed here
    again = Journal(path, HEADER, resume=True)
    assert again.rows == 2
    again.append({"n": 4})
    assert list(again.records()) == [{"n": 1}, {"n": 2}, {"n": 4}]
    again.remove()
    assert not path.exists()


@pytest.mark.parametrize(
    ("header", "resume"),
    [(HEADER, False), (JournalHeader(11, 20, "options"), True), (JournalHeader(10, 20, "x"), True)],
)
def test_rows_of_another_run_are_not_used(
    header: JournalHeader, resume: bool, tmp_path: Path
) -> None:
    path = tmp_path / ".out.journal"
    first = Journal(path, HEADER, resume=False)
    first.append({"n": 1})
    first.close()
    second = Journal(path, header, resume=resume)
    assert second.rows == 0
    assert list(second.records()) == []
    second.close()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="cannot be written"):
        Journal(tmp_path / "file" / "x", HEADER, resume=False)
