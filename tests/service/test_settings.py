"""The precedence of settings, and errors in them."""

from pathlib import Path

import pytest

from service.errors import InvalidSettings
from service.settings import load_settings


def write(folder: Path, text: str) -> None:
    (folder / "kabar.toml").write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_precedence_of_command_line_environment_file_and_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().beam == 4
    write(tmp_path, "beam = 3\nport = 8111\n")
    assert load_settings().beam == 3
    monkeypatch.setenv("KABAR_BEAM", "2")
    assert load_settings().beam == 2
    assert load_settings(beam=1).beam == 1
    assert load_settings(beam=None).beam == 2
    assert load_settings().port == 8111


def test_the_file_may_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text("threads = 3\n")
    monkeypatch.setenv("KABAR_CONFIG", str(tmp_path / "other.toml"))
    assert load_settings().threads == 3


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("KABAR_BEEM", "2", "KABAR_BEEM is not a setting: did you mean KABAR_BEAM?"),
        ("KABAR_BEAM", "many", "beam = 'many' in the environment is not valid"),
        ("KABAR_BEAM", "0", "beam = '0' in the environment is not valid"),
        ("KABAR_ENGINE", "steam", "engine = 'steam' in the environment is not valid"),
        ("KABAR_CONFIG", "nowhere.toml", "KABAR_CONFIG names nowhere.toml, which does not exist"),
    ],
)
def test_a_wrong_variable_is_named(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert message in caught.value.detail


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("prot = 1", "kabar.toml sets 'prot', which is not a setting: did you mean port?"),
        ("port = -1", "port = -1 in kabar.toml is not valid"),
        ("port = ", "kabar.toml cannot be read as TOML"),
    ],
)
def test_a_wrong_file_is_named(text: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert message in caught.value.detail


def test_settings_travel_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(beam=2, cache=False, host="0.0.0.0")
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


@pytest.mark.parametrize("name", ["data_dir", "model", "cache_url"])
def test_a_file_that_others_may_write_does_not_choose_what_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write(tmp_path, f'{name} = "redis://example.com"\n')
    (tmp_path / "kabar.toml").chmod(0o666)
    with pytest.raises(InvalidSettings, match=rf"sets {name}, and another user could have written"):
        load_settings()
    monkeypatch.setenv("KABAR_CONFIG", str(tmp_path / "kabar.toml"))  # named on purpose
    assert getattr(load_settings(), name)
    monkeypatch.delenv("KABAR_CONFIG")
    (tmp_path / "kabar.toml").chmod(0o644)
    assert getattr(load_settings(), name)
    write(tmp_path, "beam = 3\n")
    (tmp_path / "kabar.toml").chmod(0o666)
    assert load_settings().beam == 3  # chooses no file


def test_a_file_in_a_folder_of_all_users_is_not_trusted(tmp_path: Path) -> None:
    write(tmp_path, 'model = "kabar-id-en"\n')
    tmp_path.chmod(0o777)
    with pytest.raises(InvalidSettings, match=r"\(every user may write to .*\): remove that right"):
        load_settings()
    tmp_path.chmod(0o700)
