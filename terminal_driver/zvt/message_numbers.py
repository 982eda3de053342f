"""Message numbers (tag 1F73, PA00P015 rev 13.08, chapter 5): which answer belongs to which message.

Offered as 000000 at registration and valid only if the terminal repeats the offer. From then on every command has a
number from 000001, the answer repeats it, and a message sent again keeps it: what came twice is acted on once.
"""

from dataclasses import dataclass, replace

from terminal_driver.errors import RemoteProtocolError
from terminal_driver.zvt import bcd
from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, container, encode_fields, parse_fields
from terminal_driver.zvt.fields import Direction, decode_fields
from terminal_driver.zvt.messages import Acknowledgement
from terminal_driver.zvt.tlv import TlvObject, find_value

TAG = "1F73"
NUMBER_MAX = 999_999
_BYTES = 3


@dataclass(frozen=True, slots=True)
class _Answered:
    """A numbered message of the terminal and what we answered to it."""

    number: int
    message: Apdu
    answer: Acknowledgement


class MessageNumbers:
    """Counts our commands and remembers the last numbered message of the terminal.

    Args:
        offered: the register offers numbers; without an offer they are never agreed.
    """

    def __init__(self, *, offered: bool) -> None:
        self._offered = offered
        self._agreed = False
        self._last = 0
        self._answered: _Answered | None = None

    @property
    def agreed(self) -> bool:
        """True after a registration whose completion repeated the offer."""
        return self._agreed

    def registered(self, completion: Apdu) -> None:
        """Take note of the completion of a registration: the count begins anew, or there is none."""
        self._agreed = self._offered and read_number(completion, None) == 0
        self._last = 0
        self._answered = None

    def forget(self) -> None:
        """The registration is over."""
        self._agreed = False
        self._answered = None

    def take(self) -> int | None:
        """Return the number of the next command; None when none are agreed."""
        if not self._agreed:
            return None
        self._last = self._last % NUMBER_MAX + 1
        return self._last

    def repetition(self, message: Apdu, running: int | None) -> Acknowledgement | None:
        """Return the answer that was given to this very message before; None for a new one."""
        known = self._answered
        if not self._agreed or known is None or known.message != message:
            return None
        return known.answer if read_number(message, running) == known.number else None

    def answered(self, message: Apdu, running: int | None, answer: Acknowledgement) -> Acknowledgement:
        """Return the answer with the number of the message, and remember both."""
        number = read_number(message, running) if self._agreed else None
        if not number:  # 000000 is the offer and counts nothing: messages would look like repetitions of each other
            return answer
        numbered = with_number(answer, number)
        self._answered = _Answered(number, message, numbered)
        return numbered


def number_object(number: int) -> TlvObject:
    """Return the tag of a number."""
    return TlvObject(TAG, bcd.from_int(number, _BYTES))


def read_number(apdu: Apdu, running: int | None) -> int | None:
    """Return the number of a message or an answer; None when there is none that can be read."""
    try:
        decoded = decode_fields(apdu.control, apdu.data, Direction.TO_REGISTER, running)
        fields = decoded.fields or parse_fields(decoded.raw)
        value = find_value(container(fields), TAG)
        return bcd.to_int(value) if value else None
    except RemoteProtocolError:
        return None


def with_number(answer: Acknowledgement, number: int) -> Acknowledgement:
    """Return our answer with a number in its container."""
    fields = parse_fields(answer.data)
    inside = (*container(fields), number_object(number))
    others = [item for item in fields if item.tag != TLV_CONTAINER]
    return replace(answer, data=encode_fields([*others, BitmapField(TLV_CONTAINER, objects=inside)]))


def without_number(answer: Acknowledgement, number: int) -> Acknowledgement:
    """Return an answer whose data no longer end with the container of its number."""
    coded = encode_fields([BitmapField(TLV_CONTAINER, objects=(number_object(number),))])
    return replace(answer, data=answer.data.removesuffix(coded))
