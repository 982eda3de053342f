"""What a decision over a line teaches the engine: names that belong to a party, and names that do not."""

from datetime import datetime

from gateway.domain.bank.bank_statement import StatementLine
from gateway.domain.bank.line_match import LineMatch
from gateway.ports.unit_of_work import UnitOfWork
from gateway.reconciliation.memory import Confirmation, Rejection, learn
from gateway.reconciliation.records import PartyId
from gateway.services.bank.engine_records import memory_document, memory_of
from gateway.services.bank.line_states import Place


def confirmed_in(unit: UnitOfWork, place: Place, line: StatementLine, match: LineMatch, at: datetime) -> None:
    """Remember, in this unit, that this name pays for this party."""
    for party in _parties(unit, place, match):
        _learn(unit, place, Confirmation(line.facts.counterparty, party, line.facts.booked_on), at)


def rejected_in(
    unit: UnitOfWork, place: Place, line: StatementLine, match: LineMatch, at: datetime, *, posted: bool
) -> None:
    """Remember, in this unit, that this name does not. ``posted``: it had been accepted without this person."""
    for party in _parties(unit, place, match):
        _learn(unit, place, Rejection(line.facts.counterparty, party, line.facts.booked_on, posted), at)


def _parties(unit: UnitOfWork, place: Place, match: LineMatch) -> tuple[PartyId, ...]:
    items = unit.open_items.load(*place, [one.item_id for one in match.allocations])
    return tuple(PartyId(party) for party in sorted({item.party for item in items.values() if item.party}))


def _learn(unit: UnitOfWork, place: Place, said: Confirmation | Rejection, at: datetime) -> None:
    if not said.name.strip():
        return
    before = memory_of(unit.reconciliation.memory(*place, lock=True))
    after = learn(before, said)
    if after is not before:
        unit.reconciliation.set_memory(*place, memory_document(after), at)
