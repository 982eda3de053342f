"""The table `[terminal_days]` of the settings file."""

import datetime as dt

from pydantic import Field

from gateway.configuration.settings_section import Section


class TerminalDaySettings(Section):
    """When terminals end their day by themselves.

    ``at``: hour and minute by the shop's clock, ``"22:30"``; empty: only when somebody asks for it.
    """

    at: str = Field(default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")

    @property
    def time(self) -> dt.time | None:
        """The time of day, None when nobody wants one."""
        return dt.time.fromisoformat(self.at) if self.at else None
