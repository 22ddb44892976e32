"""Glossary files."""

from __future__ import annotations

import pytest

from service.glossary.terms import (
    MAX_TERMS,
    Case,
    Glossary,
    InvalidGlossary,
    Term,
    read_glossary,
    term_of,
)


def test_reads_one_term_per_row() -> None:
    glossary = read_glossary(
        b"source,target,note,case\n"
        b"bupati,regent|district head,head of a regency,\n"
        b"\n"
        b'MA,the Supreme Court|MA,"court, highest",exact\n',
        "desk.csv",
    )
    assert glossary.terms == (
        Term("bupati", ("regent", "district head"), note="head of a regency"),
        Term("MA", ("Supreme Court", "MA"), Case.EXACT, takes_the=True, note="court, highest"),
    )


@pytest.mark.parametrize(
    "data",
    [
        b"source,target\nbupati,regent\n",
        b"source\ttarget\nbupati\tregent\n",
        b"\xef\xbb\xbfsource,target\r\nbupati,regent\r\n",
        b"Target,Source\nregent,bupati\n",
        b"source,target,note,case\nbupati,regent\n",
        b"source,target,note,case\n  bupati ,  regent , , any\n",
        b"source,target\nbupati,regent\nBupati,regent\n",
    ],
    ids=["csv", "tsv", "bom and crlf", "order", "short rows", "blanks", "the same twice"],
)
def test_forms_of_files(data: bytes) -> None:
    assert [(t.source, t.targets, t.case) for t in read_glossary(data, "desk.csv").terms] == [
        ("bupati", ("regent",), Case.ANY)
    ]


@pytest.mark.parametrize(
    ("data", "detail"),
    [
        (b"", "d.csv is empty: begin it with the line source,target,note,case"),
        (b"\n\n", "d.csv is empty: begin it with the line source,target,note,case"),
        (
            b"bupati,regent\n",
            "d.csv, line 1: no header: begin with the line source,target,note,case, separated "
            "by commas or tabs (note and case are optional)",
        ),
        (
            b"source,english\nbupati,regent\n",
            "d.csv, line 1: no header: begin with the line source,target,note,case, separated "
            "by commas or tabs (note and case are optional)",
        ),
        (b"source,target,target\n", "d.csv, line 1: the header names a column twice"),
        (b"source,target\n,regent\n", "d.csv, line 2: the source is empty"),
        (
            b"source,target\n--,regent\n",
            "d.csv, line 2: the source '--' has no letter or digit",
        ),
        (b"source,target\n\nbupati\n", "d.csv, line 3: the target is empty"),
        (
            b"source,target\nbupati,regent|\n",
            "d.csv, line 2: an alternative in 'regent|' is empty",
        ),
        (
            b"source,target,case\nbupati,regent,big\n",
            "d.csv, line 2: the case 'big' is unknown: write any, exact, or leave it empty",
        ),
        (
            b"source,target\nbupati,regent\ncamat,district head\nBupati,mayor\n",
            "d.csv, line 4: 'Bupati' has another target in line 2: put both in one row, separated "
            "by |",
        ),
        (
            b"source,target\nmenteri energi, sumber daya,minister\n",
            "d.csv, line 2: 3 fields, but the header has 2: put quotation marks around a field "
            "that contains the separator",
        ),
        (
            b"source,target\nbupati,r\xe9gent\n",
            "d.csv, line 2: not UTF-8 (byte 22): save the file as UTF-8",
        ),
        (
            b"source,target\nbu\0pati,regent\n",
            "d.csv, line 2: a zero byte: this is not a text file",
        ),
        (
            b"source,target\n" + b"a" * 201 + b",regent\n",
            "d.csv, line 2: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'… is longer than 200 characters",
        ),
    ],
)
def test_bad_files_name_the_line(data: bytes, detail: str) -> None:
    with pytest.raises(InvalidGlossary) as caught:
        read_glossary(data, "d.csv")
    assert caught.value.detail == detail
    assert (caught.value.status, caught.value.exit_code) == (422, 3)


def test_a_quotation_mark_that_is_not_closed() -> None:
    with pytest.raises(InvalidGlossary, match=r"d\.csv, line 2: field larger than field limit"):
        read_glossary(b'source,target\nbupati,"regent\n' + b"x,y\n" * 50_000, "d.csv")


def test_max_terms() -> None:
    rows = [b"source,target\n", *(b"istilah%d,term\n" % n for n in range(MAX_TERMS))]
    assert len(read_glossary(b"".join(rows), "d.csv").terms) == 20_000
    with pytest.raises(InvalidGlossary, match=r"d\.csv, line 20002: over 20,000 terms"):
        read_glossary(b"".join([*rows, b"lagi,again\n"]), "d.csv")


def test_max_bytes() -> None:
    with pytest.raises(InvalidGlossary, match=r"d\.csv is over 32 MB: split it"):
        read_glossary(b"x" * (32 * 1024 * 1024 + 1), "d.csv")


@pytest.mark.parametrize(
    ("source", "target", "acronym"),
    [
        ("KPK", "the Corruption Eradication Commission|KPK", "KPK"),
        ("Bawaslu", "the Elections Supervisory Agency|Bawaslu", "Bawaslu"),
        ("Komnas HAM", "the National Commission on Human Rights|Komnas HAM", "Komnas HAM"),
        ("DPR RI", "the House of Representatives|DPR", "DPR"),
        ("Komisi Pemberantasan Korupsi", "the Corruption Eradication Commission|KPK", None),
        ("BUMN", "state-owned enterprise|SOE", None),
        ("WIB", "WIB|Western Indonesian Time", None),
        ("pesantren", "Islamic boarding school|pesantren", None),
        ("Universitas Airlangga", "Airlangga University|Universitas Airlangga", None),
    ],
)
def test_acronyms_that_stay(source: str, target: str, acronym: str | None) -> None:
    assert term_of(source, target).acronym == acronym


def test_hash_depends_on_everything_but_the_notes() -> None:
    one = Glossary((term_of("bupati", "regent"),))
    assert one.hash == Glossary((term_of("bupati", "regent", note="x"),)).hash
    others = [
        term_of("bupati", "district head"),
        term_of("bupati", "regent", "exact"),
        term_of("bupati", "the regent"),
        term_of("bupati", "* regent"),
        term_of("camat", "regent"),
    ]
    assert len({one.hash, *(Glossary((term,)).hash for term in others)}) == 6


def test_over() -> None:
    own = Glossary((term_of("Bupati", "district head"), term_of("MK", "the court", "exact")))
    newsroom = Glossary((term_of("bupati", "regent"), term_of("camat", "subdistrict head")))
    assert [(t.source, t.preferred) for t in own.over(newsroom).terms] == [
        ("Bupati", "district head"),
        ("MK", "court"),
        ("camat", "subdistrict head"),
    ]
