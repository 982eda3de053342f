"""Codes of bank transfers as SVG: a QR code, and the cross that marks a Swiss one."""

import re

from gateway.adapters.qr_picture import QUIET_ZONE, SvgQrPicture
from gateway.domain.bank.transfer_order import TransferStandard

_CODE_MM, _CROSS_MM, _INSET_MM = 46, 7, 0.5
"""Swiss QR-bill guidelines, section 5.4.2: a code of 46 mm has a cross of 7 mm in its middle."""
_ARM, _BEAM = 0.6, 0.19
"""Length and breadth of the cross in parts of its square."""
_SIZE = re.compile(r'viewBox="0 0 ([0-9]+) ')


class SvgTransferPicture:
    """Draws the codes of transfers; see ``TransferPicture``."""

    def __init__(self) -> None:
        self._codes = SvgQrPicture()

    def svg(self, payload: str, standard: TransferStandard) -> str:
        """Return the code as its standard wants it drawn."""
        drawn = self._codes.svg(payload)
        return drawn if standard is TransferStandard.EPC else _with_cross(drawn)

    def plain(self, text: str) -> str:
        """Return any other text as a QR code."""
        return self._codes.svg(text)


def _with_cross(drawn: str) -> str:
    found = _SIZE.search(drawn)
    if found is None:
        message = "the drawing has no size"
        raise ValueError(message)
    whole = int(found[1])
    mm = (whole - 2 * QUIET_ZONE) / _CODE_MM
    middle = whole / 2
    parts = [
        _box(middle, _CROSS_MM * mm, _CROSS_MM * mm, "#fff"),
        _box(middle, (_CROSS_MM - 2 * _INSET_MM) * mm, (_CROSS_MM - 2 * _INSET_MM) * mm, "#000"),
    ]
    side = (_CROSS_MM - 2 * _INSET_MM) * mm
    parts += [
        _box(middle, side * _ARM, side * _BEAM, "#fff"),
        _box(middle, side * _BEAM, side * _ARM, "#fff"),
    ]
    return drawn.removesuffix("</svg>") + "".join(parts) + "</svg>"


def _box(middle: float, width: float, height: float, colour: str) -> str:
    return (
        f'<path fill="{colour}" shape-rendering="geometricPrecision" d="M{middle - width / 2:.3f}'
        f' {middle - height / 2:.3f}h{width:.3f}v{height:.3f}h-{width:.3f}z"/>'
    )
