"""Order of the test folders, and what is said about missing system packages without touching the machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.commands.developer_commands import (
    TEST_FOLDERS,
    WORKERS_MAX,
    folders_of_tests,
    offer_system_packages,
    run_check,
    workers_for,
)
from gateway.machine import capabilities


def test_folders_when_listed_then_fast_ones_come_first_and_none_is_forgotten() -> None:
    listed = folders_of_tests()
    names = [folder.removeprefix("tests/") for folder in listed]
    tests = Path(__file__).resolve().parents[3]

    assert names == sorted(names, key=lambda name: TEST_FOLDERS.index(name) if name in TEST_FOLDERS else 99)
    assert set(names) == {path.relative_to(tests).parts[0] for path in tests.rglob("test_*.py")}


def test_system_packages_when_refused_then_the_line_to_type_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(capabilities, "_DEBIAN_POSTGRES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    offer_system_packages(install=False)

    told = capsys.readouterr().out
    assert "Not on this machine: browser, postgres." in told
    assert "sudo apt-get install postgresql chromium-headless-shell" in told


@pytest.mark.parametrize("user", [0, 1000])
def test_system_packages_when_wanted_then_only_root_installs_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], user: int
) -> None:
    """A program named apt-get stands where the real one would; it writes down what it was asked."""
    asked = tmp_path / "asked"
    program = tmp_path / "apt-get"
    program.write_text(f'#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> {asked}\n')
    program.chmod(0o755)
    monkeypatch.setattr(capabilities, "_DEBIAN_POSTGRES", tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setenv("PATH", str(tmp_path))

    offer_system_packages(install=True)

    told = capsys.readouterr().out
    if user:
        assert not asked.exists()
        assert "sudo apt-get install" in told
        return
    lines = asked.read_text().splitlines()
    assert lines[0] == "noninteractive update -qq"
    assert lines[1].endswith("--no-install-recommends postgresql chromium-headless-shell")
    assert "--no-system refuses this" in told


def test_system_packages_when_all_is_there_then_nothing_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "15" / "bin").mkdir(parents=True)
    for name in ("15/bin/initdb", "15/bin/postgres", "chromium"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(capabilities, "_DEBIAN_POSTGRES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    offer_system_packages(install=False)

    assert capsys.readouterr().out == ""


def test_check_when_given_words_then_they_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_check(["tests/unit"]) == 2
    assert "takes no arguments" in capsys.readouterr().out


def test_workers_when_everything_runs_then_files_are_spread_over_the_processors() -> None:
    words = workers_for(["-q"])

    assert words[0] == "-n"
    assert words[2:] == ["--dist", "loadfile", "--no-loadscope-reorder"]


@pytest.mark.parametrize(("processors", "workers"), [(None, 2), (1, 2), (2, 4), (3, 6), (64, WORKERS_MAX)])
def test_workers_when_counted_then_two_for_each_processor_and_never_many(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, workers: int
) -> None:
    """Tests that wait for a device leave a processor idle."""
    monkeypatch.setattr(os, "cpu_count", lambda: processors)

    assert workers_for([])[1] == str(workers)


@pytest.mark.parametrize("word", ["-n4", "-x", "--pdb", "--dist=load"])
def test_workers_when_the_caller_decides_then_nothing_is_added(word: str) -> None:
    assert workers_for([word]) == []
