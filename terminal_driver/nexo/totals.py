"""The totals of a day as a nexo terminal tells them, summed in minor units."""

import re

from terminal_driver.nexo.amounts import numeric_of, to_minor
from terminal_driver.nexo.messages import PaymentTotals, TransactionTotals
from terminal_driver.operations import DayTotals, SchemeTotal
from terminal_driver.outcome import TerminalReceipt

# How each kind of transaction moves money to the merchant; what is not here (reservations, declined, failed) does not.
_SIGNS = {
    "Debit": 1,
    "CompletedReservation": 1,
    "CompletedDeffered": 1,  # the schema spells it so
    "Credit": -1,
    "ReverseDebit": -1,
    "ReverseCredit": 1,
}
_OTHER = "other"


def day_totals(
    told: tuple[TransactionTotals, ...], receipts: tuple[TerminalReceipt, ...], currency_numeric: str
) -> DayTotals:
    """Sum up.

    Args:
        told: as the terminal sent them.
        receipts: printed meanwhile.
        currency_numeric: for totals that name no currency.

    Returns:
        One scheme per brand; with several currencies no overall sum, and the currency behind each scheme's name.

    Raises:
        RemoteProtocolError: ``bad_amount`` or ``unknown_currency``.
    """
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for total in told:
        currency = currency_numeric if total.payment_currency is None else numeric_of(total.payment_currency)
        key = (_scheme(total.card_brand or total.payment_instrument_type or ""), currency)
        count, sum_minor = sums.get(key, (0, 0))
        for part in total.payment_totals:
            sign = _SIGNS.get(part.transaction_type, 0)
            count += abs(sign) * part.transaction_count
            sum_minor += sign * abs(_moved(part, sign, currency))
        sums[key] = (count, sum_minor)
    currencies = {currency for _, currency in sums}
    several = len(currencies) > 1
    return DayTotals(
        sum_minor=None if several or not sums else sum(sum_minor for _, sum_minor in sums.values()),
        currency_numeric=None if several else next(iter(currencies), currency_numeric),
        schemes=tuple(
            SchemeTotal(f"{scheme}_{currency}" if several else scheme, count, sum_minor)
            for (scheme, currency), (count, sum_minor) in sums.items()
        ),
        receipts=receipts,
    )


def _moved(part: PaymentTotals, sign: int, currency: str) -> int:
    return to_minor(part.transaction_amount, currency) if sign else 0


def _scheme(brand: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", brand.lower()).strip("_") or _OTHER
