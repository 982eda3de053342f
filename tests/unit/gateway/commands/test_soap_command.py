"""The command that lists the operations of service descriptions."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.commands.soap_command import main
from tests.support.soap_service import WSDL


def test_operations_when_listed_then_names_versions_and_parameters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.wsdl"
    path.write_text(WSDL)

    code = main(["operations", str(path)])

    told = capsys.readouterr().out
    assert code == 0
    assert "4 operations" in told
    assert "Port12 Post (SOAP 1.2): number: xsd:string, amount: xsd:decimal" in told
    assert "Port11 Tell (SOAP 1.1, no answer): words: xsd:string" in told


def test_operations_when_a_file_is_broken_or_partly_lost_then_said_and_the_code_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, part, broken = tmp_path / "whole.wsdl", tmp_path / "part.wsdl", tmp_path / "broken.wsdl"
    whole.write_text(WSDL)
    part.write_text(WSDL.replace('element="tns:PostResult"', 'element="tns:Missing"'))
    broken.write_text("<a/>")

    assert main(["operations", str(broken)]) == 1
    assert main(["operations", str(whole), str(broken)]) == 3
    assert main(["operations", str(part)]) == 3
    assert main([]) == 2
    assert main(["burn", str(whole)]) == 2

    told = capsys.readouterr()
    assert "cannot be used:" in told.out
    assert "describes no service" in told.err
    assert "Usage:" in told.err
