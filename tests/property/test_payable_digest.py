"""The digest of a payable is that of its canonical JSON, whatever its texts and figures are.

Approvals that are stored today have to be found again by every later version: the digest is written by hand for speed,
and here by the standard library.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.payables.approval_digest import payable_digest
from gateway.domain.payables.payable import Payable, PayableLine, PayableTax
from gateway.domain.payables.supplier import DiscountStep, SupplierAccount
from tests.support import run_rows
from tests.support.run_rows import EUR

TEXTS = st.one_of(st.text(max_size=12), st.sampled_from(['"', "\\", "\x7f", "\u2028", "Straße 1/2", "\ud7ff", "😀"]))
MONEY = st.integers(-(2**40), 2**63).map(lambda minor: Money(minor, EUR))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
RATES = st.one_of(NUMBERS, st.sampled_from([Decimal("-0.0"), Decimal(0), Decimal("1E+3"), Decimal("19.00")]))
LINES = st.builds(
    PayableLine,
    line_no=st.integers(1, 999),
    text=TEXTS,
    quantity=RATES,
    price=RATES,
    amount=MONEY,
    sku=TEXTS,
    unit=TEXTS,
    tax_percent=st.none() | RATES,
    order_number=TEXTS,
    order_line_no=st.none() | st.integers(1, 99),
    account_code=TEXTS,
    cost_centre=TEXTS,
    tax_code=TEXTS,
)
PAYABLES = st.builds(
    lambda **values: replace(run_rows.payable("R-1"), **values),
    tenant_id=TEXTS.map(TenantId),
    store_id=TEXTS.map(StoreId),
    number=TEXTS,
    due_on=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    net=MONEY,
    freight=st.none() | MONEY,
    rounding=st.none() | MONEY,
    lines=st.lists(LINES, max_size=3).map(tuple),
    taxes=st.lists(st.builds(PayableTax, RATES, MONEY, MONEY), max_size=2).map(tuple),
    discounts=st.lists(st.builds(DiscountStep, st.integers(0, 90), RATES.map(abs)), max_size=2).map(tuple),
    order_numbers=st.lists(TEXTS, max_size=2).map(tuple),
    reference=TEXTS,
    credited_number=TEXTS,
)
ACCOUNTS = st.none() | st.builds(
    lambda **values: replace(run_rows.account(), **values),
    holder=TEXTS,
    other_id=TEXTS,
    bic=TEXTS,
    clearing_member=TEXTS,
)


@given(payable=PAYABLES, account=ACCOUNTS)
def test_digest_of_any_payable_then_it_is_that_of_its_canonical_json(
    payable: Payable, account: SupplierAccount | None
) -> None:
    assert payable_digest(payable, account) == _canonical(payable, account)


def test_digest_of_a_stored_approval_then_it_stays_for_ever() -> None:
    known = "5448c2fa51a0923c1ec1e07fb8c659efd2de1f7ee8ed7f482090a600d8ec9a5b"
    assert payable_digest(run_rows.payable("R-1"), run_rows.account()) == known


def _canonical(payable: Payable, account: SupplierAccount | None) -> str:
    amounts = (payable.net, payable.tax, payable.gross, payable.freight, payable.rounding)
    content = {
        "form": "payable-1",
        "id": str(payable.id),
        "store": [payable.tenant_id, payable.store_id],
        "kind": payable.kind.value,
        "supplier": str(payable.supplier_id),
        "number": payable.number,
        "issued_on": payable.issued_on.isoformat(),
        "due_on": payable.due_on.isoformat(),
        "amounts": [_plain(one) for one in amounts],
        "lines": [[_plain(getattr(line, name)) for name in LINE_FIELDS] for line in payable.lines],
        "taxes": [[_plain(one.percent), _plain(one.net), _plain(one.tax)] for one in payable.taxes],
        "discounts": [[one.days, _plain(one.percent)] for one in payable.discounts],
        "orders": list(payable.order_numbers),
        "reference": payable.reference,
        "credited": payable.credited_number,
        "account": None if account is None else [str(account.id), *(getattr(account, one) for one in ACCOUNT_FIELDS)],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


LINE_FIELDS = tuple(one.name for one in fields(PayableLine))
ACCOUNT_FIELDS = ("holder", "country", "iban", "bic", "other_id", "clearing_system", "clearing_member")


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return [value.minor, value.currency.code]
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value
