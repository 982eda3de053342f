"""Errors of the library: each carries a code, what happened, and what to do."""


class CaptureError(Exception):
    """A document cannot be read.

    Args:
        code: name of the reason, `snake_case`, the same for ever, for example `pdf_encrypted`.
        message: what happened, in one sentence, without content of the document.
        hint: what to do about it, empty when there is nothing to do.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Refused(CaptureError):
    """The file is broken, encrypted, hostile, empty, of an unknown kind, or larger than a limit allows."""


class NotAvailable(CaptureError):
    """This machine lacks what the document needs, for example an OCR engine; the document itself may be fine."""
