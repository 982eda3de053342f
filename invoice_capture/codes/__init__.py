"""Machine-readable codes on a page, and what those of payments say."""

from invoice_capture.codes.parsing import payment_code
from invoice_capture.codes.payment import PaymentCode

__all__ = ["PaymentCode", "payment_code"]
