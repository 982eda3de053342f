"""The engine for the lines of an account, built from what is kept: it keeps no state itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from gateway.domain.bank.open_item import OpenItemId, StoredItem
from gateway.ports.unit_of_work import UnitOfWork
from gateway.reconciliation.explanations import Applied
from gateway.reconciliation.memory import Memory
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import ItemId
from gateway.services.bank.engine_records import contracts_of, engine_item, engine_line, recalled
from gateway.services.bank.learned_consents import acting_memory
from gateway.services.bank.line_states import Place

ITEMS_MAX = 100_000
HISTORY_DAYS = 200
HISTORY_MAX = 20_000


def engine_in(
    unit: UnitOfWork,
    place: Place,
    account: str,
    at: datetime,
    *,
    more: Sequence[StoredItem] = (),
    memory: Memory | None = None,
) -> tuple[Reconciler, Mapping[OpenItemId, StoredItem]]:
    """Return the engine with what is open, what was explained lately, and what was learned; and its items.

    Args:
        unit: reads.
        place: whose.
        account: whose lines it will explain.
        at: now.
        more: items it has to know beside the open ones.
        memory: instead of the one that is kept.
    """
    since = (at - timedelta(days=HISTORY_DAYS)).date()
    history = unit.line_matches.accepted(*place, account=account, since=since, limit=HISTORY_MAX)
    touched = {part.item_id for _, match in history for part in match.allocations}
    items = {item.id: item for item in (*unit.open_items.open_items(*place, ITEMS_MAX), *more)}
    items |= unit.open_items.load(*place, sorted(touched - set(items), key=str))
    engine = Reconciler(
        [engine_item(item) for item in items.values()],
        contracts_of(unit.settlement.contracts(*place), at.date()),
        memory=acting_memory(unit.reconciliation.memory(*place)) if memory is None else memory,
    )
    for line, match in history:
        engine.recall(engine_line(line), recalled(match))
    for item in items.values():
        # Taken by lines of other accounts, or too long ago to be told.
        behind = engine.book.items[ItemId(str(item.id))].left - item.remaining.minor
        if behind:
            engine.book.apply((Applied(ItemId(str(item.id)), behind),))
    return engine, items
