"""Statements, lines and what explains them, as the API tells them. Account numbers of others only in part."""

from typing import Any

from gateway.domain.bank.bank_statement import BankStatement, StatementDefect, StatementLine
from gateway.domain.bank.line_match import LineMatch, MatchReason
from gateway.domain.bank.line_rule import LineRule
from gateway.domain.bank.matching_run import MatchingRun
from gateway.domain.bank.open_item import StoredItem
from gateway.domain.money import Money
from gateway.ports.statement_store import LineEvent
from gateway.services.bank.read_lines import LineRow, LineView, StatementDetail
from gateway.web.payments.payment_answers import instant, money

_SHOWN = 4
_WHOLE_LEAST = 10


def statement_document(one: BankStatement) -> dict[str, Any]:
    """Return a statement without its lines."""
    return {
        "id": str(one.id),
        "account": one.account,
        "account_id": one.bank_account_id,
        "currency": one.currency.code,
        "format": one.format,
        "bank_id": one.bank_id,
        "opening": maybe_money(one.opening),
        "closing": maybe_money(one.closing),
        "first_day": None if one.first_day is None else one.first_day.isoformat(),
        "last_day": None if one.last_day is None else one.last_day.isoformat(),
        "state": one.state.value,
        "difference": maybe_money(one.difference),
        "defects": [defect_document(defect) for defect in one.defects],
        "file_name": one.file_name,
        "file_sha256": one.file_sha256,
        "lines": one.lines,
        "repeated": one.repeated,
        "imported_at": instant(one.imported_at),
        "imported_by": one.imported_by,
        "decided_by": one.decided_by,
        "decision_reason": one.decision_reason,
    }


def statement_whole(detail: StatementDetail) -> dict[str, Any]:
    """Return a statement with its lines and neighbours."""
    return statement_document(detail.statement) | {
        "entries": [line_document(one) for one in detail.lines],
        "previous": None if detail.previous is None else str(detail.previous.id),
        "following": None if detail.next is None else str(detail.next.id),
    }


def line_document(line: StatementLine) -> dict[str, Any]:
    """Return a line."""
    facts = line.facts
    return {
        "id": str(line.id),
        "statement_id": str(line.statement_id),
        "account": line.account,
        "number": line.number,
        "booked_on": facts.booked_on.isoformat(),
        "value_on": None if facts.value_on is None else facts.value_on.isoformat(),
        "amount": money(facts.amount),
        "counterparty": facts.counterparty,
        "counterparty_account": part_of_account(facts.iban),
        "text": facts.text,
        "end_to_end_id": facts.end_to_end_id,
        "batch_id": facts.batch_id,
        "references": list(facts.references),
        "bank_code": facts.bank_code,
        "return_reason": facts.return_reason,
        "original": maybe_money(facts.original),
        "position": facts.position,
        "parent": None if line.parent is None else str(line.parent),
        "state": line.state.value,
        "version": line.version,
    }


def row_document(row: LineRow) -> dict[str, Any]:
    """Return a line with what explains it best."""
    return line_document(row.line) | {"best": None if row.best is None else match_document(row.best)}


def line_whole(view: LineView) -> dict[str, Any]:
    """Return a line with everything."""
    return line_document(view.line) | {
        "matches": [match_document(one) for one in view.matches],
        "items": [item_document(one) for one in view.items.values()],
        "journal": [_event(one) for one in view.events],
    }


def match_document(match: LineMatch) -> dict[str, Any]:
    """Return an explanation."""
    return {
        "id": str(match.id),
        "line_id": str(match.line_id),
        "state": match.state.value,
        "kind": match.kind,
        "certain": match.certain,
        "score": match.score_milli,
        "lead": match.lead_milli,
        "rank": match.rank,
        "allocations": [{"item_id": str(one.item_id), "amount": money(one.amount)} for one in match.allocations],
        "adjustments": [
            {"name": one.name, "amount": money(one.amount), "account_code": one.account_code}
            for one in match.adjustments
        ],
        "reasons": [reason_document(one) for one in match.reasons],
        "duplicate_of": None if match.duplicate_of is None else str(match.duplicate_of),
        "reverses": None if match.reverses is None else str(match.reverses),
        "made_by": match.made_by,
        "made_at": instant(match.made_at),
        "decided_by": match.decided_by,
        "decided_at": None if match.decided_at is None else instant(match.decided_at),
        "note": match.note,
        "version": match.version,
    }


def reason_document(reason: MatchReason) -> dict[str, Any]:
    """Return one piece of evidence."""
    return {"code": reason.code, "weight": reason.weight_milli, "figures": dict(reason.figures)}


def item_document(item: StoredItem) -> dict[str, Any]:
    """Return an open item."""
    return {
        "id": str(item.id),
        "source": item.source.value,
        "source_id": item.source_id,
        "side": item.side.value,
        "amount": money(item.amount),
        "remaining": money(item.remaining),
        "issued": item.issued.isoformat(),
        "due": None if item.due is None else item.due.isoformat(),
        "credit_note": item.credit_note,
        "party": item.party,
        "party_name": item.party_name,
        "document": item.document,
        "order": item.order,
        "customer": item.customer,
        "reference": item.reference,
        "closed_at": None if item.closed_at is None else instant(item.closed_at),
    }


def rule_document(rule: LineRule) -> dict[str, Any]:
    """Return a rule."""
    return {
        "id": str(rule.id),
        "name": rule.name,
        "words": list(rule.words),
        "direction": rule.direction.value,
        "amount_max": maybe_money(rule.amount_max),
        "account_code": rule.account_code,
        "learned": rule.learned,
        "active": rule.active,
        "consented_by": rule.consented_by,
    }


def run_document(run: MatchingRun) -> dict[str, Any]:
    """Return a run of matching."""
    return {
        "id": str(run.id),
        "account": run.account,
        "state": run.state.value,
        "done": run.done,
        "lines": run.lines,
        "matched": run.matched,
        "suggested": run.suggested,
        "left": run.left,
        "more": run.more,
        "asked_by": run.asked_by,
        "asked_at": instant(run.asked_at),
        "ended_at": None if run.ended_at is None else instant(run.ended_at),
    }


def defect_document(defect: StatementDefect) -> dict[str, str]:
    """Return what does not fit."""
    return {"code": defect.code, "text": defect.text, "position": defect.position}


def maybe_money(amount: Money | None) -> dict[str, str] | None:
    """Write an amount that may be missing."""
    return None if amount is None else money(amount)


def part_of_account(number: str) -> str:
    """Return an account number by its country and last four characters."""
    return f"{number[:2]} ... {number[-_SHOWN:]}" if len(number) >= _WHOLE_LEAST else ("..." if number else "")


def _event(event: LineEvent) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "actor": event.actor,
        "at": instant(event.at),
        "reason": event.reason,
        "match_id": None if event.match_id is None else str(event.match_id),
    }
