"""What a payment settles, in segments of ASC X12 820 (payment order / remittance advice) for addenda records.

Only the segments that name invoices are written: RMR per invoice in the addenda of CCD, a whole interchange for CTX.
"""

from datetime import date

from connectors.formats.bank_profiles import Characters
from connectors.formats.transliterate import transliterate
from gateway.domain.money import Money
from gateway.domain.payables.payment_order import Allocation, BankAccount, PaymentOrder

_END = "\\"
_PIECE = 80
_NUMBER_MAX = 30


def payment_segments(order: PaymentOrder) -> str:
    """Return one ``RMR`` segment per invoice or credit note."""
    return "".join(_rmr(allocation) for allocation in order.allocations)


def remittance_set(account: BankAccount, order: PaymentOrder) -> list[str]:
    """Return a whole interchange with one transaction set 820, cut into pieces of 80 characters."""
    day = order.execute_on
    control = f"{_control_number(order):09}"
    short = control[-4:]
    body = [
        f"ST*820*{short}",
        (
            f"BPR*C*{order.amount.to_decimal()}*C*ACH*CTX*01*{account.clearing_member}*DA*{_plain(account.other_id)}*"
            f"{_plain(account.initiating_id)}**01*{order.payee.clearing_member}*DA*{order.payee.other_id}*{day:%Y%m%d}"
        ),
        f"TRN*1*{_plain(order.end_to_end_id)}*{_plain(account.initiating_id)}",
        f"N1*PR*{_plain(account.holder)[:60]}",
        f"N1*PE*{_plain(order.payee.name)[:60]}",
        "ENT*1",
    ]
    head = f"{_isa(account, order, control, day)}{_END}GS*RA*{_plain(account.initiating_id)}*"
    head += f"{order.payee.clearing_member}*{day:%Y%m%d}*0000*{int(control)}*X*004010{_END}"
    segments = "".join(f"{segment}{_END}" for segment in body) + payment_segments(order)
    count = len(body) + len(order.allocations) + 1
    tail = f"SE*{count}*{short}{_END}GE*1*{int(control)}{_END}IEA*1*{control}{_END}"
    whole = head + segments + tail
    return [whole[start : start + _PIECE] for start in range(0, len(whole), _PIECE)]


def _isa(account: BankAccount, order: PaymentOrder, control: str, day: date) -> str:
    """Return the interchange header, every element of its fixed length."""
    sender = f"{_plain(account.initiating_id)[:15]:<15}"
    receiver = f"{order.payee.clearing_member:<15}"
    return f"ISA*00*{'':10}*00*{'':10}*ZZ*{sender}*ZZ*{receiver}*{day:%y%m%d}*0000*U*00401*{control}*0*P*>"


def _rmr(allocation: Allocation) -> str:
    sign = -1 if allocation.credit else 1
    paid = Money(sign * allocation.amount.minor, allocation.amount.currency)
    kind = "CM" if allocation.credit else "IV"
    number = _plain(allocation.number)[:_NUMBER_MAX]
    if not allocation.discount.minor:
        return f"RMR*{kind}*{number}**{paid.to_decimal()}{_END}"
    gross = Money(paid.minor + allocation.discount.minor, paid.currency)
    return f"RMR*{kind}*{number}**{paid.to_decimal()}*{gross.to_decimal()}*{allocation.discount.to_decimal()}{_END}"


def _control_number(order: PaymentOrder) -> int:
    """Return a number of up to nine digits that belongs to this payment alone, near enough."""
    return order.id.int % 999_999_999 + 1


def _plain(words: str) -> str:
    return transliterate(words, "en", Characters.SEPA)
