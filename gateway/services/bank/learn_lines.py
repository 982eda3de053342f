"""What a decision over a line teaches the engine: whose a name is, how a party pays, what an acquirer keeps."""

from collections.abc import Mapping
from datetime import datetime

from gateway.domain.bank.bank_statement import StatementLine
from gateway.domain.bank.line_match import LineMatch
from gateway.domain.bank.open_item import OpenItemId, StoredItem
from gateway.ports.unit_of_work import UnitOfWork
from gateway.reconciliation.explanations import Kind
from gateway.reconciliation.fee_terms import FeePaid
from gateway.reconciliation.memory import HABITS, Confirmation, PaidSo, Rejection, Said, learn
from gateway.reconciliation.records import PartyId
from gateway.services.bank.engine_records import memory_of
from gateway.services.bank.learned_consents import consents_of, learned_document
from gateway.services.bank.line_states import Place


def confirmed_in(unit: UnitOfWork, place: Place, line: StatementLine, match: LineMatch, at: datetime) -> None:
    """Remember, in this unit, that this name pays for this party, and how; or the fee that a payout was short of."""
    items = _items(unit, place, match)
    said: list[Said] = [Confirmation(line.facts.counterparty, one, line.facts.booked_on) for one in _parties(items)]
    said += _habits(line, match, items, kept=True)
    if match.kind == Kind.CARD_BATCH:
        said += _fee_paid(line, match, items)
    _learn(unit, place, said, at)


def rejected_in(
    unit: UnitOfWork, place: Place, line: StatementLine, match: LineMatch, at: datetime, *, posted: bool
) -> None:
    """Remember, in this unit, that this name does not. ``posted``: it had been accepted without this person."""
    items = _items(unit, place, match)
    said: list[Said] = [
        Rejection(line.facts.counterparty, one, line.facts.booked_on, posted) for one in _parties(items)
    ]
    _learn(unit, place, said + _habits(line, match, items, kept=False), at)


def _items(unit: UnitOfWork, place: Place, match: LineMatch) -> Mapping[OpenItemId, StoredItem]:
    return unit.open_items.load(*place, [one.item_id for one in match.allocations])


def _parties(items: Mapping[OpenItemId, StoredItem]) -> tuple[PartyId, ...]:
    return tuple(PartyId(party) for party in sorted({item.party for item in items.values() if item.party}))


def _habits(line: StatementLine, match: LineMatch, items: Mapping[OpenItemId, StoredItem], *, kept: bool) -> list[Said]:
    if match.kind not in HABITS:
        return []
    return [PaidSo(one, Kind(match.kind), line.facts.booked_on, kept) for one in _parties(items)]


def _fee_paid(line: StatementLine, match: LineMatch, items: Mapping[OpenItemId, StoredItem]) -> list[Said]:
    """Return the fee of a payout; nothing where something else was kept too, or the sales are of several acquirers."""
    sales = [item for item in items.values() if item.card is not None and not item.card.refund]
    acquirers = {item.party_name for item in sales}
    if len(acquirers) != 1 or any(one.name != "fee" for one in match.adjustments):
        return []
    fee = -sum(one.amount.minor for one in match.adjustments)
    gross = sum(abs(item.amount.minor) for item in sales)
    brands = frozenset(item.card.brand for item in sales if item.card is not None)
    return [FeePaid(acquirers.pop(), line.facts.booked_on, gross, len(sales), fee, brands)] if fee >= 0 else []


def _learn(unit: UnitOfWork, place: Place, said: list[Said], at: datetime) -> None:
    said = [one for one in said if not isinstance(one, Confirmation | Rejection) or one.name.strip()]
    if not said:
        return
    document = unit.reconciliation.memory(*place, lock=True)
    before = after = memory_of(document)
    for one in said:
        after = learn(after, one)
    if after is not before:
        unit.reconciliation.set_memory(*place, learned_document(after, consents_of(document)), at)
