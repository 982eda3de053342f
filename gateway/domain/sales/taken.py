"""What an approved card payment brought: the amount, the tip in it, and the rest that another tender has to pay."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.cards.payment import Attempt, AttemptState, Payment, TerminalResult
from gateway.domain.money import Money


@dataclass(frozen=True, slots=True)
class Taken:
    """Sums of one payment in its currency.

    ``amount``: all that the card was charged; ``tip``: how much of it is a tip; ``added``: what was added to the tip at
    the terminal, beyond what was asked for; ``rest``: what was asked for and not approved.
    """

    amount: Money
    tip: Money
    added: Money
    rest: Money

    @property
    def goods(self) -> Money:
        """What was charged for goods and services."""
        return self.amount - self.tip

    @property
    def towards_sale(self) -> Money:
        """What counts against the amount that was asked for."""
        return self.amount - self.added


def taken_by(payment: Payment, result: TerminalResult | None) -> Taken:
    """Return what an approval of this payment brought; a result without an amount approved what was asked for.

    Of a part the goods are paid first: a tip is what is left above them.
    """
    asked, currency = payment.amount, payment.amount.currency
    charged = asked.minor if result is None or result.amount_minor is None else result.amount_minor
    added = max(0, charged - asked.minor)
    goods = asked.minor - payment.terms.tip_minor
    return Taken(
        amount=Money(charged, currency),
        tip=Money(max(0, charged - goods), currency),
        added=Money(added, currency),
        rest=Money(max(0, asked.minor - charged), currency),
    )


def taken_of(payment: Payment, attempts: Iterable[Attempt]) -> Taken:
    """Return what a payment brought so far: what its approved attempt brought, else nothing."""
    paid = next((one for one in attempts if one.state is AttemptState.APPROVED), None)
    return nothing_taken(payment) if paid is None else taken_by(payment, paid.result)


def nothing_taken(payment: Payment) -> Taken:
    """Return that the card was charged nothing."""
    zero = Money(0, payment.amount.currency)
    return Taken(zero, zero, zero, payment.amount)
