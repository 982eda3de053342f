"""Service descriptions: read from files only, shared, and nothing left out in silence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from connectors.soap.description import Descriptions
from connectors.soap.failure import FailureCode, SoapFailure
from tests.support.soap_service import NAMESPACE, WSDL


def _written(folder: Path, text: str = WSDL) -> Path:
    path = folder / "ledger.wsdl"
    path.write_text(text)
    return path


def _refusal(path: Path, found: Descriptions | None = None, *, strict: bool = True) -> SoapFailure:
    with pytest.raises(SoapFailure) as failed:
        (found or Descriptions()).load(path, strict=strict)
    return failed.value


def test_description_when_read_then_operations_of_both_versions_are_listed(tmp_path: Path) -> None:
    found = Descriptions().load(_written(tmp_path))

    assert [(one.port, one.version, one.name, one.one_way) for one in found.operations] == [
        ("Port11", "1.1", "Post", False),
        ("Port11", "1.1", "Tell", True),
        ("Port12", "1.2", "Post", False),
        ("Port12", "1.2", "Tell", True),
    ]
    assert "amount: xsd:decimal" in found.operations[0].takes
    with pytest.raises(SoapFailure, match="no port Port13"):
        found.binding_of("Port13")


def test_description_when_asked_for_again_then_it_is_the_same_until_the_file_changes(tmp_path: Path) -> None:
    shelf = Descriptions()
    path = _written(tmp_path)

    first = shelf.load(path)
    again = shelf.load(path)
    path.write_text(WSDL.replace("Tell", "Say"))
    changed = shelf.load(path)

    assert first is again
    assert {one.name for one in changed.operations} == {"Post", "Say"}


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("http://schemas.example.invalid/other.xsd", FailureCode.DESCRIPTION_REACHES_OUT),
        ("../other.xsd", FailureCode.DESCRIPTION_REACHES_OUT),
        ("/etc/hostname", FailureCode.DESCRIPTION_REACHES_OUT),
        ("missing.xsd", FailureCode.DESCRIPTION_UNREADABLE),
    ],
)
def test_description_when_it_reaches_out_then_refused_by_name(tmp_path: Path, where: str, code: FailureCode) -> None:
    imported = f'<xs:import namespace="urn:other" schemaLocation="{where}"/>'

    assert _refusal(_written(tmp_path, WSDL.replace("<!--IMPORT-->", imported))).code is code


def test_description_when_the_operator_names_a_file_for_an_address_then_it_is_read(tmp_path: Path) -> None:
    other = tmp_path / "other.xsd"
    other.write_text('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other"/>')
    imported = '<xs:import namespace="urn:other" schemaLocation="http://schemas.example.invalid/other.xsd"/>'
    shelf = Descriptions({"http://schemas.example.invalid/other.xsd": other})

    assert len(shelf.load(_written(tmp_path, WSDL.replace("<!--IMPORT-->", imported))).operations) == 4


def test_description_when_an_operation_cannot_be_taken_then_an_error_or_told(tmp_path: Path) -> None:
    broken = _written(
        tmp_path,
        WSDL.replace(
            'name="PostOut"><wsdl:part name="parameters" element="tns:PostResult"/>',
            'name="PostOut"><wsdl:part name="parameters" element="tns:Missing"/>',
        ),
    )

    refused = _refusal(broken)
    found = Descriptions().load(broken, strict=False)

    assert refused.code is FailureCode.DESCRIPTION_INCOMPLETE
    assert "PostOut" in refused.message
    assert any("PostOut" in words for words in found.dropped)
    assert {one.name for one in found.operations} == {"Tell"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a/>",
        "no XML",
        WSDL.replace("<wsdl:definitions", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><wsdl:definitions'),
        WSDL[: len(WSDL) // 2],
        WSDL.replace("tns:PostIn", "tns:Nowhere"),
    ],
)
def test_description_when_broken_or_hostile_then_refused_by_name(tmp_path: Path, text: str) -> None:
    assert _refusal(_written(tmp_path, text)).code in {
        FailureCode.DESCRIPTION_UNREADABLE,
        FailureCode.DESCRIPTION_INCOMPLETE,
    }


def test_description_when_it_uses_the_encoding_of_soap_then_nothing_is_fetched(tmp_path: Path) -> None:
    soap = "http://schemas.xmlsoap.org/soap/encoding/"
    array = (
        f'<xs:import namespace="{soap}"/><xs:complexType name="Rows"><xs:complexContent>'
        f'<xs:restriction xmlns:enc="{soap}" base="enc:Array"><xs:attribute ref="enc:arrayType"/>'
        "</xs:restriction></xs:complexContent></xs:complexType>"
    )

    found = Descriptions().load(_written(tmp_path, WSDL.replace("<!--IMPORT-->", array)))

    types: Any = found.document.types
    assert types.get_type(f"{{{NAMESPACE}}}Rows") is not None


def test_description_when_its_folder_is_elsewhere_then_relative_imports_still_work(tmp_path: Path) -> None:
    folder = tmp_path / "with blank"
    folder.mkdir()
    (folder / "other.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other"/>'
    )
    imported = '<xs:import namespace="urn:other" schemaLocation="other.xsd"/>'
    path = _written(folder, WSDL.replace("<!--IMPORT-->", imported))

    assert len(Descriptions().load(path).operations) == 4
    shutil.rmtree(folder)
    assert _refusal(path).code is FailureCode.DESCRIPTION_UNREADABLE
