"""Descriptions that do not fit are told at set-up, field by field; currencies keep their own decimal places."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.erp_mapping.described import read_description
from connectors.sandbox_erp.faults import Fault
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.put_result import PutState
from gateway.domain.money import Currency
from tests.support.erp_documents import bill
from tests.support.erp_rig import SandboxRig, rest_rig, soap_rig

_REST = Path("connectors/generic_rest/descriptions/sandbox.toml")
_SOAP = Path("connectors/generic_soap/descriptions/sandbox.toml")
_ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module", params=["rest", "soap"])
def rig(request: pytest.FixtureRequest) -> Iterator[SandboxRig]:
    with (rest_rig if request.param == "rest" else soap_rig)() as found:
        yield found


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("{payment_reference?}", "{payment_referense?}", "operations.create_vendor_bill"),
        ("{end_to_end_id}", "{end_to_end}", "operations.create_vendor_payment"),
        ("post_vendor_bill =", "send_vendor_bill =", "operations.send_vendor_bill"),
    ],
)
def test_description_when_it_names_what_is_not_there_then_check_tells_the_field(
    rig: SandboxRig, tmp_path: Path, old: str, new: str, field: str
) -> None:
    text = (_ROOT / (_REST if rig.name == "generic_rest" else _SOAP)).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine.toml").write_text(text.replace(old, new), encoding="utf-8")

    findings = rig.connector(erp={"description": str(tmp_path / "mine.toml")}).check().findings

    assert {one.field.split(".values")[0].split(".body")[0] for one in findings} >= {field}


def test_service_when_its_wsdl_lacks_an_operation_or_a_value_then_check_tells_the_field(tmp_path: Path) -> None:
    text = (_ROOT / _SOAP).read_text(encoding="utf-8")
    changed = text.replace('"PostBill"', '"SendBill"').replace("values.currency", "values.money", 1)
    (tmp_path / "mine.toml").write_text(changed, encoding="utf-8")

    with soap_rig() as rig:
        findings = rig.connector(erp={"description": str(tmp_path / "mine.toml")}).check().findings

    fields = {one.field for one in findings}
    assert fields == {"operations.post_vendor_bill.call", "operations.create_vendor_bill.values.money"}


def test_bill_when_its_currency_has_other_decimal_places_then_found_and_posted_by_them() -> None:
    """A draft is left, so that the second call has to compare what it finds."""
    with rest_rig() as rig:
        document = dataclasses.replace(bill(7, net_minor=10_000), currency=Currency.of("KWD"))
        rig.fault(Fault.TIMEOUT_BEFORE, "attach")
        with pytest.raises(ErpFailure):
            rig.connector().put(document)
        result = rig.connector().put(document)
        booked = rig.booked(document.key)

    assert result.state is PutState.POSTED
    assert [one.gross for one in booked] == ["11.90"]
    assert "replace_vendor_bill" not in {one.operation for one in rig.exchanges}


@pytest.mark.parametrize(("name", "text"), [("nowhere.toml", None), ("mine.toml", "no TOML ="), ("../x", None)])
def test_description_when_it_cannot_be_read_then_mapping_wrong(tmp_path: Path, name: str, text: str | None) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)

    with pytest.raises(ErpFailure) as failed:
        read_description(name, str(tmp_path), tmp_path)

    assert (failed.value.failure, failed.value.field) == (FailureCode.MAPPING_WRONG, "erp.description")
