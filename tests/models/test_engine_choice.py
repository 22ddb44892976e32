"""The fastest engine on this machine is the default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import engine_choice
from models.catalogue import find_model
from models.errors import EngineUnavailable
from models.store import Format, ModelStore
from service.cli import models as model_commands
from service.errors import CannotWrite
from service.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KABAR_DATA_DIR", str(tmp_path))


def test_the_fastest_engine_is_the_default_for_its_model_only(tmp_path: Path) -> None:
    assert load_settings().engine == "ctranslate2"
    engine_choice.remember(tmp_path, "kabar-id-en", "inflight")
    assert load_settings().engine == "inflight"
    assert load_settings(model="opus-mt-id-en").engine == "ctranslate2"
    engine_choice.remember(tmp_path, "kabar-id-en", "ctranslate2")
    assert load_settings().engine == "ctranslate2"
    assert [path.name for path in tmp_path.iterdir()] == ["engine.json"]


def test_settings_override_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_choice.remember(tmp_path, "kabar-id-en", "inflight")
    assert load_settings(device="cpu").engine == "inflight"
    assert load_settings(engine="ctranslate2").engine == "ctranslate2"
    assert load_settings(device="cuda").engine == "ctranslate2"
    assert load_settings(dtype="float32").engine == "ctranslate2"
    monkeypatch.setenv("KABAR_ENGINE", "transformers")
    assert load_settings().engine == "transformers"


@pytest.mark.parametrize("part", ["model", "processor", "cores", "kabar", "ctranslate2", "torch"])
def test_a_measurement_is_invalid_after_a_change(part: str, tmp_path: Path) -> None:
    engine_choice.remember(tmp_path, "kabar-id-en", "inflight")
    record = json.loads((tmp_path / "engine.json").read_text())
    record["measured_on"][part] = "another"
    (tmp_path / "engine.json").write_text(json.dumps(record))
    assert load_settings().engine == "ctranslate2"


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\x00\xff", '{"engine": "inflight"}'])
def test_a_damaged_file_is_ignored(text: str, tmp_path: Path) -> None:
    (tmp_path / "engine.json").write_text(text, encoding="latin-1")
    assert load_settings().engine == "ctranslate2"


def test_an_unknown_engine_in_the_file_is_ignored(tmp_path: Path) -> None:
    engine_choice.remember(tmp_path, "kabar-id-en", "steam")
    assert load_settings().engine == "ctranslate2"


@pytest.mark.parametrize(
    ("inflight", "chosen"), [(80.0, "ctranslate2"), (109.0, "ctranslate2"), (111.0, "inflight")]
)
def test_another_engine_must_be_clearly_faster(inflight: float, chosen: str) -> None:
    assert engine_choice.choose({"ctranslate2": 100.0, "inflight": inflight}) == chosen


def test_engines_alternate_and_medians_count() -> None:
    now, order = [0.0], []

    def work(name: str, taken: list[float]) -> None:
        order.append(name)
        now[0] += taken.pop(0)

    first, second = [1.0, 9.0, 2.0], [4.0, 3.0, 5.0]
    seconds = engine_choice.measure(
        {"a": lambda: work("a", first), "b": lambda: work("b", second)},
        rounds=3,
        clock=lambda: now[0],
    )
    assert order == ["a", "b", "a", "b", "a", "b"]
    assert seconds == {"a": 2.0, "b": 4.0}


def test_the_sample_has_sentences_of_news() -> None:
    lengths = [len(sentence.split()) for sentence in model_commands._sample_sentences()]
    assert len(lengths) == 51
    assert max(lengths) <= 50


def test_the_command_measures_and_remembers(
    checkpoint_store: ModelStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = tmp_path / "models" / "kabar-id-en"
    place.mkdir(parents=True)
    forms: tuple[Format, ...] = ("ctranslate2", "transformers")
    for form in forms:
        folder = checkpoint_store.ensure(find_model("kabar-id-en"), form)
        (place / folder.name).symlink_to(folder)
    monkeypatch.setattr(model_commands, "_sample_sentences", lambda: ["Ia pulang.", "Ia pergi."])
    monkeypatch.setattr(model_commands, "_ROUNDS", 1)
    monkeypatch.setattr(engine_choice, "choose", lambda speeds: "inflight")
    monkeypatch.setenv("CXX", "no-compiler")  # compiling takes longer than the rest
    model_commands.measure_engines(load_settings(beam=1))
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("ctranslate2 ")
    assert "1.00 times ctranslate2; loads in" in shown[0]
    assert shown[1].startswith("inflight ")
    assert shown[2] == "inflight is used from now on, unless the setting `engine` names another"
    assert load_settings().engine == "inflight"


def test_a_model_with_one_engine_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text('{"model_type": "marian"}')
    with pytest.raises(EngineUnavailable, match="there is nothing to choose from"):
        model_commands.measure_engines(Settings(data_dir=tmp_path, model=str(checkpoint)))
    assert not (tmp_path / "engine.json").exists()


def test_an_unwritable_result_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(engine_choice, "remember", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        model_commands._choose(Settings(data_dir=tmp_path), {"ctranslate2": 1.0, "inflight": 2.0})
