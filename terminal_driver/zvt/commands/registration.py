"""06 00 and 06 02: who the register is, what it can do and what it wishes (PA00P015 rev 13.08, 2.1 and 2.2)."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from terminal_driver.currencies import exact_numeric
from terminal_driver.errors import LocalProtocolError
from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.commands import control_fields as codes
from terminal_driver.zvt.commands.command_data import (
    NO_EXTRAS,
    CommandReader,
    Extras,
    assemble,
    byte_field,
    password_part,
)
from terminal_driver.zvt.text import TAG_14_VALUES, CharacterSet
from terminal_driver.zvt.tlv import TlvObject, walk
from terminal_driver.zvt.transaction import read_currency

TAG_OF_COMMANDS, TAG_OF_COMMAND = "26", "0A"
_TAG_CASHIER_DISPLAY, _TAG_CUSTOMER_DISPLAY, _TAG_PRINTER_WIDTH, _TAG_APDU_SIZE = "10", "11", "12", "1A"
_TAG_CHARACTER_SETS, _TAG_CHARACTER_SET, _TAG_LANGUAGES, _TAG_LANGUAGE = "27", "14", "28", "15"
_TAG_EMV_TEXTS, _TAG_RECEIPTS_NEEDED = "40", "45"
_TAG_RECEIPT_BITS, _TAG_TRANSACTION_BITS, _TAG_REGISTER_NO, _TAG_MESSAGE_NO = "1F04", "1F05", "1F35", "1F73"
_SETS = {value: character_set for character_set, value in TAG_14_VALUES.items()}


@dataclass(frozen=True, slots=True)
class Offers:
    """What the register can do, offered in the TLV container of its registration.

    ``commands``: control fields it accepts, 06 D3 for block print. ``register_no``: 1 to 8 digits.
    ``cashier_display``, ``customer_display``: columns and rows. ``printer_columns``: 1 to 99.
    ``languages``: two letters each. ``apdu_bytes_max``: largest APDU it takes. ``emv_texts``: tag 40, bits as in the
    document. ``receipts_needed``: tag 45, eight digits. ``receipt_bits``, ``transaction_bits``: tags 1F04 and 1F05.
    ``message_no``: 0 offers message numbers.
    """

    commands: tuple[int, ...] = ()
    register_no: str | None = None
    cashier_display: tuple[int, int] | None = None
    customer_display: tuple[int, int] | None = None
    printer_columns: int | None = None
    character_set: CharacterSet | None = None
    languages: tuple[str, ...] = ()
    apdu_bytes_max: int | None = None
    emv_texts: int | None = None
    receipts_needed: str | None = None
    receipt_bits: int | None = None
    transaction_bits: int | None = None
    message_no: int | None = None

    def objects(self) -> tuple[TlvObject, ...]:
        """Return the offers as TLV objects in the order of their tags.

        Raises:
            LocalProtocolError: a value does not fit its tag.
        """
        found = [*_display(_TAG_CASHIER_DISPLAY, self.cashier_display)]
        found += _display(_TAG_CUSTOMER_DISPLAY, self.customer_display)
        if self.printer_columns is not None:
            found.append(TlvObject(_TAG_PRINTER_WIDTH, bcd.from_int(self.printer_columns, 1)))
        found += _number(_TAG_APDU_SIZE, self.apdu_bytes_max, 2)
        if self.commands:
            listed = tuple(TlvObject(TAG_OF_COMMAND, control.to_bytes(2, "big")) for control in self.commands)
            found.append(TlvObject(TAG_OF_COMMANDS, children=listed))
        if self.character_set in TAG_14_VALUES:
            coded = TlvObject(_TAG_CHARACTER_SET, bytes([TAG_14_VALUES[self.character_set]]))
            found.append(TlvObject(_TAG_CHARACTER_SETS, children=(coded,)))
        if self.languages:
            spoken = tuple(TlvObject(_TAG_LANGUAGE, name.encode("ascii", "replace")) for name in self.languages)
            found.append(TlvObject(_TAG_LANGUAGES, children=spoken))
        found += _number(_TAG_EMV_TEXTS, self.emv_texts, 2)
        if self.receipts_needed is not None:
            found.append(TlvObject(_TAG_RECEIPTS_NEEDED, bcd.from_digits(self.receipts_needed, 4)))
        found += _number(_TAG_RECEIPT_BITS, self.receipt_bits, 2)
        found += _number(_TAG_TRANSACTION_BITS, self.transaction_bits, 1)
        if self.register_no is not None:
            found.append(TlvObject(_TAG_REGISTER_NO, bcd.from_digits(self.register_no, 4)))
        if self.message_no is not None:
            found.append(TlvObject(_TAG_MESSAGE_NO, bcd.from_int(self.message_no, 3)))
        return tuple(found)

    @classmethod
    def read(cls, read: CommandReader) -> Self:
        """Take the offers out of a container.

        Raises:
            RemoteProtocolError: a number is none.
        """
        listed = read.constructed(TAG_OF_COMMANDS)
        commands = [item for item in walk(listed.children if listed else ()) if item.tag == TAG_OF_COMMAND]
        spoken = read.constructed(_TAG_LANGUAGES)
        languages = [item for item in walk(spoken.children if spoken else ()) if item.tag == _TAG_LANGUAGE]
        register_no = read.object(_TAG_REGISTER_NO, 4)
        receipts = read.object(_TAG_RECEIPTS_NEEDED, 4)
        message_no = read.object(_TAG_MESSAGE_NO, 3)
        return cls(
            commands=tuple(int.from_bytes(item.value, "big") for item in commands),
            register_no=None if register_no is None else bcd.to_digits(register_no),
            cashier_display=_read_display(read.object(_TAG_CASHIER_DISPLAY, 2)),
            customer_display=_read_display(read.object(_TAG_CUSTOMER_DISPLAY, 2)),
            printer_columns=read.object_number(_TAG_PRINTER_WIDTH, 1),
            character_set=_character_set(read.constructed(_TAG_CHARACTER_SETS)),
            languages=tuple(item.value.decode("ascii", "replace") for item in languages),
            apdu_bytes_max=_read_number(read, _TAG_APDU_SIZE, 2),
            emv_texts=_read_number(read, _TAG_EMV_TEXTS, 2),
            receipts_needed=None if receipts is None else bcd.to_digits(receipts),
            receipt_bits=_read_number(read, _TAG_RECEIPT_BITS, 2),
            transaction_bits=_read_number(read, _TAG_TRANSACTION_BITS, 1),
            message_no=None if not message_no else bcd.to_int(message_no),
        )


@dataclass(frozen=True, slots=True)
class Registration:
    """06 00. ``password``: six digits. ``config_byte``: bits ``CONFIG_...``. ``currency_numeric``: three digits.

    ``tlv``: the register understands BMP 06 (it sent one, even an empty one).
    """

    password: str = field(repr=False)
    config_byte: int
    currency_numeric: str | None = None
    service_byte: int | None = None
    tlv: bool = True
    offers: Offers = field(default_factory=Offers)
    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.REGISTRATION

    def encode(self) -> Apdu:
        """Return the APDU; the service byte and the offers need a currency in front and are left out without one."""
        fixed = [password_part(self.password), ("config_byte", bytes([self.config_byte]))]
        if self.currency_numeric is None:
            return assemble(self.control, fixed=fixed)
        fixed.append(("currency", bcd.from_digits(exact_numeric(self.currency_numeric), 2)))
        extras = Extras(self.extras.fields, self.extras.objects, self.tlv, self.extras.order)
        objects = self.offers.objects() if self.tlv else ()
        return assemble(self.control, byte_field(0x03, self.service_byte), fixed=fixed, objects=objects, extras=extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        service_byte, offers, extras = read.byte(0x03), Offers.read(read), read.extras()
        return cls(
            password=read.password(),
            config_byte=(read.part("config_byte") or b"\x00")[0],
            currency_numeric=read_currency(read.part("currency")),
            service_byte=service_byte,
            tlv=read.has_container(),
            offers=offers,
            extras=Extras(extras.fields, extras.objects, container=False, order=extras.order),
        )


@dataclass(frozen=True, slots=True)
class LogOff:
    """06 02."""

    extras: Extras = NO_EXTRAS
    control: ClassVar[int] = codes.LOG_OFF

    def encode(self) -> Apdu:
        """Return the APDU."""
        return assemble(self.control, extras=self.extras)

    @classmethod
    def decode(cls, read: CommandReader) -> Self:
        """Read the command."""
        return cls(read.extras())


def _display(tag: str, size: tuple[int, int] | None) -> tuple[TlvObject, ...]:
    return () if size is None else (TlvObject(tag, bcd.from_int(size[0], 1) + bcd.from_int(size[1], 1)),)


def _read_display(value: bytes | None) -> tuple[int, int] | None:
    if value is None:
        return None
    return bcd.to_int(value[:1]), bcd.to_int(value[1:])


def _number(tag: str, value: int | None, size: int) -> tuple[TlvObject, ...]:
    if value is None:
        return ()
    if not 0 <= value < 1 << 8 * size:
        raise LocalProtocolError("number_too_long", f"{value} does not fit into tag {tag}")
    return (TlvObject(tag, value.to_bytes(size, "big")),)


def _read_number(read: CommandReader, tag: str, size: int) -> int | None:
    value = read.object(tag, size)
    return None if value is None else int.from_bytes(value, "big")


def _character_set(listed: TlvObject | None) -> CharacterSet | None:
    """Return the first offered set that we know."""
    coded = [item.value for item in walk(listed.children if listed else ()) if item.tag == _TAG_CHARACTER_SET]
    return next((_SETS[value[0]] for value in coded if value and value[0] in _SETS), None)
