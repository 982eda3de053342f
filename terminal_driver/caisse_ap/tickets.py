"""Tickets of the terminal: containers ZT with CK (what kind) and AK (the text in base64) become receipts.

A ticket that cannot be read costs nothing but the ticket. Card numbers in its text are cut to the house format.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from terminal_driver.caisse_ap.tlv import Element, decode, encode
from terminal_driver.card_data import cut_card_numbers
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.outcome import ReceiptKind, ReceiptLine, TerminalReceipt

CONTAINER, KIND, TEXT = "ZT", "CK", "AK"
_LINES_MAX = 500
_HTML = "1"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class TicketsWanted(StrEnum):
    """Which tickets the terminal shall send as text (CK): none leaves them to its own printer."""

    NONE = ""
    CUSTOMER = "100"
    MERCHANT = "110"
    BOTH = "120"


_KINDS = {"0": (ReceiptKind.CUSTOMER,), "1": (ReceiptKind.MERCHANT,), "2": (ReceiptKind.CUSTOMER, ReceiptKind.MERCHANT)}


def encode_ticket(kind: TicketsWanted, text: str) -> Element:
    """Return the container of one ticket; signs outside Latin-1 become question marks.

    Raises:
        LocalProtocolError: ``bad_value``, the text is too long for one container.
    """
    packed = base64.b64encode(text.encode("latin-1", "replace")).decode("ascii")
    return Element(CONTAINER, encode([Element(KIND, kind), Element(TEXT, packed)]).decode("ascii"))


def receipts_of(elements: Iterable[Element], *, approved: bool) -> tuple[TerminalReceipt, ...]:
    """Return the receipts of an answer in their order; several of the kind "both" are the customer's, then ours."""
    both = 0
    found: list[TerminalReceipt] = []
    for kind, text in _texts(elements):
        kinds = _KINDS.get(kind[1:2], (ReceiptKind.CUSTOMER,))
        lines = _lines(text)
        if not lines:
            continue
        found.append(TerminalReceipt(kinds[both % len(kinds)], lines, approved=approved))
        both += len(kinds) > 1
    return tuple(found)


def _texts(elements: Iterable[Element]) -> Iterator[tuple[str, str]]:
    """Yield kind and text of each ticket that can be read."""
    for element in elements:
        if element.tag != CONTAINER:
            continue
        kind = ""
        try:
            nested = decode(element.value.encode("ascii"))
        except RemoteProtocolError:
            continue
        for inner in nested:
            if inner.tag == KIND:
                kind = inner.value
            elif inner.tag == TEXT and kind[2:3] != _HTML and (text := _unpacked(inner.value)):
                yield kind, text


def _unpacked(packed: str) -> str:
    try:
        return base64.b64decode(packed, validate=True).decode("latin-1")
    except binascii.Error:
        return ""


def _lines(text: str) -> tuple[ReceiptLine, ...]:
    """Break a text into lines without control characters."""
    whole = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(ReceiptLine(cut_card_numbers(line.rstrip())) for line in whole.split("\n")[:_LINES_MAX])
