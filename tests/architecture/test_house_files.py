"""The files that make the house: lock file, system packages, configuration, and what no file may hold."""

from __future__ import annotations

import configparser
import re
import subprocess
from pathlib import Path

import pytest
from pydantic import BaseModel

from gateway.configuration.erp_settings import ErpSettings
from gateway.configuration.kitchen_settings import RouteSettings
from gateway.configuration.settings import PrinterSettings, RegisterSettings, Settings, TerminalSettings, load_settings
from gateway.machine.capabilities import detect
from gateway.machine.debian_packages import debian_packages, install_line, parse_debian_packages
from gateway.machine.installation import parse_lock
from tests.architecture.source_tree import ROOT, texts

_NORMAL = re.compile(r"[-_.]+")
# The words are written so that this file does not hold them itself.
_MACHINE_PATHS = re.compile(r"(?<![\w.~$}/-])/(?:ro[o]t|ho[m]e|tm[p]|wor[k]|Use[r]s)/[\w.-]+")
_REGISTRIES = re.compile(r"(?i)py[p]i\.org|python[h]osted|npm[j]s|registry\.(?:npm|docker)|crat[e]s\.io|devp[i]")
_SECRETS = {
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "cloud key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[A-Za-z0-9-]{10,}|sk_live_[A-Za-z0-9]{16,})\b"),
    "web token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    "password in an address": re.compile(r"\w+://[^/\s:@{}<'\"]+:[^/\s:@{}<'\"*]{6,}@[a-z0-9]"),
}
# Addresses with a password that belongs to nobody: they show that it is cut out.
_SECRET_EXCEPTIONS = {
    "tests/unit/gateway/configuration/test_settings.py": "shows that a password in an address is refused or hidden",
    "tests/unit/gateway/logs/test_observability.py": "shows that a password in an address is cut",
}


def _requirements() -> dict[str, list[str]]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    groups = {"base": parser["options"]["install_requires"], **parser["options.extras_require"]}
    names = re.compile(r"^[A-Za-z0-9._-]+")
    return {
        group: [_normal(found[0]) for line in text.splitlines() if (found := names.match(line.strip()))]
        for group, text in groups.items()
    }


def _normal(name: str) -> str:
    return _NORMAL.sub("-", name).lower()


def test_lock_when_read_then_every_entry_is_pinned_hashed_and_grouped() -> None:
    entries = parse_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))

    assert len(entries) > len(_requirements()["base"])
    for entry in entries:
        first, *hashes = entry.text.replace(" \\", "").splitlines()
        assert re.match(r"^[a-z0-9._-]+==[A-Za-z0-9.!+]+(?: ; .+)?$", first), entry.name
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line) for line in hashes), entry.name
        assert hashes, entry.name
        assert entry.groups <= _requirements().keys(), entry.name


@pytest.mark.parametrize("group", sorted(_requirements()))
def test_lock_when_a_group_is_installed_then_its_requirements_are_in_it(group: str) -> None:
    entries = parse_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    locked = {_normal(entry.name) for entry in entries if group in entry.groups}

    assert sorted(set(_requirements()[group]) - locked) == []


def test_lock_when_read_then_it_names_no_place_to_download_from() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_debian_packages_when_read_then_each_feature_is_one_the_machine_is_asked_for() -> None:
    features = {package.feature for package in debian_packages()}

    assert features <= {found.name for found in detect()}
    for feature in features:
        assert install_line(frozenset({feature})).startswith("sudo apt-get install ")


def test_debian_packages_when_a_line_is_broken_then_its_number_is_told() -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_debian_packages("# first\nchromium browser\n")


@pytest.mark.parametrize("name", ["demo.toml", "production.example.toml"])
def test_configuration_when_shipped_then_it_loads(name: str) -> None:
    settings = load_settings(ROOT / "config" / name, {}, {})

    assert settings.demo.enabled is (name == "demo.toml")
    assert settings.terminals


def test_production_example_when_read_then_it_explains_every_setting() -> None:
    text = (ROOT / "config" / "production.example.toml").read_text(encoding="utf-8")
    lacking = []
    for section, field in Settings.model_fields.items():
        keys = [*type(field.default).model_fields] if isinstance(field.default, BaseModel) else _table_keys(section)
        lacking += [f"{section}.{key}" for key in keys if not _explained(section, key, text)]

    assert lacking == []


def _explained(section: str, key: str, text: str) -> bool:
    """Return whether a key stands in the example: as a setting, or as a table of its own with all its settings."""
    if re.search(rf"(?m)^#? ?{key} = .*", text):
        return True
    inner = getattr(Settings.model_fields[section].default, key, None)
    header = re.search(rf"(?m)^#? ?\[\[?{section}\.{key}\]\]?$", text)
    names = type(inner).model_fields if isinstance(inner, BaseModel) else ()
    return header is not None and all(re.search(rf"(?m)^#? ?{name} = .*", text) for name in names)


def _table_keys(section: str) -> list[str]:
    models: dict[str, type[BaseModel]] = {
        "terminals": TerminalSettings,
        "printers": PrinterSettings,
        "registers": RegisterSettings,
        "routes": RouteSettings,
        "erp": ErpSettings,
    }
    return [key for key in models[section].model_fields if key != "password"]


def test_files_when_searched_then_none_names_a_place_of_one_machine() -> None:
    found = [f"{path}: {hit[0]}" for path, text in texts() for hit in _MACHINE_PATHS.finditer(text)]

    assert found == []


def test_files_when_searched_then_none_names_a_package_registry() -> None:
    found = [f"{path}: {hit[0]}" for path, text in texts() for hit in _REGISTRIES.finditer(text)]

    assert found == []


@pytest.mark.parametrize("kind", sorted(_SECRETS))
def test_tree_when_searched_then_it_holds_no_secret(kind: str) -> None:
    found = [
        f"{path}: {text[: hit.start()].count(chr(10)) + 1}"
        for path, text in texts()
        if path not in _SECRET_EXCEPTIONS
        for hit in _SECRETS[kind].finditer(text)
    ]

    assert found == []


def test_history_when_searched_then_it_never_held_a_key() -> None:
    pattern = "BEGIN [A-Z ]*PRIVATE KEY-----|(AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|sk_live_[A-Za-z0-9]{16}"
    command = ["git", "log", "--all", "--format=%h %s", "--extended-regexp", f"-G{pattern}"]
    # This file holds the patterns, not a key.
    done = subprocess.run(
        [*command, "--", ".", f":!{Path(__file__).relative_to(ROOT).as_posix()}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == ""
