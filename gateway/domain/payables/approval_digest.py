"""What an approval binds: a digest of everything of a payable that decides what is paid, to whom and for what.

What changes on the way to the bank (state, version, what is paid already, a hold) is not part of it; what a person
looks at before saying yes is. Two payables with the same digest are the same decision.
"""

import hashlib
from collections.abc import Iterable
from decimal import Decimal
from json.encoder import encode_basestring_ascii as _text

from gateway.domain.money import Money
from gateway.domain.payables.payable import Payable, PayableLine
from gateway.domain.payables.supplier import SupplierAccount

_FORM = "payable-1"
"""Names what the digest is made of; another form gives other digests, which voids approvals rather than errs."""


def payable_digest(payable: Payable, account: SupplierAccount | None) -> str:
    """Return the digest of a payable as it would be paid today, SHA-256 in hex.

    Args:
        payable: as stored.
        account: the account its supplier is paid to now, None when there is none: such an approval is void as soon as
            there is one.
    """
    return digest_with(payable, account_part(account))


def account_part(account: SupplierAccount | None) -> str:
    """Return what an account adds to the digests of all payables that would be paid to it."""
    if account is None:
        return "null"
    texts = (
        account.holder,
        account.country,
        account.iban,
        account.bic,
        account.other_id,
        account.clearing_system,
        account.clearing_member,
    )
    return _list((f'"{account.id}"', *map(_text, texts)))


def digest_with(payable: Payable, account: str) -> str:
    """As :func:`payable_digest`, with the :func:`account_part` made before.

    The digest is of compact JSON in ASCII with sorted names. That is written here by hand: a run asks for the digest of
    each of its payables three times, and the library takes three times as long.
    """
    amounts = (payable.net, payable.tax, payable.gross, payable.freight, payable.rounding)
    taxes = [_list((_number(one.percent), _money(one.net), _money(one.tax))) for one in payable.taxes]
    content = (
        f'{{"account":{account}'
        f',"amounts":{_list(map(_money, amounts))}'
        f',"credited":{_text(payable.credited_number)}'
        f',"discounts":{_list([f"[{one.days},{_number(one.percent)}]" for one in payable.discounts])}'
        f',"due_on":"{payable.due_on.isoformat()}"'
        f',"form":"{_FORM}"'
        f',"id":"{payable.id}"'
        f',"issued_on":"{payable.issued_on.isoformat()}"'
        f',"kind":"{payable.kind.value}"'
        f',"lines":{_list(map(_line, payable.lines))}'
        f',"number":{_text(payable.number)}'
        f',"orders":{_list(map(_text, payable.order_numbers))}'
        f',"reference":{_text(payable.reference)}'
        f',"store":[{_text(payable.tenant_id)},{_text(payable.store_id)}]'
        f',"supplier":"{payable.supplier_id}"'
        f',"taxes":{_list(taxes)}}}'
    )
    return hashlib.sha256(content.encode("ascii")).hexdigest()


def _list(written: Iterable[str]) -> str:
    return f"[{','.join(written)}]"


def _money(amount: Money | None) -> str:
    return "null" if amount is None else f'[{amount.minor},"{amount.currency.code}"]'


def _number(value: Decimal | None) -> str:
    # 19 and 19.00 are the same rate: a store may give back another scale than it was given.
    return "null" if value is None else f'"{value.normalize():f}"'


def _line(line: PayableLine) -> str:
    texts = (line.order_number, line.account_code, line.cost_centre, line.tax_code)
    order, coded, centre, tax_code = map(_text, texts)
    order_line = "null" if line.order_line_no is None else line.order_line_no
    return (
        f"[{line.line_no},{_text(line.text)},{_number(line.quantity)},{_number(line.price)},{_money(line.amount)}"
        f",{_text(line.sku)},{_text(line.unit)},{_number(line.tax_percent)},{order},{order_line}"
        f",{coded},{centre},{tax_code}]"
    )
