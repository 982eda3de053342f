"""Settings of matching: how far an invoice may be from order, receipt and contract. The smaller of both limits wins."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from gateway.configuration.settings_section import Section
from gateway.domain.payables.matching_tolerances import USUAL_TOLERANCES, Tolerance, Tolerances

_Percent = Annotated[Decimal, Field(ge=0, le=100)]
_Amount = Annotated[Decimal, Field(ge=0, le=1_000_000)]


class ToleranceSettings(Section):
    """One limit. `percent`: of what is expected; `amount`: in units of the invoice's currency."""

    percent: _Percent
    amount: _Amount


def _usual(tolerance: Tolerance) -> ToleranceSettings:
    return ToleranceSettings(percent=tolerance.percent, amount=tolerance.amount)


class MatchSettings(Section):
    """Tolerances.

    `price_over`, `price_under`: of a line against the agreed price; `ordered_over`, `received_over`: quantity above
    what was ordered and what has arrived; `freight_over`: above the agreed freight; `tax`: of one rate;
    `header_over`, `header_under`: of invoices without lines; `contract_over`, `contract_under`: against a contract's
    price; `rounding`: of each line; `rounding_line`: largest amount of a rounding line.
    """

    price_over: ToleranceSettings = _usual(USUAL_TOLERANCES.price_over)
    price_under: ToleranceSettings = _usual(USUAL_TOLERANCES.price_under)
    ordered_over: ToleranceSettings = _usual(USUAL_TOLERANCES.ordered_over)
    received_over: ToleranceSettings = _usual(USUAL_TOLERANCES.received_over)
    freight_over: ToleranceSettings = _usual(USUAL_TOLERANCES.freight_over)
    tax: ToleranceSettings = _usual(USUAL_TOLERANCES.tax)
    header_over: ToleranceSettings = _usual(USUAL_TOLERANCES.header_over)
    header_under: ToleranceSettings = _usual(USUAL_TOLERANCES.header_under)
    contract_over: ToleranceSettings = _usual(USUAL_TOLERANCES.contract_over)
    contract_under: ToleranceSettings = _usual(USUAL_TOLERANCES.contract_under)
    rounding: Annotated[Decimal, Field(ge=0, le=1)] = USUAL_TOLERANCES.rounding
    rounding_line: Annotated[Decimal, Field(ge=0, le=10)] = USUAL_TOLERANCES.rounding_line

    def tolerances(self) -> Tolerances:
        """Return them as matching takes them."""

        def of(one: ToleranceSettings) -> Tolerance:
            return Tolerance(one.percent, one.amount)

        return Tolerances(
            price_over=of(self.price_over),
            price_under=of(self.price_under),
            ordered_over=of(self.ordered_over),
            received_over=of(self.received_over),
            freight_over=of(self.freight_over),
            tax=of(self.tax),
            header_over=of(self.header_over),
            header_under=of(self.header_under),
            contract_over=of(self.contract_over),
            contract_under=of(self.contract_under),
            rounding=self.rounding,
            rounding_line=self.rounding_line,
        )
