"""Settings of giving money back: how much of it needs no manager."""

from pydantic import Field

from gateway.configuration.settings_section import Section
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money


class RefundSettings(Section):
    """Refunds. `cashier_max`: what a cashier may give back of one payment or sale in all; 0 leaves it to managers."""

    cashier_max: str = Field(default="0", pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")

    def limit(self, currency: str) -> Money:
        """Return the limit in the currency of the shop.

        Raises:
            InputError: ``invalid_amount`` for more decimal places than the currency has; ``unknown_currency``.
        """
        return Money.from_decimal(self.cashier_max, Currency.of(currency))

    def problem(self, currency: str) -> str | None:
        """Return what is wrong with the limit, in words with its place; None when nothing is."""
        try:
            self.limit(currency)
        except InputError as error:
            return f"refunds.cashier_max: {error}"
        return None
