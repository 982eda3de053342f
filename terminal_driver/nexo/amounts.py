"""Amounts: integer minor units here, decimal numbers in major units on the wire; the currency says how many places."""

from decimal import Decimal

from terminal_driver.currencies import currency_named
from terminal_driver.errors import DriverError, LocalProtocolError, RemoteProtocolError

AMOUNT_MINOR_MAX = 10**12 - 1


def currency_letters(currency_numeric: str) -> str:
    """Return the three letters of a currency given as three digits.

    Raises:
        LocalProtocolError: ``bad_currency``.
    """
    try:
        return currency_named(currency_numeric).code
    except DriverError as error:
        raise LocalProtocolError("bad_currency", str(error)) from error


def to_major(amount_minor: int, currency_numeric: str) -> Decimal:
    """Return an amount as it is written on the wire, with all places of its currency.

    Raises:
        LocalProtocolError: ``bad_amount`` outside 1 to 999,999,999,999, or ``bad_currency``.
    """
    if not 0 < amount_minor <= AMOUNT_MINOR_MAX:
        raise LocalProtocolError("bad_amount", "an amount must be positive and have at most 12 digits")
    letters = currency_letters(currency_numeric)
    return Decimal(currency_named(letters).amount_text(amount_minor))


def to_minor(amount: Decimal, currency_letters_or_digits: str) -> int:
    """Return an amount of the wire in minor units; zero and below as they are.

    Raises:
        RemoteProtocolError: ``unknown_currency``, or ``bad_amount`` with more places than the currency has or more
            digits than any amount.
    """
    try:
        exponent = currency_named(currency_letters_or_digits).exponent
    except DriverError as error:
        raise RemoteProtocolError("unknown_currency", str(error)) from error
    whole = amount.normalize()
    if -int(whole.as_tuple().exponent) > exponent or abs(whole) > AMOUNT_MINOR_MAX:
        raise RemoteProtocolError("bad_amount", f"{amount} does not fit {currency_letters_or_digits[:3]}")
    minor = int(whole.scaleb(exponent))
    if abs(minor) > AMOUNT_MINOR_MAX:
        raise RemoteProtocolError("bad_amount", "an amount has more than 12 digits")
    return minor


def numeric_of(letters: str) -> str:
    """Return the three digits of a currency.

    Raises:
        RemoteProtocolError: ``unknown_currency``.
    """
    try:
        return currency_named(letters).numeric
    except DriverError as error:
        raise RemoteProtocolError("unknown_currency", str(error)) from error
