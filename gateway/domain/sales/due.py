"""What is still due on a sale: pure bookkeeping over its tenders, whatever they are (card, cash, voucher, transfer).

Every function returns a new :class:`Due` or raises and changes nothing. For any sequence of them: what was captured is
at least what was refunded, nothing is due below zero, and while one outcome is not known nothing new begins: neither a
tender nor a refund, because the money in doubt may have moved.
"""

from dataclasses import dataclass, replace

from gateway.domain.errors import InputError, RuleError
from gateway.domain.money import Currency, Money


@dataclass(frozen=True, slots=True)
class Due:
    """Sums of one sale in one currency, none below zero.

    Attributes:
        total: what is to be paid, tip included.
        tip: how much of the total is a tip.
        captured: what tenders brought in, tips included.
        refunded: what went back.
        pending: asked of tenders that are under way.
        unknown: asked of tenders whose outcome is not known.
        refund_pending: on its way back.
        refund_unknown: asked to go back, outcome not known.
    """

    total: Money
    tip: Money
    captured: Money
    refunded: Money
    pending: Money
    unknown: Money
    refund_pending: Money
    refund_unknown: Money

    @property
    def kept(self) -> Money:
        """Captured less refunded; what is still on its way back counts as kept."""
        return self.captured - self.refunded

    @property
    def rest(self) -> Money:
        """What another tender may be asked for: never below zero, and without what is under way or in doubt."""
        return _not_below_zero(self.total - self.kept - self.pending - self.unknown)

    @property
    def owed_back(self) -> Money:
        """What the shop keeps above the total and has not begun to give back, as after goods were returned."""
        return _not_below_zero(self.kept - self.refund_pending - self.refund_unknown - self.total)

    @property
    def given_back(self) -> Money:
        """What went back, is on its way back, or may have gone back."""
        return self.refunded + self.refund_pending + self.refund_unknown

    @property
    def refundable(self) -> Money:
        """The most that a new refund may give back."""
        return self.kept - self.refund_pending - self.refund_unknown

    @property
    def blocked(self) -> bool:
        """True while an outcome is not known."""
        return bool(self.unknown.minor or self.refund_unknown.minor)

    @property
    def settled(self) -> bool:
        """True when exactly the total is kept, with nothing under way and nothing in doubt."""
        open_sums = (self.pending, self.unknown, self.refund_pending, self.refund_unknown)
        return self.kept == self.total and not any(amount.minor for amount in open_sums)


def nothing_paid(total: Money, tip: Money) -> Due:
    """Return the bookkeeping of a new sale. ``total`` includes ``tip``.

    Raises:
        InputError: ``invalid_total`` when the tip is below zero or above the total; ``currency_mismatch``.
    """
    if tip.minor < 0 or (total - tip).minor < 0:
        hint = "Send a tip from zero up, and a total that includes it."
        raise InputError("invalid_total", "The total and its tip do not fit.", hint, "/total")
    zero = _zero(total.currency)
    return Due(total, tip, zero, zero, zero, zero, zero, zero)


def begin_tender(due: Due, asked: Money) -> Due:
    """A tender is asked for an amount.

    Raises:
        InputError: ``amount_not_positive``, ``currency_mismatch``.
        RuleError: ``outcome_unknown`` while one is; ``more_than_due`` above the rest.
    """
    _check_may_begin(due, asked)
    if (due.rest - asked).minor < 0:
        hint = "Ask for at most the rest."
        raise RuleError("more_than_due", f"Only {due.rest.to_decimal()} is due.", hint)
    return replace(due, pending=due.pending + asked)


def approve_tender(due: Due, asked: Money, approved: Money, tip: Money) -> Due:
    """A tender under way brought ``approved``: all that was asked or a part of it; the rest stays due.

    ``tip``: added at the terminal on top of ``approved``; it raises the total and is captured with it.

    Raises:
        RuleError: ``not_under_way``, ``approved_beyond_asked``.
    """
    return _captured(replace(due, pending=_less(due.pending, asked)), asked, approved, tip)


def end_tender(due: Due, asked: Money) -> Due:
    """A tender under way brought nothing: declined, cancelled, or proved not charged.

    Raises:
        RuleError: ``not_under_way``.
    """
    return replace(due, pending=_less(due.pending, asked))


def doubt_tender(due: Due, asked: Money) -> Due:
    """The answer to a tender under way was lost.

    Raises:
        RuleError: ``not_under_way``.
    """
    return replace(due, pending=_less(due.pending, asked), unknown=due.unknown + asked)


def clear_tender(due: Due, asked: Money, approved: Money, tip: Money) -> Due:
    """Evidence ends a doubt: ``approved`` is what moved, zero when nothing did.

    Raises:
        RuleError: ``not_under_way``, ``approved_beyond_asked``.
    """
    return _captured(replace(due, unknown=_less(due.unknown, asked)), asked, approved, tip)


def change_total(due: Due, total: Money, tip: Money) -> Due:
    """The bill changed: lines were added, or goods came back. What is kept above the new total is owed back.

    Raises:
        InputError: ``invalid_total``, ``currency_mismatch``.
        RuleError: ``tender_under_way`` while a tender could still bring more than the new total.
    """
    fresh = nothing_paid(total, tip)
    under_way = due.pending + due.unknown
    if under_way.minor and (total - due.kept - under_way).minor < 0:
        raise RuleError(
            "tender_under_way", "A tender under way would bring more than the new total.", "Let it end or cancel it."
        )
    return replace(due, total=fresh.total, tip=fresh.tip)


def begin_refund(due: Due, asked: Money) -> Due:
    """Something is to go back.

    Raises:
        InputError: ``amount_not_positive``, ``currency_mismatch``.
        RuleError: ``outcome_unknown`` while one is; ``refund_above_captured``.
    """
    _check_may_begin(due, asked)
    if (due.refundable - asked).minor < 0:
        message = f"At most {due.refundable.to_decimal()} can go back."
        raise RuleError("refund_above_captured", message, "Give back at most what was captured and not yet refunded.")
    return replace(due, refund_pending=due.refund_pending + asked)


def finish_refund(due: Due, asked: Money) -> Due:
    """A refund under way went back in full.

    Raises:
        RuleError: ``not_under_way``.
    """
    return replace(due, refund_pending=_less(due.refund_pending, asked), refunded=due.refunded + asked)


def end_refund(due: Due, asked: Money) -> Due:
    """A refund under way did not happen.

    Raises:
        RuleError: ``not_under_way``.
    """
    return replace(due, refund_pending=_less(due.refund_pending, asked))


def doubt_refund(due: Due, asked: Money) -> Due:
    """The answer to a refund under way was lost.

    Raises:
        RuleError: ``not_under_way``.
    """
    return replace(due, refund_pending=_less(due.refund_pending, asked), refund_unknown=due.refund_unknown + asked)


def clear_refund_as_done(due: Due, asked: Money) -> Due:
    """Evidence shows that a refund in doubt went back.

    Raises:
        RuleError: ``not_under_way``.
    """
    return replace(due, refund_unknown=_less(due.refund_unknown, asked), refunded=due.refunded + asked)


def clear_refund_as_not_done(due: Due, asked: Money) -> Due:
    """Evidence shows that a refund in doubt did not happen.

    Raises:
        RuleError: ``not_under_way``.
    """
    return replace(due, refund_unknown=_less(due.refund_unknown, asked))


def _captured(due: Due, asked: Money, approved: Money, tip: Money) -> Due:
    if approved.minor < 0 or tip.minor < 0 or (asked - approved).minor < 0 or (tip.minor and not approved.minor):
        raise RuleError(
            "approved_beyond_asked",
            f"{approved.to_decimal()} with a tip of {tip.to_decimal()} is no answer to {asked.to_decimal()}.",
            "Keep this result and have a person look at it: the terminal answered something else.",
        )
    return replace(due, total=due.total + tip, tip=due.tip + tip, captured=due.captured + approved + tip)


def _check_may_begin(due: Due, asked: Money) -> None:
    if due.blocked:
        raise RuleError(
            "outcome_unknown",
            "An earlier amount of this sale is in doubt: it may have moved.",
            "Find out what happened to it first.",
        )
    _ = due.total + asked  # another currency is refused before anything else is compared
    if asked.minor <= 0:
        raise InputError(
            "amount_not_positive", "The amount has to be above zero.", "Send a positive amount.", "/amount"
        )


def _less(amount: Money, asked: Money) -> Money:
    left = amount - asked
    if asked.minor <= 0 or left.minor < 0:
        raise RuleError("not_under_way", f"{asked.to_decimal()} is not under way.", "Read the sale again.")
    return left


def _not_below_zero(amount: Money) -> Money:
    return amount if amount.minor > 0 else _zero(amount.currency)


def _zero(currency: Currency) -> Money:
    return Money(0, currency)
