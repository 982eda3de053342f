"""Rules of vouchers, customers, transfer codes and pay links, one by one."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.adapters.transfer_picture import SvgTransferPicture
from gateway.domain.bank.iban import Iban
from gateway.domain.bank.swiss_qr import ReferenceType, SwissAddress, parse_swiss
from gateway.domain.bank.transfer_order import (
    TRANSFER_STATES,
    Creditor,
    TransferOrderId,
    TransferStandard,
    TransferState,
    make_code,
)
from gateway.domain.credit.customer import Customer, CustomerAccount, check_limit, check_on_account
from gateway.domain.credit.pay_link import PayLink, PayLinkId, PayLinkState, check_may_choose, state_of
from gateway.domain.credit.voucher import CustomerId, Voucher, VoucherId, VoucherKind, VoucherOrigin, check_spendable
from gateway.domain.credit.voucher_code import VoucherCode
from gateway.domain.errors import GatewayError, InputError, RuleError
from gateway.domain.ids import PaymentId, RegisterId, SaleId, SaleVoidId, StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.sales.till_sale import SaleRecord, SaleVoid, Settlement
from gateway.services.credit.issue_voucher import VoucherTerms

EUR, CHF = Currency.of("EUR"), Currency.of("CHF")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADDRESS = SwissAddress("Laden AG", "Hauptstrasse", "1", "8000", "Zürich", "CH")
SWISS = Iban("CH9300762011623852957")
QR_IBAN = Iban("CH4431999123000889012")
ORDER = TransferOrderId(uuid.UUID(int=7))


def voucher(**changes: object) -> Voucher:
    made = Voucher(
        tenant_id=TenantId("acme"),
        store_id=StoreId("north"),
        id=VoucherId(uuid.UUID(int=1)),
        kind=VoucherKind.VOUCHER,
        origin=VoucherOrigin.SOLD,
        amount=Money(5000, EUR),
        code_end="WXYZ",
        customer_id=None,
        sale_id=None,
        expires_at=NOON,
        blocked=False,
        created_at=NOON,
        created_by="anna",
        trace_id="t",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields


@pytest.mark.parametrize(
    ("changes", "left", "wanted", "at", "code"),
    [
        ({}, 100, Money(0, EUR), NOON - timedelta(seconds=1), "amount_not_positive"),
        ({}, 100, Money(1, CHF), NOON - timedelta(seconds=1), "voucher_currency"),
        ({"blocked": True}, 100, Money(1, EUR), NOON - timedelta(seconds=1), "voucher_blocked"),
        ({}, 100, Money(1, EUR), NOON, "voucher_expired"),
        ({}, 0, Money(1, EUR), NOON - timedelta(seconds=1), "voucher_empty"),
        ({}, 100, Money(101, EUR), NOON - timedelta(seconds=1), "voucher_too_small"),
    ],
)
def test_voucher_when_it_cannot_pay_then_said_why(
    changes: dict[str, object], left: int, wanted: Money, at: datetime, code: str
) -> None:
    with pytest.raises(GatewayError) as refusal:
        check_spendable(voucher(**changes), Money(left, EUR), wanted, at)

    assert refusal.value.code == code


def test_voucher_when_it_can_pay_then_nothing_is_said() -> None:
    check_spendable(voucher(), Money(100, EUR), Money(100, EUR), NOON - timedelta(microseconds=1))
    check_spendable(voucher(expires_at=None), Money(100, EUR), Money(1, EUR), NOON + timedelta(days=99_999))


def test_terms_then_a_voucher_is_good_to_the_end_of_its_last_year_by_the_shops_calendar() -> None:
    terms = VoucherTerms(ZoneInfo("Europe/Berlin"), 3, 0, 100_000)

    found = terms.expiry(VoucherKind.VOUCHER, datetime(2026, 12, 31, 23, 30, tzinfo=UTC))  # 2027 in Berlin already

    assert found == datetime(2031, 1, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    assert terms.expiry(VoucherKind.STORE_CREDIT, NOON) is None


def account(limit: int, owes: int, *, blocked: bool = False) -> CustomerAccount:
    customer_id = CustomerId(uuid.UUID(int=2))
    made = Customer(
        TenantId("acme"), StoreId("north"), customer_id, "Miller", None, Money(limit, EUR), blocked, NOON, "anna"
    )
    return CustomerAccount(made, Money(owes, EUR))


def test_customer_then_what_is_free_is_limit_less_owed_and_never_below_zero() -> None:
    assert account(1000, 300).free.minor == 700
    assert account(1000, 1300).free.minor == 0
    assert account(1000, -200).free.minor == 1200


@pytest.mark.parametrize(
    ("found", "wanted", "beyond", "code"),
    [
        (account(1000, 0), Money(0, EUR), False, "amount_not_positive"),
        (account(1000, 0), Money(1, CHF), True, "customer_currency"),
        (account(1000, 0, blocked=True), Money(1, EUR), True, "customer_blocked"),
        (account(1000, 1), Money(1000, EUR), False, "customer_limit_reached"),
    ],
)
def test_sale_on_account_when_it_may_not_be_then_said_why(
    found: CustomerAccount,
    wanted: Money,
    *,
    beyond: bool,
    code: str,
) -> None:
    with pytest.raises(GatewayError) as refusal:
        check_on_account(found, wanted, beyond_limit=beyond)

    assert refusal.value.code == code


def test_limit_below_zero_then_refused() -> None:
    with pytest.raises(InputError):
        check_limit(Money(-1, EUR))
    assert check_limit(Money(0, EUR)).minor == 0


def test_francs_then_a_swiss_bill_with_the_reference_its_account_takes() -> None:
    qr = make_code(Creditor("Laden AG", SWISS, qr_iban=QR_IBAN, address=ADDRESS), ORDER, Money(1200, CHF))
    plain = make_code(Creditor("Laden AG", SWISS, address=ADDRESS), ORDER, Money(1200, CHF))

    first, second = parse_swiss(qr.payload), parse_swiss(plain.payload)

    assert (qr.standard, first.iban, first.reference_type) == (TransferStandard.SWISS, QR_IBAN, ReferenceType.QRR)
    assert (second.iban, second.reference_type) == (SWISS, ReferenceType.SCOR)
    assert (first.reference, second.reference) == (qr.reference, plain.reference)
    assert first.amount == second.amount == Money(1200, CHF)


@pytest.mark.parametrize("creditor", [Creditor("Shop", Iban("DE02120300000000202051")), Creditor("Laden AG", SWISS)])
def test_currency_without_an_account_then_refused(creditor: Creditor) -> None:
    with pytest.raises(RuleError) as refusal:
        make_code(creditor, ORDER, Money(1200, CHF))

    assert refusal.value.code == "transfer_currency"


def test_swiss_code_when_drawn_then_its_cross_lies_in_the_middle() -> None:
    bill = make_code(Creditor("Laden AG", SWISS, address=ADDRESS), ORDER, Money(1200, CHF))

    swiss = SvgTransferPicture().svg(bill.payload, TransferStandard.SWISS)
    epc = SvgTransferPicture().svg(bill.payload, TransferStandard.EPC)

    assert swiss.startswith(epc.removesuffix("</svg>"))
    assert swiss.count("<path") == epc.count("<path") + 4
    assert SvgTransferPicture().plain("https://till.example/pay/x").startswith("<svg ")


def test_transfer_states_then_every_one_but_the_last_has_a_way_out() -> None:
    without = {state for state, ways in TRANSFER_STATES.items() if not ways}

    assert set(TRANSFER_STATES) == set(TransferState)
    assert without == {TransferState.ARRIVED, TransferState.CLEARED}


def link(**changes: object) -> PayLink:
    made = PayLink(
        tenant_id=TenantId("acme"),
        store_id=StoreId("north"),
        id=PayLinkId(uuid.UUID(int=3)),
        till_code=VoucherCode("ABCD"),
        register_id=RegisterId("till-1"),
        sale_id=SaleId(uuid.UUID(int=4)),
        amount=Money(1200, EUR),
        reference="Order",
        expires_at=NOON,
        created_at=NOON - timedelta(days=1),
        created_by="anna",
        trace_id="t",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields


NOTHING = SaleRecord(sale=None)  # type: ignore[arg-type]  # only what happened to the sale is looked at
SETTLED = replace(NOTHING, settlement=Settlement(1, NOON))
GIVEN_UP = replace(NOTHING, void=SaleVoid(SaleVoidId(uuid.UUID(int=5)), "Typed twice", NOON, "anna"))
BEFORE = NOON - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("changes", "sale", "transfer", "at", "state"),
    [
        ({}, NOTHING, None, BEFORE, PayLinkState.OPEN),
        ({}, NOTHING, None, NOON, PayLinkState.EXPIRED),
        ({}, NOTHING, TransferState.OPEN, NOON, PayLinkState.WAITING),
        ({}, NOTHING, TransferState.CANCELLED, BEFORE, PayLinkState.OPEN),
        ({}, NOTHING, TransferState.LATE, BEFORE, PayLinkState.OPEN),
        ({}, NOTHING, TransferState.ARRIVED, NOON, PayLinkState.PAID),
        ({"cancelled_at": NOON}, NOTHING, None, BEFORE, PayLinkState.CANCELLED),
        ({"cancelled_at": NOON}, SETTLED, None, BEFORE, PayLinkState.PAID),
        ({}, GIVEN_UP, None, BEFORE, PayLinkState.CANCELLED),
        ({"payment_id": PaymentId(uuid.UUID(int=9))}, NOTHING, None, BEFORE, PayLinkState.OPEN),
    ],
)
def test_link_then_its_state_follows_from_what_happened(
    changes: dict[str, object], sale: SaleRecord, transfer: TransferState | None, at: datetime, state: PayLinkState
) -> None:
    assert state_of(link(**changes), sale, transfer, at) is state


@pytest.mark.parametrize("state", PayLinkState)
def test_link_then_a_way_is_chosen_only_while_nothing_is_under_way_or_over(state: PayLinkState) -> None:
    if state in (PayLinkState.OPEN, PayLinkState.WAITING):
        check_may_choose(state)
        return
    with pytest.raises(RuleError) as refusal:
        check_may_choose(state)
    assert refusal.value.code == f"pay_link_{state}"
