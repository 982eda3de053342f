"""What an approval binds: a digest of everything of a payable that decides what is paid, to whom and for what.

What changes on the way to the bank (state, version, what is paid already, a hold) is not part of it; what a person
looks at before saying yes is. Two payables with the same digest are the same decision.
"""

import hashlib
import json
from decimal import Decimal
from typing import Any

from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableLine
from gateway.domain.payables.supplier import SupplierAccount

_CANONICAL = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))
_FORM = "payable-1"
"""Names what the digest is made of; another form gives other digests, which voids approvals rather than errs."""


def payable_digest(payable: Payable, account: SupplierAccount | None) -> str:
    """Return the digest of a payable as it would be paid today, SHA-256 in hex.

    Args:
        payable: as stored.
        account: the account its supplier is paid to now, None when there is none: such an approval is void as soon as
            there is one.
    """
    amounts = (payable.net, payable.tax, payable.gross, payable.freight, payable.rounding)
    content = {
        "form": _FORM,
        "id": str(payable.id),
        "store": [payable.tenant_id, payable.store_id],
        "kind": payable.kind.value,
        "supplier": str(payable.supplier_id),
        "number": payable.number,
        "issued_on": payable.issued_on.isoformat(),
        "due_on": payable.due_on.isoformat(),
        "amounts": [_money(one) for one in amounts],
        "lines": [_line(one) for one in payable.lines],
        "taxes": [[_number(one.percent), _money(one.net), _money(one.tax)] for one in payable.taxes],
        "discounts": [[one.days, _number(one.percent)] for one in payable.discounts],
        "orders": list(payable.order_numbers),
        "reference": payable.reference,
        "credited": payable.credited_number,
        "account": None if account is None else _account(account),
    }
    return hashlib.sha256(_CANONICAL.encode(content).encode("ascii")).hexdigest()


def _money(amount: Money | None) -> list[Any] | None:
    return None if amount is None else [amount.minor, amount.currency.code]


def _number(value: Decimal | None) -> str | None:
    # 19 and 19.00 are the same rate: a store may give back another scale than it was given.
    return None if value is None else format(value.normalize(), "f")


def _line(line: PayableLine) -> list[Any]:
    return [
        line.line_no,
        line.text,
        _number(line.quantity),
        _number(line.price),
        _money(line.amount),
        line.sku,
        line.unit,
        _number(line.tax_percent),
        line.order_number,
        line.order_line_no,
        line.account_code,
        line.cost_centre,
        line.tax_code,
    ]


def _account(account: SupplierAccount) -> list[str]:
    return [
        str(account.id),
        account.holder,
        account.country,
        account.iban,
        account.bic,
        account.other_id,
        account.clearing_system,
        account.clearing_member,
    ]
