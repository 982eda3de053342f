"""Ledger accounts of credit that :mod:`gateway.domain.accounts` does not name yet."""

from gateway.domain.accounts import store_credit_liability, voucher_liability
from gateway.domain.credit.voucher import VoucherKind


def liability(kind: VoucherKind) -> str:
    """Account of what is owed to the holders of vouchers, or of store credit (liability)."""
    return voucher_liability() if kind is VoucherKind.VOUCHER else store_credit_liability()


def vouchers_given() -> str:
    """Account of what vouchers cost that were given without a sale (expense)."""
    return "vouchers_given"


def vouchers_expired() -> str:
    """Account of what nobody came for in time (income)."""
    return "vouchers_expired"


def late_receipts() -> str:
    """Account of transfers that arrived when nobody waited for them any more: owed to whoever sent them (liability)."""
    return "late_receipts"
