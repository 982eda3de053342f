"""What the wrapper decides before anything is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import run
from gateway.machine.installation import (
    LockEntry,
    Stamp,
    is_ready,
    needs_postgres,
    parse_lock,
    read_stamp,
    replace_groups,
    try_environment,
    wanted_stamp,
)

_ROOT = Path(__file__).resolve().parents[2]
_HASH = f"--hash=sha256:{'0' * 64}"
_BASE = frozenset({"base"})

WISHED = {"bank", "einvoice", "erp", "ocr"}


def test_groups_when_the_command_is_for_developers_then_tests_and_postgres_are_in() -> None:
    assert run.groups_for(["test", "tests/unit"], {}) == {"bank", "base", "einvoice", "erp", "ocr", "postgres", "test"}


@pytest.mark.parametrize("command", ["capture", "einvoice"])
def test_groups_when_documents_are_read_then_their_libraries_are_in(command: str) -> None:
    assert run.groups_for([command, "a.pdf"], {}) == {"base", "einvoice", "ocr"}


@pytest.mark.parametrize("command", ["connector", "erp", "soap"])
def test_groups_when_an_erp_is_spoken_to_then_its_libraries_are_in(command: str) -> None:
    assert run.groups_for([command, "list"], {}) == {"base", "erp"}


@pytest.mark.parametrize(
    ("command", "wished"),
    [("serve", WISHED), ("demo", WISHED), ("doctor", set())],
)
def test_groups_when_the_gateway_is_started_then_reading_documents_is_wished_for(
    command: str, wished: set[str]
) -> None:
    assert run.wished_for([command]) == wished


@pytest.mark.parametrize("command", ["serve", "demo", "doctor", "--help"])
def test_groups_when_the_database_is_a_file_then_base_is_enough(command: str) -> None:
    assert run.groups_for([command], {}) == _BASE


@pytest.mark.parametrize("variable", ["TILLBRIDGE_DATABASE_URL", "TILLBRIDGE_DATABASE__URL"])
def test_groups_when_the_environment_names_postgres_then_its_driver_is_in(variable: str) -> None:
    assert run.groups_for(["serve"], {variable: "postgresql://till@127.0.0.1/till"}) == {"base", "postgres"}


@pytest.mark.parametrize("form", ["two words", "one word", "variable"])
def test_groups_when_the_file_names_postgres_then_its_driver_is_in(tmp_path: Path, form: str) -> None:
    config = tmp_path / "shop.toml"
    config.write_text('[database]\nurl = "postgresql://till@127.0.0.1/till"\n')
    arguments = {"two words": ["serve", "--config", str(config)], "one word": ["serve", f"--config={config}"]}
    environ = {"TILLBRIDGE_CONFIG": str(config)} if form == "variable" else {}

    assert run.groups_for(arguments.get(form, ["serve"]), environ) == {"base", "postgres"}


@pytest.mark.parametrize(
    "text", ["", "[database", "database = 3", '[database]\nurl = "sqlite:///x"\n', "[database]\nurl = 1"]
)
def test_postgres_when_the_file_names_none_or_is_broken_then_no(tmp_path: Path, text: str) -> None:
    config = tmp_path / "shop.toml"
    config.write_text(text)

    assert not needs_postgres(config, {})
    assert not needs_postgres(tmp_path / "missing.toml", {})


def test_config_when_given_from_another_folder_then_it_is_named_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    words = run.absolute_config(["serve", "--config", "a.toml", "--config=b.toml", "--port", "1"])

    assert words == ["serve", "--config", str(tmp_path / "a.toml"), f"--config={tmp_path / 'b.toml'}", "--port", "1"]


def test_lock_when_parsed_then_each_package_has_its_groups_and_lines() -> None:
    text = f"# About this file.\n\n# groups: base test\none==1.0 ; sys_platform == 'win32' \\\n    {_HASH}\n"

    [entry] = parse_lock(text)

    lines = f"one==1.0 ; sys_platform == 'win32' \\\n    {_HASH}\n"
    assert entry == LockEntry("one", frozenset({"base", "test"}), lines)


@pytest.mark.parametrize(
    "text",
    [
        f"one==1.0 \\\n    {_HASH}\n",
        f"# groups: base\none>=1.0 \\\n    {_HASH}\n",
        "# groups: base\none==1.0\n",
    ],
    ids=["no groups", "not pinned", "no hash"],
)
def test_lock_when_an_entry_is_not_complete_then_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"requirements\.lock"):
        parse_lock(text)


def test_stamp_when_written_then_it_reads_back(tmp_path: Path) -> None:
    stamp = wanted_stamp(_ROOT, frozenset({"base", "test"}))
    (tmp_path / "stamp.json").write_text(stamp.to_json())

    assert read_stamp(tmp_path) == stamp


@pytest.mark.parametrize("text", ["", "{", "[]", '{"lock": "1"}', '{"groups": 3}'])
def test_stamp_when_it_cannot_be_read_then_there_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "stamp.json").write_text(text)

    assert read_stamp(tmp_path) is None


def test_environment_when_it_has_more_groups_then_it_serves() -> None:
    want = Stamp("lock", "project", "3.11.2", "place", _BASE)

    assert is_ready(replace_groups(want, frozenset({"base", "test"})), want)


@pytest.mark.parametrize(
    "have",
    [
        None,
        Stamp("other", "project", "3.11.2", "place", _BASE),
        Stamp("lock", "other", "3.11.2", "place", _BASE),
        Stamp("lock", "project", "3.12.1", "place", _BASE),
        Stamp("lock", "project", "3.11.2", "elsewhere", _BASE),
        Stamp("lock", "project", "3.11.2", "place", frozenset({"test"})),
    ],
)
def test_environment_when_anything_differs_then_it_does_not_serve(have: Stamp | None) -> None:
    assert not is_ready(have, Stamp("lock", "project", "3.11.2", "place", _BASE))


def test_wrapper_when_python_is_too_old_then_it_says_so() -> None:
    """An old Python must get as far as the message, so the file may not use newer grammar before it."""
    pretend = "import sys, runpy; sys.version_info = (3, 9, 2); sys.version = '3.9.2 (main)'; "
    command = [sys.executable, "-c", f"{pretend} runpy.run_path('run.py', run_name='__main__')"]

    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == "Tillbridge needs Python 3.11 or newer; this is 3.9.2.\n"
    compile((_ROOT / "run.py").read_text(encoding="utf-8"), "run.py", "exec", flags=0, _feature_version=8)


def test_wrapper_when_counted_then_it_is_short_and_of_the_standard_library() -> None:
    text = (_ROOT / "run.py").read_text(encoding="utf-8")

    assert text.count("\n") < 150


def _installed(root: Path, groups: frozenset[str]) -> None:
    for name in ("requirements.lock", "setup.cfg"):
        (root / name).write_text("")
    (root / ".venv").mkdir()
    (root / ".venv" / "stamp.json").write_text(wanted_stamp(root, groups).to_json())


def test_wish_when_it_is_installed_then_nothing_is_done(tmp_path: Path) -> None:
    _installed(tmp_path, frozenset({"base", "build", "ocr"}))

    try_environment(tmp_path, frozenset({"base", "ocr"}), say=pytest.fail)

    assert not (tmp_path / ".venv" / "wish_failed").exists()


def test_wish_when_it_failed_today_then_it_is_not_tried_again(tmp_path: Path) -> None:
    _installed(tmp_path, frozenset({"base", "build"}))
    (tmp_path / ".venv" / "wish_failed").touch()

    try_environment(tmp_path, frozenset({"base", "ocr"}), say=pytest.fail)

    assert read_stamp(tmp_path / ".venv") == wanted_stamp(tmp_path, frozenset({"base", "build"}))
