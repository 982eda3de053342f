"""What reports and chargebacks mean in the books. Gross, fees and refunds apart: the net payout is never a revenue.

The acquirer holds a balance for the shop (``acquirer_balance``): sales come in from what its cards owe, fees and
chargebacks go out, a payout leaves it for ``payout_in_transit`` until the bank line takes it from there. Ids follow
from the records, so that a record told twice is booked once.
"""

import uuid
from datetime import datetime

from gateway.domain.accounts import Cause, booked
from gateway.domain.bank.payout import EntryKind, PayoutEntry
from gateway.domain.ids import DeviceId, StoreId, TenantId
from gateway.domain.ledger import Transfer, card_receivable
from gateway.domain.money import Money
from gateway.domain.payables.payable_ledger import fx_position


def acquirer_balance(acquirer: str) -> str:
    """Account of what one acquirer holds for the shop (asset)."""
    return f"acquirer_balance/{acquirer}"


def payout_in_transit(acquirer: str) -> str:
    """Account of what one acquirer has paid out and no statement shows yet (asset)."""
    return f"payout_in_transit/{acquirer}"


def card_fees(acquirer: str) -> str:
    """Account of what one acquirer takes for cards (expense)."""
    return f"card_fees/{acquirer}"


def acquirer_reserve(acquirer: str) -> str:
    """Account of what one acquirer holds back as security (asset)."""
    return f"acquirer_reserve/{acquirer}"


def acquirer_adjustments(acquirer: str) -> str:
    """Account of what one acquirer corrected, until somebody has said what it is."""
    return f"acquirer_adjustments/{acquirer}"


def acquirer_unknown(acquirer: str) -> str:
    """Account of card sales and refunds in reports that are not in our books (to be cleared)."""
    return f"acquirer_unknown/{acquirer}"


def chargebacks_disputed(acquirer: str) -> str:
    """Account of what was taken back by cardholders' banks and is still disputed (asset)."""
    return f"chargebacks/{acquirer}"


def chargeback_losses(acquirer: str) -> str:
    """Account of chargebacks that are lost for good (expense)."""
    return f"chargeback_losses/{acquirer}"


def entry_transfers(
    place: tuple[TenantId, StoreId], acquirer: str, entry: PayoutEntry, at: datetime
) -> tuple[Transfer, ...]:
    """Return what one record means in the books: its gross, its fee, and what neither explains."""
    cause = Cause(*place, entry.id, f"payout {acquirer}", at)
    balance = acquirer_balance(acquirer)
    if entry.kind is EntryKind.PAYOUT:
        # The payout itself is below zero: it leaves the balance.
        return booked(cause, "payout", debit=payout_in_transit(acquirer), credit=balance, amount=-entry.net)
    against = _against(acquirer, entry)
    made: tuple[Transfer, ...] = ()
    if entry.original is None:
        made += booked(cause, "gross", debit=balance, credit=against, amount=entry.gross)
    else:
        made += booked(cause, "gross", debit=fx_position(), credit=against, amount=entry.original)
        made += booked(cause, "gross settled", debit=balance, credit=fx_position(), amount=entry.gross)
    made += booked(cause, "fee", debit=card_fees(acquirer), credit=balance, amount=-entry.fee)
    return made + booked(cause, "rest", debit=balance, credit=acquirer_adjustments(acquirer), amount=entry.rest)


def _against(acquirer: str, entry: PayoutEntry) -> str:
    match entry.kind:
        case EntryKind.SALE | EntryKind.REFUND:
            return card_receivable(DeviceId(entry.terminal_id)) if entry.terminal_id else acquirer_unknown(acquirer)
        case EntryKind.CHARGEBACK | EntryKind.CHARGEBACK_REVERSED:
            return chargebacks_disputed(acquirer)
        case EntryKind.FEE:
            return card_fees(acquirer)
        case EntryKind.RESERVE:
            return acquirer_reserve(acquirer)
        case EntryKind.CONVERSION:
            return fx_position()
        case _:
            return acquirer_adjustments(acquirer)


def assigned_transfers(
    place: tuple[TenantId, StoreId], acquirer: str, entry: PayoutEntry, at: datetime
) -> tuple[Transfer, ...]:
    """Return what it means that a record, booked as unknown, was found to be a booking of ours.

    ``entry``: with the terminal of that booking.
    """
    cause = Cause(*place, entry.id, f"payout {acquirer}", at)
    amount = entry.gross if entry.original is None else entry.original
    receivable = card_receivable(DeviceId(entry.terminal_id))
    return booked(cause, "assigned", debit=acquirer_unknown(acquirer), credit=receivable, amount=amount)


def chargeback_lost(
    place: tuple[TenantId, StoreId], acquirer: str, chargeback_id: uuid.UUID, amount: Money, at: datetime
) -> tuple[Transfer, ...]:
    """Return the entries of a chargeback whose money will not come back. ``amount``: what was taken, above zero."""
    cause = Cause(*place, chargeback_id, f"chargeback {acquirer}", at)
    debit, credit = chargeback_losses(acquirer), chargebacks_disputed(acquirer)
    return booked(cause, "lost", debit=debit, credit=credit, amount=amount)


def chargeback_won_after_all(
    place: tuple[TenantId, StoreId], acquirer: str, chargeback_id: uuid.UUID, amount: Money, at: datetime
) -> tuple[Transfer, ...]:
    """Return the entries that take a loss back: the money came back after the chargeback was given up."""
    cause = Cause(*place, chargeback_id, f"chargeback {acquirer}", at)
    debit, credit = chargebacks_disputed(acquirer), chargeback_losses(acquirer)
    return booked(cause, "won after all", debit=debit, credit=credit, amount=amount)
