"""Approved card movements that no report has told yet, with everything a report may know them by."""

from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import bindparam, select

from gateway.adapters.db.bank.settlement_tables import payout_entry
from gateway.adapters.db.bank.statement_tables import open_item
from gateway.adapters.db.payments.attempt_rows import here, labelled, same
from gateway.adapters.db.payments.mapping import AnyRow, attempt_of
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import attempt, payment, refund
from gateway.domain.bank.open_item import ItemSource
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.cards.payment import AttemptState
from gateway.domain.cards.terminal_comparison import brand_of
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency, Money
from gateway.ports.settlement_store import BOOKINGS_MAX, BookingWish

_DIGITS = 4
_NOT_REPORTED = ~(
    select(payout_entry.c.entry_id)
    .where(
        payout_entry.c.tenant_id == attempt.c.tenant_id,
        payout_entry.c.store_id == attempt.c.store_id,
        payout_entry.c.attempt_id == attempt.c.attempt_id,
    )
    .exists()
)
_BOOKINGS = (
    select(
        *labelled(attempt),
        payment.c.amount_minor.label("paid_minor"),
        payment.c.currency.label("paid_currency"),
        payment.c.sale_id.label("paid_sale_id"),
        payment.c.reference.label("paid_reference"),
        payment.c.trace_id.label("paid_trace_id"),
        refund.c.refund_id.label("refund_id"),
        refund.c.amount_minor.label("refund_minor"),
    )
    .select_from(
        attempt.join(payment, same(payment, attempt, "payment_id")).outerjoin(
            refund, same(refund, attempt, "attempt_id")
        )
    )
    .where(
        *here(attempt),
        attempt.c.terminal_id.in_(bindparam("terminals", expanding=True)),
        attempt.c.purpose.in_(("payment", "refund")),
        attempt.c.state == AttemptState.APPROVED.value,
        attempt.c.sent_at >= bindparam("since"),
        attempt.c.sent_at < bindparam("until"),
        _NOT_REPORTED,
    )
    .order_by(attempt.c.sent_at, attempt.c.attempt_id)
    .limit(BOOKINGS_MAX)
)
# What a bank line took of a card movement; source_id is the attempt.
_SETTLED = select(open_item.c.source_id).where(
    *here(open_item),
    open_item.c.source == ItemSource.CARD.value,
    open_item.c.remaining_minor != open_item.c.amount_minor,
    open_item.c.issued >= bindparam("first"),
    open_item.c.issued <= bindparam("last"),
)


def own_bookings(
    statements: Statements, tenant_id: TenantId, store_id: StoreId, wish: BookingWish
) -> tuple[OwnBooking, ...]:
    """Return approved card movements that no record of a report is about, oldest first."""
    if not wish.terminals:
        return ()
    asked = {
        "tenant": tenant_id,
        "store": store_id,
        "terminals": list(wish.terminals),
        "since": wish.since,
        "until": wish.until,
    }
    days = {"first": wish.since.date().isoformat(), "last": wish.until.date().isoformat()}
    place = {"tenant": tenant_id, "store": store_id}
    settled = {row.source_id for row in statements.rows(_SETTLED, place | days)}
    return tuple(_booking_of(row, settled) for row in statements.rows(_BOOKINGS, asked))


def _booking_of(row: AnyRow, settled: AbstractSet[str]) -> OwnBooking:
    found = attempt_of(row)
    result = found.result
    back = row.refund_minor is not None
    told = None if result is None else result.amount_minor
    minor = abs(int(row.refund_minor if back else row.paid_minor)) if told is None else told
    masked = "" if result is None else (result.card_masked or "")
    return OwnBooking(
        attempt_id=found.id,
        payment_id=row.attempt_payment_id,
        terminal_id=found.terminal_id,
        day=found.sent_at.date(),
        amount=Money(-minor if back else minor, Currency.of(row.paid_currency)),
        brand=brand_of(None if result is None else result.card_name),
        last4=masked[-_DIGITS:] if masked[-_DIGITS:].isdigit() else "",
        references=tuple(text for text in _references(row, result) if text),
        settled=str(found.id) in settled,
    )


def _references(row: AnyRow, result: Any) -> tuple[str, ...]:  # noqa: ANN401  # what the terminal said, or None
    """Return what a report may call it: of a refund its own names only, so that it is not taken for its sale."""
    own = (str(row.attempt_attempt_id), "" if result is None else (result.terminal_reference or ""))
    if row.refund_id is not None:
        return (*own, str(row.refund_id))
    return (
        *own,
        str(row.attempt_payment_id),
        str(row.paid_sale_id),
        row.paid_reference or "",
        row.paid_trace_id,
    )
