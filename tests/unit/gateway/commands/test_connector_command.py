"""The command `connector`: what there is, whether a mapping fits, and a new one that works at once."""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import pytest

import connectors
from gateway.adapters.connector_registry import connector_factory, connectors_known
from gateway.commands.connector_command import ROOT, main
from gateway.commands.new_connector import new_connector
from gateway.domain.errors import ConfigurationError
from tests.support.sandbox import sandbox

_MAPPING = """
[erp]
connector = "generic_rest"
url = "{url}"
login = "gateway"
description = "sandbox"
secret_file = "secret"
[accounts]
supplies = "{account}"
[taxes]
"19" = "V19"
"""


def test_list_when_asked_then_every_folder_with_a_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0

    told = capsys.readouterr().out
    folders = {path.parent.name for path in (ROOT / "connectors").glob("*/manifest.toml")}
    assert folders <= {line.partition(":")[0] for line in told.splitlines()}
    for name in folders:
        assert callable(connector_factory(name, connectors_known(ROOT)))
        assert (ROOT / "connectors" / name / "README.md").is_file()


@pytest.mark.parametrize(("account", "code"), [("6800", 0), ("9999", 1)])
def test_check_when_a_mapping_is_tried_then_company_and_what_does_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], account: str, code: int
) -> None:
    with sandbox() as erp:
        (tmp_path / "secret").write_text(erp.login.password + "\n")
        (tmp_path / "erp.toml").write_text(_MAPPING.format(url=erp.address, account=account))
        done = main(["check", str(tmp_path / "erp.toml")])
        secret = erp.login.password

    told = capsys.readouterr().out
    assert (done, "accounts.supplies" in told) == (code, code == 1)
    assert "Sandbox Ltd, version 1.0, EUR" in told
    assert secret not in told


@pytest.mark.parametrize("text", ["no TOML", "", '[erp]\nconnector = "nobody"', '[erp]\nconnector = "files"'])
def test_check_when_a_mapping_cannot_be_used_then_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (tmp_path / "erp.toml").write_text(text)

    assert main(["check", str(tmp_path / "erp.toml")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_new_when_begun_then_small_and_its_contract_test_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder with what it needs, so that this checkout stays as it is."""
    pattern = Path("connectors", "generic_rest", "descriptions", "sandbox.toml")
    (tmp_path / pattern).parent.mkdir(parents=True)
    for name in (pattern, Path("setup.cfg")):
        shutil.copy(ROOT / name, tmp_path / name)

    made = new_connector(tmp_path, "acme")

    code = [path for path in made if path.suffix == ".py"]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in code) < 150
    assert connectors_known(tmp_path)["acme"].value == "connectors.acme.connector:connect"
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(tmp_path / "connectors")])
    told = runpy.run_path(str(tmp_path / "tests" / "contract" / "erp" / "test_acme.py"))
    tests = [test for name, test in told.items() if name.startswith("test_")]
    for test in tests:
        test()
    assert len(tests) == 1
    for module in [module for module in sys.modules if module.startswith("connectors.acme")]:
        del sys.modules[module]
    with pytest.raises(ConfigurationError, match="already"):
        new_connector(tmp_path, "acme")


@pytest.mark.parametrize("name", ["", "Acme", "../acme", "a", "1acme"])
def test_new_when_the_name_is_none_then_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="no name"):
        new_connector(tmp_path, name)

    assert list(tmp_path.iterdir()) == []
