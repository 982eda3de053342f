"""Reads the statement line (``:61:``) and the balances of MT940 and MT942."""

import re
from dataclasses import dataclass
from datetime import date

from connectors.statements.amounts import AmountError, exact_minor, known_currency
from connectors.statements.bank_words import banking_day, day_near, short_year
from gateway.domain.money import Currency, Money

_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R[CD]|[CD])(?P<funds>[A-Z])?\s*(?P<amount>[0-9]{1,18}(?:[,.][0-9]*)?)"
    r"(?P<type>[NFS][A-Z0-9 ]{3})?(?P<rest>.*)",
    re.DOTALL,
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})(?P<amount>[0-9]{1,18}(?:[,.][0-9]*)?)")
_NO_REFERENCE = frozenset({"NONREF", "NON REF", "N", ""})


@dataclass(frozen=True, slots=True)
class MtLine:
    """One statement line. ``type``: SWIFT type such as ``NTRF``; ``reference``: of the account's owner, or empty.

    ``bank_ref``: of the bank; ``supplement``: what the second line says; ``bent``: the calendar lacks its day.
    """

    amount: Money
    booked_on: date | None
    value_on: date | None
    reversal: bool
    type: str
    reference: str
    bank_ref: str
    supplement: str
    bent: bool


def read_line(lines: list[str], currency: Currency) -> MtLine | None:
    """Read a statement line; None where it is none.

    Raises:
        AmountError: its amount cannot be taken exactly.
    """
    kept = [line.rstrip() for line in lines]
    found = _LINE.fullmatch(kept[0].lstrip())
    if found is None:
        # Some files cut the line anywhere: it is put together again.
        found, kept = _LINE.fullmatch("".join(kept).lstrip()), kept[:1]
    if found is None:
        return None
    year, month, day = short_year(found["value"][:2]), int(found["value"][2:4]), int(found["value"][4:])
    value_on = banking_day(year, month, day)
    booked_on = value_on
    if found["entry"] and value_on is not None:
        booked_on = day_near(int(found["entry"][:2]), int(found["entry"][2:]), value_on)
    minor = exact_minor(found["amount"], currency)
    # A credit taken back is a debit, and the other way round.
    debit = found["mark"] in {"D", "RC"}
    reference, _, bank_ref = found["rest"].partition("//")
    return MtLine(
        amount=Money(-minor if debit else minor, currency),
        booked_on=booked_on,
        value_on=value_on,
        reversal=found["mark"].startswith("R"),
        type=(found["type"] or "").strip(),
        reference="" if reference.strip() in _NO_REFERENCE else reference.strip(),
        bank_ref="" if bank_ref.strip() in _NO_REFERENCE else bank_ref.strip(),
        supplement="".join(kept[1:]).strip(),
        bent=value_on is None or value_on.day != day,
    )


def read_balance(text: str) -> tuple[Money, date | None]:
    """Read a balance (``:60F:``, ``:62M:``, ``:64:``), below zero as a debit.

    Raises:
        AmountError: it is none, or cannot be taken exactly.
    """
    found = _BALANCE.fullmatch("".join(text.split()))
    if found is None:
        message = f"“{text[:40]}” is no balance with its currency"
        raise AmountError(message)
    currency = known_currency(found["currency"])
    if currency is None:
        message = f"its currency “{found['currency']}” is not known"
        raise AmountError(message)
    minor = exact_minor(found["amount"], currency)
    day = found["day"]
    on = banking_day(short_year(day[:2]), int(day[2:4]), int(day[4:]))
    return Money(-minor if found["mark"] == "D" else minor, currency), on
