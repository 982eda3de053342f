"""What was set up on the screen: kept in one file, for one user's eyes, joined with the settings of the operator."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.configuration.saved_devices import FILE_NAME, read_saved, with_saved, write_saved
from gateway.configuration.settings import load_settings
from gateway.domain.errors import ConfigurationError

_TERMINAL = {"id": "terminal-2", "name": "Back", "transport": "serial:/dev/ttyUSB0?baud=9600", "password": "123456"}
_REGISTER = {"id": "register-1", "terminal": "terminal-2"}
_OPERATORS = """
[[terminals]]
id = "terminal-1"
name = "Front"
transport = "tcp:192.0.2.20:20007"
[[registers]]
id = "register-1"
name = "Till 1"
terminal = "terminal-1"
"""


def test_saved_then_read_again_by_its_user_only(tmp_path: Path) -> None:
    write_saved(tmp_path, {"terminals": [_TERMINAL], "registers": [_REGISTER]})

    assert read_saved(tmp_path) == {"terminals": [_TERMINAL], "registers": [_REGISTER]}
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@given(name=st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_name_then_read_as_it_was_written(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("saved")

    write_saved(folder, {"terminals": [_TERMINAL | {"name": name}]})

    assert read_saved(folder)["terminals"][0]["name"] == name


def test_nothing_saved_then_nothing_is_read(tmp_path: Path) -> None:
    assert read_saved(tmp_path) == {}


def test_draft_of_a_crash_then_written_over(tmp_path: Path) -> None:
    (tmp_path / f"{FILE_NAME}.new").write_text("half")

    write_saved(tmp_path, {"terminals": [_TERMINAL]})

    assert read_saved(tmp_path)["terminals"] == [_TERMINAL]


@pytest.mark.parametrize(
    "text", ["[[shops]]\nid = 'x'\n", "terminals = 1\n", "[[terminals]]\nname = 'x'\n", "= nothing"]
)
def test_another_file_then_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(ConfigurationError, match=r"devices\.toml"):
        read_saved(tmp_path)


def test_file_others_may_read_then_refused(tmp_path: Path) -> None:
    write_saved(tmp_path, {"terminals": [_TERMINAL]})
    (tmp_path / FILE_NAME).chmod(0o644)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_saved(tmp_path)


def test_join_then_known_ids_change_and_others_come_to_it() -> None:
    tree = {"shop": {"name": "Corner"}, "registers": [{"id": "register-1", "name": "Till 1", "terminal": "terminal-1"}]}

    joined = with_saved(tree, {"terminals": [_TERMINAL], "registers": [_REGISTER]})

    assert joined["registers"] == [{"id": "register-1", "name": "Till 1", "terminal": "terminal-2"}]
    assert joined["terminals"] == [_TERMINAL]
    assert tree["registers"] == [{"id": "register-1", "name": "Till 1", "terminal": "terminal-1"}]


def test_settings_then_what_was_saved_is_part_of_them(tmp_path: Path) -> None:
    config = tmp_path / "shop.toml"
    config.write_text(_OPERATORS)
    data = tmp_path / "data"
    data.mkdir()
    write_saved(data, {"terminals": [_TERMINAL], "registers": [_REGISTER]})
    over = {"TILLBRIDGE_SERVER__DATA_DIR": str(data), "TILLBRIDGE_TERMINALS__TERMINAL_2__PASSWORD": "654321"}

    settings = load_settings(config, {}, over)

    assert [terminal.id for terminal in settings.terminals] == ["terminal-1", "terminal-2"]
    assert settings.terminals[1].password.get_secret_value() == "654321"
    assert settings.registers[0].terminal == "terminal-2"
