"""How the attributes of a command become fields and back; shared by all command classes.

What a command carries beyond its attributes is kept in ``Extras``, in the order of the wire, so that a command read
from the line is written again byte for byte. Fields with card data are the exception: they are not taken over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from terminal_driver.currencies import exact_numeric
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError
from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import BITMAPS, CARD_TLV_TAGS, TLV_CONTAINER, BitmapField, container
from terminal_driver.zvt.fields import DecodedData, encode_decoded
from terminal_driver.zvt.text import CharacterSet
from terminal_driver.zvt.tlv import TlvObject
from terminal_driver.zvt.transaction import read_currency

_TEXT_LINES = 8
_PASSWORD_DIGITS = 6
_NO_RECEIPT = b"\xff\xff"


@dataclass(frozen=True, slots=True)
class Extras:
    """What a command carries besides its attributes.

    ``fields``: BMP fields. ``objects``: objects of the TLV container. ``container``: a container is sent even when it
    is empty, which says that the register understands TLV. ``order``: BMP tags in the order of the wire when it is not
    the usual one; it does not count in a comparison.
    """

    fields: tuple[BitmapField, ...] = ()
    objects: tuple[TlvObject, ...] = ()
    container: bool = False
    order: tuple[int, ...] = field(default=(), compare=False)


NO_EXTRAS = Extras()


def assemble(
    control: int,
    *own: BitmapField | None,
    fixed: Sequence[tuple[str, bytes]] = (),
    objects: Iterable[TlvObject] = (),
    extras: Extras = NO_EXTRAS,
) -> Apdu:
    """Join parts, own fields, extra fields and the container to one APDU.

    Raises:
        LocalProtocolError: a value does not fit its field.
    """
    fields = [item for item in own if item is not None]
    fields += extras.fields
    inside = (*objects, *extras.objects)
    if inside or extras.container:
        fields.append(BitmapField(TLV_CONTAINER, objects=inside))
    if extras.order:
        places = {tag: at for at, tag in enumerate(extras.order)}
        fields.sort(key=lambda item: places.get(item.tag, len(places)))
    return Apdu(control, encode_decoded(DecodedData(tuple(fixed), fields=tuple(fields))))


def exact_password(password: str) -> str:
    """Return the password; one that would be filled up with zeros would be another one.

    Raises:
        LocalProtocolError: ``bad_password`` when it is not exactly six digits.
    """
    if len(password) != _PASSWORD_DIGITS or not (password.isascii() and password.isdecimal()):
        raise LocalProtocolError("bad_password", "the password of a terminal is six digits")
    return password


def password_part(password: str) -> tuple[str, bytes]:
    """Return the three bytes of a password of six digits, which stands without a tag.

    Raises:
        LocalProtocolError: ``bad_password``.
    """
    return "password", bcd.from_digits(exact_password(password), 3)


def amount_field(value_minor: int | None) -> BitmapField | None:
    """Return BMP 04."""
    return None if value_minor is None else BitmapField(0x04, bcd.from_int(value_minor, bcd.AMOUNT_BYTES))


def currency_field(currency_numeric: str | None) -> BitmapField | None:
    """Return BMP 49; ``bad_currency`` when it is not three digits."""
    return None if currency_numeric is None else BitmapField(0x49, bcd.from_digits(exact_numeric(currency_numeric), 2))


def byte_field(tag: int, value: int | None) -> BitmapField | None:
    """Return a field of one byte.

    Raises:
        LocalProtocolError: ``number_too_long``.
    """
    if value is None:
        return None
    if not 0 <= value <= 0xFF:
        raise LocalProtocolError("number_too_long", f"{value} does not fit into BMP {tag:02X}")
    return BitmapField(tag, bytes([value]))


def number_field(tag: int, value: int | None) -> BitmapField | None:
    """Return a field of packed decimals of the size in the table."""
    return None if value is None else BitmapField(tag, bcd.from_int(value, BITMAPS[tag].size))


def receipt_field(receipt_no: int | None) -> BitmapField | None:
    """Return BMP 87; FFFF hex stands for "none"."""
    if receipt_no is None:
        return None
    return BitmapField(0x87, _NO_RECEIPT if receipt_no == 0xFFFF else bcd.from_int(receipt_no, 2))


def attribute_field(authorisation: str | None) -> BitmapField | None:
    """Return BMP 3B, at most eight ASCII signs, zeros behind."""
    if authorisation is None:
        return None
    return BitmapField(0x3B, authorisation.encode("ascii", errors="replace").ljust(8, b"\x00"))


def line_fields(lines: Sequence[str], *, first_tag: int = 0xF1) -> tuple[BitmapField, ...]:
    """Return display lines as BMP F1 to F8 (or E1 to E8); an empty line is left out and stays dark."""
    coded = [(first_tag + at, line.encode(CharacterSet.CP437, errors="replace")) for at, line in enumerate(lines)]
    return tuple(BitmapField(tag, text) for tag, text in coded if text)


def amount_object(tag: str, value_minor: int | None) -> tuple[TlvObject, ...]:
    """Return an amount as an object of the container, or nothing."""
    return () if value_minor is None else (TlvObject(tag, bcd.from_int(value_minor, bcd.AMOUNT_BYTES)),)


def byte_object(tag: str, value: int | None) -> tuple[TlvObject, ...]:
    """Return one byte as an object of the container, or nothing."""
    return () if value is None else (TlvObject(tag, bytes([value])),)


class CommandReader:
    """Typed access to the data of a command; it remembers what was read, the rest becomes ``Extras``.

    Args:
        control: control field of the command, for the words of an error.
        decoded: its data in parts.
    """

    def __init__(self, control: int, decoded: DecodedData) -> None:
        self.control = control
        self._decoded = decoded
        self._objects = container(decoded.fields)
        self._read: set[int] = set()
        self._read_objects: set[str] = set()

    def part(self, name: str) -> bytes | None:
        """Return a part without a tag."""
        return self._decoded.part(name)

    def password(self) -> str:
        """Return the password in front as six digits."""
        return bcd.to_digits(self._decoded.part("password") or b"")

    def value(self, tag: int) -> bytes | None:
        """Return the bytes of a field."""
        for at, item in enumerate(self._decoded.fields):
            if item.tag == tag and item.tag != TLV_CONTAINER:
                self._read.add(at)
                return item.value
        return None

    def byte(self, tag: int) -> int | None:
        """Return a field of one byte."""
        value = self.value(tag)
        return None if value is None else value[0]

    def number(self, tag: int) -> int | None:
        """Return packed decimals.

        Raises:
            RemoteProtocolError: ``not_bcd``.
        """
        value = self.value(tag)
        return None if value is None else bcd.to_int(value)

    def receipt_no(self) -> int | None:
        """Return BMP 87, FFFF hex for "none"."""
        value = self.value(0x87)
        if value is None:
            return None
        return 0xFFFF if value == _NO_RECEIPT else bcd.to_int(value)

    def currency(self) -> str | None:
        """Return BMP 49 as three digits."""
        return read_currency(self.value(0x49))

    def ascii(self, tag: int) -> str | None:
        """Return text padded with zeros."""
        value = self.value(tag)
        return None if value is None else value.rstrip(b"\x00").decode("ascii", errors="replace")

    def required(self, value: int | None, code: str, name: str) -> int:
        """Return a value that the command cannot do without.

        Raises:
            RemoteProtocolError: ``code``, it is missing.
        """
        if value is None:
            raise RemoteProtocolError(code, f"{self.control:04X} has no {name}")
        return value

    def lines(self, *, first_tag: int = 0xF1) -> tuple[str, ...]:
        """Return the display lines up to the last one that is there."""
        texts = [self.value(first_tag + at) for at in range(_TEXT_LINES)]
        while texts and texts[-1] is None:
            texts.pop()
        return tuple((text or b"").decode(CharacterSet.CP437) for text in texts)

    def object(self, tag: str, size: int | None = None) -> bytes | None:
        """Return the bytes of an object of the container that is not nested.

        ``size``: an object of another size is not ours to understand and stays among the extras.
        """
        found = next((item for item in self._objects if item.tag == tag and not item.constructed), None)
        if found is None or size not in (None, len(found.value)):
            return None
        self._read_objects.add(tag)
        return found.value

    def object_number(self, tag: str, size: int) -> int | None:
        """Return packed decimals in the container.

        Raises:
            RemoteProtocolError: ``not_bcd``.
        """
        value = self.object(tag, size)
        return None if value is None else bcd.to_int(value)

    def object_byte(self, tag: str) -> int | None:
        """Return an object of one byte."""
        value = self.object(tag, 1)
        return None if value is None else value[0]

    def constructed(self, tag: str) -> TlvObject | None:
        """Return an object that holds further ones."""
        found = next((item for item in self._objects if item.tag == tag and item.constructed), None)
        if found is not None:
            self._read_objects.add(tag)
        return found

    def has_container(self) -> bool:
        """Tell whether a container was sent, empty or not."""
        return any(item.tag == TLV_CONTAINER for item in self._decoded.fields)

    def extras(self) -> Extras:
        """Return what was not read, without card data."""
        left = [
            item
            for at, item in enumerate(self._decoded.fields)
            if at not in self._read and item.tag != TLV_CONTAINER and not BITMAPS[item.tag].card_data
        ]
        objects = [
            item for item in self._objects if item.tag not in self._read_objects and item.tag not in CARD_TLV_TAGS
        ]
        order = tuple(dict.fromkeys(item.tag for item in self._decoded.fields))
        return Extras(tuple(left), tuple(objects), self.has_container() and not self._objects, order)
