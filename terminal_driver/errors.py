"""Errors of the driver library: whose fault it was decides the class.

A decline, an abort or a missing answer is not an exception but an outcome (see :mod:`terminal_driver.outcome`).
"""


class DriverError(Exception):
    """Base of all errors of this library.

    Attributes:
        code: stable snake_case name of the error.
        hint: what the reader can do about it.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


class LocalProtocolError(DriverError):
    """We asked the engine for something the protocol does not allow now; nothing was sent and nothing changed."""


class RemoteProtocolError(DriverError):
    """The device sent something the protocol does not allow; the bytes are refused, the engine stays usable."""


class TransportError(DriverError):
    """The line could not be opened, broke, or was closed by the other side."""


class PortBusy(TransportError):
    """Another process owns the port."""
