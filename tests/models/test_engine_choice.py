"""The engine that measured fastest on this machine is the default."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models import engine_choice as fastest
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


def test_what_was_measured_is_the_default_of_this_model_alone(tmp_path: Path) -> None:
    assert load_settings().engine == "ctranslate2"
    fastest.remember(tmp_path, "kabar-id-en", "inflight")
    assert load_settings().engine == "inflight"
    assert load_settings(model="opus-mt-id-en").engine == "ctranslate2"
    fastest.remember(tmp_path, "kabar-id-en", "ctranslate2")
    assert load_settings().engine == "ctranslate2"
    assert [path.name for path in tmp_path.iterdir()] == ["engine.json"]


def test_whatever_is_asked_for_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fastest.remember(tmp_path, "kabar-id-en", "inflight")
    assert load_settings(device="cpu").engine == "inflight"
    assert load_settings(engine="ctranslate2").engine == "ctranslate2"
    assert load_settings(device="cuda").engine == "ctranslate2"
    assert load_settings(dtype="float32").engine == "ctranslate2"
    monkeypatch.setenv("KABAR_ENGINE", "transformers")
    assert load_settings().engine == "transformers"


@pytest.mark.parametrize("what", ["model", "processor", "cores", "kabar", "ctranslate2", "torch"])
def test_it_is_forgotten_where_something_changed(what: str, tmp_path: Path) -> None:
    fastest.remember(tmp_path, "kabar-id-en", "inflight")
    kept = json.loads((tmp_path / "engine.json").read_text())
    kept["measured_on"][what] = "another"
    (tmp_path / "engine.json").write_text(json.dumps(kept))
    assert load_settings().engine == "ctranslate2"


@pytest.mark.parametrize("text", ["", "{}", "[1]", "\x00\xff", '{"engine": "inflight"}'])
def test_a_broken_file_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "engine.json").write_text(text, encoding="latin-1")
    assert load_settings().engine == "ctranslate2"


def test_no_other_engine_is_read_from_the_file(tmp_path: Path) -> None:
    fastest.remember(tmp_path, "kabar-id-en", "steam")
    assert load_settings().engine == "ctranslate2"


@pytest.mark.parametrize(
    ("inflight", "chosen"), [(80.0, "ctranslate2"), (109.0, "ctranslate2"), (111.0, "inflight")]
)
def test_another_engine_has_to_be_worth_it(inflight: float, chosen: str) -> None:
    assert fastest.choose({"ctranslate2": 100.0, "inflight": inflight}) == chosen


def test_engines_take_turns_and_medians_count() -> None:
    now, order = [0.0], []

    def work(name: str, taken: list[float]) -> None:
        order.append(name)
        now[0] += taken.pop(0)

    first, second = [1.0, 9.0, 2.0], [4.0, 3.0, 5.0]
    seconds = fastest.measure(
        {"a": lambda: work("a", first), "b": lambda: work("b", second)},
        rounds=3,
        clock=lambda: now[0],
    )
    assert order == ["a", "b", "a", "b", "a", "b"]
    assert seconds == {"a": 2.0, "b": 4.0}


def test_the_sample_is_sentences_as_news_has_them() -> None:
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
    monkeypatch.setattr(fastest, "choose", lambda speeds: "inflight")
    monkeypatch.setenv("CXX", "no-compiler")  # compiling takes longer than the rest
    model_commands.measure_engines(load_settings(beam=1))
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("ctranslate2 ")
    assert "1.00 times ctranslate2; loads in" in shown[0]
    assert shown[1].startswith("inflight ")
    assert shown[2] == "inflight is used from now on, unless the setting `engine` names another"
    assert load_settings().engine == "inflight"


def test_where_there_is_nothing_to_choose_from_it_says_so(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint"
    checkpoint.mkdir()
    (checkpoint / "config.json").write_text('{"model_type": "marian"}')
    with pytest.raises(EngineUnavailable, match="there is nothing to choose from"):
        model_commands.measure_engines(Settings(data_dir=tmp_path, model=str(checkpoint)))
    assert not (tmp_path / "engine.json").exists()


def test_a_result_that_cannot_be_kept_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fastest, "remember", full)
    with pytest.raises(CannotWrite, match="No space left on device"):
        model_commands._keep(Settings(data_dir=tmp_path), {"ctranslate2": 1.0, "inflight": 2.0})
