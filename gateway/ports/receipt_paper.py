"""A receipt as a file for the customer, and its address as a picture for the customer's phone."""

from datetime import datetime
from typing import Protocol


class ReceiptFile(Protocol):
    """Makes the file."""

    def pdf(self, *, png: bytes, text: str, title: str, made_at: datetime) -> bytes:
        """Return a PDF with the receipt as a picture and its text behind it, so that it can be searched and read out.

        Args:
            png: the printed paper as a picture.
            text: the printed text, one line per printed line.
            title: of the document.
            made_at: with a time zone.
        """


class QrPicture(Protocol):
    """Makes the picture."""

    def svg(self, text: str) -> str:
        """Return a QR code as SVG, dark on light with its quiet zone, whatever the colours around it."""
