"""How much a cashier may give back without a manager: of one payment or sale, in all."""

from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotPermitted, RuleError
from gateway.domain.money import Money

_ASK_A_MANAGER = "Ask a manager to give this back."


@dataclass(frozen=True, slots=True)
class RefundLimit:
    """``cashier_max``: up to this, earlier refunds included, no manager is needed; None or zero: always one is."""

    cashier_max: Money | None = None

    def opens_to(self, caller: Caller) -> bool:
        """Return whether the caller may give anything back at all."""
        return self.unlimited(caller) or (
            Permission.PAYMENTS_REFUND_SMALL in caller.permissions
            and self.cashier_max is not None
            and self.cashier_max.minor > 0
        )

    @staticmethod
    def unlimited(caller: Caller) -> bool:
        """Return whether the limit is none of the caller's."""
        return Permission.PAYMENTS_REFUND in caller.permissions

    def require(self, caller: Caller) -> None:
        """Raise ``NotPermitted`` (``not_permitted``) for a caller who may give nothing back."""
        if not self.opens_to(caller):
            hint = "Ask a manager, or use an API key with this scope."
            raise NotPermitted("not_permitted", f"This needs the permission {Permission.PAYMENTS_REFUND}.", hint)

    def left_for(self, caller: Caller, back: Money, left: Money) -> Money:
        """Return how much the caller may still give back.

        Args:
            caller: who gives back.
            back: what went back of the same payment or sale, is on its way or in doubt.
            left: what could go back at most; the answer is never more, and never below zero.
        """
        limit = self.cashier_max
        if self.unlimited(caller) or limit is None or limit.currency != left.currency:
            return left
        return Money(max(0, min(left.minor, limit.minor - back.minor)), left.currency)

    def check(self, caller: Caller, in_all: Money) -> None:
        """Refuse what needs a manager.

        Args:
            caller: who gives back.
            in_all: what is given back with everything given back before of the same payment or sale; what is on its
                way or in doubt counts as given back.

        Raises:
            NotPermitted: as ``require``.
            RuleError: ``refund_above_limit``, also for another currency than that of the limit.
        """
        self.require(caller)
        limit = self.cashier_max
        if self.unlimited(caller) or limit is None:
            return
        if in_all.currency != limit.currency or in_all.minor > limit.minor:
            shown = f"{limit.to_decimal()} {limit.currency.code}"
            message = f"Above {shown} in all of one payment or sale, a manager has to give back."
            raise RuleError("refund_above_limit", message, _ASK_A_MANAGER)


NO_SMALL_REFUNDS = RefundLimit()
"""Every refund needs a manager."""
