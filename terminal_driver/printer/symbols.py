"""Draws QR codes and bar codes as modules, black and white, for printers and pictures that cannot do it themselves.

The symbologies come from the libraries `qrcode` and `python-barcode`, imported at the first drawing.
"""

import importlib
from typing import Any

from PIL import Image

from terminal_driver.printer.glyphs import INK, PAPER

QR_QUIET_MODULES = 4  # ISO/IEC 18004: the white edge that a reader needs
_BARCODES = ("code128", "code39", "ean13", "ean8")


def qr_image(data: str) -> Image.Image | None:
    """Return a QR code of low correction with its white edge, one dot a module; None if no QR code holds the data."""
    code: Any = importlib.import_module("qrcode")
    try:
        symbol = code.QRCode(border=QR_QUIET_MODULES, error_correction=code.constants.ERROR_CORRECT_L)
        symbol.add_data(data)
        symbol.make(fit=True)
    except ValueError:  # more data than the largest symbol holds
        return None
    modules: list[list[bool]] = symbol.get_matrix()
    image = Image.new("L", (len(modules), len(modules)), PAPER)
    image.putdata([INK if dark else PAPER for row in modules for dark in row])
    return image


def barcode_image(kind: str, data: str) -> Image.Image | None:
    """Return the bars of `code128`, `code39`, `ean13` or `ean8`, one dot a module and one dot high.

    Returns:
        None for another kind, or data it cannot hold.
    """
    if kind not in _BARCODES:
        return None
    symbology: Any = importlib.import_module("barcode")
    wrong_data = (symbology.errors.BarcodeError, ValueError, KeyError, IndexError)
    try:
        options = {"add_checksum": False} if kind == "code39" else {}
        modules: str = symbology.get_barcode_class(kind)(data, **options).build()[0]
    except wrong_data:
        return None
    if not modules:
        return None
    image = Image.new("L", (len(modules), 1), PAPER)
    image.putdata([PAPER if module == "0" else INK for module in modules])  # G is a longer bar of EAN codes
    return image
