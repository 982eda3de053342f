"""What account messages mean for payments: one line per payment, so that the lines of an entry add up to it."""

from dataclasses import replace
from datetime import date

from connectors.formats.camt_shapes import CamtDetail, CamtEntry, CamtMessage, CamtStatement
from gateway.domain.money import Money
from gateway.ports.bank_files import BankEntry, BankReport

_BOOKED = "BOOK"


def report_of(message: CamtMessage) -> BankReport:
    """Return the payments of a message. Entries without any date take that of the statement, or of the message.

    Amounts and charges of the lines of one entry add up to it: what the details leave open is a line of its own
    (``is_rest``), such as payments the bank does not list, or charges of the whole entry (then its amount is 0).
    """
    entries: list[BankEntry] = []
    defects: list[str] = []
    for statement in message.statements:
        defects.extend(f"{statement.id}: {text}" if statement.id else text for text in statement.defects)
        for entry in statement.entries:
            day = entry.booked_on or entry.value_on or _day_of(statement, message)
            if day is None:
                defects.append("An entry without any date was left out.")
                continue
            entries.extend(_lines(statement.account, entry, day))
    return BankReport(message.kind, message.id, message.created_at, (), tuple(entries), tuple(defects))


def _day_of(statement: CamtStatement, message: CamtMessage) -> date | None:
    moment = statement.created_at or message.created_at
    return statement.last_day or (moment.date() if moment is not None else None)


def _lines(account: str, entry: CamtEntry, day: date) -> list[BankEntry]:
    """Split one entry into its payments."""
    amounts = _amounts(entry)
    if amounts is None:
        # Nothing says how the sum divides: one line, by the block the bank booked.
        only = entry.details[0] if len(entry.details) == 1 else CamtDetail(None, ordered=entry.ordered)
        return [_line(account, entry, day, only, entry.amount)]
    rest = entry.amount.minor - sum(amount.minor for amount in amounts)
    own = [_same_currency(detail.charges, entry.amount) for detail in entry.details]
    if rest and rest != sum(charge.minor for charge in own if charge is not None):
        # Charges that do not explain the difference were taken elsewhere: they are no part of this entry.
        own = [None] * len(own)
    if not rest:
        amounts, own = _charges_inside(entry, amounts, own)
    lines = [
        _line(account, entry, day, detail, amount, charges)
        for detail, amount, charges in zip(entry.details, amounts, own, strict=True)
    ]
    rest -= sum(charge.minor for charge in own if charge is not None) if rest else 0
    if rest:
        lines.append(_rest(account, entry, day, Money(rest, entry.amount.currency)))
    return lines


def _charges_inside(
    entry: CamtEntry, amounts: list[Money], charges: list[Money | None]
) -> tuple[list[Money], list[Money | None]]:
    """Take charges out of amounts that contain them, which the amount that was ordered shows."""
    parted: list[Money] = []
    kept: list[Money | None] = []
    for detail, amount, charge in zip(entry.details, amounts, charges, strict=True):
        ordered = detail.ordered
        inside = charge is not None and ordered is not None and ordered.currency == amount.currency
        if charge is not None and ordered is not None and inside and ordered.minor + charge.minor == amount.minor:
            parted.append(ordered)
            kept.append(charge)
        else:
            parted.append(amount)
            kept.append(None)
    return parted, kept


def _same_currency(charges: Money | None, amount: Money) -> Money | None:
    return charges if charges is not None and charges.currency == amount.currency else None


def _rest(account: str, entry: CamtEntry, day: date, rest: Money) -> BankEntry:
    """Return the line for what no detail explains; charges of the whole entry are told as such."""
    plain = CamtDetail(None, text=entry.text)
    if _same_currency(entry.charges, rest) == rest:
        nothing = Money(0, rest.currency)
        return replace(_line(account, entry, day, plain, nothing, rest), is_rest=True, batch_id="")
    return replace(_line(account, entry, day, plain, rest), is_rest=True, batch_id="")


def _amounts(entry: CamtEntry) -> list[Money] | None:
    """Return the signed amount of each detail in the currency of the entry, None where they are not all known."""
    amounts = [detail.amount for detail in entry.details if detail.amount is not None]
    currency = entry.amount.currency
    if len(amounts) != len(entry.details) or any(amount.currency != currency for amount in amounts) or not amounts:
        return None
    if len(amounts) == 1 and abs(amounts[0].minor) != abs(entry.amount.minor) and not _charges(entry):
        # A single payment without charges is the entry; another figure is the amount in a step before.
        return [entry.amount]
    total = sum(amount.minor for amount in amounts)
    turned = [Money(abs(amount.minor) * (-1 if entry.amount.minor < 0 else 1), currency) for amount in amounts]
    # Some banks give each detail the direction of the other side.
    if total != entry.amount.minor and sum(amount.minor for amount in turned) == entry.amount.minor:
        return turned
    if total == -entry.amount.minor:
        return [-amount for amount in amounts]
    return amounts


def _charges(entry: CamtEntry) -> bool:
    return entry.charges is not None or any(detail.charges is not None for detail in entry.details)


def _line(
    account: str, entry: CamtEntry, day: date, detail: CamtDetail, amount: Money, charges: Money | None = None
) -> BankEntry:
    instructed = detail.ordered
    if instructed is None and detail.amount is not None:
        instructed = detail.amount
    if instructed is not None and instructed.currency == amount.currency:
        instructed = None
    return BankEntry(
        account=account,
        amount=amount,
        booked_on=entry.booked_on or day,
        value_on=entry.value_on or day,
        booked=entry.status == _BOOKED,
        entry_ref=entry.bank_ref or entry.entry_ref,
        end_to_end_id=detail.end_to_end_id,
        batch_id=detail.block_id or entry.batch_id,
        is_return=detail.is_return or (not entry.details and entry.bank_code.rpartition("/")[2] == "RRTN"),
        reason_code=detail.reason_code,
        reason_text=detail.reason_text,
        counterparty=detail.counterparty,
        text=detail.text or entry.text,
        charges=charges,
        instructed=instructed,
        reversal=entry.reversal,
        trace_id=detail.uetr,
    )
