"""The real package `deepl`, unchanged, against a real server of Kabar."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deepl
import pytest
from bad_input import WORDS
from deepl.api_data import ModelType, MultilingualGlossaryDictionaryEntries
from naughty import NaughtyEngine
from serving import Serving, serving

from service.settings import load_settings


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Serving]:
    settings = load_settings(data_dir=tmp_path, max_characters=200_000)
    with serving(NaughtyEngine(), settings) as service:
        yield service


@pytest.fixture
def client(service: Serving) -> deepl.DeepLClient:
    return deepl.DeepLClient("without-keys", server_url=service.address)


def test_one_text_and_several(client: deepl.DeepLClient) -> None:
    one = client.translate_text(" Air surut. \n", target_lang="EN-US")
    assert isinstance(one, deepl.TextResult)
    assert one.text == " [Air] [surut.] \n"
    assert one.detected_source_lang == "ID"
    assert one.billed_characters == 13
    several = client.translate_text(
        ["Air surut.", "Baca juga: Banjir", ""], source_lang="ID", target_lang="EN-GB"
    )
    assert isinstance(several, list)
    assert [result.text for result in several] == ["[Air] [surut.]", "[Read] [also:] [Banjir]", ""]


def test_options_of_a_text(client: deepl.DeepLClient) -> None:
    result = client.translate_text(
        'Halo <x id="7"></x>, <n>KPK</n> pergi.',
        source_lang="ID",
        target_lang="EN-US",
        tag_handling="xml",
        ignore_tags=["x", "n"],
        context="Warga menunggu.",
        split_sentences=deepl.SplitSentences.OFF,
        preserve_formatting=True,
        formality=deepl.Formality.PREFER_LESS,
        model_type=ModelType.PREFER_QUALITY_OPTIMIZED,
        outline_detection=True,
        tag_handling_version="v2",
    )
    assert isinstance(result, deepl.TextResult)
    assert '<x id="7"></x>' in result.text
    assert "<n>KPK</n>" in result.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_lang": "DE"}, "target_lang 'DE' is not supported"),
        ({"source_lang": "FR"}, "source_lang 'FR' is not supported"),
        ({"formality": "more"}, "formality 'more' is not supported"),
        ({"tag_handling": "markdown"}, "tag_handling 'markdown' is not supported"),
        ({"custom_instructions": ["Be brief."]}, "`custom_instructions` is not supported"),
        ({"style_rule": "style"}, "`style_id` is not supported"),
        ({"extra_body_parameters": {"teks": "x"}}, "`teks` is not supported"),
    ],
)
def test_refused_options(options: dict[str, Any], message: str, client: deepl.DeepLClient) -> None:
    with pytest.raises(deepl.DeepLException, match=message) as caught:
        client.translate_text("Air surut.", **({"target_lang": "EN-US"} | options))
    assert caught.value.http_status_code == 400


def test_malformed_xml_is_refused(client: deepl.DeepLClient) -> None:
    with pytest.raises(deepl.DeepLException, match="not well-formed"):
        client.translate_text("Air <b>surut", target_lang="EN-US", tag_handling="xml")


def test_keys_quota_and_usage(service: Serving) -> None:
    keys = service.state.runtime.keys
    _, token = keys.create("weblate", characters_per_day=25)
    client = deepl.DeepLClient(token, server_url=service.address)
    client.translate_text("Air surut.", target_lang="EN-US")
    usage = client.get_usage()
    assert (usage.character.count, usage.character.limit) == (10, 25)
    assert not usage.any_limit_reached
    client.translate_text("Air surut.", target_lang="EN-US")
    with pytest.raises(deepl.QuotaExceededException, match="25 characters a day") as caught:
        client.translate_text("Air surut.", target_lang="EN-US")
    assert caught.value.http_status_code == 456
    for wrong in (f"{token}x", "kabar_unknown"):
        other = deepl.DeepLClient(wrong, server_url=service.address)
        with pytest.raises(deepl.AuthorizationException, match="DeepL-Auth-Key"):
            other.translate_text("Air surut.", target_lang="EN-US")


def test_usage_without_keys(client: deepl.DeepLClient) -> None:
    usage = client.get_usage()
    assert (usage.character.count, usage.character.limit) == (0, 10**12)


def test_a_long_text_gets_through_by_retries_and_is_charged_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deepl.http_client, "min_connection_timeout", 4.0)
    text = "\n".join(f"Warga desa {word} pulang ke rumah sejak pagi." for word in WORDS[:30])
    engine = NaughtyEngine()
    engine.max_source_tokens = 60
    engine.release.clear()
    with serving(engine, load_settings(data_dir=tmp_path)) as service:
        _, token = service.state.runtime.keys.create("weblate", characters_per_day=2 * len(text))
        client = deepl.DeepLClient(token, server_url=service.address)
        # after the first try has timed out
        threading.Timer(5.0, engine.release.set).start()
        result = client.translate_text(text, target_lang="EN-US", tag_handling="xml")
        assert isinstance(result, deepl.TextResult)
        assert result.text.count("\n") == 29
        assert f"[{WORDS[29]}]" in result.text
        assert client.get_usage().character.count == len(text)
        # once, with the second search of the doubtful ones
        assert len(engine.asked) == 60


def test_a_limit_of_requests_is_429(service: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deepl.http_client, "max_network_retries", 0)
    _, token = service.state.runtime.keys.create("weblate", requests_per_minute=1)
    client = deepl.DeepLClient(token, server_url=service.address)
    client.translate_text("Air surut.", target_lang="EN-US")
    with pytest.raises(deepl.TooManyRequestsException, match="1 requests a minute"):
        client.translate_text("Air surut.", target_lang="EN-US")


def test_languages(client: deepl.DeepLClient) -> None:
    sources, targets = client.get_source_languages(), client.get_target_languages()
    assert [(one.code, one.name) for one in sources] == [("ID", "Indonesian")]
    assert [(one.code, one.supports_formality) for one in targets] == [
        ("EN-GB", False),
        ("EN-US", False),
    ]
    pairs = client.get_glossary_languages()
    assert [(pair.source_lang, pair.target_lang) for pair in pairs] == [("id", "en")]


def test_glossaries(client: deepl.DeepLClient, service: Serving) -> None:
    made = client.create_glossary("desk", "ID", "EN", {"rawa": "swamp", "bupati": "the regent"})
    assert (made.name, made.ready, made.entry_count) == ("desk", True, 2)
    assert (made.source_lang, made.target_lang) == ("ID", "EN")
    assert made.creation_time.tzinfo is not None
    assert client.get_glossary_entries(made) == {"rawa": "swamp", "bupati": "the regent"}
    assert [one.glossary_id for one in client.list_glossaries()] == [made.glossary_id]
    result = client.translate_text_with_glossary("Warga ke rawa.", made)
    assert isinstance(result, deepl.TextResult)
    assert "swamp" in result.text
    client.delete_glossary(made)
    with pytest.raises(deepl.GlossaryNotFoundException):
        client.get_glossary(made.glossary_id)
    with pytest.raises(deepl.DeepLException, match="there is no glossary") as caught:
        client.translate_text(
            "Air.", source_lang="ID", target_lang="EN-US", glossary=made.glossary_id
        )
    assert caught.value.http_status_code == 404


def test_a_glossary_as_csv(client: deepl.DeepLClient) -> None:
    made = client.create_glossary_from_csv("desk", "ID", "EN", "rawa,swamp,id,en\nsawah,paddy\n")
    assert client.get_glossary_entries(made) == {"rawa": "swamp", "sawah": "paddy"}
    for csv, message in (
        ("rawa", "line 1 of the entries has 1 fields"),
        ("rawa,a\nrawa,b", "line 2 of the entries repeats 'rawa'"),
        ("rawa,", "line 1 of the entries: the target is empty"),
        ("\n", "there are no entries"),
    ):
        with pytest.raises(deepl.DeepLException, match=message) as caught:
            client.create_glossary_from_csv("desk", "ID", "EN", csv)
        assert caught.value.http_status_code == 400
    with pytest.raises(deepl.DeepLException, match="source_lang 'DE' is not supported"):
        client.create_glossary("desk", "DE", "EN", {"a": "b"})


def test_multilingual_glossaries(client: deepl.DeepLClient) -> None:
    entries = MultilingualGlossaryDictionaryEntries("ID", "EN", {"rawa": "swamp"})
    made = client.create_multilingual_glossary("desk", [entries])
    assert [(d.source_lang, d.entry_count) for d in made.dictionaries] == [("ID", 1)]
    renamed = client.update_multilingual_glossary_name(made, "newsroom desk")
    assert renamed.name == "newsroom desk"
    more = MultilingualGlossaryDictionaryEntries("ID", "EN", {"sawah": "paddy field"})
    changed = client.update_multilingual_glossary_dictionary(made, more)
    assert changed.dictionaries[0].entry_count == 2
    found = client.get_multilingual_glossary_entries(made, "ID", "EN").dictionaries[0].entries
    assert str(found) == "rawa\tswamp\nsawah\tpaddy field"
    replaced = client.replace_multilingual_glossary_dictionary(made, more)
    assert replaced.entry_count == 1
    result = client.translate_text(
        "Warga ke sawah.", source_lang="ID", target_lang="EN-US", glossary=changed
    )
    assert isinstance(result, deepl.TextResult)
    assert "paddy field" in result.text
    listed = client.list_multilingual_glossaries()
    assert [one.name for one in listed] == ["newsroom desk"]
    client.delete_multilingual_glossary_dictionary(made, source_lang="ID", target_lang="EN")
    assert client.get_multilingual_glossary(made.glossary_id).dictionaries == []
    with pytest.raises(deepl.GlossaryNotFoundException):
        client.get_multilingual_glossary_entries(made, "ID", "EN")
    client.delete_multilingual_glossary(made)
    assert client.list_multilingual_glossaries() == []


def test_glossaries_belong_to_their_keys(service: Serving) -> None:
    keys = service.state.runtime.keys
    one, other = (
        deepl.DeepLClient(keys.create(name)[1], server_url=service.address)
        for name in ("one", "other")
    )
    made = one.create_glossary("desk", "ID", "EN", {"rawa": "swamp"})
    assert other.list_glossaries() == []
    with pytest.raises(deepl.GlossaryNotFoundException):
        other.get_glossary(made.glossary_id)
    with pytest.raises(deepl.GlossaryNotFoundException):
        other.delete_glossary(made)
    assert one.get_glossary(made.glossary_id).name == "desk"


@pytest.mark.parametrize(
    ("name", "source", "english"),
    [
        (
            "a.txt",
            "Air surut.\n\nBaca juga: Banjir\n",
            "[Air] [surut.]\n\n[Read] [also:] [Banjir]\n",
        ),
        ("a.html", "<p>Air <b>surut</b>.</p>", "<p>[Air] [<b>surut</b>.]</p>"),
        ("a.xml", "<a><b>Air</b></a>", "<a><b>[Air]</b></a>"),
    ],
)
def test_documents(
    name: str, source: str, english: str, client: deepl.DeepLClient, service: Serving
) -> None:
    handle = client.translate_document_upload(
        source.encode(), source_lang="ID", target_lang="EN-US", filename=name
    )
    status = client.translate_document_wait_until_done(handle, timeout_s=60)
    assert (status.done, status.billed_characters) == (True, len(source))
    held = io.BytesIO()
    client.translate_document_download(handle, held)
    assert held.getvalue().decode() == english
    # deleted after its download
    with pytest.raises(deepl.DeepLException, match="there is no document") as caught:
        client.translate_document_get_status(handle)
    assert caught.value.http_status_code == 404
    assert service.state.runtime.jobs.jobs(None) == []


def test_a_document_that_is_not_done(client: deepl.DeepLClient, tmp_path: Path) -> None:
    engine = NaughtyEngine()
    engine.release.clear()
    with serving(engine, load_settings(data_dir=tmp_path / "slow")) as service:
        slow = deepl.DeepLClient("without-keys", server_url=service.address)
        handle = slow.translate_document_upload("Air.", target_lang="EN-US", filename="a.txt")
        assert slow.translate_document_get_status(handle).status.value in ("queued", "translating")
        deepl.http_client.max_network_retries, before = 0, deepl.http_client.max_network_retries
        try:
            with pytest.raises(deepl.DocumentNotReadyException):
                slow.translate_document_download(handle)
        finally:
            deepl.http_client.max_network_retries = before
        wrong = deepl.DocumentHandle(handle.document_id, "0" * 64)
        with pytest.raises(deepl.DeepLException) as caught:
            slow.translate_document_get_status(wrong)
        assert caught.value.http_status_code == 404
        engine.release.set()
        assert slow.translate_document_wait_until_done(handle, timeout_s=60).done


def test_documents_that_are_refused(client: deepl.DeepLClient) -> None:
    for name, content, message in (
        ("a.pdf", b"%PDF", "'a.pdf' cannot be translated: send one of .txt"),
        ("a.txt", b"\x00\x81\x8d\xff" * 20, "."),
    ):
        with pytest.raises(deepl.DeepLException, match=message) as caught:
            client.translate_document_upload(content, target_lang="EN-US", filename=name)
        assert caught.value.http_status_code == 400
    with pytest.raises(deepl.DeepLException, match="output_format 'pdf' is not supported"):
        client.translate_document_upload(
            b"Air.", target_lang="EN-US", filename="a.txt", output_format="pdf"
        )
    handle = client.translate_document_upload(b"<a>", target_lang="EN-US", filename="a.xml")
    status = client.translate_document_wait_until_done(handle, timeout_s=60)
    assert not status.ok
    assert "not well-formed" in str(status.error_message)


def test_corrections_are_a_translation_memory(client: deepl.DeepLClient, service: Serving) -> None:
    corrections = service.state.runtime.corrections
    for word in ("surut", "naik", "pasang"):
        corrections.add(f"Air {word}.", f"The water: {word}.", "Rina")
    corrections.withdraw(corrections.add("Air.", "Water.", "Rina").id, "Rina")
    (memory,) = client.list_translation_memories()
    assert (memory.translation_memory_id, memory.segment_count) == ("corrections", 3)
    assert client.get_translation_memory(memory).source_language == "id"
    page = client.list_translation_memory_segments(memory, page_size=2)
    assert [one.source_text for one in page.segments] == ["Air pasang.", "Air naik."]
    rest = client.list_translation_memory_segments(memory, page_cursor=page.next_page_cursor)
    assert [one.targets[0].target_text for one in rest.segments] == ["The water: surut."]
    assert rest.next_page_cursor is None
    found = client.list_translation_memory_segments(memory, filter_text="NAIK")
    assert [one.source_text for one in found.segments] == ["Air naik."]
    case = client.list_translation_memory_segments(
        memory, filter_text="NAIK", filter_case_sensitive=True
    )
    assert case.segments == []
    result = client.translate_text(
        "Air naik.", source_lang="ID", target_lang="EN-US", translation_memory=memory
    )
    assert isinstance(result, deepl.TextResult)
    assert result.text == "The water: naik."
    with pytest.raises(deepl.DeepLException, match="are not deleted"):
        client.delete_translation_memory(memory)
    with pytest.raises(deepl.DeepLException, match="there is no translation memory x"):
        client.get_translation_memory("x")
