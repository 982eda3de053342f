"""Draws the codes of bank transfers."""

from typing import Protocol

from gateway.domain.bank.transfer_order import TransferStandard


class TransferPicture(Protocol):
    """Draws a code that a banking app scans."""

    def svg(self, payload: str, standard: TransferStandard) -> str:
        """Return the code as its standard wants it drawn, dark on light: error correction M, Swiss ones with cross."""

    def plain(self, text: str) -> str:
        """Return any other text, such as an address, as a QR code."""
