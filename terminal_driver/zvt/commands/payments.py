"""Commands that move money or ask about it (PA00P015 rev 13.08, chapter 2). Amounts are minor units.

``receipt_no``: BMP 87 of the earlier transaction. ``trace_no``: BMP 0B. ``authorisation``: BMP 3B. ``payment_type``:
BMP 19. Every ``encode`` raises ``LocalProtocolError`` when a value does not fit its field; every ``decode`` raises
``RemoteProtocolError`` when a field that must be there is missing or cannot be read.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.commands import control_fields as codes
from terminal_driver.zvt.commands.command_data import (
    NO_EXTRAS,
    CommandReader,
    Extras,
    amount_field,
    amount_object,
    assemble,
    attribute_field,
    byte_field,
    byte_object,
    currency_field,
    password_part,
    receipt_field,
)

_TAG_TIP, _TAG_PARTIAL = "1F36", "1F70"
_AMOUNT_MISSING, _RECEIPT_MISSING = "amount_missing", "receipt_missing"


@dataclass(frozen=True, slots=True)
class Sale:
    """06 01. ``amount_minor`` > 0. ``payment_type``: 40 hex lets the terminal decide.

    ``tip_minor``: already contained in the amount (tag 1F36). ``partial_allowed``: tag 1F70. ``delivery_timeout_s``,
    ``status_requests_max``: how long and how often the terminal asks whether the goods were given (BMP 01, 02).
    """

    amount_minor: int
    currency_numeric: str | None = None
    payment_type: int | None = None
    tip_minor: int | None = None
    partial_allowed: bool = False
    delivery_timeout_s: int | None = None
    status_requests_max: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.SALE

    def encode(self) -> Apdu:
        """Return the APDU with BMP 04, 49, 19 in this order (old terminals rely on the amount standing first)."""
        return assemble(
            self.control,
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            byte_field(0x19, self.payment_type),
            byte_field(0x01, self.delivery_timeout_s),
            byte_field(0x02, self.status_requests_max),
            objects=(
                *amount_object(_TAG_TIP, self.tip_minor),
                *byte_object(_TAG_PARTIAL, 1 if self.partial_allowed else None),
            ),
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            amount_minor=read.required(read.number(0x04), _AMOUNT_MISSING, "amount"),
            currency_numeric=read.currency(),
            payment_type=read.byte(0x19),
            tip_minor=read.object_number(_TAG_TIP, bcd.AMOUNT_BYTES),
            partial_allowed=bool(read.object_byte(_TAG_PARTIAL)),
            delivery_timeout_s=read.byte(0x01),
            status_requests_max=read.byte(0x02),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class Refund:
    """06 31."""

    password: str = field(repr=False)
    amount_minor: int
    currency_numeric: str | None = None
    payment_type: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.REFUND

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            byte_field(0x19, self.payment_type),
            fixed=[password_part(self.password)],
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            password=read.password(),
            amount_minor=read.required(read.number(0x04), _AMOUNT_MISSING, "amount"),
            currency_numeric=read.currency(),
            payment_type=read.byte(0x19),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class Reversal:
    """06 30: the sale with this receipt number is undone. ``amount_minor``: of that sale."""

    password: str = field(repr=False)
    receipt_no: int
    amount_minor: int | None = None
    currency_numeric: str | None = None
    payment_type: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.REVERSAL

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            receipt_field(self.receipt_no),
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            byte_field(0x19, self.payment_type),
            fixed=[password_part(self.password)],
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            password=read.password(),
            receipt_no=read.required(read.receipt_no(), _RECEIPT_MISSING, "receipt number"),
            amount_minor=read.number(0x04),
            currency_numeric=read.currency(),
            payment_type=read.byte(0x19),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class TelephoneAuthorisation:
    """06 21: a sale that was authorised by telephone is booked."""

    password: str = field(repr=False)
    amount_minor: int
    currency_numeric: str | None = None
    authorisation: str | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.TELEPHONE_AUTHORISATION

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            attribute_field(self.authorisation),
            fixed=[password_part(self.password)],
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            password=read.password(),
            amount_minor=read.required(read.number(0x04), _AMOUNT_MISSING, "amount"),
            currency_numeric=read.currency(),
            authorisation=read.ascii(0x3B),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class Procurement:
    """06 05: a purchase of a service such as prepaid credit; data as those of a sale."""

    amount_minor: int
    currency_numeric: str | None = None
    payment_type: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.PROCUREMENT

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            byte_field(0x19, self.payment_type),
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            amount_minor=read.required(read.number(0x04), _AMOUNT_MISSING, "amount"),
            currency_numeric=read.currency(),
            payment_type=read.byte(0x19),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class BalanceEnquiry:
    """06 03."""

    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.BALANCE

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.extras())
