"""Settings of the counter: what the till screen offers."""

from typing import Annotated

from pydantic import Field

from gateway.configuration.settings_section import Section

_Rate = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]?|100)(\.[0-9]{1,2})?$")]


class CounterSettings(Section):
    """The till screen. `tax_rates`: percent, offered for lines that are in no catalogue; the first one for amounts."""

    tax_rates: tuple[_Rate, ...] = Field(default=("19", "7", "0"), min_length=1, max_length=10)
