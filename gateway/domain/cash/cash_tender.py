"""Cash at the till: what is due in coins that exist, what was given, the change, and what goes back on a refund.

Only cash is rounded, only once, and only the last part of a sale: the difference is kept beside the amount so that the
books can name it. Nothing here opens a drawer or writes an entry.
"""

from dataclasses import dataclass

from gateway.domain.cash.cash_data import CASH_RULES, EXACT, NOTES_MINOR, CashRule
from gateway.domain.errors import ConfigurationError, InputError, RuleError
from gateway.domain.money import AMOUNT_MINOR_MAX, Currency, Money
from gateway.domain.rounding import Rounding, rounded_to_step

STEP_MINOR_MAX = 100_000
"""A rounding step beyond any coin: a mistyped setting must not round totals away."""

QUICK_KEYS_MAX = 6
"""As many keys as fit beside an amount on a phone."""


@dataclass(frozen=True, slots=True)
class CashDue:
    """An amount and what it is in cash. ``exact``: what is settled; ``due``: what coins and notes have to make."""

    exact: Money
    due: Money

    @property
    def difference(self) -> Money:
        """Due minus exact: above zero the shop gains by rounding, below zero it gives."""
        return self.due - self.exact


@dataclass(frozen=True, slots=True)
class CashTaken:
    """What the customer gave, and the change: ``given`` - ``change`` is what is due in cash, always."""

    cash_due: CashDue
    given: Money
    change: Money


def cash_rule(currency: Currency, *, store_step_minor: int | None = None) -> CashRule:
    """Return how cash of this currency is rounded.

    Args:
        currency: the currency of the cash.
        store_step_minor: the store's own step in minor units where it may choose (5 for euro shops in Finland, Ireland
            and others); None takes the currency's rule, 1 switches rounding off.

    Raises:
        ConfigurationError: ``impossible_cash_step`` for a step that is no coin.
    """
    if store_step_minor is None:
        return CASH_RULES.get(currency.code, EXACT)
    if not 1 <= store_step_minor <= STEP_MINOR_MAX:
        raise ConfigurationError(
            "impossible_cash_step",
            f"Cash cannot be rounded to steps of {store_step_minor} minor units.",
            "Set the value of the smallest coin in minor units, such as 5 for five cents.",
        )
    return CashRule(store_step_minor, Rounding.HALF_UP, "the store's setting")


def cash_due(exact: Money, rule: CashRule) -> CashDue:
    """Return what ``exact`` is in cash when cash settles it as a whole, or as the last part of a sale."""
    return CashDue(exact, Money(rounded_to_step(exact.minor, rule.step_minor, rule.rounding), exact.currency))


def cash_part(rest: Money, part: Money, rule: CashRule) -> CashDue:
    """Return a part of ``rest`` paid in cash while something else pays the remainder: payable as it is, so not rounded.

    Raises:
        InputError: ``cash_not_payable`` when no coins make this part; ``amount_not_positive``; ``currency_mismatch``.
        RuleError: ``more_than_due`` when the part is above the rest.
    """
    left = rest - part
    _positive(part)
    _payable(part, rule)
    if left.minor < 0:
        raise RuleError("more_than_due", f"Only {rest.to_decimal()} is due.", "Take at most the amount due.")
    return CashDue(part, part)


def take_cash(wanted: CashDue, given: Money, rule: CashRule) -> CashTaken:
    """Return the change for what the customer gave.

    Raises:
        InputError: ``given_too_little``; ``cash_not_payable`` when no coins make what was given; ``given_too_much``
            when the change would be as much as the largest note, a typing error; ``currency_mismatch``.
    """
    change = given - wanted.due
    _payable(given, rule)
    if change.minor < 0:
        raise InputError(
            "given_too_little",
            f"{given.to_decimal()} does not cover {wanted.due.to_decimal()}.",
            "Take the missing amount as well, or take this amount as a part and the rest by another tender.",
            "/given",
        )
    if change.minor >= _change_below_minor(given.currency):
        raise InputError(
            "given_too_much",
            f"The change would be {change.to_decimal()}.",
            "Check the amount given: the change is as much as the largest note.",
            "/given",
        )
    return CashTaken(wanted, given, change)


def cash_back(kept: Money, back: Money, rule: CashRule) -> CashDue:
    """Return what goes back in cash, mirroring the rounding of the sale.

    The cash kept after the refund is the rounded amount that stays. So refunds in any number of parts give back exactly
    the cash that was taken, and what is given back is always payable.

    Args:
        kept: what the cash of the sale settled, less what was given back before, both as exact amounts.
        back: what to give back now as an exact amount.
        rule: the rule the sale was rounded by, not today's.

    Raises:
        InputError: ``amount_not_positive``, ``currency_mismatch``.
        RuleError: ``refund_above_captured`` when more would go back than was taken.
    """
    stays = kept - back
    _positive(back)
    if stays.minor < 0:
        raise RuleError(
            "refund_above_captured",
            f"Only {kept.to_decimal()} was taken in cash and not yet given back.",
            "Give back at most this amount in cash.",
        )
    return CashDue(back, cash_due(kept, rule).due - cash_due(stays, rule).due)


def quick_keys(wanted: CashDue, *, keys_max: int = QUICK_KEYS_MAX) -> tuple[Money, ...]:
    """Return amounts a customer is likely to give, the exact one first, then rising.

    They are the next multiples of each note, without those in which one note would come straight back as change.
    """
    due = wanted.due
    if due.minor <= 0:
        return ()
    notes = NOTES_MINOR.get(due.currency.code, ())
    likely = {-(-due.minor // note) * note for note in notes}
    kept = sorted(minor for minor in likely if minor > due.minor and minor - due.minor < _smallest_piece(minor, notes))
    return tuple(Money(minor, due.currency) for minor in [due.minor, *kept][:keys_max])


def _smallest_piece(minor: int, notes: tuple[int, ...]) -> int:
    """Return the smallest piece when ``minor`` is laid out in as large notes as fit; what no note makes is in coins."""
    piece = minor
    for note in reversed(notes):
        count, minor = divmod(minor, note)
        piece = note if count else piece
    return minor or piece


def _change_below_minor(currency: Currency) -> int:
    notes = NOTES_MINOR.get(currency.code)
    return notes[-1] if notes else AMOUNT_MINOR_MAX


def _payable(amount: Money, rule: CashRule) -> None:
    if amount.minor % rule.step_minor or amount.minor < 0:
        step = Money(rule.step_minor, amount.currency).to_decimal()
        raise InputError(
            "cash_not_payable",
            f"No coins and notes make {amount.to_decimal()} {amount.currency.code}.",
            f"Use a multiple of {step}.",
            "/given",
        )


def _positive(amount: Money) -> None:
    if amount.minor <= 0:
        raise InputError(
            "amount_not_positive", "The amount has to be above zero.", "Send a positive amount.", "/amount"
        )
