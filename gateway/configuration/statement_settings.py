"""Settings of bank statements and what explains their lines."""

from pydantic import Field

from gateway.configuration.settings_section import Section
from gateway.domain.money import Currency, Money


class StatementSettings(Section):
    """Statements. `automatic`: lines that are certain are matched without a person.

    `write_off_max`: a line above it is written off by two people, in the shop's currency.
    """

    automatic: bool = True
    write_off_max: str = Field(default="50", pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$")

    def limit(self, currency: str) -> Money:
        """Return the limit of one person.

        Raises:
            InputError: ``invalid_amount`` for more decimal places than the currency has.
        """
        return Money.from_decimal(self.write_off_max, Currency.of(currency))
