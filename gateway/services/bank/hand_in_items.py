"""Open items of another system: claims and liabilities that an ERP hands in, and ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.line_ledger import owed, receivable
from gateway.domain.bank.open_item import ItemSide, ItemSource, StoredItem, item_id_of
from gateway.domain.errors import InputError, RuleError
from gateway.domain.money import Money
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.bank.line_states import place_of

ITEMS_MAX = 5_000
DISCOUNT_BP_MAX = 10_000


@dataclass(frozen=True, slots=True)
class HandedItem:
    """One item as its system knows it.

    ``id``: its own, never used for another; ``amount``: above zero where we are owed; ``discount_bp``: hundredths of a
    percent granted until ``discount_until``; ``closed``: settled or given up there.
    """

    id: str
    amount: Money
    issued: date
    due: date | None = None
    credit_note: bool = False
    party: str = ""
    party_name: str = ""
    iban: str = ""
    document: str = ""
    order: str = ""
    customer: str = ""
    reference: str = ""
    discount_bp: int = 0
    discount_until: date | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class HandedIn:
    """How many were new, how many changed, how many were the same."""

    new: int
    changed: int
    same: int


class HandInItems:
    """The way in for open items of one shop."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        """``storage``: where they are kept."""
        self._storage = storage
        self._clock = clock

    def put(self, caller: Caller, items: Sequence[HandedItem], source: str) -> HandedIn:
        """Store items, all or none. The same again changes nothing.

        Args:
            caller: who hands them in.
            items: at most 5,000.
            source: name of the system; ids are its own.

        Raises:
            InputError: ``too_many_items``, ``item_twice``, ``item_without_amount``, ``item_discount``.
            RuleError: ``item_amount_changed`` for another amount or currency than before.
        """
        caller.require(Permission.STATEMENTS_WORK)
        if len(items) > ITEMS_MAX:
            raise InputError(
                "too_many_items", f"At most {ITEMS_MAX} items go at once.", "Send them in parts.", "/items"
            )
        wanted = [stored(item, source, f"/items/{number}") for number, item in enumerate(items)]
        if len({item.id for item in wanted}) != len(wanted):
            raise InputError("item_twice", "An item is named twice.", "Name each once.", "/items")
        closed = {one.id for one, item in zip(wanted, items, strict=True) if item.closed}
        place, at = place_of(caller), self._clock.now()

        def work(unit: UnitOfWork) -> HandedIn:
            known = unit.open_items.load(*place, [item.id for item in wanted])
            for item in wanted:
                before = known.get(item.id)
                if before is not None and before.amount != item.amount:
                    message = f"Item {item.source_id} had another amount before."
                    raise RuleError("item_amount_changed", message, "End it, and hand in the new one under a new id.")
            changed = 0
            for item in wanted:
                before = known.get(item.id)
                ends = item.id in closed and before is not None and before.closed_at is None
                if before is not None:
                    told = replace(item, remaining=before.remaining, closed_at=before.closed_at, account=before.account)
                    changed += ends or told != before
            new = unit.open_items.put(*place, wanted)
            unit.open_items.close(*place, sorted(closed, key=str), at)
            return HandedIn(new, changed, len(wanted) - new - changed)

        return self._storage.write_retrying(work)


def stored(item: HandedItem, source: str, pointer: str = "") -> StoredItem:
    """Return an item as it is kept; see ``HandInItems.put``."""
    if not item.amount.minor:
        raise InputError("item_without_amount", "An open item has an amount.", "Leave it out.", f"{pointer}/amount")
    if not 0 <= item.discount_bp < DISCOUNT_BP_MAX:
        hint = "Send hundredths of a percent, such as 200 for two percent."
        raise InputError("item_discount", "This is no discount.", hint, f"{pointer}/discount_bp")
    claim = item.amount.minor > 0
    if item.credit_note:
        claim = not claim
    source_id = f"{source} {item.id}"
    return StoredItem(
        id=item_id_of(ItemSource.HANDED_IN, source_id),
        source=ItemSource.HANDED_IN,
        source_id=source_id,
        side=ItemSide.RECEIVABLE if claim else ItemSide.PAYABLE,
        amount=item.amount,
        remaining=item.amount,
        account=receivable(item.party) if claim else owed(item.party),
        issued=item.issued,
        due=item.due,
        credit_note=item.credit_note,
        party=item.party,
        party_name=item.party_name,
        iban="".join(item.iban.split()).upper(),
        document=item.document,
        order=item.order,
        customer=item.customer,
        reference="".join(item.reference.split()).upper(),
        discount_bp=item.discount_bp,
        discount_until=item.discount_until,
    )
