"""By which own account and instrument a payee is paid: by country, currency, amount and hurry. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from gateway.domain.money import Money
from gateway.domain.payables.payment_order import BankAccount, Instrument
from gateway.domain.payables.supplier import SupplierAccount

_SEPA = (
    "AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS"
    " SE SI SK SM VA"
)
SEPA_COUNTRIES = frozenset(_SEPA.split())
"""Countries of the SEPA schemes (EPC409-09, list of scheme countries)."""
SWISS_BANKS = frozenset({"CH", "LI"})
SWISS_CURRENCIES = frozenset({"CHF", "EUR"})


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """One of the shop's accounts with how it pays. ``calendar``: of :class:`gateway.ports.bank_calendar.BankCalendar`.

    ``cut_off``: first minute that is too late for the same day by the clock of ``time_zone``, None: none;
    ``early_days``: banking days a file comes before its date; ``travel_days``: banking days until the payee has the
    money; ``charges``: usual ones across borders; ``instant_max_minor``: largest instant payment, 0: no limit;
    ``reserve_minor``: what has to stay on the account, None: nobody looks; ``opening_minor``: what was on it when the
    books began. Both in minor units of its currency.
    """

    account: BankAccount
    instruments: frozenset[Instrument]
    calendar: str = "TARGET2"
    cut_off: time | None = None
    time_zone: str = "Europe/Brussels"
    early_days: int = 0
    travel_days: int = 1
    charges: str = "SHAR"
    instant_max_minor: int = 0
    reserve_minor: int | None = None
    opening_minor: int = 0

    @property
    def id(self) -> str:
        """The account's id in the settings."""
        return self.account.id


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One of the shop's accounts as set up. ``reserve_minor``, ``opening_minor``: see :class:`SourceAccount`."""

    account: BankAccount
    travel_days: int = 1
    reserve_minor: int | None = None
    opening_minor: int = 0
    instant_max_minor: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """How a payment goes. ``charges``: SLEV, SHAR or DEBT; ``may_hurry``: the account also sends instant payments."""

    account: SourceAccount
    instrument: Instrument
    charges: str
    may_hurry: bool = False


def way_for(own: Sequence[SourceAccount], payee: SupplierAccount, amount: Money, *, hurry: bool) -> Way | None:
    """Return how to pay, or None when no account of the shop can: the first account in the payment's own currency.

    ``hurry``: an instant payment is taken where there is one.
    """
    currency = amount.currency.code
    for source in sorted(own, key=lambda one: one.account.currency != currency):
        instrument = _instrument(source, payee, amount, hurry=hurry)
        if instrument is not None:
            domestic = instrument in (Instrument.SEPA, Instrument.SEPA_INSTANT)
            may_hurry = instrument is Instrument.SEPA and _may_be_instant(source, amount)
            return Way(source, instrument, "SLEV" if domestic else source.charges, may_hurry)
    return None


def _instrument(source: SourceAccount, payee: SupplierAccount, amount: Money, *, hurry: bool) -> Instrument | None:
    currency, mine = amount.currency.code, source.account
    may = source.instruments
    if currency == mine.currency:
        if Instrument.SWISS in may and payee.iban[:2] in SWISS_BANKS and currency in SWISS_CURRENCIES:
            return Instrument.SWISS
        if currency == "EUR" and payee.iban[:2] in SEPA_COUNTRIES:
            if hurry and _may_be_instant(source, amount):
                return Instrument.SEPA_INSTANT
            if Instrument.SEPA in may:
                return Instrument.SEPA
        if Instrument.NACHA in may and currency == "USD" and payee.country == "US" and payee.clearing_member:
            return Instrument.NACHA
    return Instrument.CROSS_BORDER if Instrument.CROSS_BORDER in may else None


def _may_be_instant(source: SourceAccount, amount: Money) -> bool:
    limit = source.instant_max_minor
    return Instrument.SEPA_INSTANT in source.instruments and (not limit or amount.minor <= limit)
