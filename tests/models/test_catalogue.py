"""The catalogue: names, folders and adapters of models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import save_file

from models.catalogue import ModelSpec, default_model, find_model, known_models, local_model
from models.errors import ModelCorrupt, UnknownModel
from models.store import ModelStore


def test_the_known_models() -> None:
    assert [(spec.id, spec.source, spec.architecture) for spec in known_models()] == [
        ("kabar-id-en", "embedded", "causal"),
        ("opus-mt-id-en", "hub", "seq2seq"),
        ("nllb-200-distilled-600m", "hub", "seq2seq"),
        ("m2m100-418m", "hub", "seq2seq"),
        ("bart-large-cnn", "hub", "seq2seq"),
        ("distilbart-cnn-12-6", "hub", "seq2seq"),
        ("pegasus-cnn-dailymail", "hub", "seq2seq"),
        ("mt5-multilingual-xlsum", "hub", "seq2seq"),
    ]
    assert default_model() == "kabar-id-en"


def test_the_known_summarizers() -> None:
    summarizers = [spec for spec in known_models() if spec.task == "summarization"]
    assert [(s.id, s.source_language, s.max_source_tokens, s.licence) for s in summarizers] == [
        ("bart-large-cnn", "en", 1022, "MIT"),
        ("distilbart-cnn-12-6", "en", 1022, "Apache-2.0"),
        (
            "pegasus-cnn-dailymail",
            "en",
            1023,
            "not stated with the weights (PEGASUS itself: Apache-2.0)",
        ),
        ("mt5-multilingual-xlsum", None, 511, "CC-BY-NC-SA-4.0 (not for commercial use)"),
    ]
    assert {spec.task for spec in known_models() if spec not in summarizers} == {"translation"}


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        (
            "bart-large-cnn",
            "translation",
            "bart-large-cnn is a model for summarization, not for translation",
        ),
        (
            "kabar-id-en",
            "summarization",
            "kabar-id-en is a model for translation, not for summarization",
        ),
    ],
)
def test_a_model_is_for_one_task(name: str, task: str, message: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        find_model(name, task)
    assert caught.value.detail == message


def test_a_hint_names_models_for_the_same_task() -> None:
    with pytest.raises(UnknownModel, match="did you mean bart-large-cnn or distilbart-cnn-12-6"):
        find_model("bart-cnn", "summarization")


def test_a_folder_is_for_the_requested_task(folder: Path) -> None:
    assert find_model(str(folder), "summarization") == replace(
        find_model(str(folder)), task="summarization"
    )


def test_an_adapter_is_for_translation(tmp_path: Path) -> None:
    adapter = tmp_path / "mine.safetensors"
    save_file({}, adapter)
    with pytest.raises(UnknownModel, match="there is no model or folder called"):
        find_model(str(adapter), "summarization")


def test_the_input_formats_of_known_models() -> None:
    embedded = find_model("kabar-id-en")
    assert (embedded.prompt, embedded.stop) == ("Indonesian: {source}\nEnglish:", "\n")
    assert embedded.max_source_tokens == 220
    nllb = find_model("nllb-200-distilled-600m")
    assert (nllb.source_language, nllb.target_language) == ("ind_Latn", "eng_Latn")
    assert nllb.repository == "facebook/nllb-200-distilled-600M"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("kabar-id-em", "did you mean kabar-id-en or opus-mt-id-en? "),
        ("Kabar-ID-EN", "did you mean kabar-id-en? "),
        ("kabar", "did you mean kabar-id-en? "),
        ("opus-mt-en-id", "did you mean opus-mt-id-en? "),
        ("nllb-200-600m", "did you mean nllb-200-distilled-600m or m2m100-418m? "),
        ("m2m100", "did you mean m2m100-418m? "),
        ("zzz", ""),
        ("\0", ""),
        ("x" * 300, ""),  # too long for a path
        ("~nobody-of-that-name/model", ""),
    ],
)
def test_an_unknown_name(
    name: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a folder is a path
    with pytest.raises(UnknownModel) as caught:
        find_model(name)
    assert caught.value.detail == (
        f"there is no model or folder called {name!r}: {hint}"
        f"`kabar models list` shows the names, and the path of a folder with a checkpoint or of "
        f"an adapter (.safetensors) works too"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my-model"
    made.mkdir()
    (made / "config.json").write_text("{}")
    return made


def test_a_folder_with_a_checkpoint(folder: Path) -> None:
    assert find_model(str(folder)) == ModelSpec(
        id="my-model",
        task="translation",
        source="local",
        summary=f"checkpoint in {folder}",
        licence="see the folder",
        path=folder,
    )


def test_a_relative_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert find_model(".").id == "my-model"
    monkeypatch.setenv("HOME", str(folder.parent))
    assert find_model("~/my-model").path == folder


def test_a_known_name_comes_before_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kabar-id-en").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_model("kabar-id-en").source == "embedded"


def test_a_folder_sets_its_input_format(folder: Path) -> None:
    (folder / "kabar-model.toml").write_text(
        'prompt = "Terjemahkan: {source}\\n"\n'
        'stop = "\\n"\n'
        'source_language = "ind_Latn"\n'
        'target_language = "eng_Latn"\n'
        'architecture = "causal"\n'
        "max_source_tokens = 99\n",
        encoding="utf-8",
    )
    spec = local_model(folder)
    assert spec.prompt == "Terjemahkan: {source}\n"
    assert spec.stop == "\n"
    assert (spec.source_language, spec.target_language) == ("ind_Latn", "eng_Latn")
    assert spec.architecture == "causal"
    assert spec.max_source_tokens == 99


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"prompt = ", r"kabar-model\.toml is not valid TOML: "),
        (b'prompt = "\xff"', r"kabar-model\.toml is not valid TOML: "),
        (
            b'promt = "{source}"\n',
            r"kabar-model\.toml sets promt, which Kabar does not know: it may set prompt, stop, "
            r"source_language, target_language, architecture, max_source_tokens",
        ),
        (b"prompt = 5", r"kabar-model\.toml sets prompt = 5, which must be str"),
        (b'architecture = "decoder"', r"architecture = 'decoder', which must be causal or seq"),
        (
            b'max_source_tokens = "many"',
            r"kabar-model\.toml sets max_source_tokens = 'many', which must be int",
        ),
    ],
)
def test_invalid_settings_of_a_folder(folder: Path, content: bytes, message: str) -> None:
    (folder / "kabar-model.toml").write_bytes(content)
    with pytest.raises(UnknownModel, match=message):
        find_model(str(folder))


def test_a_folder_without_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel) as caught:
        find_model(str(tmp_path))
    assert caught.value.detail == (
        f"the folder {tmp_path} holds no config.json, so it is not a model: name a folder with "
        f"a checkpoint in Hugging Face's layout"
    )


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"prompt": "{source}"}, False),
        ({"stop": None}, False),
        ({"source_language": "id"}, False),
        ({"target_language": "en"}, False),
        ({"summary": "another", "max_source_tokens": 3}, True),
    ],
)
def test_the_address_depends_on_the_input_format(changes: dict[str, object], same: bool) -> None:
    spec = find_model("kabar-id-en")
    assert spec.address == "cdc8cfb31db8"
    assert (replace(spec, **changes).address == spec.address) is same  # type: ignore[arg-type]


def test_an_adapter_replaces_the_packaged_one(tmp_path: Path) -> None:
    adapter = tmp_path / "mine.safetensors"
    save_file({}, adapter, metadata={"prompt": "English: {source}\nIndonesian:", "stop": "\n\n"})
    spec = find_model(str(adapter))
    assert (spec.prompt, spec.stop) == ("English: {source}\nIndonesian:", "\n\n")
    assert (spec.id, spec.source, spec.path) == ("kabar-id-en", "embedded", adapter.resolve())
    models = ModelStore(tmp_path)
    folders = [models.folder(s, "ctranslate2") for s in (find_model("kabar-id-en"), spec)]
    assert folders[0].parent == folders[1].parent
    assert folders[0] != folders[1]


def test_a_file_that_is_not_an_adapter(tmp_path: Path) -> None:
    adapter = tmp_path / "mine.safetensors"
    adapter.write_bytes(b"other weights")
    with pytest.raises(ModelCorrupt, match=r"mine\.safetensors cannot be read"):
        find_model(str(adapter))
