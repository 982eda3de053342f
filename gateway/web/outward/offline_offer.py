"""What the outcome panel says where a terminal could not reach its host."""

from gateway.domain.cards.payment import AttemptState
from gateway.ports.unit_of_work import PaymentRecord
from gateway.services.payments.offline_rule import OfflineOffer, host_is_away
from gateway.web.container import current

_ENDED_WITHOUT = frozenset({AttemptState.DECLINED, AttemptState.CANCELLED, AttemptState.NOT_CHARGED})


def offline_offer(record: PaymentRecord) -> OfflineOffer | None:
    """Return what the shop's rule says of a payment whose terminal did not reach its host; None for any other.

    No protocol here lets the till command a sale without the host, so nothing was ever taken in a row by command.
    """
    last = record.attempts[-1]
    if last.state not in _ENDED_WITHOUT or not host_is_away(last.reason_code):
        return None
    rule = current().till.outward.offline
    return rule.offer(record.payment.amount, taken_in_a_row=0, protocol_commands=False)
