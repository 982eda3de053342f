"""What the machine is said to have, and the line that brings what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway.machine import capabilities
from gateway.machine.capabilities import browser_program, capability, detect, postgres_programs
from gateway.machine.debian_packages import DebianPackage, config_file, install_line, parse_debian_packages
from terminal_driver.printer.usb_printers import find_usb_printers
from tests.support.usb_tree import UsbTree


def test_detection_when_run_then_every_lack_has_a_reason_and_a_way_out() -> None:
    found = detect()

    assert len({item.name for item in found}) == len(found)
    assert all(item.reason for item in found)
    assert [item.name for item in found if not item.available and not item.fix] == []


def test_capability_when_the_name_is_unknown_then_it_is_refused() -> None:
    with pytest.raises(KeyError):
        capability("teleport")


def test_browser_when_none_is_on_the_path_then_the_install_line_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert browser_program() is None
    assert capability("browser").fix == "sudo apt-get install chromium-headless-shell"


def test_browser_when_one_is_on_the_path_then_it_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert browser_program() == program


def test_postgres_when_several_versions_are_there_then_the_newest_whole_one_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version, programs in (("9", ("initdb", "postgres")), ("15", ("initdb", "postgres")), ("17", ("psql",))):
        folder = tmp_path / version / "bin"
        folder.mkdir(parents=True)
        for program in programs:
            (folder / program).touch()
    monkeypatch.setattr(capabilities, "_DEBIAN_POSTGRES", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert postgres_programs() == tmp_path / "15" / "bin"


def test_postgres_when_there_is_none_then_the_install_line_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(capabilities, "_DEBIAN_POSTGRES", tmp_path / "none")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert capability("postgres").fix == "sudo apt-get install postgresql"


def test_module_when_it_is_missing_then_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)

    found = capability("psycopg")

    assert not found.available
    assert found.fix == "pip install 'tillbridge[postgres]'"


def test_packages_when_parsed_then_comments_and_blank_lines_are_left_out() -> None:
    text = "# all\n\nchromium  browser  # drives the screens\n"

    assert parse_debian_packages(text) == (DebianPackage("chromium", "browser", "drives the screens"),)


@pytest.mark.parametrize("line", ["chromium", "chromium browser", "chromium browser #", "a b c # words"])
def test_packages_when_a_line_is_broken_then_it_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        parse_debian_packages(line)


def test_install_line_when_no_package_helps_then_it_is_empty() -> None:
    assert install_line(frozenset({"pty"})) == ""


def test_config_file_when_asked_for_then_it_is_there() -> None:
    assert config_file("debian-packages.txt").is_file()


def test_usb_printers_when_one_is_plugged_in_then_its_address_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tree = UsbTree(tmp_path)
    monkeypatch.setattr(capabilities, "find_usb_printers", lambda: find_usb_printers(tree.sys_root, tree.dev_root))
    none_there = capability("usb_printers")
    tree.plug("1-2", vendor="04b8", product="0e15", maker="Maker", model="Model", serial="7")
    without_driver = capability("usb_printers")
    tree.unplug("1-2")
    tree.plug("1-2", vendor="04b8", product="0e15", maker="Maker", model="Model", serial="7", lp="lp0").touch()
    usable = capability("usb_printers")

    assert (none_there.available, without_driver.available, usable.available) == (False, False, True)
    assert without_driver.fix == "sudo modprobe usblp"
    assert usable.reason.startswith("usb:04b8:0e15/7 Maker Model")


def test_fonts_when_unifont_is_missing_then_the_install_line_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(capabilities, "_FONT_FOLDERS", (str(tmp_path), str(tmp_path / "missing")))
    missing = capability("fonts")
    (tmp_path / "opentype").mkdir()
    (tmp_path / "opentype" / "unifont.otf").touch()

    assert (missing.available, missing.fix) == (False, "sudo apt-get install fonts-unifont")
    assert capability("fonts").available
