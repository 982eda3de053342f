"""A match as it is kept and told: every line with its figures, pairings, checks and booking, as JSON."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from gateway.domain.money import Money
from gateway.domain.payables.coding import Coding
from gateway.domain.payables.matching_book import BookLine
from gateway.domain.payables.matching_checks import plain
from gateway.domain.payables.matching_result import Check, LineMatch, MatchException, PayableMatch
from gateway.domain.payables.matching_totals import is_whole, whole_line
from gateway.domain.payables.payable import Payable, PayableLine


def canonical(document: Mapping[str, Any]) -> str:
    """Return JSON that is the same for the same content."""
    return json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def told_match(payable: Payable, match: PayableMatch, accepted: AbstractSet[str]) -> dict[str, Any]:
    """Return a result as it is kept. ``accepted``: keys of exceptions a person accepted."""
    lines = (whole_line(payable),) if is_whole(payable) else payable.lines
    by_number = {line.line_no: line for line in lines}
    return {
        "currency": payable.net.currency.code,
        "lines": [_told_line(one, by_number.get(one.line_no), accepted) for one in match.lines],
    }


def told_order_line(one: BookLine) -> dict[str, Any]:
    """Return an order line with what has arrived and was billed before."""
    line = one.line
    return {
        "order_id": str(one.order.id),
        "order_number": one.order.number,
        "line_no": line.line_no,
        "text": line.text,
        "sku": line.sku or line.supplier_sku,
        "unit": line.unit,
        "ordered": plain(line.quantity),
        "received": plain(one.received),
        "billed_before": plain(one.taken.quantity),
        "price": plain(line.price),
        "price_per": plain(line.price_per),
        "ways": line.ways.value,
    }


def told_coding(coding: Coding | None) -> dict[str, str] | None:
    """Return a booking."""
    if coding is None:
        return None
    return {
        "account_code": coding.account_code,
        "cost_centre": coding.cost_centre,
        "tax_code": coding.tax_code,
    }


def _told_line(one: LineMatch, line: PayableLine | None, accepted: AbstractSet[str]) -> dict[str, Any]:
    return {
        "line_no": one.line_no,
        "billed": None if line is None else _billed(line),
        "role": one.role.value,
        "reason": one.reason.value,
        "score": one.score,
        "checks": [_told_check(one.line_no, check, accepted) for check in one.checks],
        "takes": [
            {
                "order_id": str(take.order_id),
                "order_number": take.order_number,
                "line_no": take.order_line_no,
                "quantity": plain(take.quantity),
                "amount": _amount(take.amount),
            }
            for take in one.takes
        ],
        "against": [told_order_line(found) for found in one.against],
        "candidates": [told_order_line(found) for found in one.candidates],
        "coding": told_coding(one.coding),
        "source": one.source,
    }


def _told_check(line_no: int, check: Check, accepted: AbstractSet[str]) -> dict[str, Any]:
    key = MatchException(line_no, check).key
    return {
        "key": key,
        "issue": check.issue.value,
        "ok": check.ok,
        "accepted": not check.ok and key in accepted,
        "expected": check.expected,
        "actual": check.actual,
        "limit": check.limit,
        "subject": check.subject,
    }


def _billed(line: PayableLine) -> dict[str, Any]:
    return {
        "text": line.text,
        "sku": line.sku,
        "unit": line.unit,
        "quantity": plain(line.quantity),
        "price": plain(line.price),
        "amount": _amount(line.amount),
        "tax_percent": None if line.tax_percent is None else plain(line.tax_percent),
        "order_number": line.order_number,
        "order_line_no": line.order_line_no,
    }


def _amount(amount: Money) -> dict[str, str]:
    return {"amount": amount.to_decimal(), "currency": amount.currency.code}
