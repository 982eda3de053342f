"""Cash as a tender: rounded to coins where it settles the last part, with change; back with the rounding mirrored."""

from collections.abc import Mapping

from gateway.domain.access import Caller
from gateway.domain.accounts import booked, cash, cash_rounding
from gateway.domain.cash.cash_data import CashRule
from gateway.domain.cash.cash_tender import CashDue, cash_back, cash_due, cash_part, cash_rule, take_cash
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ledger import sales_revenue
from gateway.domain.money import Currency, Money
from gateway.domain.rounding import Rounding
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState
from gateway.domain.sales.till_sale import due_of
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.sales.tender_ways import Booked, TenderWish

_STEP = "step"
_ROUNDING = "rounding_rule"


class CashWay:
    """Notes and coins of the sale's own currency."""

    kind = TenderKind.CASH

    def __init__(self, *, store_step_minor: int | None) -> None:
        """``store_step_minor``: the store's own smallest coin in minor units; None takes the currency's rule."""
        self._step_minor = store_step_minor

    def check(self, caller: Caller, wish: TenderWish) -> None:
        """Refuse a given amount in another currency: that is foreign cash.

        Raises:
            InputError: ``currency_mismatch``.
        """
        del caller
        if wish.given is not None and wish.given.currency != wish.amount.currency:
            hint = "Send it as foreign_cash."
            raise InputError("currency_mismatch", "The cash given is of another currency.", hint, "/given/currency")

    def take(self, unit: UnitOfWork, tender: Tender) -> Booked:
        """Take cash; without a ``given`` it is the exact amount.

        Raises:
            InputError: ``given_too_little``, ``given_too_much``, ``cash_not_payable``.
        """
        rule = self.rule(tender.amount.currency)
        wanted = cash_of_tender(unit, tender, rule)
        taken = take_cash(wanted, wanted.due if tender.given is None else tender.given, rule)
        cause, register = tender.cause(), tender.register_id
        transfers = (
            *booked(cause, "sale", debit=cash(register), credit=sales_revenue(register), amount=wanted.exact),
            *booked(cause, "rounding", debit=cash(register), credit=cash_rounding(register), amount=wanted.difference),
        )
        detail = {
            "due": wanted.due.to_decimal(),
            "given": taken.given.to_decimal(),
            "change": taken.change.to_decimal(),
            "rounding": wanted.difference.to_decimal(),
        }
        return Booked(TenderState.TAKEN, transfers, detail | rule_detail(rule))

    def give_back(self, unit: UnitOfWork, back: GiveBack) -> Booked:
        """Give cash back: of a cash tender by the rule it was rounded by, so that no cent is lost over many parts.

        Raises:
            RuleError: ``refund_above_captured`` when the tender brought less.
        """
        going = self._going(unit, back)
        cause, register = back.cause(), back.register_id
        transfers = (
            *booked(cause, "back", debit=sales_revenue(register), credit=cash(register), amount=going.exact),
            *booked(cause, "rounding", debit=cash_rounding(register), credit=cash(register), amount=going.difference),
        )
        detail = {"due": going.due.to_decimal(), "rounding": going.difference.to_decimal()}
        return Booked(TenderState.TAKEN, transfers, detail)

    def settle(self, unit: UnitOfWork, tender: Tender, *, arrived: bool, actor: str) -> Booked:
        """Refuse: cash is there or it is not."""
        del unit, arrived, actor
        raise RuleError("tender_not_open", f"This tender is {tender.state}.", "Give it back instead.")

    def _going(self, unit: UnitOfWork, back: GiveBack) -> CashDue:
        of = None if back.tender_id is None else unit.sales.kept_tender(back.tenant_id, back.store_id, back.tender_id)
        if of is None or _STEP not in of.tender.detail:
            return cash_due(back.amount, self.rule(back.amount.currency))
        return cash_back(of.kept, back.amount, rule_of_detail(of.tender.detail))

    def rule(self, currency: Currency) -> CashRule:
        """Return how cash of this currency is rounded here."""
        return cash_rule(currency, store_step_minor=self._step_minor)


def cash_of_tender(unit: UnitOfWork, tender: Tender, rule: CashRule) -> CashDue:
    """Return what a tender is in cash: rounded where it settles all the rest, payable as it is where it is a part.

    Raises:
        InputError: ``cash_not_payable`` for a part that no coins make.
    """
    record = unit.sales.load(tender.tenant_id, tender.store_id, tender.sale_id)
    rest = tender.amount if record is None else due_of(record).rest
    return cash_due(tender.amount, rule) if tender.amount == rest else cash_part(rest, tender.amount, rule)


def rule_detail(rule: CashRule) -> dict[str, str]:
    """Return the rule as it is kept with a tender: what goes back mirrors it, whatever the settings say by then."""
    return {_STEP: str(rule.step_minor), _ROUNDING: rule.rounding.value}


def rule_of_detail(detail: Mapping[str, str]) -> CashRule:
    """Read what :func:`rule_detail` wrote."""
    return CashRule(int(detail[_STEP]), Rounding(detail[_ROUNDING]), "the rule of the sale")


def shown(money: Money) -> str:
    """Return an amount with its currency, as details show it: ``20.00 CHF``."""
    return f"{money.to_decimal()} {money.currency.code}"
