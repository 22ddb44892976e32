"""Facts of a bullet that its sources support, and facts that nothing supports."""

from service.summaries.support import bullet_facts, unsupported_facts, unsupported_words

SOURCE = ["Banjir merendam 124 rumah di Demak sejak Selasa."]


def test_facts_of_the_source_are_supported() -> None:
    assert unsupported_facts(SOURCE, "Floods hit 124 houses in Demak.") == []
    assert unsupported_facts(SOURCE, "Floods hit Demak.") == []  # a bullet may say less


def test_another_number_or_name_is_unsupported() -> None:
    assert unsupported_facts(SOURCE, "Floods hit 421 houses in Demak.") == ["421"]
    assert unsupported_facts(SOURCE, "Floods hit 124 houses in Kudus.") == ["Kudus"]
    assert unsupported_facts(SOURCE, "Floods hit 124 houses in Egypt.") == ["Egypt"]
    text = "Floods hit 124 houses in Demak since Tuesday, Rina Wijaya said."
    assert "Rina Wijaya" in unsupported_facts(SOURCE, text)


def test_added_parts_allow_their_own_facts_only() -> None:
    text = "Floods hit 124 houses in Demak on Tuesday, 18 February."
    assert unsupported_facts(SOURCE, text, ["18 February"]) == []
    wrong = "Floods killed 8 and hit 124 houses in Demak on Tuesday, 18 February."
    assert unsupported_facts(SOURCE, wrong, ["18 February"]) == ["8"]


def test_text_too_long_to_compare_is_unsupported() -> None:
    text = "Floods hit 124 houses in Demak. " * 200
    assert unsupported_facts(SOURCE, text) == [text]


def test_missing_facts_are_left_out() -> None:
    assert [fact.status.value for fact in bullet_facts(SOURCE, "Floods hit 124 houses.")] == [
        "kept"
    ]


def test_indonesian_bullet_has_the_words_of_its_source() -> None:
    assert unsupported_words(SOURCE, "Banjir merendam 124 rumah.") == []
    assert unsupported_words(SOURCE, "Banjir merendam 421 rumah.") == ["421"]
