"""QR codes as SVG, made by the library ``qrcode``, which is imported at the first drawing."""

import importlib
from typing import Any

QUIET_ZONE = 4
"""Modules of light around the code (ISO/IEC 18004 section 9.1)."""


class SvgQrPicture:
    """Draws QR codes."""

    def svg(self, text: str) -> str:
        """Return a QR code with error correction M, dark on light, one unit for each module."""
        library: Any = importlib.import_module("qrcode")
        code = library.QRCode(error_correction=library.constants.ERROR_CORRECT_M, border=QUIET_ZONE)
        code.add_data(text)
        code.make(fit=True)
        rows: list[list[bool]] = code.get_matrix()
        runs = "".join(_runs(number, row) for number, row in enumerate(rows))
        size = len(rows)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
            f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{runs}"/></svg>'
        )


def _runs(number: int, row: list[bool]) -> str:
    """Return the dark modules of a row as horizontal bars."""
    found, column = [], 0
    while column < len(row):
        if not row[column]:
            column += 1
            continue
        start = column
        while column < len(row) and row[column]:
            column += 1
        found.append(f"M{start} {number}h{column - start}v1h-{column - start}z")
    return "".join(found)
