"""Reading the codes on a picture by zxing-cpp."""

from __future__ import annotations

from importlib.util import find_spec

from PIL.Image import Image

from invoice_capture.codes.kind import kind_of
from invoice_capture.model import Box, Code

_CODES_MAX = 10
_SIDE_MAX = 3000
"""Larger pictures are read at half size: a module of a code printed on paper is then still several pixels."""


def codes_on(picture: Image) -> tuple[Code, ...]:
    """Return the QR codes and Data Matrix codes on a picture; none when the library is not installed."""
    if find_spec("zxingcpp") is None:
        return ()
    import zxingcpp

    grey = picture.convert("L")
    scale = 1
    while max(grey.size) > _SIDE_MAX:
        grey, scale = grey.reduce(2), scale * 2
    formats = zxingcpp.barcode_formats_from_str("QRCode,DataMatrix")
    found = zxingcpp.read_barcodes(grey, formats=formats, try_downscale=False)
    codes = []
    for one in found[:_CODES_MAX]:
        place = one.position
        corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
        across = [float(corner.x) * scale for corner in corners]
        down = [float(corner.y) * scale for corner in corners]
        codes.append(Code(kind_of(one.text), one.text, Box(min(across), min(down), max(across), max(down))))
    return tuple(codes)
