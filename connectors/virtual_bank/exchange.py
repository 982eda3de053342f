"""The rates of the virtual bank: made up, fixed, and a little worse than anybody's plan, as those of banks are."""

from fractions import Fraction

from gateway.domain.money import Currency, Money
from gateway.domain.rounding import Rounding, rounded

PER_EURO = {
    "CHF": Fraction("0.94"),
    "DKK": Fraction("7.43"),
    "EUR": Fraction(1),
    "GBP": Fraction("0.85"),
    "JPY": Fraction(160),
    "NOK": Fraction("11.6"),
    "PLN": Fraction("4.22"),
    "SEK": Fraction("11.1"),
    "USD": Fraction("1.08"),
}
"""Units of each currency the bank gives for one euro."""
_OF_COUNTRY = {
    "CH": "CHF",
    "DK": "DKK",
    "GB": "GBP",
    "LI": "CHF",
    "NO": "NOK",
    "PL": "PLN",
    "SE": "SEK",
}
_EURO_COUNTRIES = frozenset(
    (
        "AT",
        "BE",
        "CY",
        "DE",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PT",
        "SI",
        "SK",
    )
)


def account_currency(account: str, told: str) -> str:
    """Return the currency of a payer's account, or empty when nobody can say.

    Args:
        account: IBAN or other number.
        told: what the file says, or empty.
    """
    country = account[:2] if len(account) >= 15 and account[2:4].isdigit() else ""
    return told or _OF_COUNTRY.get(country, "EUR" if country in _EURO_COUNTRIES else "")


def exchanged(amount: Money, account: str) -> Money:
    """Return what a payment takes from an account of a currency, rounded up; the amount itself without a rate."""
    source, target = PER_EURO.get(amount.currency.code), PER_EURO.get(account)
    if account == amount.currency.code or source is None or target is None:
        return amount
    currency = Currency.of(account)
    scale = Fraction(10) ** (currency.exponent - amount.currency.exponent)
    return Money(rounded(amount.minor * target / source * scale, Rounding.UP), currency)
