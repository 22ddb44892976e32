"""What a bullet may say: what its sources say, and what was worked out, where it stands."""

from service.summaries.receipts import bullet_facts, unsupported, unsupported_words

SOURCE = ["Banjir merendam 124 rumah di Demak sejak Selasa."]


def test_what_the_source_says() -> None:
    assert unsupported(SOURCE, "Floods hit 124 houses in Demak.") == []
    assert unsupported(SOURCE, "Floods hit Demak.") == []  # less may be said


def test_another_number_or_name() -> None:
    assert unsupported(SOURCE, "Floods hit 421 houses in Demak.") == ["421"]
    assert unsupported(SOURCE, "Floods hit 124 houses in Kudus.") == ["Kudus"]
    assert unsupported(SOURCE, "Floods hit 124 houses in Egypt.") == ["Egypt"]
    text = "Floods hit 124 houses in Demak since Tuesday, Rina Wijaya said."
    assert "Rina Wijaya" in unsupported(SOURCE, text)


def test_what_was_worked_out_counts_where_it_stands_and_nowhere_else() -> None:
    text = "Floods hit 124 houses in Demak on Tuesday, 18 February."
    assert unsupported(SOURCE, text, ["18 February"]) == []
    wrong = "Floods killed 8 and hit 124 houses in Demak on Tuesday, 18 February."
    assert unsupported(SOURCE, wrong, ["18 February"]) == ["8"]


def test_what_is_too_long_to_be_looked_at_is_not_believed() -> None:
    text = "Floods hit 124 houses in Demak. " * 200
    assert unsupported(SOURCE, text) == [text]


def test_facts_have_no_missing_ones() -> None:
    assert [fact.status.value for fact in bullet_facts(SOURCE, "Floods hit 124 houses.")] == [
        "kept"
    ]


def test_an_indonesian_bullet_has_the_words_of_its_source() -> None:
    assert unsupported_words(SOURCE, "Banjir merendam 124 rumah.") == []
    assert unsupported_words(SOURCE, "Banjir merendam 421 rumah.") == ["421"]
