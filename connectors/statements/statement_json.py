"""A statement as one object of JSON: amounts as decimal strings, what is not known as null or left out."""

from datetime import date
from typing import Any

from connectors.statements.amounts import NOT_NAMED
from connectors.statements.statement import PaymentFacts, Statement, StatementEntry
from gateway.domain.money import Money

_FACTS = tuple(name for name in PaymentFacts.__slots__ if name != "amount")


def statement_object(statement: Statement, file: str) -> dict[str, Any]:
    """Return one statement for a line of JSON. ``file``: as the user named it."""
    entries = [entry_object(entry) for entry in statement.entries]
    return {**head_object(statement, file), "entries": entries, **end_object(statement)}


def head_object(statement: Statement, file: str) -> dict[str, Any]:
    """Return what stands before the entries of a statement."""
    return {
        "file": file,
        "format": statement.format,
        "id": statement.id or None,
        "account": statement.account or None,
        "currency": statement.currency.code if statement.currency else None,
        "opening": _decimal(statement.opening),
        "closing": _decimal(statement.closing),
    }


def end_object(statement: Statement) -> dict[str, Any]:
    """Return what stands behind the entries of a statement."""
    difference = statement.difference
    return {
        "credit_sum": _sum(statement.credit_sum, statement),
        "debit_sum": _sum(statement.debit_sum, statement),
        "balanced": statement.balanced,
        "difference": difference.to_decimal() if difference is not None and difference.minor else None,
        "defects": [
            {"code": one.code, "text": one.text, "position": one.position or None} for one in statement.defects
        ],
        "opening_on": _day(statement.opening_on),
        "closing_on": _day(statement.closing_on),
        "number": statement.sequence or None,
        "page": statement.page,
        "last_page": statement.is_last_page,
        "from": _day(statement.first_day),
        "to": _day(statement.last_day),
        "holder": statement.holder or None,
        "records": statement.records,
        "column_sums": dict(statement.column_sums),
        "info": statement.info or None,
    }


def refusal_object(file: str, code: str, reason: str, hint: str) -> dict[str, Any]:
    """Return the line of a file that was refused."""
    return {"file": file, "refused": code, "reason": reason, "hint": hint}


def entry_object(entry: StatementEntry) -> dict[str, Any]:
    """Return one entry; what it does not tell is left out."""
    told: dict[str, Any] = {
        "amount": entry.amount.to_decimal(),
        "currency": None if entry.amount.currency == NOT_NAMED else entry.amount.currency.code,
        "status": entry.status.value,
        "booked_on": _day(entry.booked_on),
        "value_on": _day(entry.value_on),
        "reversal": entry.reversal,
        "bank_code": entry.bank_code,
        "entry_ref": entry.entry_ref,
        "kind": entry.kind,
        "gross": _decimal(entry.gross),
        "fee": _decimal(entry.fee),
        "batch_count": entry.batch_count or None,
        **_facts(entry.facts),
        "details": [{"amount": _decimal(one.amount), **_facts(one)} for one in entry.details],
        "position": entry.position,
    }
    always = {"amount", "currency", "status", "booked_on", "value_on", "reversal"}
    return {name: value for name, value in told.items() if name in always or value not in ("", None, [], ())}


def _facts(facts: PaymentFacts) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in _FACTS:
        value = getattr(facts, name)
        if isinstance(value, Money):
            told[name] = {"amount": value.to_decimal(), "currency": value.currency.code}
        elif isinstance(value, tuple):
            told[name] = list(value)
        else:
            told[name] = value
    return {name: value for name, value in told.items() if value not in ("", None, [], False)}


def _decimal(amount: Money | None) -> str | None:
    return amount.to_decimal() if amount is not None else None


def _sum(amount: Money | None, statement: Statement) -> str | None:
    """Return a sum; without entries and currency it is a plain zero."""
    if amount is None:
        return None if statement.sums else "0"
    return amount.to_decimal()


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
