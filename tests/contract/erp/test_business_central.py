"""What only Business Central has: a comment line with our key, files in two steps, own journals, pages in SOAP."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.business_central.journals import number_of
from connectors.sandbox_erp.faults import Fault
from gateway.domain.erp.documents import PaidBill
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import FoundState, PutState
from gateway.domain.erp.records import RecordKind, VendorRecord
from gateway.domain.money import Currency
from gateway.ports.erp import Capability, ErpDocument, hints_of
from tests.support.business_central_model import CentralModel
from tests.support.erp_documents import bill, entry, key_of, payment
from tests.support.erp_model import ModelReply, ModelRequest
from tests.support.erp_model_rigs import MODELS, ModelRig


@pytest.fixture
def rig() -> Iterator[ModelRig]:
    with MODELS["business_central"]() as rig:
        yield rig


def _failed(rig: ModelRig, document: ErpDocument) -> ErpFailure:
    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(document)
    return failed.value


def _bill(rig: ModelRig, number: int = 1, **changes: Any) -> Any:
    return dataclasses.replace(bill(number), vendor=rig.vendor, **changes)


def _tables(rig: ModelRig) -> dict[str, list[dict[str, Any]]]:
    model: CentralModel = rig.erp
    return model.tables


def test_page_that_is_not_published_then_named_at_set_up_and_vendors_come_without(rig: ModelRig) -> None:
    del rig.erp.pages["VendorBankAccounts"]

    findings = rig.connector().check().findings
    without = rig.connector(pages={"bank_accounts": "", "vendor_entries": ""})
    vendors = without.fetch(RecordKind.VENDOR, "", 100).records

    assert [one.field for one in findings] == ["pages.bank_accounts"]
    assert without.check().findings == ()
    assert Capability.OPEN_ITEMS_IN not in without.check().capabilities
    assert [one.ibans for one in vendors if isinstance(one, VendorRecord)] == [(), (), ()]


def test_file_that_was_left_without_bytes_then_it_gets_them_and_there_is_one(rig: ModelRig) -> None:
    document = _bill(rig)
    # Of the two steps the first is done, and its answer is lost.
    rig.erp.faults.add(Fault.TIMEOUT_AFTER, "attach")
    assert _failed(rig, document).effect is Effect.UNKNOWN
    assert [row["byteSize"] for row in _tables(rig)["attachments"]] == [0]

    assert rig.connector().put(document).state is PutState.POSTED

    assert [row["byteSize"] for row in _tables(rig)["attachments"]] == [len(document.attachments[0].content)]


def test_draft_that_came_twice_then_one_is_posted_and_the_other_stays_a_draft(rig: ModelRig) -> None:
    document = _bill(rig)
    rig.erp.faults.add(Fault.DUPLICATE, "create_bill")

    rig.connector().put(document)
    found = rig.connector().find(document.kind, document.key, hints_of(document))

    assert sorted(one["status"] for one in _tables(rig)["purchaseInvoices"]) == ["Draft", "Open"]
    assert found is not None
    assert found.state is FoundState.POSTED
    assert rig.connector().put(document).state is PutState.DUPLICATE


def test_number_that_was_posted_by_somebody_else_meanwhile_then_refused_and_the_draft_stays(rig: ModelRig) -> None:
    ours = _bill(rig)
    rig.erp.faults.add(Fault.TIMEOUT_BEFORE, "post_bill")
    _failed(rig, ours)
    theirs = _bill(rig, 2)
    rig.connector().put(theirs)
    _tables(rig)["purchaseInvoices"][1]["vendorInvoiceNumber"] = ours.number

    failure = _failed(rig, ours)

    assert (failure.failure, failure.effect) == (FailureCode.REFUSED, Effect.NONE)
    assert rig.booked(ours.key) == []


def test_journal_that_was_posted_then_gone_and_its_number_is_made_of_the_key(rig: ModelRig) -> None:
    document = entry(7)

    result = rig.connector().put(document)

    assert _tables(rig)["journals"] == []
    assert result.number == number_of(document.key)
    assert {one["documentNumber"] for one in _tables(rig)["generalLedgerEntries"]} == {result.number}
    assert len({number_of(key_of(one)) for one in range(1_000)}) == 1_000


def test_journal_whose_removal_fails_then_posted_all_the_same(rig: ModelRig) -> None:
    model: CentralModel = rig.erp
    usual = model.answer

    def stays(request: ModelRequest) -> ModelReply:
        return ModelReply(403, b"") if request.method == "DELETE" else usual(request)

    model.answer = stays  # type: ignore[method-assign]

    assert rig.connector().put(entry(8)).state is PutState.POSTED
    assert rig.connector().put(entry(8)).state is PutState.DUPLICATE


@pytest.mark.parametrize("what", ["credit note", "discount", "other currency"])
def test_document_that_the_api_cannot_take_then_not_supported_and_nothing_is_there(rig: ModelRig, what: str) -> None:
    paid = PaidBill(key_of(1), "R-1", 1_000, discount_minor=20)
    usd = Currency.of("USD")
    documents: dict[str, ErpDocument] = {
        "credit note": _bill(rig, credit_note=True),
        "discount": dataclasses.replace(payment(3, 1_000), vendor=rig.vendor, pays=(paid,)),
        "other currency": dataclasses.replace(entry(9), currency=usd),
    }

    failure = _failed(rig, documents[what])

    assert (failure.failure, failure.effect) == (FailureCode.NOT_SUPPORTED, Effect.NONE)
    assert not _tables(rig).get("purchaseInvoices")
    assert not _tables(rig).get("journals")


def test_list_that_goes_on_then_at_the_host_of_the_mapping_and_nowhere_else(rig: ModelRig) -> None:
    model: CentralModel = rig.erp
    usual = model.answer
    links = [
        "https://elsewhere.invalid/v2.0/t/e/api/v2.0/companies(X)/vendors?$skiptoken=2",
        "https://elsewhere.invalid/x",
    ]
    asked: list[str] = []

    def cut(request: ModelRequest) -> ModelReply:
        if request.path.endswith("/vendors") and links:
            asked.append(request.query.get("$skiptoken", ""))
            return ModelReply(200, {"value": [], "@odata.nextLink": links.pop(0)})
        return usual(request)

    model.answer = cut  # type: ignore[method-assign]
    with pytest.raises(ErpFailure) as failed:
        rig.connector().fetch(RecordKind.VENDOR, "", 10)

    assert failed.value.failure is FailureCode.ANSWER_NOT_UNDERSTOOD
    assert asked == ["", "2"]


def test_basic_in_place_of_a_token_then_login_and_key_are_sent(rig: ModelRig) -> None:
    with pytest.raises(ErpFailure) as failed:
        rig.connector(erp={"token_url": ""}).check()

    assert failed.value.failure is FailureCode.NOT_AUTHORISED
    assert [one.operation for one in rig.exchanges] == ["companies"]
