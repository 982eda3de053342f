"""The virtual bank of the demo behind its port: its clock is ours, its calendar its own."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from connectors.virtual_bank.bank import VirtualBank
from connectors.virtual_bank.scenario import scenarios
from gateway.domain.money import Currency, Money
from gateway.ports.clock import Clock
from gateway.ports.virtual_bank import VirtualPayment

SHOWN = 50
"""Newest payments shown; the bank itself forgets nothing."""


class VirtualBankOfDemo:
    """One virtual bank; ``wake``: tells the way to the bank that there is something new."""

    def __init__(self, bank: VirtualBank, clock: Clock) -> None:
        self._bank = bank
        self._clock = clock
        self.wake: Callable[[], None] = lambda: None

    def work(self) -> None:
        """Do what is due."""
        self._bank.work(self._clock.now())

    def today(self) -> date:
        """Return the bank's own date."""
        return self._clock.now().date() + timedelta(days=self._bank.books().days_ahead)

    def scenario(self) -> str:
        """Return how it behaves."""
        return self._bank.books().scenario

    def scenarios(self) -> Sequence[str]:
        """Return how it may behave."""
        return tuple(scenarios())

    def choose(self, name: str) -> bool:
        """Have it behave so; False for a name it does not know."""
        if name not in scenarios():
            return False
        self._bank.choose(name)
        return True

    def next_day(self) -> None:
        """Turn its calendar on by a day and have it work."""
        self._bank.turn_on()
        self.work()
        self.wake()

    def payments(self) -> Sequence[VirtualPayment]:
        """Return what it has received, the newest first."""
        newest = reversed(self._bank.books().payments[-SHOWN:])
        return tuple(
            VirtualPayment(one.end_to_end_id, one.payee, Money(one.minor, Currency.of(one.currency)), one.state)
            for one in newest
        )

    def decide(self, end_to_end_id: str, *, pay: bool) -> bool:
        """Decide about a doubted payee, as in a bank's portal; False when none waits."""
        decided = self._bank.decide(end_to_end_id, pay=pay, now=self._clock.now())
        self.wake()
        return decided
