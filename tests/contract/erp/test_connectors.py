"""What every connector has to show, whatever the ERP behind it does.

Documents have numbers of their own, since all tests of a connector share one ERP.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from connectors.sandbox_erp.faults import Fault
from connectors.sandbox_erp.server import RETRY_AFTER_S
from gateway.domain.erp.documents import OrderLineRef, PartyRef, VendorBill
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import FoundState, PutState
from gateway.domain.erp.records import ErpRecord, OrderRecord, RecordKind, VendorRecord
from gateway.domain.money import Money
from gateway.ports.erp import Capability, ErpDocument, hints_of
from tests.support.erp_documents import EUR, bill, entry, payment, sales_day
from tests.support.erp_rig import ErpRig

NUMBERS = count(1_000)
_ONE_LINE = dataclasses.replace(bill().lines[0], net_minor=10_000)
MAKERS: dict[str, Callable[[int], ErpDocument]] = {
    "bill": bill,
    "payment": payment,
    "entry": entry,
    "sales day": sales_day,
}


def _failed(rig: ErpRig, document: ErpDocument) -> ErpFailure:
    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(document)
    return failed.value


def _found(rig: ErpRig, document: ErpDocument) -> Any:
    return rig.connector().find(document.kind, document.key, hints_of(document))


def test_check_when_all_fits_then_company_and_version_and_nothing_to_correct(rig: ErpRig) -> None:
    report = rig.connector().check()

    assert (report.company, report.version, report.currency) == ("Sandbox Ltd", "1.0", "EUR")
    assert report.findings == ()
    assert {Capability.BILLS_OUT, Capability.ATTACHMENTS, Capability.VENDORS_IN} <= report.capabilities


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"accounts": {"phone": "9999"}}, "accounts.phone"),
        ({"tenders": {"card": "9999"}}, "tenders.card"),
        ({"taxes": {"7": "V8"}}, "taxes.7"),
        ({"company": {"name": "Somebody Else"}}, "company.name"),
    ],
)
def test_check_when_a_field_is_wrong_then_it_is_named(rig: ErpRig, changes: dict[str, Any], field: str) -> None:
    findings = rig.connector(**changes).check().findings

    assert [one.field for one in findings] == [field]
    assert findings[0].wrong
    assert findings[0].remedy


def test_check_when_the_login_is_wrong_then_not_authorised_and_the_secret_is_not_told(rig: ErpRig) -> None:
    with pytest.raises(ErpFailure) as failed:
        rig.connector(erp={"login": "somebody"}).check()

    assert failed.value.failure is FailureCode.NOT_AUTHORISED
    assert rig.secret not in str(rig.exchanges[-1])


@pytest.mark.parametrize("kind", [RecordKind.VENDOR, RecordKind.CUSTOMER, RecordKind.ORDER])
def test_fetch_when_paged_then_no_record_is_lost(rig: ErpRig, kind: RecordKind) -> None:
    whole = rig.connector().fetch(kind, "", 100)

    seen: list[ErpRecord] = []
    cursor, complete = "", False
    while not complete:
        page = rig.connector().fetch(kind, cursor, 1)
        assert rig.connector().fetch(kind, cursor, 1) == page
        seen += page.records
        cursor, complete = page.next_cursor, page.complete

    assert tuple(seen) == whole.records
    assert len(seen) > 1


def test_fetch_when_vendors_and_orders_then_every_field(rig: ErpRig) -> None:
    vendors = {one.erp_id: one for one in rig.connector().fetch(RecordKind.VENDOR, "", 100).records}
    orders = {one.erp_id: one for one in rig.connector().fetch(RecordKind.ORDER, "", 100).records}

    mill, closed = vendors["V1"], vendors["V3"]
    assert isinstance(mill, VendorRecord)
    assert (mill.name, mill.vat_id, mill.terms_days, mill.blocked) == ("Paper Mill", "DE123456789", 30, False)
    assert mill.ibans == ("DE02120300000000202051",)
    assert isinstance(closed, VendorRecord)
    assert closed.blocked
    assert isinstance(order := orders["PO1"], OrderRecord)
    assert (order.number, order.vendor_erp_id, order.currency) == ("PO-1", "V2", EUR)
    assert [(line.sku, line.ordered, line.unit_price) for line in order.lines] == [
        ("PAPER", Decimal(100), Decimal("4.50")),
        ("INK", Decimal(10), Decimal("12.00")),
    ]


@pytest.mark.parametrize("kind", MAKERS)
def test_put_when_all_goes_well_then_posted_once_to_the_cent(rig: ErpRig, kind: str) -> None:
    document = MAKERS[kind](next(NUMBERS))

    first = rig.connector().put(document)
    again = rig.connector().put(document)
    found = _found(rig, document)

    assert (first.state, again.state) == (PutState.POSTED, PutState.DUPLICATE)
    assert (found.state, found.erp_id, found.number) == (FoundState.POSTED, first.erp_id, first.number)
    assert again.erp_id in ("", first.erp_id)
    booked = rig.booked(document.key)
    assert len(booked) == 1
    assert Money.from_decimal(booked[0].gross, EUR).minor == found.sums.gross_minor
    if isinstance(document, VendorBill):
        assert found.sums.gross_minor == document.gross_minor
        assert booked[0].files == (document.attachments[0].content,)


def test_put_when_a_bill_names_an_order_then_its_line_is_billed(rig: ErpRig) -> None:
    before = rig.connector().fetch(RecordKind.ORDER, "", 100)
    rig.connector().put(bill(next(NUMBERS), order=OrderLineRef("PO-3", 1, "10")))

    news = rig.connector().fetch(RecordKind.ORDER, before.next_cursor, 100).records
    items = rig.connector().fetch(RecordKind.OPEN_ITEM, "", 100).records

    assert [(one.erp_id, one.lines[0].billed) for one in news if isinstance(one, OrderRecord)] == [("PO3", Decimal(2))]
    assert items


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("fault", [Fault.TIMEOUT_BEFORE, Fault.SERVER_ERROR])
def test_put_when_no_answer_comes_before_it_is_done_then_unknown_and_nothing_there(
    rig: ErpRig, kind: str, fault: Fault
) -> None:
    document = MAKERS[kind](next(NUMBERS))
    rig.fault(fault, _first_write(kind))

    failure = _failed(rig, document)

    assert failure.effect is Effect.UNKNOWN
    assert failure.failure in {FailureCode.NO_ANSWER, FailureCode.SERVER_ERROR}
    assert "geheim" not in failure.detail + failure.words
    assert _found(rig, document) is None
    assert rig.connector().put(document).state is PutState.POSTED
    assert len(rig.booked(document.key)) == 1


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("fault", [Fault.TIMEOUT_AFTER, Fault.MALFORMED])
def test_put_when_no_answer_comes_after_it_is_done_then_find_tells(rig: ErpRig, kind: str, fault: Fault) -> None:
    document = MAKERS[kind](next(NUMBERS))
    rig.fault(fault, "post_bill" if kind == "bill" else _first_write(kind))

    failure = _failed(rig, document)

    wanted = FailureCode.NO_ANSWER if fault is Fault.TIMEOUT_AFTER else FailureCode.ANSWER_NOT_UNDERSTOOD
    assert (failure.failure, failure.effect) == (wanted, Effect.UNKNOWN)
    assert _found(rig, document).state is FoundState.POSTED
    assert len(rig.booked(document.key)) == 1


@pytest.mark.parametrize(
    ("fault", "operation"),
    [
        (Fault.HALF_DRAFT, "create_bill"),
        (Fault.TIMEOUT_AFTER, "create_bill"),
        (Fault.TIMEOUT_AFTER, "attach"),
        (Fault.TIMEOUT_BEFORE, "attach"),
        (Fault.TIMEOUT_BEFORE, "post_bill"),
    ],
)
def test_put_when_a_draft_was_left_half_made_then_it_is_finished(rig: ErpRig, fault: Fault, operation: str) -> None:
    document = bill(next(NUMBERS))
    rig.fault(fault, operation)
    _failed(rig, document)
    assert _found(rig, document).state is FoundState.DRAFT
    assert rig.booked(document.key) == []

    result = rig.connector().put(document)

    assert result.state is PutState.POSTED
    booked = rig.booked(document.key)
    assert [one.gross for one in booked] == [Money(document.gross_minor, EUR).to_decimal()]
    assert booked[0].files == (document.attachments[0].content,)


@pytest.mark.parametrize("operation", ["create_bill", "attach", "post_bill"])
def test_put_when_the_erp_does_a_step_twice_then_one_document(rig: ErpRig, operation: str) -> None:
    document = bill(next(NUMBERS))
    rig.fault(Fault.DUPLICATE, operation)

    result = rig.connector().put(document)

    assert result.state is PutState.POSTED
    assert len(rig.booked(document.key)) == 1


def test_put_when_asked_for_fewer_calls_then_the_seconds_are_told(rig: ErpRig) -> None:
    document = entry(next(NUMBERS))
    rig.fault(Fault.TOO_MANY_CALLS, "create_entry")

    failure = _failed(rig, document)

    assert (failure.failure, failure.effect) == (FailureCode.TOO_MANY_CALLS, Effect.NONE)
    assert failure.retry_after_s == RETRY_AFTER_S


def test_put_when_the_access_has_ended_then_renewed_once(rig: ErpRig) -> None:
    first, second = entry(next(NUMBERS)), entry(next(NUMBERS))
    rig.fault(Fault.EXPIRED, "create_entry")
    if rig.renews:
        assert rig.connector().put(first).state is PutState.POSTED
        rig.fault(Fault.EXPIRED, "create_entry")
        rig.fault(Fault.EXPIRED, "create_entry")

    failure = _failed(rig, second)

    assert (failure.failure, failure.effect) == (FailureCode.NOT_AUTHORISED, Effect.NONE)
    assert rig.booked(second.key) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"vendor": PartyRef("s-9", "Nobody", erp_id="V9")}, FailureCode.UNKNOWN_PARTY),
        ({"vendor": PartyRef("s-9", "Nobody")}, FailureCode.UNKNOWN_PARTY),
        ({"vendor": PartyRef("s-3", "Closed Down", erp_id="V3")}, FailureCode.REFUSED),
        (
            {"lines": (dataclasses.replace(bill().lines[0], net_minor=10_000, account="?"),)},
            FailureCode.UNKNOWN_ACCOUNT,
        ),
        ({"lines": (dataclasses.replace(_ONE_LINE, tax_code="?"),)}, FailureCode.UNKNOWN_TAX),
    ],
)
def test_put_when_refused_then_the_reason_of_the_list_and_no_effect(
    rig: ErpRig, changes: dict[str, Any], code: FailureCode
) -> None:
    failure = _failed(rig, dataclasses.replace(bill(next(NUMBERS)), **changes))

    assert (failure.failure, failure.effect) == (code, Effect.NONE)
    assert failure.words


def test_put_when_the_period_is_closed_then_the_draft_stays(rig: ErpRig) -> None:
    document = dataclasses.replace(bill(next(NUMBERS)), posting_on=bill().posting_on.replace(year=2025))

    failure = _failed(rig, document)

    assert (failure.failure, failure.effect) == (FailureCode.PERIOD_CLOSED, Effect.NONE)
    assert _found(rig, document).state is FoundState.DRAFT


def test_put_when_the_erp_computes_another_sum_then_not_posted_and_both_are_told(rig: ErpRig) -> None:
    usual = bill(next(NUMBERS))
    share = dataclasses.replace(usual.taxes[0], amount_minor=usual.tax_minor + 1)
    document = dataclasses.replace(
        usual, tax_minor=usual.tax_minor + 1, gross_minor=usual.gross_minor + 1, taxes=(share,)
    )

    failure = _failed(rig, document)

    assert (failure.failure, failure.effect) == (FailureCode.SUM_DIFFERS, Effect.NONE)
    assert "119.00 EUR there, 119.01 EUR here" in failure.detail
    assert rig.booked(document.key) == []
    assert rig.connector(erp={"tolerance_minor": 1}).put(document).state is PutState.POSTED


def test_put_when_somebody_entered_the_bill_by_hand_then_duplicate_and_not_ours(rig: ErpRig) -> None:
    number = next(NUMBERS)
    rig.connector().put(bill(number))
    second = dataclasses.replace(bill(next(NUMBERS)), number=f"R-{number}")

    result = rig.connector().put(second)

    assert result.state is PutState.DUPLICATE
    assert _found(rig, second).ours is False
    assert rig.booked(second.key) == []


def test_exchanges_when_kept_then_no_secret_and_no_whole_account_number(rig: ErpRig) -> None:
    rig.connector().put(bill(next(NUMBERS)))
    rig.connector().fetch(RecordKind.VENDOR, "", 100)

    kept = "".join(one.request + one.answer + one.address for one in rig.exchanges)
    assert "DE02120300000000202051" not in kept
    assert "***2051" in kept
    assert f'"{rig.secret}"' not in kept
    assert "Bearer" not in kept


def _first_write(kind: str) -> str:
    return {"bill": "create_bill", "payment": "create_payment"}.get(kind, "create_entry")
