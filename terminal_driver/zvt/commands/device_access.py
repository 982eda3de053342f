"""Commands that use the terminal as a device: stop, ask its state, read a card, show, ask, print, change the speed.

Source: PA00P015 rev 13.08, chapter 2. Errors as in :mod:`terminal_driver.zvt.commands.payments`.
"""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
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
    line_fields,
    password_part,
)
from terminal_driver.zvt.tlv import TlvObject

DISPLAY_LINES_MAX = 8
_TAG_TOKEN, _TAG_TECHNOLOGIES, _TAG_LANGUAGE = "1F15", "1F60", "15"


@dataclass(frozen=True, slots=True)
class AbortByRegister:
    """06 B0."""

    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.ABORT_BY_REGISTER

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.extras())


@dataclass(frozen=True, slots=True)
class StatusEnquiry:
    """05 01, with or without password; without one there is no service byte either."""

    password: str | None = field(default=None, repr=False)
    service_byte: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.STATUS_ENQUIRY

    def encode(self) -> Apdu:
        """Return the APDU."""
        if self.password is None:
            return assemble(self.control)
        return assemble(
            self.control,
            byte_field(0x03, self.service_byte),
            fixed=[password_part(self.password)],
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        password = read.password() or None
        return cls(password, read.byte(0x03), read.extras())


@dataclass(frozen=True, slots=True)
class ReadCard:
    """06 C0; ends with 04 0F. ``timeout_s``: 0 is endless. ``card_type``: BMP 19. ``dialog``: BMP FC.

    ``token_wanted``: tag 1F15. ``technologies``: tag 1F60, bits 1 stripe, 2 chip, 4 contactless.
    """

    timeout_s: int
    card_type: int | None = None
    dialog: int | None = None
    token_wanted: int | None = None
    technologies: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.READ_CARD

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(
            self.control,
            byte_field(0x19, self.card_type),
            byte_field(0xFC, self.dialog),
            fixed=[("timeout_s", _byte(self.timeout_s, "the time limit"))],
            objects=(
                *byte_object(_TAG_TOKEN, self.token_wanted),
                *byte_object(_TAG_TECHNOLOGIES, self.technologies),
            ),
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            timeout_s=(read.part("timeout_s") or b"\x00")[0],
            card_type=read.byte(0x19),
            dialog=read.byte(0xFC),
            token_wanted=read.object_byte(_TAG_TOKEN),
            technologies=read.object_byte(_TAG_TECHNOLOGIES),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class _Display:
    """Text on the display. ``lines``: at most eight, an empty one stays dark. ``duration_s``: 0 to 255."""

    lines: tuple[str, ...]
    duration_s: int | None = None
    beeps: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int]

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, *self._fields(), extras=self.extras)

    def _fields(self) -> tuple[BitmapField | None, ...]:
        if len(self.lines) > DISPLAY_LINES_MAX:
            raise LocalProtocolError("too_many_lines", f"a display has at most {DISPLAY_LINES_MAX} lines")
        return byte_field(0xF0, self.duration_s), *line_fields(self.lines), byte_field(0xF9, self.beeps)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.lines(), read.byte(0xF0), read.byte(0xF9), read.extras())


@dataclass(frozen=True, slots=True)
class DisplayText(_Display):
    """06 E0."""

    control: ClassVar[int] = codes.DISPLAY_TEXT


@dataclass(frozen=True, slots=True)
class AskKey(_Display):
    """06 E1; answered by 80 00 with the key."""

    control: ClassVar[int] = codes.ASK_KEY


@dataclass(frozen=True, slots=True)
class AskNumber:
    """06 E2; answered by 80 00 with the number. ``digits_min``, ``digits_max``: BMP E0, E9. ``echo``: BMP EA."""

    lines: tuple[str, ...]
    duration_s: int | None = None
    beeps: int | None = None
    digits_min: int | None = None
    digits_max: int | None = None
    echo: int | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.ASK_NUMBER

    def encode(self) -> Apdu:
        """Return the APDU."""
        if len(self.lines) > DISPLAY_LINES_MAX:
            raise LocalProtocolError("too_many_lines", f"a display has at most {DISPLAY_LINES_MAX} lines")
        return assemble(
            self.control,
            byte_field(0xF0, self.duration_s),
            *line_fields(self.lines),
            byte_field(0xF9, self.beeps),
            byte_field(0xE0, self.digits_min),
            byte_field(0xE9, self.digits_max),
            byte_field(0xEA, self.echo),
            extras=self.extras,
        )

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(
            lines=read.lines(),
            duration_s=read.byte(0xF0),
            beeps=read.byte(0xF9),
            digits_min=read.byte(0xE0),
            digits_max=read.byte(0xE9),
            echo=read.byte(0xEA),
            extras=read.extras(),
        )


@dataclass(frozen=True, slots=True)
class SelectLanguage:
    """08 30. ``language``: two letters, sent as tag 15; None lets the cardholder choose at the terminal."""

    language: str | None = None
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.SELECT_LANGUAGE

    def encode(self) -> Apdu:
        """Return the APDU."""
        named = () if self.language is None else (TlvObject(_TAG_LANGUAGE, self.language.encode("ascii", "replace")),)
        return assemble(self.control, objects=named, extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        named = read.object(_TAG_LANGUAGE)
        return cls(None if named is None else named.decode("ascii", "replace"), read.extras())


@dataclass(frozen=True, slots=True)
class ChangeSpeed:
    """08 40. ``baud``: one of 9600, 19200, 57600, 115200; the answer still comes at the old speed."""

    baud: int
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.CHANGE_SPEED

    def encode(self) -> Apdu:
        """Return the APDU."""
        code = next((code for code, baud in codes.SPEEDS.items() if baud == self.baud), None)
        if code is None:
            raise LocalProtocolError("bad_speed", f"{self.baud} baud cannot be asked for")
        return assemble(self.control, fixed=[("speed", bytes([code]))], extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        code = (read.part("speed") or b"\xff")[0]
        if code not in codes.SPEEDS:
            raise RemoteProtocolError("bad_speed", f"{code:02X} is no speed")
        return cls(codes.SPEEDS[code], read.extras())


def _byte(value: int, name: str) -> bytes:
    if not 0 <= value <= 0xFF:
        raise LocalProtocolError("number_too_long", f"{name} must lie between 0 and 255")
    return bytes([value])
