"""The virtual bank of the demo, operated from a screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.domain.money import Money


@dataclass(frozen=True, slots=True)
class VirtualPayment:
    """A payment at the virtual bank. ``state``: such as ``asked``, when its payee is in doubt."""

    end_to_end_id: str
    payee: str
    amount: Money
    state: str


class VirtualBankDesk(Protocol):
    """What a person can do at the virtual bank."""

    def today(self) -> date:
        """Return the bank's own date."""

    def scenario(self) -> str:
        """Return how it behaves."""

    def scenarios(self) -> Sequence[str]:
        """Return how it may behave."""

    def choose(self, name: str) -> bool:
        """Have it behave so; False for a name it does not know."""

    def next_day(self) -> None:
        """Turn its calendar on by a day and have it work."""

    def payments(self) -> Sequence[VirtualPayment]:
        """Return what it has received, the newest first."""

    def decide(self, end_to_end_id: str, *, pay: bool) -> bool:
        """Decide about a doubted payee, as in a bank's portal; False when none waits."""
