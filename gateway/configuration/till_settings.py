"""Settings of the till: how cash is rounded, which foreign cash is taken and by whose rates."""

from typing import Annotated

from pydantic import Field

from gateway.configuration.settings_section import Section
from gateway.domain.cash.cash_tender import STEP_MINOR_MAX
from gateway.domain.cash.exchange_rates import AGE_MAX_DAYS_LIMIT

CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class CashSettings(Section):
    """Cash. ``step_minor``: the smallest coin in minor units, where the store may choose; 1 switches rounding off.

    ``foreign``: currencies whose notes are taken beside the store's own; ``rates``: the daily file of the European
    Central Bank, as an address or the path of a file; ``rates_age_max_days``: older rates are refused.
    """

    step_minor: int | None = Field(default=None, ge=1, le=STEP_MINOR_MAX)
    foreign: tuple[CurrencyCode, ...] = Field(default=(), max_length=20)
    rates: str = Field(default="", max_length=500)
    rates_age_max_days: int = Field(default=5, ge=0, le=AGE_MAX_DAYS_LIMIT)
