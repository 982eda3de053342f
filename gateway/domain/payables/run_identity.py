"""Names that runs give to banks, and the digest people approve. All follow from what is stored, none from chance.

The same attempt always has the same ids, so that a file written again is the same file to the bank; a new attempt has
others, so that it is not taken for a repetition.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from gateway.domain.ids import PaymentRunId, StoreId, TenantId
from gateway.domain.payables.payment_order import LIVING, PaymentOrder, PaymentRun
from gateway.domain.payables.planned_worth import PlannedWorth
from gateway.domain.payables.supplier import PostalAddress

_FORM = "run-1"
_CANONICAL = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))
_ADDRESS = tuple(one.name for one in fields(PostalAddress))
_ID_CHARACTERS = 26
"""130 bits of a hash: as good as unique, and with its letter well below the 35 characters of ISO 20022."""
_ID_BYTES = 20
"""160 bits: the next whole number of groups of five bytes; the library writes it without padding."""


def message_id(run: PaymentRun, file_no: int) -> str:
    """Return the id of a file of a run's attempt (MsgId)."""
    return "M" + _hashed("message", run.tenant_id, run.store_id, run.id, run.attempt, file_no)


def end_to_end_id(tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId, attempt: int, position: int) -> str:
    """Return the id of a payment, which its payee sees and statements bring back (EndToEndId)."""
    return "E" + _hashed("payment", tenant_id, store_id, run_id, attempt, position)


def uetr(tenant_id: TenantId, store_id: StoreId, run_id: PaymentRunId, attempt: int, position: int) -> str:
    """Return the unique end-to-end transaction reference: a UUID in the form of version 4, made from a hash."""
    return str(formed_id("uetr", tenant_id, store_id, run_id, attempt, position))


def daily_run_id(tenant_id: TenantId, store_id: StoreId, business_date: str) -> PaymentRunId:
    """Return the id of the run that is proposed by itself on a business date: a second try finds the first."""
    return PaymentRunId(formed_id("daily run", tenant_id, store_id, business_date))


def formed_id(*parts: object) -> uuid.UUID:
    """Return a UUID in the form of version 4 that follows from these parts."""
    return uuid.UUID(bytes=_digest(parts)[:16], version=4)


def run_digest(run: PaymentRun, orders: Sequence[PaymentOrder]) -> str:
    """Return the digest of everything that is approved: payees, accounts, amounts, currencies, dates, invoices, ids.

    Orders that were taken out do not count; where an order stands, its file and what the bank says are not part of it.
    """
    content = {
        "form": _FORM,
        "run": [str(run.id), run.tenant_id, run.store_id, run.attempt],
        "orders": [_content(one) for one in orders if one.state in LIVING],
    }
    return hashlib.sha256(_CANONICAL.encode(content).encode("ascii")).hexdigest()


def _content(order: PaymentOrder) -> list[Any]:
    payee, worth = order.payee, order.worth
    # Only where there is one: what was approved before payments knew their worth keeps its digest.
    planned = [] if worth is None else [_planned(worth)]
    return [
        str(order.id),
        order.position,
        order.instrument.value,
        order.bank_account_id,
        [
            str(payee.supplier_id),
            str(payee.account_id),
            payee.name,
            payee.country,
            payee.iban,
            payee.bic,
            payee.other_id,
            payee.clearing_system,
            payee.clearing_member,
            payee.bank_name,
            payee.language,
            {name: getattr(payee.address, name) for name in _ADDRESS},
        ],
        order.amount.minor,
        order.amount.currency.code,
        order.execute_on.isoformat(),
        [
            [str(part.payable_id), part.number, part.amount.minor, part.discount.minor, part.credit]
            for part in order.allocations
        ],
        order.end_to_end_id,
        order.uetr,
        order.reference,
        order.text,
        order.purpose,
        order.charges,
        *planned,
    ]


def _planned(worth: PlannedWorth) -> list[Any]:
    return [worth.amount.minor, worth.amount.currency.code, str(worth.rate), worth.dated.isoformat()]


def _hashed(*parts: object) -> str:
    return base64.b32encode(_digest(parts)[:_ID_BYTES]).decode("ascii")[:_ID_CHARACTERS]


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.sha256("\x1f".join(str(one) for one in parts).encode()).digest()
