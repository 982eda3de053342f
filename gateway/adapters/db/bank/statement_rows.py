"""Statements, lines, explanations, items and rules to rows and back."""

from datetime import date
from typing import Any
from uuid import UUID

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.domain.bank.bank_statement import (
    BankStatement,
    ContentKey,
    LineFacts,
    LineState,
    StatementDefect,
    StatementId,
    StatementLine,
    StatementLineId,
    StatementState,
)
from gateway.domain.bank.line_match import Allocation, LineMatch, MatchAdjustment, MatchId, MatchReason, MatchState
from gateway.domain.bank.line_rule import Direction, LineRule, LineRuleId
from gateway.domain.bank.open_item import CardFacts, ItemSide, ItemSource, OpenItemId, StoredItem
from gateway.domain.money import Currency, Money

_TEXTS = ("counterparty", "iban", "text", "end_to_end_id", "batch_id", "bank_code", "return_reason", "position")
_ITEM_TEXTS = ("party", "party_name", "iban", "document", "order", "customer", "reference", "end_to_end")


def statement_row(statement: BankStatement) -> dict[str, Any]:
    """Return the columns of a statement."""
    return {
        "statement_id": statement.id,
        "account_key": storable(statement.account_key),
        "bank_account_id": statement.bank_account_id,
        "account": storable(statement.account),
        "currency": statement.currency.code,
        "format": statement.format,
        "bank_id": storable(statement.bank_id),
        "opening_minor": _minor(statement.opening),
        "closing_minor": _minor(statement.closing),
        "first_day": _text(statement.first_day),
        "last_day": _text(statement.last_day),
        "state": statement.state.value,
        "difference_minor": _minor(statement.difference),
        "defects": [[storable(part) for part in (one.code, one.text, one.position)] for one in statement.defects],
        "file_name": storable(statement.file_name),
        "file_sha256": statement.file_sha256,
        "lines": statement.lines,
        "repeated": statement.repeated,
        "imported_at": statement.imported_at,
        "imported_by": storable(statement.imported_by),
        "decided_by": storable(statement.decided_by),
        "decision_reason": storable(statement.decision_reason),
    }


def statement_of(row: AnyRow) -> BankStatement:
    """Return the statement of a row."""
    currency = Currency.of(row.currency)
    return BankStatement(
        id=StatementId(row.statement_id),
        account_key=row.account_key,
        bank_account_id=row.bank_account_id,
        currency=currency,
        format=row.format,
        bank_id=row.bank_id,
        opening=_money(row.opening_minor, currency),
        closing=_money(row.closing_minor, currency),
        first_day=_day(row.first_day),
        last_day=_day(row.last_day),
        state=StatementState(row.state),
        difference=_money(row.difference_minor, currency),
        defects=tuple(StatementDefect(*one) for one in row.defects),
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        lines=row.lines,
        repeated=row.repeated,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
        decided_by=row.decided_by,
        decision_reason=row.decision_reason,
    )


def line_row(line: StatementLine) -> dict[str, Any]:
    """Return the columns of a line."""
    facts, key = line.facts, line.key
    return {
        "line_id": line.id,
        "statement_id": line.statement_id,
        "account": storable(line.account),
        "number": line.number,
        "booked_on": facts.booked_on.isoformat(),
        "amount_minor": facts.amount.minor,
        "currency": facts.amount.currency.code,
        "words": storable(f"{facts.counterparty} {facts.text} {' '.join(facts.references)}").casefold(),
        "facts": {
            **{name: storable(getattr(facts, name)) for name in _TEXTS if getattr(facts, name)},
            "references": [storable(one) for one in facts.references],
            "value_on": _text(facts.value_on),
            "original": None if facts.original is None else [facts.original.minor, facts.original.currency.code],
        },
        "account_key": None if key is None else key.account,
        "content": None if key is None else key.content,
        "reference": None if key is None else storable(key.reference),
        "occurrence": None if key is None else key.occurrence,
        "parent_id": line.parent,
        "state": line.state.value,
        "version": line.version,
    }


def line_of(row: AnyRow) -> StatementLine:
    """Return the line of a row."""
    told: dict[str, Any] = row.facts
    original = told.get("original")
    facts = LineFacts(
        booked_on=date.fromisoformat(row.booked_on),
        value_on=_day(told.get("value_on")),
        amount=Money(row.amount_minor, Currency.of(row.currency)),
        references=tuple(told.get("references", ())),
        original=None if original is None else Money(original[0], Currency.of(original[1])),
        **{name: told[name] for name in _TEXTS if name in told},
    )
    key = None if row.content is None else ContentKey(row.account_key, row.content, row.reference, row.occurrence)
    return StatementLine(
        id=StatementLineId(row.line_id),
        statement_id=StatementId(row.statement_id),
        account=row.account,
        number=row.number,
        facts=facts,
        key=key,
        parent=None if row.parent_id is None else StatementLineId(row.parent_id),
        state=LineState(row.state),
        version=row.version,
    )


def match_row(match: LineMatch) -> dict[str, Any]:
    """Return the columns of an explanation."""
    said = {
        "items": [[str(one.item_id), one.amount.minor, one.amount.currency.code] for one in match.allocations],
        "adjustments": [
            [one.name, one.amount.minor, one.amount.currency.code, storable(one.account_code)]
            for one in match.adjustments
        ],
        "reasons": [[one.code, one.weight_milli, [list(pair) for pair in one.figures]] for one in match.reasons],
        "duplicate_of": None if match.duplicate_of is None else str(match.duplicate_of),
        "reverses": None if match.reverses is None else str(match.reverses),
    }
    return {
        "match_id": match.id,
        "line_id": match.line_id,
        "state": match.state.value,
        "kind": match.kind,
        "certain": match.certain,
        "score_milli": match.score_milli,
        "lead_milli": match.lead_milli,
        "rank": match.rank,
        "said": said,
        "made_by": storable(match.made_by),
        "made_at": match.made_at,
        "decided_by": storable(match.decided_by),
        "decided_at": match.decided_at,
        "note": storable(match.note),
        "version": match.version,
    }


def match_of(row: AnyRow) -> LineMatch:
    """Return the explanation of a row."""
    said: dict[str, Any] = row.said
    return LineMatch(
        id=MatchId(row.match_id),
        line_id=StatementLineId(row.line_id),
        state=MatchState(row.state),
        kind=row.kind,
        certain=bool(row.certain),
        score_milli=row.score_milli,
        lead_milli=row.lead_milli,
        rank=row.rank,
        allocations=tuple(
            Allocation(OpenItemId(UUID(item)), Money(minor, Currency.of(code))) for item, minor, code in said["items"]
        ),
        adjustments=tuple(
            MatchAdjustment(name, Money(minor, Currency.of(code)), account)
            for name, minor, code, account in said["adjustments"]
        ),
        reasons=tuple(
            MatchReason(code, weight, tuple((name, value) for name, value in figures))
            for code, weight, figures in said["reasons"]
        ),
        duplicate_of=_line_id(said["duplicate_of"]),
        reverses=_line_id(said["reverses"]),
        made_by=row.made_by,
        made_at=row.made_at,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        note=row.note,
        version=row.version,
    )


def item_row(item: StoredItem) -> dict[str, Any]:
    """Return the columns of an item."""
    card = item.card
    texts = {name: storable(getattr(item, name)) for name in _ITEM_TEXTS if getattr(item, name)}
    return {
        "item_id": item.id,
        "source": item.source.value,
        "source_id": storable(item.source_id),
        "side": item.side.value,
        "currency": item.currency.code,
        "amount_minor": item.amount.minor,
        "remaining_minor": item.remaining.minor,
        "account": storable(item.account),
        "issued": item.issued.isoformat(),
        "due": _text(item.due),
        "words": " ".join(texts.values()).casefold(),
        "facts": {
            **texts,
            "credit_note": item.credit_note,
            "discount_bp": item.discount_bp,
            "discount_until": _text(item.discount_until),
            "card": None if card is None else [card.terminal, card.merchant, card.brand, card.sold_at, card.refund],
        },
        "closed_at": item.closed_at,
    }


def item_of(row: AnyRow) -> StoredItem:
    """Return the item of a row."""
    told: dict[str, Any] = row.facts
    currency = Currency.of(row.currency)
    return StoredItem(
        id=OpenItemId(row.item_id),
        source=ItemSource(row.source),
        source_id=row.source_id,
        side=ItemSide(row.side),
        amount=Money(row.amount_minor, currency),
        remaining=Money(row.remaining_minor, currency),
        account=row.account,
        issued=date.fromisoformat(row.issued),
        due=_day(row.due),
        credit_note=bool(told["credit_note"]),
        discount_bp=int(told["discount_bp"]),
        discount_until=_day(told["discount_until"]),
        card=None if told["card"] is None else CardFacts(*told["card"]),
        closed_at=row.closed_at,
        **{name: told[name] for name in _ITEM_TEXTS if name in told},
    )


def rule_row(rule: LineRule) -> dict[str, Any]:
    """Return the columns of a rule."""
    return {
        "rule_id": rule.id,
        "name": storable(rule.name),
        "words": [storable(one) for one in rule.words],
        "direction": rule.direction.value,
        "most_minor": _minor(rule.amount_max),
        "currency": None if rule.amount_max is None else rule.amount_max.currency.code,
        "account_code": storable(rule.account_code),
        "learned": rule.learned,
        "active": rule.active,
        "consented_by": storable(rule.consented_by),
        "made_at": rule.made_at,
    }


def rule_of(row: AnyRow) -> LineRule:
    """Return the rule of a row."""
    return LineRule(
        id=LineRuleId(row.rule_id),
        name=row.name,
        words=tuple(row.words),
        direction=Direction(row.direction),
        amount_max=None if row.most_minor is None else Money(row.most_minor, Currency.of(row.currency)),
        account_code=row.account_code,
        learned=bool(row.learned),
        active=bool(row.active),
        consented_by=row.consented_by,
        made_at=row.made_at,
    )


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def _money(minor: int | None, currency: Currency) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _line_id(text: str | None) -> StatementLineId | None:
    return None if text is None else StatementLineId(UUID(text))
