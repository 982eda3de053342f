"""Which kind of code a text is, by how it begins."""

from __future__ import annotations

import base64
import binascii

from invoice_capture.model import CodeKind

_EPC_HEAD = "BCD"
_SWISS_HEAD = "SPC"
_TAG_SELLER = 1
_TEXT_MAX = 2000


def kind_of(text: str) -> CodeKind:
    """Return the kind of a code by its content."""
    head = text[:8].splitlines()[:1]
    if head == [_EPC_HEAD]:
        return CodeKind.EPC
    if head == [_SWISS_HEAD]:
        return CodeKind.SWISS_QR_BILL
    return CodeKind.ZATCA if _is_zatca(text) else CodeKind.OTHER


def _is_zatca(text: str) -> bool:
    if not 16 <= len(text) <= _TEXT_MAX:
        return False
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(data) > 2 and data[0] == _TAG_SELLER and 2 + data[1] < len(data) and data[2 + data[1]] == _TAG_SELLER + 1
