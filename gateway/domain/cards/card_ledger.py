"""Ledger entries of what a terminal did otherwise than asked, or holds without charging: parts, tips, reservations.

A plain sale or refund is one reserved amount that is posted or voided (:mod:`gateway.domain.ledger`). Where the card
was charged another amount, the reserved one is voided and what was charged is booked in its place, goods and tip apart.
"""

from datetime import datetime

from gateway.domain.accounts import Cause, booked, reserved, tips
from gateway.domain.cards.payment import Attempt, Payment
from gateway.domain.cards.reservation import Reservation
from gateway.domain.ids import DeviceId, RegisterId
from gateway.domain.ledger import Transfer, TransferKind, card_receivable, closing, reservation, sales_revenue
from gateway.domain.sales.taken import Taken


def card_held(terminal_id: DeviceId) -> str:
    """Account of what cards were made to hold at one terminal (memorandum; only ever pending)."""
    return f"card_held/{terminal_id}"


def reservations(register_id: RegisterId) -> str:
    """Account opposite of :func:`card_held` (memorandum; only ever pending)."""
    return f"reservations/{register_id}"


def is_plain(payment: Payment, taken: Taken) -> bool:
    """Return whether the card was charged what was asked for, with no tip in it."""
    return taken.amount == payment.amount and not taken.tip.minor


def charged_otherwise(payment: Payment, attempt: Attempt, taken: Taken, at: datetime) -> tuple[Transfer, ...]:
    """Return the entries of an approval that is not plain: the reserved amount is voided, goods and tip are booked."""
    cause = Cause(payment.tenant_id, payment.store_id, attempt.id, payment.trace_id, at)
    debit = card_receivable(payment.terminal_id)
    return (
        closing(reservation(payment, attempt.id, attempt.sent_at), kind=TransferKind.VOID, recorded_at=at),
        *booked(cause, "goods", debit=debit, credit=sales_revenue(payment.register_id), amount=taken.goods),
        *booked(cause, "tip", debit=debit, credit=tips(payment.register_id), amount=taken.tip),
    )


def hold(made: Reservation) -> Transfer:
    """Return the memorandum of a reservation: pending as long as the amount is held, never posted."""
    cause = Cause(made.tenant_id, made.store_id, made.id, made.trace_id, made.created_at)
    return reserved(
        cause, "hold", debit=card_held(made.terminal_id), credit=reservations(made.register_id), amount=made.amount
    )


def hold_ended(made: Reservation, at: datetime) -> Transfer:
    """Return the end of that memorandum: charged, let go, or never made. It exists only once."""
    return closing(hold(made), kind=TransferKind.VOID, recorded_at=at)
