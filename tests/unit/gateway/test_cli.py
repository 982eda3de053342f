"""The commands in this process: wrong input ends with one clear line and exit code 1 or 2, never with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli import main

CONFIG = """
[server]
data_dir = "{folder}/data"
[database]
url = "{url}"
"""


@pytest.fixture
def config(tmp_path: Path, empty_database_url: str) -> Path:
    path = tmp_path / "shop.toml"
    path.write_text(CONFIG.format(folder=tmp_path, url=empty_database_url), encoding="utf-8")
    return path


@pytest.mark.parametrize("arguments", [[], ["fly"], ["serve", "--port", "soon"], ["serve", "--nothing"]])
def test_unknown_command_or_option_then_usage_and_exit_code_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert end.value.code == 2
    assert "usage: tillbridge" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["serve", "doctor", "migrate", "seed", "demo"])
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[server]\nprot = 1\n", "did you mean 'port'"),
        ("[server]\nport = 70000\n", "server.port"),
        ("[server\n", "shop.toml"),
        ('[database]\nurl = "oracle://x"\n', "database.url"),
    ],
)
def test_wrong_settings_then_the_key_is_named_and_exit_code_one(
    command: str, text: str, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(text, encoding="utf-8")

    assert main([command, "--config", str(path)]) == 1

    said = capsys.readouterr().err
    assert named in said
    assert "Traceback" not in said


def test_missing_settings_file_then_it_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--config", str(tmp_path / "missing.toml")]) == 1
    assert "missing.toml" in capsys.readouterr().err


@pytest.mark.parametrize("pair", ["shop.name", "=x", "shop.nmae=x"])
def test_setting_on_the_command_line_that_is_none_then_said(
    pair: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["doctor", "--set", f"server.data_dir={tmp_path}", "--set", pair]

    assert main(arguments) == 1
    assert "The settings cannot be used" in capsys.readouterr().err


def test_migrate_then_the_tables_are_made_and_a_second_time_changes_nothing(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate", "--config", str(config)]) == 0
    first = capsys.readouterr().out
    assert main(["migrate", "--config", str(config)]) == 0
    second = capsys.readouterr().out

    assert first.startswith("Database: empty -> ")
    head = first.split()[-1]
    assert second == f"Database: {head} -> {head}\n"


def test_seed_then_one_administrator_and_never_a_second(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", "--config", str(config)]) == 0
    first = capsys.readouterr().out
    assert main(["seed", "--config", str(config)]) == 0
    second = capsys.readouterr().out

    assert "one-time" in first
    assert second == "There are people already; nothing was changed.\n"
    assert first.split()[1] not in second


def test_doctor_then_says_of_the_database_before_and_after(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--config", str(config)])
    before = capsys.readouterr().out
    main(["migrate", "--config", str(config)])
    capsys.readouterr()
    main(["doctor", "--config", str(config)])
    after = capsys.readouterr().out

    assert "empty; the first start makes the tables" in before
    assert "up to date" in after


@pytest.mark.parametrize("command", ["migrate", "seed"])
def test_database_that_is_not_there_then_one_line_and_exit_code_one(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.toml"
    path.write_text(CONFIG.format(folder=tmp_path, url="postgresql://nobody@127.0.0.1:1/none"), encoding="utf-8")

    assert main([command, "--config", str(path)]) == 1

    said = capsys.readouterr().err
    assert "database" in said.lower()
    assert "Traceback" not in said


@pytest.mark.parametrize("command", ["migrate", "seed"])
def test_folder_that_cannot_be_made_then_said(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    path = tmp_path / "shop.toml"
    folder = tmp_path / "file"
    path.write_text(CONFIG.format(folder=folder, url=f"sqlite:///{tmp_path}/s.db"), encoding="utf-8")

    assert main([command, "--config", str(path)]) == 1
    assert "server.data_dir" in capsys.readouterr().err
