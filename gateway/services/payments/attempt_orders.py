"""From a stored attempt to what its terminal is asked: one place for everything that moves money, running or lost."""

from collections.abc import Callable

from gateway.domain.cards.payment import Attempt, Payment
from gateway.domain.cards.refund import Refund
from gateway.domain.cards.reservation import Hold, HoldStep
from gateway.ports.terminal import HoldOrder, Order, RefundOrder, SaleOrder, always_wanted


def order_of(
    movement: Payment | Refund | Hold, attempt: Attempt, still_wanted: Callable[[], bool] = always_wanted
) -> Order:
    """Return the order for one attempt; the same again after a restart, apart from ``still_wanted``."""
    if isinstance(movement, Refund):
        return RefundOrder(
            amount=movement.amount,
            way=movement.way,
            original=movement.original,
            baseline=attempt.baseline,
            sent_at=attempt.sent_at,
            still_wanted=still_wanted,
            reference=attempt.id.hex,
        )
    if isinstance(movement, Hold) or attempt.reservation_id is not None:
        return HoldOrder(
            amount=movement.amount,
            original=None if _makes(movement) else attempt.original,
            charge=isinstance(movement, Payment),
            baseline=attempt.baseline,
            sent_at=attempt.sent_at,
            still_wanted=still_wanted,
            reference=attempt.id.hex,
        )
    return SaleOrder(movement.amount, attempt.baseline, attempt.sent_at, still_wanted, attempt.id.hex, movement.terms)


def _makes(movement: Payment | Hold) -> bool:
    return isinstance(movement, Hold) and movement.step is HoldStep.RESERVE
