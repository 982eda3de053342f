"""Money in integer minor units, with the exponents of ISO 4217. No float, no silent rounding."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Self

from gateway.domain.currencies import CURRENCIES
from gateway.domain.errors import InputError

AMOUNT_MINOR_MAX = 999_999_999_999
"""Largest amount of one payment: the six BCD bytes that card terminals carry (ZVT BMP 04)."""


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency of ISO 4217. ``numeric``: three digits as text; ``exponent``: decimal places of the minor unit."""

    code: str
    numeric: str
    exponent: int

    @classmethod
    def of(cls, code: str) -> "Currency":
        """Return the currency with this alphabetic code.

        Raises:
            InputError: ``unknown_currency`` when ISO 4217 has no such code with a minor unit.
        """
        known = CURRENCIES.get(code)
        if known is None:
            raise InputError(
                "unknown_currency",
                "This currency is not known.",
                "Use an alphabetic code of ISO 4217 in capital letters, such as EUR.",
                "/amount/currency",
            )
        return _currency(code, *known)


@cache
def _currency(code: str, numeric: str, exponent: int) -> Currency:
    """Make each of the hundred and sixty once: every row with an amount names one."""
    return Currency(code, numeric, exponent)


def currency_with_number(numeric: str) -> Currency | None:
    """Return the currency with this numeric code of ISO 4217, None where there is none with a minor unit."""
    return next((Currency.of(code) for code, known in CURRENCIES.items() if known[0] == numeric), None)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency. ``minor`` may be negative; arithmetic only within one currency."""

    minor: int
    currency: Currency

    @classmethod
    def from_decimal(cls, text: str, currency: Currency) -> "Money":
        """Read a plain decimal such as ``"12.34"``; refuse what would lose digits.

        Raises:
            InputError: ``invalid_amount`` when the text is not a plain decimal or has too many decimal places.
        """
        hint = f"Write the amount with a point and at most {currency.exponent} decimal places, such as " + (
            "12." + "34567"[: currency.exponent] + "." if currency.exponent else "12."
        )
        if not text.isascii() or not text.lstrip("-").replace(".", "", 1).isdigit():
            raise InputError("invalid_amount", "The amount is not a plain decimal number.", hint, "/amount/amount")
        try:
            value = Decimal(text)
        except InvalidOperation as error:
            message = "The amount is not a plain decimal number."
            raise InputError("invalid_amount", message, hint, "/amount/amount") from error
        # The exponent of the text is compared first: scaling a value with many digits would round in the context.
        if len(text) > 20 or -int(value.as_tuple().exponent) > currency.exponent:
            message = f"{currency.code} amounts have at most {currency.exponent} decimal places and 20 characters."
            raise InputError("invalid_amount", message, hint, "/amount/amount")
        return cls(int(value.scaleb(currency.exponent)), currency)

    def to_decimal(self) -> str:
        """Return the amount as a plain decimal with exactly the currency's decimal places."""
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(self.currency.exponent + 1, "0")
        if not self.currency.exponent:
            return sign + digits
        return f"{sign}{digits[: -self.currency.exponent]}.{digits[-self.currency.exponent :]}"

    def _same(self, other: "Money") -> None:
        if other.currency is not self.currency and other.currency != self.currency:
            raise InputError(
                "currency_mismatch",
                f"{other.currency.code} cannot be added to {self.currency.code}.",
                "Convert with a dated rate first.",
            )

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.currency)

    def allocate(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Split by integer weights; the parts add up exactly (largest remainder first, then the earlier part).

        Args:
            weights: at least one, none negative, not all zero.

        Raises:
            ValueError: the weights cannot split anything.
        """
        total = sum(weights)
        if not weights or total <= 0 or min(weights) < 0:
            message = "weights must be non-negative and not all zero"
            raise ValueError(message)
        sign = -1 if self.minor < 0 else 1
        shares = [divmod(abs(self.minor) * weight, total) for weight in weights]
        parts = [whole for whole, _ in shares]
        by_remainder = sorted(range(len(weights)), key=lambda index: (-shares[index][1], index))
        for index in by_remainder[: abs(self.minor) - sum(parts)]:
            parts[index] += 1
        return tuple(Money(sign * part, self.currency) for part in parts)
