"""The aligner with the packaged weights."""

from __future__ import annotations

import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.alignment.aligner import Aligner, Alignment, Unmatched
from models.alignment.lexicon import WEIGHTS, read_lexicon
from models.alignment.words import Word, words
from models.errors import ModelCorrupt, ModelMissing
from scripts.quality.alignment import error_rate, read_gold

GOLD = Path(__file__).with_name("gold.toml")


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner.load()


def linked(alignment: Alignment) -> list[str]:
    return [f"{alignment.source[i].text}={alignment.target[j].text}" for i, j in alignment.links]


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Warga mengungsi.", "Residents fled.", ["Warga=Residents", "mengungsi=fled"]),
        ("rumah besar itu", "the big house", ["rumah=house", "besar=big", "itu=the"]),
        (
            "Harga beras naik 1.500 rupiah.",
            "The rice price rose 1,500 rupiah.",
            ["Harga=price", "beras=rice", "naik=rose", "1.500=1,500", "rupiah=rupiah"],
        ),
        (
            "Polisi menangkap Burhan Sitompulan di Rusia.",
            "Burhan Sitompulan was arrested by police in Russia.",
            ["Polisi=police", "menangkap=arrested", "Burhan=Burhan", "Sitompulan=Sitompulan",
             "di=in", "Rusia=Russia"],
        ),
    ],
)  # fmt: skip
def test_links(aligner: Aligner, source: str, target: str, expected: list[str]) -> None:
    found = linked(aligner.align(source, target))
    assert [link for link in expected if link not in found] == []


@pytest.mark.parametrize(
    ("source", "target", "link"),
    [
        ("Xumbaru", "Xumbaru", "Xumbaru=Xumbaru"),
        ("seharga 2.750.000", "for 2,750,000", "2.750.000=2,750,000"),
        ("3,7 persen", "3.7 percent", "3,7=3.7"),
        ("pukul 04.15", "at 4:15", "04.15=4:15"),
        ("pukul 10.00", "at 10", "10.00=10"),
        ("pada 18/2/2025", "on February 18, 2025", "18/2/2025=18"),
        ("pada 18/2/2025", "on February 18, 2025", "18/2/2025=February"),
        ("pada 18/2/2025", "on February 18, 2025", "18/2/2025=2025"),
        ("di Krasnodarovsk", "in Krasnodarovska", "Krasnodarovsk=Krasnodarovska"),
    ],
)
def test_names_and_numbers_are_linked_without_the_table(
    aligner: Aligner, source: str, target: str, link: str
) -> None:
    assert link in linked(aligner.align(source, target))


SENTENCE = "Wali kota membuka pasar ikan baru di Tegalwangi."
ENGLISH = "The mayor opened a new fish market in Tegalwangi."


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("pasar ikan baru", "new fish market"),
        ("ikan", "fish"),
        ("baru", "new"),
        ("di Tegalwangi", "in Tegalwangi"),
        ("membuka pasar", "opened a new fish market"),
        ("embuk", "opened"),
    ],
)
def test_target_span(aligner: Aligner, part: str, expected: str) -> None:
    start = SENTENCE.index(part)
    span = aligner.align(SENTENCE, ENGLISH).target_span(start, start + len(part))
    assert span is not None
    assert ENGLISH[slice(*span)] == expected


@pytest.mark.parametrize(("start", "end"), [(0, 0), (47, 48), (4, 5), (100, 200), (30, 10)])
def test_a_part_without_a_word_has_no_span(aligner: Aligner, start: int, end: int) -> None:
    assert aligner.align(SENTENCE, ENGLISH).target_span(start, end) is None


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        # Indexes of target words linked to source word 0, which is inside, and to 1, outside.
        ({0: [2, 3], 1: [5]}, (2, 3)),
        ({0: [1, 3], 1: []}, (1, 3)),
        ({0: [0, 5, 6], 1: [1, 2, 3, 4]}, (5, 6)),
        ({0: [0, 1, 3], 1: [2]}, (0, 3)),
        ({0: [0, 3], 1: [1, 2]}, (0, 3)),
        ({0: [0, 4], 1: [4, 5]}, (0, 4)),
        ({0: [0, 1, 5, 6, 7], 1: [2, 3, 4]}, (0, 7)),
    ],
)
def test_a_stray_link_does_not_stretch_a_span(
    links: dict[int, list[int]], expected: tuple[int, int]
) -> None:
    source = (Word("a", 0, 1), Word("b", 2, 3))
    target = tuple(Word("x", 2 * j, 2 * j + 1) for j in range(8))
    pairs = tuple((i, j) for i, targets in links.items() for j in targets)
    first, last = expected
    span = Alignment(source, target, pairs, (1.0, 1.0)).target_span(0, 1)
    assert span == (target[first].start, target[last].end)


def test_omitted_words_have_low_coverage(aligner: Aligner) -> None:
    source = "Banjir merendam ratusan rumah dan dua anak hilang terbawa arus sungai."
    whole = aligner.align(
        source, "Floods submerged hundreds of houses and two children were swept away by the river."
    )
    cut = aligner.align(source, "Floods submerged hundreds of houses.")
    by_word = dict(zip((word.text for word in cut.source), cut.coverage, strict=True))
    assert by_word["rumah"] > 0.9
    assert by_word["Banjir"] > 0.9
    assert by_word["anak"] < 0.5
    assert by_word["hilang"] < 0.3
    assert by_word["sungai"] < 0.3
    assert sum(whole.coverage) > sum(cut.coverage) + 3


@pytest.mark.parametrize(
    ("source", "target", "coverage"),
    [("", "", ()), ("", "News.", ()), ("Kabar.", "", (0.0,)), ("…", "!", ()), ("Air", "?", (0.0,))],
)
def test_nothing_to_align(
    aligner: Aligner, source: str, target: str, coverage: tuple[float, ...]
) -> None:
    alignment = aligner.align(source, target)
    assert alignment.links == ()
    assert alignment.coverage == coverage


TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(["rumah", "besar", "the", "house", "1.500", "1,500", "18/2/25", "0/0/", "-",
                         "Rusia", "Russia", "kata-kata", "²", "x" * 60]),
        max_size=30,
    ).map(" ".join),
)  # fmt: skip


@settings(deadline=None)
@given(source=TEXTS, target=TEXTS, start=st.integers(-5, 90), end=st.integers(-5, 90))
def test_any_texts(aligner: Aligner, source: str, target: str, start: int, end: int) -> None:
    alignment = aligner.align(source, target)
    assert len(alignment.coverage) == len(alignment.source)
    assert all(0 <= value <= 1 for value in alignment.coverage)
    assert list(alignment.links) == sorted(set(alignment.links))
    assert all(
        0 <= i < len(alignment.source) and 0 <= j < len(alignment.target)
        for i, j in alignment.links
    )
    span = alignment.target_span(start, end)
    assert span is None or 0 <= span[0] < span[1] <= len(target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (" ".join(f"Xanu{n}" for n in range(400)), " ".join(f"Xenu{n}" for n in range(900))),
        ("rumah " * 3000, "house " * 2000),
        ("rumah " * 3000, "house"),
        ("rumah", "house " * 3000),
        ("berkesinambunganlah" * 60_000, "house " * 10),
    ],
)  # fmt: skip
def test_a_long_text_takes_bounded_time(aligner: Aligner, source: str, target: str) -> None:
    begun = time.process_time()
    alignment = aligner.align(source, target)
    assert time.process_time() - begun < 10
    assert len(alignment.coverage) == len(alignment.source)


def test_a_long_text_is_aligned_in_windows(aligner: Aligner) -> None:
    names = [f"Wumba{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(400)]
    alignment = aligner.align(" ".join(names), " ".join(names))
    found = set(alignment.links)
    assert sum((n, n) in found for n in range(400)) == 400


@pytest.mark.parametrize(("part", "limit"), [("before", 0.06), ("after", 0.08)])
def test_error_rate_on_pairs_by_hand(aligner: Aligner, part: str, limit: float) -> None:
    assert error_rate(aligner, read_gold(GOLD)[part]).error < limit


def test_the_file_is_small() -> None:
    assert WEIGHTS.stat().st_size <= 4 * 1024 * 1024


def test_the_weights_are_read_once(aligner: Aligner) -> None:
    assert Aligner.load() is aligner
    assert aligner.signature == read_lexicon().signature
    assert len(aligner.signature) == 12


def test_torch_is_not_imported() -> None:
    code = (
        "import sys; from models.alignment.aligner import Aligner; Aligner.load(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"train_alignment\.py"):
        read_lexicon(tmp_path / "none.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a file of numbers" * 9])
def test_a_file_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(content)
    with pytest.raises(ModelCorrupt, match="not a file of a word alignment's weights"):
        read_lexicon(path)


@pytest.mark.parametrize("place", [0, 100, 5_000, 300_000, 600_000])
def test_a_damaged_file(tmp_path: Path, place: int) -> None:
    path = tmp_path / "weights.npz"
    content = WEIGHTS.read_bytes()
    for damaged in (content[:place], content[:place] + b"\xff" * 50 + content[place + 50 :]):
        path.write_bytes(damaged)
        with pytest.raises(ModelCorrupt):
            read_lexicon(path)


def test_loading_takes_little_time_and_memory() -> None:
    tracemalloc.start()
    begun = time.process_time()
    lexicon = read_lexicon()
    spent = time.process_time() - begun
    size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert lexicon.width > 1000
    assert size < 25_000_000
    assert peak < 40_000_000
    # Tracing makes it about four times slower.
    assert spent < 1


def test_capitalized_words_without_a_counterpart(aligner: Aligner) -> None:
    found = aligner.align(
        "Bupati Sulwanto terbang dari Jakarta ke Mesir dan Rusia.",
        "Regent Tarjoko flew from London to Japan and Russia.",
    )
    assert found.source_unmatched == {1: Unmatched.UNKNOWN, 4: Unmatched.NAME, 6: Unmatched.WORD}
    assert found.target_unmatched == {1: Unmatched.UNKNOWN, 4: Unmatched.NAME, 6: Unmatched.WORD}


def test_a_common_word_matches_a_name_only_in_both_directions(aligner: Aligner) -> None:
    found = aligner.align("Ia tiba di Jakarta.", "He arrived in Bandung, she said.")
    assert found.source_unmatched == {3: Unmatched.NAME}


def test_a_sentence_takes_less_than_a_millisecond(aligner: Aligner) -> None:
    source = (
        "Gubernur Hasan Lamatenggo mengatakan pembangunan jembatan sepanjang 1.200 meter itu "
        "akan selesai sebelum musim hujan, meski harga baja naik 15 persen sejak awal tahun ini."
    )
    target = (
        "Governor Hasan Lamatenggo said the 1,200-metre bridge would be finished before the rainy "
        "season, although the price of steel has risen 15 percent since the beginning of the year."
    )
    assert 24 <= len(words(source)) <= 30

    def seconds() -> float:
        begun = time.process_time()
        for _ in range(20):
            aligner.align(source, target)
        return (time.process_time() - begun) / 20

    assert min(seconds() for _ in range(10)) < 0.001
