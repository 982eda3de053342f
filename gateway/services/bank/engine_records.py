"""Between what is kept and what the engine of reconciliation knows: items, lines, explanations, memory."""

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from gateway.domain.bank.acquirer_contract import AcquirerContract as StoredContract
from gateway.domain.bank.acquirer_contract import contract_on
from gateway.domain.bank.bank_statement import StatementLine, StatementLineId
from gateway.domain.bank.line_match import Allocation, LineMatch, MatchAdjustment, MatchId, MatchReason, MatchState
from gateway.domain.bank.open_item import OpenItemId, StoredItem
from gateway.domain.ids import derived_id
from gateway.domain.money import Money
from gateway.reconciliation.explanations import (
    Adjustment,
    Alternative,
    Applied,
    Explanation,
    Kind,
    Reason,
    ReasonCode,
)
from gateway.reconciliation.fee_terms import FeePaid
from gateway.reconciliation.memory import Memory
from gateway.reconciliation.records import (
    AcquirerContract,
    BankLine,
    CardFee,
    CardSale,
    Contracts,
    ItemId,
    LineId,
    OpenItem,
    PartyId,
    Side,
)
from gateway.services.bank.line_states import ENGINE

_MILLI = 1000
_KNOWN_KINDS = frozenset(Kind)
_KNOWN_CODES = frozenset(ReasonCode)


def engine_item(item: StoredItem) -> OpenItem:
    """Return an item as the engine takes it, with its whole amount."""
    card = item.card
    return OpenItem(
        id=ItemId(str(item.id)),
        side=Side(item.side.value),
        credit_note=item.credit_note,
        party=PartyId(item.party) if item.party else None,
        party_name=item.party_name or None,
        iban=item.iban or None,
        document=item.document or None,
        order=item.order or None,
        customer=item.customer or None,
        reference=item.reference or None,
        end_to_end=item.end_to_end or None,
        currency=item.currency.code,
        amount=item.amount.minor,
        issued=item.issued,
        due=item.due,
        discount_bp=item.discount_bp,
        discount_until=item.discount_until,
        card=None
        if card is None
        else CardSale(card.terminal, card.merchant or None, card.brand, None, card.sold_at, card.refund),
    )


def engine_line(line: StatementLine) -> BankLine:
    """Return a line as the engine takes it."""
    facts = line.facts
    original = facts.original
    return BankLine(
        id=LineId(str(line.id)),
        booked=facts.booked_on,
        amount=facts.amount.minor,
        currency=facts.amount.currency.code,
        name=facts.counterparty,
        iban=facts.iban or None,
        end_to_end=facts.end_to_end_id or facts.batch_id or None,
        reference=facts.references[0] if facts.references else None,
        text=facts.text,
        code=facts.bank_code,
        original=None if original is None else (abs(original.minor), original.currency.code),
        return_code=facts.return_reason or None,
    )


def recalled(match: LineMatch) -> Explanation:
    """Return an explanation that was accepted, as the engine would have given it."""
    return Explanation(
        line=LineId(str(match.line_id)),
        kind=Kind(match.kind) if match.kind in _KNOWN_KINDS else Kind.UNEXPLAINED,
        certain=match.certain,
        applied=tuple(Applied(ItemId(str(one.item_id)), one.amount.minor) for one in match.allocations),
        adjustments=tuple(Adjustment(one.name, one.amount.minor) for one in match.adjustments),
        reasons=tuple(
            Reason(ReasonCode(one.code), one.weight_milli / _MILLI, one.figures)
            for one in match.reasons
            if one.code in _KNOWN_CODES
        ),
        lead=match.lead_milli / _MILLI,
        duplicate_of=None if match.duplicate_of is None else LineId(str(match.duplicate_of)),
        reverses=None if match.reverses is None else LineId(str(match.reverses)),
    )


def proposals(
    line: StatementLine, found: Explanation, items: Mapping[OpenItemId, StoredItem], at: dt.datetime
) -> tuple[LineMatch, ...]:
    """Return what the engine says of a line as proposals: its choice, then what else it thought of.

    Without a choice there are only alternatives, and a duplicate is told though it takes nothing.
    """
    made: list[LineMatch] = []
    if found.applied or found.duplicate_of is not None or found.reverses is not None:
        chosen = Alternative(found.kind, found.applied, found.adjustments, found.reasons, found.score)
        made.append(_proposal(line, chosen, found, items, at, rank=0))
    for rank, other in enumerate(found.alternatives, start=1):
        if other.applied and other.items != frozenset(one.item for one in found.applied):
            made.append(_proposal(line, other, None, items, at, rank=rank))
    return tuple(made)


def _proposal(
    line: StatementLine,
    one: Alternative,
    found: Explanation | None,
    items: Mapping[OpenItemId, StoredItem],
    at: dt.datetime,
    *,
    rank: int,
) -> LineMatch:
    allocations = tuple(
        Allocation(item.id, Money(part.amount, item.currency))
        for part in one.applied
        if (item := items.get(OpenItemId(UUID(part.item)))) is not None
    )
    currency = line.facts.amount.currency
    shape = ",".join(f"{part.item}:{part.amount}" for part in one.applied)
    return LineMatch(
        # The same thought about the same line is the same proposal.
        id=MatchId(derived_id(line.id, f"match {one.kind.value} {shape} {line.version}")),
        line_id=line.id,
        state=MatchState.SUGGESTED,
        kind=one.kind.value,
        certain=found is not None and found.certain and bool(allocations),
        score_milli=round(one.score * _MILLI),
        lead_milli=0 if found is None else round(max(-2e6, min(2e6, found.lead)) * _MILLI),
        rank=rank,
        allocations=allocations,
        adjustments=tuple(MatchAdjustment(part.name, Money(part.amount, currency)) for part in one.adjustments),
        reasons=reasons_of(one.reasons),
        duplicate_of=_line_id(None if found is None else found.duplicate_of),
        reverses=_line_id(None if found is None else found.reverses),
        made_by=ENGINE,
        made_at=at,
    )


def reasons_of(reasons: Sequence[Reason]) -> tuple[MatchReason, ...]:
    """Return reasons as they are kept."""
    return tuple(MatchReason(one.code.value, round(one.weight * _MILLI), one.figures) for one in reasons)


def contracts_of(stored: Sequence[StoredContract], day: dt.date) -> Contracts:
    """Return the contracts with acquirers that count on a day."""
    counting = {one.acquirer: contract_on(stored, one.acquirer, day) for one in stored}
    return Contracts(
        tuple(
            AcquirerContract(
                acquirer,
                one.terms.statement_names[0] if one.terms.statement_names else one.terms.name,
                {fee.brand: CardFee(fee.bp, fee.fixed) for fee in one.terms.fees},
            )
            for acquirer, one in counting.items()
            if one is not None
        )
    )


def memory_of(document: Mapping[str, Any]) -> Memory:
    """Return what was learned."""
    return Memory(
        names=MappingProxyType({(name, PartyId(party)): int(n) for name, party, n in document.get("names", [])}),
        rejected=MappingProxyType(
            {(name, PartyId(party)): dt.date.fromisoformat(day) for name, party, day in document.get("rejected", [])}
        ),
        rents=frozenset(document.get("rents", [])),
        raised=int(document.get("raised_milli", 0)) / _MILLI,
        habits=MappingProxyType(
            {
                (PartyId(party), Kind(kind)): (count_milli / _MILLI, dt.date.fromisoformat(day))
                for party, kind, count_milli, day in document.get("habits", [])
            }
        ),
        fees=MappingProxyType({acquirer: tuple(map(_payout, paid)) for acquirer, paid in document.get("fees", [])}),
    )


def _payout(row: Sequence[Any]) -> FeePaid:
    acquirer, day, gross, count, fee, brands = row
    return FeePaid(acquirer, dt.date.fromisoformat(day), gross, count, fee, frozenset(brands))


def memory_document(memory: Memory) -> dict[str, Any]:
    """Return what was learned as a document."""
    return {
        "names": [[name, party, count] for (name, party), count in memory.names.items()],
        "rejected": [[name, party, day.isoformat()] for (name, party), day in memory.rejected.items()],
        "rents": sorted(memory.rents),
        "raised_milli": round(memory.raised * _MILLI),
        "habits": [
            [party, kind.value, round(count * _MILLI), day.isoformat()]
            for (party, kind), (count, day) in memory.habits.items()
        ],
        "fees": [
            [
                acquirer,
                [[acquirer, one.on.isoformat(), one.gross, one.count, one.fee, sorted(one.brands)] for one in paid],
            ]
            for acquirer, paid in memory.fees.items()
        ],
    }


def _line_id(found: LineId | None) -> StatementLineId | None:
    return None if found is None else StatementLineId(UUID(found))
