"""Vouchers, customers, transfers and pay links as the API tells them, in the manner of ``payment_answers``."""

from datetime import datetime
from typing import Any

from gateway.domain.bank.transfer_order import TransferOrder
from gateway.domain.credit.customer import CustomerAccount
from gateway.domain.credit.voucher import Voucher, VoucherMovement
from gateway.domain.credit.voucher_code import in_groups
from gateway.domain.money import Money
from gateway.ports.credit_store import AccountLine, TransferLine
from gateway.services.credit.pay_links import PayLinkView
from gateway.web.payments.payment_answers import instant, money


def voucher_document(
    voucher: Voucher,
    left: Money,
    now: datetime,
    *,
    movements: tuple[VoucherMovement, ...] = (),
    code: str | None = None,
) -> dict[str, Any]:
    """Return a voucher."""
    expired = voucher.has_expired(now)
    return {
        "id": str(voucher.id),
        "kind": voucher.kind.value,
        "origin": voucher.origin.value,
        "amount": money(voucher.amount),
        "left": money(Money(0, left.currency) if expired else left),
        "ends_in": voucher.code_end,
        "customer_id": _text(voucher.customer_id),
        "sale_id": _text(voucher.sale_id),
        "expires_at": _when(voucher.expires_at),
        "expired": expired,
        "blocked": voucher.blocked,
        "created_at": instant(voucher.created_at),
        "created_by": voucher.created_by,
        "movements": [
            {
                "sequence": one.sequence,
                "kind": one.kind.value,
                "amount": money(one.amount),
                "cause_id": str(one.cause_id),
                "words": one.words,
                "actor": one.actor,
                "recorded_at": instant(one.recorded_at),
            }
            for one in movements
        ],
        "code": code,
    }


def customer_document(account: CustomerAccount, lines: tuple[AccountLine, ...] = ()) -> dict[str, Any]:
    """Return a customer."""
    customer = account.customer
    return {
        "id": str(customer.id),
        "name": customer.name,
        "reference": customer.reference,
        "limit": money(customer.limit),
        "open": money(account.open),
        "free": money(account.free),
        "blocked": customer.blocked,
        "created_at": instant(customer.created_at),
        "created_by": customer.created_by,
        "entries": [
            {
                "side": line.entry.side.value,
                "amount": money(line.amount),
                "state": line.state.value,
                "cause_id": str(line.entry.cause_id),
                "words": line.entry.words,
                "actor": line.entry.actor,
                "recorded_at": instant(line.entry.recorded_at),
            }
            for line in lines
        ],
    }


def transfer_document(order: TransferOrder, now: datetime, lines: tuple[TransferLine, ...] = ()) -> dict[str, Any]:
    """Return a transfer."""
    return {
        "id": str(order.id),
        "tender_id": str(order.tender_id),
        "sale_id": str(order.sale_id),
        "register_id": order.register_id,
        "amount": money(order.amount),
        "standard": order.standard.value,
        "reference": order.reference,
        "payload": order.payload,
        "state": order.state.value,
        "overdue": order.overdue(now),
        "expires_at": instant(order.expires_at),
        "created_at": instant(order.created_at),
        "created_by": order.created_by,
        "trace_id": order.trace_id,
        "concluded_at": _when(order.concluded_at),
        "concluded_by": order.concluded_by,
        "reason": order.reason,
        "bank_reference": order.bank_reference,
        "lines": [
            {
                "sequence": line.sequence,
                "state": line.state.value,
                "words": line.words,
                "actor": line.actor,
                "recorded_at": instant(line.recorded_at),
            }
            for line in lines
        ],
        "code": f"/v1/transfers/{order.id}/code.svg",
    }


def pay_link_document(view: PayLinkView, url: str | None = None) -> dict[str, Any]:
    """Return a pay link."""
    link = view.link
    return {
        "id": str(link.id),
        "state": view.state.value,
        "sale_id": str(link.sale_id),
        "register_id": link.register_id,
        "amount": money(link.amount),
        "reference": link.reference,
        "till_code": in_groups(link.till_code),
        "expires_at": instant(link.expires_at),
        "payment_id": _text(link.payment_id),
        "transfer_id": _text(link.transfer_id),
        "cancelled_at": _when(link.cancelled_at),
        "cancelled_by": link.cancelled_by,
        "created_at": instant(link.created_at),
        "created_by": link.created_by,
        "trace_id": link.trace_id,
        "url": url,
    }


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)


def _when(value: datetime | None) -> str | None:
    return None if value is None else instant(value)
