"""What connectors show beside models of ERPs that do not run here.

The models are written from documentation and, where they were seen, from what real servers did: see each README.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from connectors.sandbox_erp.faults import Fault
from gateway.domain.erp.documents import PaidBill, PartyRef, VendorBill
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import FoundState, PutState, Sums
from gateway.domain.erp.records import (
    ErpRecord,
    OpenItemRecord,
    OpenItemSide,
    OrderRecord,
    RecordKind,
    VendorRecord,
)
from gateway.domain.money import Money
from gateway.ports.erp import Capability, ErpDocument, hints_of
from tests.support.erp_documents import EUR, bill, entry, payment, sales_day
from tests.support.erp_model import RETRY_AFTER_S, SECRET
from tests.support.erp_model_rigs import MODELS, ModelRig

NUMBERS = count(1_000)
KINDS = ("bill", "payment", "entry", "sales day")
"""A sales day goes the way of an entry: with every fault the first three suffice."""


@pytest.fixture(scope="module", params=sorted(MODELS))
def rig_of_model(request: pytest.FixtureRequest) -> Iterator[ModelRig]:
    with MODELS[request.param]() as rig:
        yield rig


@pytest.fixture
def rig(rig_of_model: ModelRig) -> ModelRig:
    """A rig on which nothing goes wrong yet."""
    rig_of_model.erp.faults.clear()
    return rig_of_model


def _bill(rig: ModelRig, **changes: Any) -> VendorBill:
    return dataclasses.replace(bill(next(NUMBERS)), vendor=rig.vendor, **changes)


def _made(rig: ModelRig, kind: str) -> ErpDocument:
    """Return a document that this ERP can take; the bill of a payment is there already."""
    match kind:
        case "bill":
            return _bill(rig)
        case "payment":
            owed = _bill(rig)
            rig.connector().put(owed)
            paid = (PaidBill(owed.key, owed.number, owed.gross_minor),)
            return dataclasses.replace(payment(next(NUMBERS), owed.gross_minor), vendor=rig.vendor, pays=paid)
        case "entry":
            return entry(next(NUMBERS))
        case _:
            return sales_day(next(NUMBERS))


def _failed(rig: ModelRig, document: ErpDocument) -> ErpFailure:
    with pytest.raises(ErpFailure) as failed:
        rig.connector().put(document)
    return failed.value


def _found(rig: ModelRig, document: ErpDocument) -> Any:
    return rig.connector().find(document.kind, document.key, hints_of(document))


def test_check_when_all_fits_then_company_and_version_and_nothing_to_correct(rig: ModelRig) -> None:
    report = rig.connector().check()

    assert (report.company, report.version, report.currency) == ("Sandbox Ltd", rig.version, "EUR")
    assert report.findings == ()
    usual = {Capability.BILLS_OUT, Capability.ATTACHMENTS, Capability.VENDORS_IN, Capability.DRAFTS}
    assert usual <= report.capabilities


@pytest.mark.parametrize(
    ("table", "field", "value"),
    [("accounts", "phone", "9999"), ("taxes", "7", "8 %"), ("company", "name", "Somebody Else")],
)
def test_check_when_a_field_is_wrong_then_it_is_named(rig: ModelRig, table: str, field: str, value: str) -> None:
    changes: dict[str, Any] = {table: {field: value}}
    findings = rig.connector(**changes).check().findings

    assert [one.field for one in findings] == [f"{table}.{field}"]
    assert findings[0].wrong
    assert findings[0].remedy


def test_check_when_the_secret_is_wrong_then_not_authorised_and_it_is_not_told(rig: ModelRig) -> None:
    with pytest.raises(ErpFailure) as failed:
        rig.connector(secret=rig.wrong_secret).check()

    assert failed.value.failure is FailureCode.NOT_AUTHORISED
    assert rig.wrong_secret not in str(rig.exchanges[-1])


@pytest.mark.parametrize("kind", [RecordKind.VENDOR, RecordKind.CUSTOMER, RecordKind.ORDER])
def test_fetch_when_paged_then_no_record_is_lost(rig: ModelRig, kind: RecordKind) -> None:
    whole = rig.connector().fetch(kind, "", 100)

    seen: list[ErpRecord] = []
    cursor, complete = "", False
    while not complete:
        page = rig.connector().fetch(kind, cursor, 1)
        assert rig.connector().fetch(kind, cursor, 1) == page
        seen += page.records
        cursor, complete = page.next_cursor, page.complete

    assert {one.erp_id: one for one in seen} == {one.erp_id: one for one in whole.records}
    assert len(whole.records) > 1


def test_fetch_when_vendors_and_orders_then_every_field(rig: ModelRig) -> None:
    vendors = {one.erp_id: one for one in rig.connector().fetch(RecordKind.VENDOR, "", 100).records}
    orders = {one.number: one for one in rig.connector().fetch(RecordKind.ORDER, "", 100).records
              if isinstance(one, OrderRecord)}  # fmt: skip

    mill = vendors[rig.vendor.erp_id]
    assert isinstance(mill, VendorRecord)
    assert (mill.name, mill.vat_id, mill.blocked) == ("Paper Mill", "DE123456789", False)
    assert mill.ibans == ("DE02120300000000202051",)
    assert [one.blocked for one in vendors.values() if isinstance(one, VendorRecord)].count(True) == 1
    order = orders[rig.order.order_number]
    assert (order.vendor_erp_id, order.currency) == (rig.other_vendor.erp_id, EUR)
    assert order.ordered_on == date(2026, 10, 1)
    assert [(line.sku, line.ordered, line.unit_price) for line in order.lines] == [
        ("PAPER", Decimal(100), Decimal("4.50"))
    ]


def test_fetch_when_open_items_are_paged_then_also_what_we_are_owed_and_none_is_lost(rig: ModelRig) -> None:
    for _ in range(2):
        rig.connector().put(_bill(rig))

    seen: dict[str, OpenItemRecord] = {}
    cursor, complete = "", False
    while not complete:
        page = rig.connector().fetch(RecordKind.OPEN_ITEM, cursor, 1)
        seen |= {one.erp_id: one for one in page.records if isinstance(one, OpenItemRecord)}
        cursor, complete = page.next_cursor, page.complete

    sides = [one.side for one in seen.values()]
    assert sides.count(OpenItemSide.PAYABLE) >= 2
    owed = [one for one in seen.values() if one.side is OpenItemSide.RECEIVABLE]
    assert [(one.amount_minor, one.remaining_minor) for one in owed] == [(5_000, 2_000)]
    # From there the next round goes over both again.
    assert rig.connector().fetch(RecordKind.OPEN_ITEM, cursor, 100).records


@pytest.mark.parametrize("kind", KINDS)
def test_put_when_all_goes_well_then_posted_once_to_the_cent(rig: ModelRig, kind: str) -> None:
    if kind not in rig.posts:
        assert _failed(rig, _made(rig, kind)).failure is FailureCode.NOT_SUPPORTED
        return
    document = _made(rig, kind)

    first = rig.connector().put(document)
    again = rig.connector().put(document)
    found = _found(rig, document)

    assert (first.state, again.state) == (PutState.POSTED, PutState.DUPLICATE)
    assert (found.state, found.erp_id, found.number) == (FoundState.POSTED, first.erp_id, first.number)
    assert again.erp_id == first.erp_id
    booked = rig.booked(document.key)
    assert [Money.from_decimal(f"{gross:.2f}", EUR).minor for gross, _ in booked] == [found.sums.gross_minor]
    if isinstance(document, VendorBill):
        assert found.sums.gross_minor == document.gross_minor
        assert booked[0][1] == (document.attachments[0].content,)


def test_put_when_a_bill_names_an_order_then_its_line_is_billed_and_the_item_is_open(rig: ModelRig) -> None:
    line = dataclasses.replace(bill().lines[0], quantity=Decimal(2), unit_price=Decimal("4.50"), net_minor=900)
    line = dataclasses.replace(line, order=rig.order)
    share = dataclasses.replace(bill().taxes[0], base_minor=900, amount_minor=171)
    document = _bill(rig, lines=(line,), taxes=(share,), net_minor=900, tax_minor=171, gross_minor=1071)
    document = dataclasses.replace(document, vendor=rig.other_vendor)
    before = rig.connector().fetch(RecordKind.ORDER, "", 100)
    assert rig.connector().put(document).state is PutState.POSTED

    news = rig.connector().fetch(RecordKind.ORDER, before.next_cursor, 100).records
    items = rig.connector().fetch(RecordKind.OPEN_ITEM, "", 1000).records

    was, is_ = (
        {one.number: one.lines[0].billed for one in records if isinstance(one, OrderRecord)}[rig.order.order_number]
        for records in (before.records, news)
    )
    assert is_ - was == (Decimal(2) if rig.ties_orders else Decimal(0))
    open_ = {one.document_number: one for one in items if isinstance(one, OpenItemRecord)}
    assert (open_[document.number].remaining_minor, open_[document.number].due_on) == (1071, document.due_on)


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("fault", [Fault.TIMEOUT_BEFORE, Fault.SERVER_ERROR])
def test_put_when_no_answer_comes_before_it_is_done_then_unknown_and_nothing_there(
    rig: ModelRig, kind: str, fault: Fault
) -> None:
    if kind not in rig.posts:
        return
    document = _made(rig, kind)
    rig.erp.faults.add(fault, {"bill": "create_bill", "payment": "create_payment"}.get(kind, "create_entry"))

    failure = _failed(rig, document)

    assert failure.effect is Effect.UNKNOWN
    assert failure.failure in {FailureCode.NO_ANSWER, FailureCode.SERVER_ERROR}
    assert "geheim" not in failure.detail + failure.words
    assert _found(rig, document) is None
    assert rig.connector().put(document).state is PutState.POSTED
    assert len(rig.booked(document.key)) == 1


@pytest.mark.parametrize("kind", KINDS[:3])
@pytest.mark.parametrize("fault", [Fault.TIMEOUT_AFTER, Fault.MALFORMED])
def test_put_when_no_answer_comes_after_it_is_done_then_find_tells(rig: ModelRig, kind: str, fault: Fault) -> None:
    if kind not in rig.posts:
        return
    document = _made(rig, kind)
    rig.erp.faults.add(fault, rig.posts[kind])

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
def test_put_when_a_draft_was_left_half_made_then_it_is_finished(rig: ModelRig, fault: Fault, operation: str) -> None:
    document = _bill(rig)
    rig.erp.faults.add(fault, operation)
    _failed(rig, document)
    assert _found(rig, document).state is FoundState.DRAFT
    assert rig.booked(document.key) == []

    result = rig.connector().put(document)

    assert result.state is PutState.POSTED
    assert rig.booked(document.key) == [(Decimal("119.00"), (document.attachments[0].content,))]


@pytest.mark.parametrize(
    ("kind", "operation"), [("bill", "create_bill"), ("bill", "post_bill"), ("payment", "create_payment")]
)
def test_put_when_the_erp_does_a_step_twice_then_one_document(rig: ModelRig, kind: str, operation: str) -> None:
    document = _made(rig, kind)
    rig.erp.faults.add(Fault.DUPLICATE, operation)

    result = rig.connector().put(document)

    assert result.state in (PutState.POSTED, PutState.DUPLICATE)
    assert _found(rig, document).state is FoundState.POSTED
    assert len(rig.booked(document.key)) == 1


def test_put_when_asked_for_fewer_calls_then_the_seconds_are_told(rig: ModelRig) -> None:
    rig.erp.faults.add(Fault.TOO_MANY_CALLS, "create_bill")

    failure = _failed(rig, _bill(rig))

    assert (failure.failure, failure.effect) == (FailureCode.TOO_MANY_CALLS, Effect.NONE)
    assert failure.retry_after_s == RETRY_AFTER_S


def test_put_when_the_access_has_ended_then_renewed_once_where_it_can_be(rig: ModelRig) -> None:
    first, second = _bill(rig), _bill(rig)
    rig.erp.faults.add(Fault.EXPIRED, "create_bill")
    if rig.renews:
        assert rig.connector().put(first).state is PutState.POSTED
        rig.erp.faults.add(Fault.EXPIRED, "create_bill")
        rig.erp.faults.add(Fault.EXPIRED, "create_bill")

    failure = _failed(rig, second)

    assert (failure.failure, failure.effect) == (FailureCode.NOT_AUTHORISED, Effect.NONE)
    assert rig.booked(second.key) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vendor": PartyRef("s-9", "Nobody", erp_id="99")}, FailureCode.UNKNOWN_PARTY),
        ({"vendor": PartyRef("s-9", "Nobody")}, FailureCode.UNKNOWN_PARTY),
        ({"account": "?"}, FailureCode.UNKNOWN_ACCOUNT),
        ({"tax_code": "?"}, FailureCode.UNKNOWN_TAX),
    ],
)
def test_put_when_refused_then_the_reason_of_the_list_and_no_effect(
    rig: ModelRig, change: dict[str, Any], code: FailureCode
) -> None:
    document = _bill(rig)
    if "vendor" not in change:
        change = {"lines": (dataclasses.replace(document.lines[0], net_minor=10_000, **change),)}

    failure = _failed(rig, dataclasses.replace(document, **change))

    assert (failure.failure, failure.effect) == (code, Effect.NONE)
    assert failure.words


def test_put_when_the_period_is_closed_then_the_draft_stays(rig: ModelRig) -> None:
    document = _bill(rig, posting_on=date(2025, 11, 3))
    if not rig.closes_periods:
        assert rig.connector().put(document).state is PutState.POSTED
        return

    failure = _failed(rig, document)

    assert (failure.failure, failure.effect) == (FailureCode.PERIOD_CLOSED, Effect.NONE)
    assert _found(rig, document).state is FoundState.DRAFT


def test_put_when_the_erp_computes_another_sum_then_not_posted_and_both_are_told(rig: ModelRig) -> None:
    """Three pieces at 3.33 are no 10.00; where taxes are computed by rates, one cent of tax more does it, too.

    An ERP that computes neither takes the amounts of the document as they are.
    """
    if rig.counts_taxes:
        usual = _bill(rig)
        share = dataclasses.replace(usual.taxes[0], amount_minor=usual.tax_minor + 1)
        document = dataclasses.replace(
            usual, tax_minor=usual.tax_minor + 1, gross_minor=usual.gross_minor + 1, taxes=(share,)
        )
        told = "119.00 EUR there, 119.01 EUR here"
    else:
        line = dataclasses.replace(bill().lines[0], quantity=Decimal(3), net_minor=1000, order=rig.order)
        share = dataclasses.replace(bill().taxes[0], base_minor=1000, amount_minor=190)
        document = _bill(rig, lines=(line,), taxes=(share,), net_minor=1000, tax_minor=190, gross_minor=1190)
        document = dataclasses.replace(document, vendor=rig.other_vendor)
        told = "net 9.99 EUR there, 10.00 EUR here"

    if not rig.counts_lines:
        assert rig.connector().put(document).state is PutState.POSTED
        assert _found(rig, document).sums == Sums(document.net_minor, document.tax_minor, document.gross_minor)
        return

    failure = _failed(rig, document)

    assert (failure.failure, failure.effect) == (FailureCode.SUM_DIFFERS, Effect.NONE)
    assert told in failure.detail
    assert rig.booked(document.key) == []
    assert rig.connector(erp={"tolerance_minor": 1}).put(document).state is PutState.POSTED


def test_put_when_somebody_entered_the_bill_by_hand_then_duplicate_and_not_ours(rig: ModelRig) -> None:
    there = _bill(rig)
    rig.connector().put(there)
    second = _bill(rig, number=there.number)

    result = rig.connector().put(second)

    assert result.state is PutState.DUPLICATE
    assert _found(rig, second).ours is False
    assert rig.booked(second.key) == []


def test_exchanges_when_kept_then_no_secret_and_no_whole_account_number(rig: ModelRig) -> None:
    rig.connector().put(_bill(rig))
    rig.connector().fetch(RecordKind.VENDOR, "", 100)
    rig.erp.faults.add(Fault.EXPIRED, "create_bill")
    rig.erp.faults.add(Fault.EXPIRED, "create_bill")
    _failed(rig, _bill(rig))

    kept = "".join(one.request + one.answer + one.address for one in rig.exchanges)
    assert SECRET not in kept
    assert rig.secret not in kept
    assert "geheim" not in kept
    assert "202051" not in kept.replace(" ", "")
    assert "***2051" in kept
