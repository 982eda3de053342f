"""Service descriptions of real systems load without a network, and every operation is listed."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from connectors.soap.description import Descriptions
from connectors.soap.failure import FailureCode, SoapFailure


@pytest.mark.parametrize(
    ("name", "operations"),
    [
        ("sap_s4_journalentrybulkchange.wsdl", 2),
        ("dolibarr16_thirdparty.wsdl", 5),
        ("dolibarr16_payment.wsdl", 1),
    ],
)
def test_description_when_whole_then_it_loads_in_strict_mode(corpus: Path, name: str, operations: int) -> None:
    assert len(Descriptions().load(corpus / "wsdl" / name).operations) == operations


def test_description_when_it_names_a_type_that_is_not_there_then_the_loss_is_told(corpus: Path) -> None:
    path = corpus / "wsdl" / "dolibarr16_supplier_invoice.wsdl"

    with pytest.raises(SoapFailure) as refused:
        Descriptions().load(path)
    found = Descriptions().load(path, strict=False)

    assert refused.value.code is FailureCode.DESCRIPTION_INCOMPLETE
    assert [one.name for one in found.operations] == ["getSupplierInvoicesForThirdParty"]
    assert any("getSupplierInvoice'" in words for words in found.dropped)


def test_description_when_it_has_46_files_then_all_operations_are_there(corpus: Path, tmp_path: Path) -> None:
    with tarfile.open(corpus / "wsdl" / "netsuite_suitetalk_2017_1.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    [path] = tmp_path.rglob("netsuite.wsdl")

    found = Descriptions().load(path)

    assert len(found.operations) == 46
    assert {"add", "upsert", "search"} <= {one.name for one in found.operations}
