"""Commands of the register as typed values: written by the register side, read by the terminal side."""

from dataclasses import dataclass, field

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, container, first_value
from terminal_driver.zvt.fields import DecodedData, Direction, decode_fields, encode_decoded
from terminal_driver.zvt.text import TAG_14_VALUES, CharacterSet
from terminal_driver.zvt.tlv import TlvObject, find_tag, find_value, walk
from terminal_driver.zvt.transaction import read_currency

REGISTRATION = 0x0600
SALE = 0x0601
LOG_OFF = 0x0602
REPEAT_RECEIPT = 0x0620
ABORT_BY_REGISTER = 0x06B0
STATUS_ENQUIRY = 0x0501
PRINT_BLOCK = 0x06D3
TAG_OF_COMMANDS, TAG_OF_COMMAND = "26", "0A"
_TAG_REGISTER_NO, _TAG_CASHIER_DISPLAY, _TAG_CUSTOMER_DISPLAY, _TAG_PRINTER_WIDTH = "1F35", "10", "11", "12"
_TAG_CHARACTER_SETS, _TAG_CHARACTER_SET = "27", "14"

# Config byte of 06 00 (PA00P015 2.1).
CONFIG_PAYMENT_RECEIPTS_BY_REGISTER = 0x02
CONFIG_ADMINISTRATION_RECEIPTS_BY_REGISTER = 0x04
CONFIG_SEND_INTERMEDIATE_STATUS = 0x08
CONFIG_NO_SALE_FROM_KEYPAD = 0x10
CONFIG_NO_ADMINISTRATION_FROM_KEYPAD = 0x20
CONFIG_PRINT_BY_COMMANDS = 0x80

# Service byte of 06 20 (PA00P015 2.20).
SERVICE_SEND_STATUS_INFORMATION = 0x01
SERVICE_DO_NOT_PRINT = 0x02


@dataclass(frozen=True, slots=True)
class Offers:
    """What the register can do, offered in the TLV container of its registration.

    ``commands``: control fields it accepts, 06 D3 for block print. ``register_no``: 1 to 8 digits.
    ``cashier_display``, ``customer_display``: columns and rows. ``printer_columns``: 1 to 99.
    """

    commands: tuple[int, ...] = ()
    register_no: str | None = None
    cashier_display: tuple[int, int] | None = None
    customer_display: tuple[int, int] | None = None
    printer_columns: int | None = None
    character_set: CharacterSet | None = None

    def objects(self) -> tuple[TlvObject, ...]:
        """Return the offers as TLV objects in the order of their tags."""
        found: list[TlvObject] = []
        for tag, display in (
            (_TAG_CASHIER_DISPLAY, self.cashier_display),
            (_TAG_CUSTOMER_DISPLAY, self.customer_display),
        ):
            if display is not None:
                found.append(TlvObject(tag, bcd.from_int(display[0], 1) + bcd.from_int(display[1], 1)))
        if self.printer_columns is not None:
            found.append(TlvObject(_TAG_PRINTER_WIDTH, bcd.from_int(self.printer_columns, 1)))
        if self.commands:
            listed = tuple(TlvObject(TAG_OF_COMMAND, control.to_bytes(2, "big")) for control in self.commands)
            found.append(TlvObject(TAG_OF_COMMANDS, children=listed))
        if self.character_set in TAG_14_VALUES:
            coded = TlvObject(_TAG_CHARACTER_SET, bytes([TAG_14_VALUES[self.character_set]]))
            found.append(TlvObject(_TAG_CHARACTER_SETS, children=(coded,)))
        if self.register_no is not None:
            found.append(TlvObject(_TAG_REGISTER_NO, bcd.from_digits(self.register_no, 4)))
        return tuple(found)


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

    def encode(self) -> Apdu:
        """Return the APDU; the service byte and the offers need a currency in front and are left out without one."""
        fixed = [("password", bcd.from_digits(self.password, 3)), ("config_byte", bytes([self.config_byte]))]
        fields: list[BitmapField] = []
        if self.currency_numeric is not None:
            fixed.append(("currency", bcd.from_digits(self.currency_numeric, 2)))
            if self.service_byte is not None:
                fields.append(BitmapField(0x03, bytes([self.service_byte])))
            if self.tlv:
                fields.append(BitmapField(TLV_CONTAINER, objects=self.offers.objects()))
        return Apdu(REGISTRATION, encode_decoded(DecodedData(tuple(fixed), fields=tuple(fields))))


@dataclass(frozen=True, slots=True)
class Sale:
    """06 01. ``amount_minor`` > 0 in minor units. ``payment_type``: BMP 19, 40 hex lets the terminal decide."""

    amount_minor: int
    currency_numeric: str | None = None
    payment_type: int | None = None

    def encode(self) -> Apdu:
        """Return the APDU with BMP 04, 49, 19 in this order (old terminals rely on the amount standing first)."""
        fields = [BitmapField(0x04, bcd.from_int(self.amount_minor, bcd.AMOUNT_BYTES))]
        if self.currency_numeric is not None:
            fields.append(BitmapField(0x49, bcd.from_digits(self.currency_numeric, 2)))
        if self.payment_type is not None:
            fields.append(BitmapField(0x19, bytes([self.payment_type])))
        return Apdu(SALE, encode_decoded(DecodedData(fields=tuple(fields))))


@dataclass(frozen=True, slots=True)
class StatusEnquiry:
    """05 01, with or without password."""

    password: str | None = field(default=None, repr=False)
    service_byte: int | None = None

    def encode(self) -> Apdu:
        """Return the APDU."""
        if self.password is None:
            return Apdu(STATUS_ENQUIRY)
        return Apdu(STATUS_ENQUIRY, _password_and_service(self.password, self.service_byte))


@dataclass(frozen=True, slots=True)
class RepeatReceipt:
    """06 20. Without the service bit 01 the terminal sends no 04 0F."""

    password: str = field(repr=False)
    service_byte: int | None = SERVICE_SEND_STATUS_INFORMATION | SERVICE_DO_NOT_PRINT

    def encode(self) -> Apdu:
        """Return the APDU."""
        return Apdu(REPEAT_RECEIPT, _password_and_service(self.password, self.service_byte))


@dataclass(frozen=True, slots=True)
class LogOff:
    """06 02."""

    def encode(self) -> Apdu:
        """Return the APDU."""
        return Apdu(LOG_OFF)


@dataclass(frozen=True, slots=True)
class AbortByRegister:
    """06 B0."""

    def encode(self) -> Apdu:
        """Return the APDU."""
        return Apdu(ABORT_BY_REGISTER)


@dataclass(frozen=True, slots=True)
class OtherCommand:
    """A command this library does not serve."""

    control: int


Command = Registration | Sale | StatusEnquiry | RepeatReceipt | LogOff | AbortByRegister | OtherCommand


def decode_command(apdu: Apdu) -> Command:
    """Read a command of the register; card data it may carry are not taken over.

    Raises:
        RemoteProtocolError: the fields cannot be read, or ``amount_missing`` for a sale without BMP 04.
    """
    match apdu.control:
        case 0x0600:
            return _registration(decode_fields(apdu.control, apdu.data, Direction.TO_TERMINAL))
        case 0x0601:
            return _sale(decode_fields(apdu.control, apdu.data, Direction.TO_TERMINAL).fields)
        case 0x0501:
            decoded = decode_fields(apdu.control, apdu.data, Direction.TO_TERMINAL)
            password = decoded.part("password")
            return StatusEnquiry(None if password is None else bcd.to_digits(password), _byte(decoded.fields, 0x03))
        case 0x0620:
            decoded = decode_fields(apdu.control, apdu.data, Direction.TO_TERMINAL)
            return RepeatReceipt(bcd.to_digits(decoded.part("password") or b""), _byte(decoded.fields, 0x03))
        case 0x0602:
            return LogOff()
        case 0x06B0:
            return AbortByRegister()
        case _:
            return OtherCommand(apdu.control)


def _password_and_service(password: str, service_byte: int | None) -> bytes:
    fields = () if service_byte is None else (BitmapField(0x03, bytes([service_byte])),)
    return encode_decoded(DecodedData((("password", bcd.from_digits(password, 3)),), fields=fields))


def _byte(fields: tuple[BitmapField, ...], tag: int) -> int | None:
    value = first_value(fields, tag)
    return None if value is None else value[0]


def _sale(fields: tuple[BitmapField, ...]) -> Sale:
    amount = first_value(fields, 0x04)
    if amount is None:
        raise RemoteProtocolError("amount_missing", "06 01 has no amount")
    return Sale(bcd.to_int(amount), read_currency(first_value(fields, 0x49)), _byte(fields, 0x19))


def _registration(decoded: DecodedData) -> Registration:
    objects = container(decoded.fields)
    return Registration(
        password=bcd.to_digits(decoded.part("password") or b""),
        config_byte=(decoded.part("config_byte") or b"\x00")[0],
        currency_numeric=read_currency(decoded.part("currency")),
        service_byte=_byte(decoded.fields, 0x03),
        tlv=any(item.tag == TLV_CONTAINER for item in decoded.fields),
        offers=_offers(objects),
    )


def _offers(objects: tuple[TlvObject, ...]) -> Offers:
    listed = find_tag(objects, TAG_OF_COMMANDS)
    commands = [item for item in walk(listed.children if listed else ()) if item.tag == TAG_OF_COMMAND]
    coded = find_value(objects, _TAG_CHARACTER_SET)
    sets = {bytes([value]): character_set for character_set, value in TAG_14_VALUES.items()}
    register_no = find_value(objects, _TAG_REGISTER_NO)
    columns = find_value(objects, _TAG_PRINTER_WIDTH)
    return Offers(
        commands=tuple(int.from_bytes(item.value, "big") for item in commands),
        register_no=None if register_no is None else bcd.to_digits(register_no),
        cashier_display=_display(find_value(objects, _TAG_CASHIER_DISPLAY)),
        customer_display=_display(find_value(objects, _TAG_CUSTOMER_DISPLAY)),
        printer_columns=None if not columns else bcd.to_int(columns),
        character_set=None if coded is None else sets.get(coded),
    )


def _display(value: bytes | None) -> tuple[int, int] | None:
    if value is None or len(value) != 2:
        return None
    return bcd.to_int(value[:1]), bcd.to_int(value[1:])
