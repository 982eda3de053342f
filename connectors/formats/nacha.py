"""NACHA files: ACH credits in the United States, in records of 94 characters and blocks of ten.

One batch per kind of entry and date: CTX where one payment explains several invoices, PPD for wages, CCD for the rest.
Source: NACHA operating rules, appendix three (formats of ACH records).
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from connectors.formats.bank_profiles import BankProfile
from connectors.formats.nacha_records import (
    Counted,
    addenda,
    batch_control,
    batch_header,
    entry,
    file_control,
    file_header,
    filled,
)
from connectors.formats.nacha_x12 import payment_segments, remittance_set
from connectors.formats.rules_nacha import nacha_id
from connectors.formats.transliterate import transliterate
from gateway.domain.payables.payment_order import BankAccount, PaymentOrder

_CREDITS_ONLY, _MIXED = "220", "200"
_CHECKING_CREDIT, _SAVINGS_CREDIT, _CHECKING_DEBIT = "22", "32", "27"
_WAGES = frozenset({"SALA", "PENS", "BONU", "COMM", "PAYR"})
_FILE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_TEXT_MAX = 80


class _BatchKey(NamedTuple):
    """What all entries of a batch share."""

    entry_class: str
    execute_on: date


def write_nacha(
    profile: BankProfile, message_id: str, created_at: datetime, account: BankAccount, orders: Sequence[PaymentOrder]
) -> bytes:
    """Return the file: ASCII, records ended by CR LF, filled up with lines of nines to blocks of ten.

    Args:
        profile: of the bank; says whether batches are balanced.
        message_id: of the file; its first eight characters are the reference code, its hash gives the file's letter.
        created_at: date and time of the file, UTC.
        account: pays.
        orders: passed :func:`connectors.formats.rules.problems`; at least one.
    """
    letter = _FILE_LETTERS[hashlib.sha256(message_id.encode()).digest()[0] % len(_FILE_LETTERS)]
    moment = created_at.astimezone(UTC)
    records = [file_header(account, f"{moment:%y%m%d%H%M}", letter, message_id[:8])]
    whole = Counted()
    sequence = 0
    for number, (key, members) in enumerate(_batches(orders).items(), start=1):
        counted = Counted()
        code = _MIXED if profile.balanced else _CREDITS_ONLY
        records.append(batch_header(account, code, key.entry_class, profile.entry_text, key.execute_on, number))
        for order in members:
            sequence += 1
            records.extend(_entry_records(profile, account, key.entry_class, order, sequence, counted))
        if profile.balanced:
            sequence += 1
            trace = _trace(account, sequence)
            total = counted.credit_minor
            counted.add(account.clearing_member, debit_minor=total)
            name = transliterate(account.holder, "en", profile.characters)
            records.append(
                entry(_CHECKING_DEBIT, account.clearing_member, account.other_id, total, "OFFSET", name, trace)
            )
        records.append(batch_control(account, code, counted, number))
        whole.merge(counted)
    return filled([*records, file_control(whole, len(_batches(orders)), len(records) + 1)])


def nacha_blocks(_message_id: str, orders: Sequence[PaymentOrder]) -> tuple[tuple[str, tuple[PaymentOrder, ...]], ...]:
    """Return number and orders of each batch."""
    return tuple((f"{number:07}", tuple(members)) for number, members in enumerate(_batches(orders).values(), start=1))


def entry_class(order: PaymentOrder) -> str:
    """Return the standard entry class of one payment: ``CTX``, ``PPD`` or ``CCD``."""
    if len(order.allocations) > 1:
        return "CTX"
    return "PPD" if order.purpose in _WAGES else "CCD"


def _batches(orders: Sequence[PaymentOrder]) -> dict[_BatchKey, list[PaymentOrder]]:
    batches: dict[_BatchKey, list[PaymentOrder]] = {}
    for order in orders:
        batches.setdefault(_BatchKey(entry_class(order), order.execute_on), []).append(order)
    return batches


def _entry_records(
    profile: BankProfile, account: BankAccount, kind: str, order: PaymentOrder, sequence: int, counted: Counted
) -> list[str]:
    payee = order.payee
    further = _addenda_texts(profile, account, kind, order)
    trace = _trace(account, sequence)
    code = _SAVINGS_CREDIT if payee.account_type == "SVGS" else _CHECKING_CREDIT
    name = transliterate(payee.name, payee.language, profile.characters)
    if kind == "CTX":
        # The number of addenda stands before the name, which is shorter by it.
        name = f"{len(further):04}{name[:16]:<16}  "
    record = entry(
        code,
        payee.clearing_member,
        payee.other_id,
        order.amount.minor,
        nacha_id(order.end_to_end_id),
        name,
        trace,
        has_addenda=bool(further),
    )
    counted.add(payee.clearing_member, credit_minor=order.amount.minor, addenda=len(further))
    return [record, *(addenda(text, number, sequence) for number, text in enumerate(further, start=1))]


def _addenda_texts(profile: BankProfile, account: BankAccount, kind: str, order: PaymentOrder) -> list[str]:
    """Return what explains a payment, in pieces of 80 characters: X12 segments, or the plain text of wages."""
    if kind == "CTX":
        return remittance_set(account, order)
    if kind == "CCD" and order.allocations:
        whole = payment_segments(order)
    else:
        whole = transliterate(order.reference or order.text, order.payee.language, profile.characters)
    return [whole[:_TEXT_MAX]] if whole else []


def _trace(account: BankAccount, sequence: int) -> str:
    return f"{account.clearing_member[:8]}{sequence:07}"
