"""Commands around reservations and tips: reserve, complete, give up, list (PA00P015 rev 13.08, chapter 2).

Attributes, amounts and errors as in :mod:`terminal_driver.zvt.commands.payments`.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.commands import control_fields as codes
from terminal_driver.zvt.commands.command_data import (
    NO_EXTRAS,
    CommandReader,
    Extras,
    amount_field,
    assemble,
    attribute_field,
    byte_field,
    byte_object,
    currency_field,
    number_field,
    receipt_field,
)

_TAG_RESERVATION_KIND = "1F06"
_AMOUNT_MISSING, _RECEIPT_MISSING = "amount_missing", "receipt_missing"


@dataclass(frozen=True, slots=True)
class PreAuthorisation:
    """06 22. ``reservation_kind``: tag 1F06, 2 reservation, 3 extension, 6 and 7 the same by telephone."""

    amount_minor: int
    currency_numeric: str | None = None
    payment_type: int | None = None
    trace_no: int | None = None
    authorisation: str | None = None
    reservation_kind: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.PRE_AUTHORISATION

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            byte_field(0x19, self.payment_type),
            number_field(0x0B, self.trace_no),
            attribute_field(self.authorisation),
            objects=byte_object(_TAG_RESERVATION_KIND, self.reservation_kind),
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            amount_minor=read.required(read.number(0x04), _AMOUNT_MISSING, "amount"),
            currency_numeric=read.currency(),
            payment_type=read.byte(0x19),
            trace_no=read.number(0x0B),
            authorisation=read.ascii(0x3B),
            reservation_kind=read.object_byte(_TAG_RESERVATION_KIND),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class _Completion:
    """What the commands that complete a reservation have in common."""

    receipt_no: int
    amount_minor: int | None = None
    currency_numeric: str | None = None
    payment_type: int | None = None
    trace_no: int | None = None
    authorisation: str | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int]

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            receipt_field(self.receipt_no),
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            byte_field(0x19, self.payment_type),
            number_field(0x0B, self.trace_no),
            attribute_field(self.authorisation),
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            receipt_no=read.required(read.receipt_no(), _RECEIPT_MISSING, "receipt number"),
            amount_minor=read.number(0x04),
            currency_numeric=read.currency(),
            payment_type=read.byte(0x19),
            trace_no=read.number(0x0B),
            authorisation=read.ascii(0x3B),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class PartialReversal(_Completion):
    """06 23: a reservation is completed. ``amount_minor``: the amount NOT used."""

    control: ClassVar[int] = codes.PARTIAL_REVERSAL


@dataclass(frozen=True, slots=True)
class BookTotal(_Completion):
    """06 24: a reservation is completed. ``amount_minor``: the amount used."""

    control: ClassVar[int] = codes.BOOK_TOTAL


@dataclass(frozen=True, slots=True)
class CancelReservation(_Completion):
    """06 25: a reservation is given up. ``amount_minor``: what was reserved."""

    control: ClassVar[int] = codes.CANCEL_RESERVATION


@dataclass(frozen=True, slots=True)
class BookTip(_Completion):
    """06 0C: a tip is added to the sale with this receipt number. ``amount_minor``: the tip alone."""

    control: ClassVar[int] = codes.BOOK_TIP

    def encode(self) -> Apdu:
        """Return the APDU; the amount stands first."""
        return assemble(
            self.control,
            amount_field(self.amount_minor),
            receipt_field(self.receipt_no),
            currency_field(self.currency_numeric),
            byte_field(0x19, self.payment_type),
            number_field(0x0B, self.trace_no),
            attribute_field(self.authorisation),
            extras=self.extras,
        )


@dataclass(frozen=True, slots=True)
class OpenReservationsEnquiry:
    """06 23 with receipt number FFFF: which reservations are open? Answered by 06 1E with code B8."""

    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.PARTIAL_REVERSAL

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, receipt_field(codes.NO_RECEIPT_NO), extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        read.receipt_no()
        return cls(read.extras())


@dataclass(frozen=True, slots=True)
class ForeignReservationReversal:
    """06 26: a reservation made at another terminal is reversed by its trace number and authorisation."""

    amount_minor: int
    currency_numeric: str
    trace_no: int
    authorisation: str
    reservation_kind: int
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.REVERSE_FOREIGN_RESERVATION

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            amount_field(self.amount_minor),
            currency_field(self.currency_numeric),
            number_field(0x0B, self.trace_no),
            attribute_field(self.authorisation),
            objects=byte_object(_TAG_RESERVATION_KIND, self.reservation_kind),
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            amount_minor=read.required(read.number(0x04), _AMOUNT_MISSING, "amount"),
            currency_numeric=read.currency() or "",
            trace_no=read.required(read.number(0x0B), "trace_missing", "trace number"),
            authorisation=read.ascii(0x3B) or "",
            reservation_kind=read.required(
                read.object_byte(_TAG_RESERVATION_KIND), "kind_missing", "kind of the reservation"
            ),
            extras=read.extras(),
        )
