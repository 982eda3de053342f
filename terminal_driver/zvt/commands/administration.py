"""Commands that look after the terminal and its day (PA00P015 rev 13.08, chapter 2).

Errors as in :mod:`terminal_driver.zvt.commands.payments`.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import BitmapField
from terminal_driver.zvt.commands import control_fields as codes
from terminal_driver.zvt.commands.command_data import (
    NO_EXTRAS,
    CommandReader,
    Extras,
    assemble,
    byte_field,
    byte_object,
    exact_password,
    password_part,
)

_TAG_DIAGNOSIS_KIND, _TAG_RECEIPT_KIND = "1B", ("1F01", "1F02", "1F03")


@dataclass(frozen=True, slots=True)
class _Bare:
    """A command without data of its own."""

    extras: Extras = NO_EXTRAS
    control: ClassVar[int]

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.extras())


@dataclass(frozen=True, slots=True)
class _WithPassword:
    """A command whose only data is the password of six digits."""

    password: str = field(repr=False)
    extras: Extras = NO_EXTRAS
    control: ClassVar[int]

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, fixed=[password_part(self.password)], extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.password(), read.extras())


@dataclass(frozen=True, slots=True)
class RestartTerminal(_Bare):
    """06 18."""

    control: ClassVar[int] = codes.RESTART


@dataclass(frozen=True, slots=True)
class PrintConfiguration(_Bare):
    """06 1A: the terminal prints how it is set up."""

    control: ClassVar[int] = codes.PRINT_CONFIGURATION


@dataclass(frozen=True, slots=True)
class SelfTest(_Bare):
    """06 79."""

    control: ClassVar[int] = codes.SELF_TEST


@dataclass(frozen=True, slots=True)
class Totals(_WithPassword):
    """06 10: the totals since the last end of day; nothing is closed."""

    control: ClassVar[int] = codes.TOTALS


@dataclass(frozen=True, slots=True)
class EndOfDay(_WithPassword):
    """06 50."""

    control: ClassVar[int] = codes.END_OF_DAY


@dataclass(frozen=True, slots=True)
class SendOffline(_WithPassword):
    """06 51: offline transactions are sent to the host."""

    control: ClassVar[int] = codes.SEND_OFFLINE


@dataclass(frozen=True, slots=True)
class Initialisation(_WithPassword):
    """06 93."""

    control: ClassVar[int] = codes.INITIALISATION


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """06 70. ``kind``: tag 1B: 1 line, 2 extended, 3 configuration, 4 EMV configuration, 5 ep2; None leaves it out."""

    kind: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.DIAGNOSIS

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, objects=byte_object(_TAG_DIAGNOSIS_KIND, self.kind), extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.object_byte(_TAG_DIAGNOSIS_KIND), read.extras())


@dataclass(frozen=True, slots=True)
class SetClock:
    """06 91. ``date_yymmdd``, ``time_hhmmss``: six digits each."""

    password: str = field(repr=False)
    date_yymmdd: str
    time_hhmmss: str
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.SET_CLOCK_OF_TERMINAL

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            BitmapField(0xAA, bcd.from_digits(self.date_yymmdd, 3)),
            BitmapField(0x0C, bcd.from_digits(self.time_hhmmss, 3)),
            fixed=[password_part(self.password)],
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        date, time = (bcd.to_digits(read.value(tag) or b"") for tag in (0xAA, 0x0C))
        return cls(read.password(), date, time, read.extras())


@dataclass(frozen=True, slots=True)
class SetTerminalId:
    """06 1B. ``terminal_id``: eight digits; None has the terminal ask for it."""

    password: str = field(repr=False)
    terminal_id: str | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.SET_TERMINAL_ID

    def encode(self) -> Apdu:
        """Return the APDU."""
        identity = None if self.terminal_id is None else BitmapField(0x29, bcd.from_digits(self.terminal_id, 4))
        return assemble(self.control, identity, fixed=[password_part(self.password)], extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        value = read.value(0x29)
        return cls(read.password(), None if value is None else bcd.to_digits(value), read.extras())


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """06 95. Passwords of six digits."""

    password: str = field(repr=False)
    new_password: str = field(repr=False)
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.CHANGE_PASSWORD

    def encode(self) -> Apdu:
        """Return the APDU."""
        fixed = [password_part(self.password), ("new_password", bcd.from_digits(exact_password(self.new_password), 3))]
        return assemble(self.control, fixed=fixed, extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.password(), bcd.to_digits(read.part("new_password") or b""), read.extras())


@dataclass(frozen=True, slots=True)
class Reprint:
    """06 12: the receipts from ``first_no`` to ``last_no`` (None: only the first) are printed again."""

    password: str = field(repr=False)
    first_no: int
    last_no: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.REPRINT

    def encode(self) -> Apdu:
        """Return the APDU."""
        fixed = [password_part(self.password), ("from_receipt", bcd.from_int(self.first_no, 2))]
        if self.last_no is not None:
            fixed.append(("to_receipt", bcd.from_int(self.last_no, 2)))
        return assemble(self.control, fixed=fixed, extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        last = read.part("to_receipt")
        first_no = bcd.to_int(read.part("from_receipt") or b"\x00")
        return cls(read.password(), first_no, None if last is None else bcd.to_int(last), read.extras())


@dataclass(frozen=True, slots=True)
class RepeatReceipt:
    """06 20. Without the service bit 01 the terminal sends no 04 0F.

    ``kinds``: bytes of tags 1F01 to 1F03 that name the receipt to repeat; None leaves a tag out.
    """

    password: str = field(repr=False)
    service_byte: int | None = codes.SERVICE_SEND_STATUS_INFORMATION | codes.SERVICE_DO_NOT_PRINT
    kinds: tuple[int | None, int | None, int | None] = (None, None, None)
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.REPEAT_RECEIPT

    def encode(self) -> Apdu:
        """Return the APDU."""
        named = zip(_TAG_RECEIPT_KIND, self.kinds, strict=True)
        return assemble(
            self.control,
            byte_field(0x03, self.service_byte),
            fixed=[password_part(self.password)],
            objects=[item for tag, kind in named for item in byte_object(tag, kind)],
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        first, second, third = (read.object_byte(tag) for tag in _TAG_RECEIPT_KIND)
        return cls(read.password(), read.byte(0x03), (first, second, third), read.extras())
