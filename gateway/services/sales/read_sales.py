"""Read till sales with the caller's rights: one of another store does not exist for the caller."""

from dataclasses import replace

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound
from gateway.domain.ids import RegisterId, SaleId, SplitId
from gateway.domain.sales.till_sale import SaleRecord
from gateway.domain.shifts.document_number import Series
from gateway.ports.unit_of_work import Storage, UnitOfWork

LIST_MAX = 200
"""Sales of one answer at most."""


def sale_not_found() -> NotFound:
    """Return the error for a sale this store does not have."""
    return NotFound("sale_not_found", "There is no such sale here.", "Check the id.")


def locked_sale(unit: UnitOfWork, caller: Caller, sale_id: SaleId) -> SaleRecord:
    """Hold a sale for this unit of work and return it.

    Raises:
        NotFound: ``sale_not_found``, also for a sale of a card alone: it has nothing to add to.
    """
    if not unit.sales.lock(caller.tenant_id, caller.store_id, sale_id):
        raise sale_not_found()
    return read_sale(unit, caller, sale_id)


def read_sale(unit: UnitOfWork, caller: Caller, sale_id: SaleId) -> SaleRecord:
    """Return a sale with the numbers of its give-backs.

    Raises:
        NotFound: ``sale_not_found``.
    """
    record = unit.sales.load(caller.tenant_id, caller.store_id, sale_id)
    if record is None:
        raise sale_not_found()
    return _numbered(unit, record)


class ReadSales:
    """Sales for screens and the API."""

    def __init__(self, *, storage: Storage) -> None:
        self._storage = storage

    def get(self, caller: Caller, sale_id: SaleId) -> SaleRecord:
        """Return one sale with everything that happened to it, or raise ``NotFound``."""
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            return read_sale(unit, caller, sale_id)

    def recent(
        self,
        caller: Caller,
        *,
        limit: int,
        register_id: RegisterId | None = None,
        before: SaleId | None = None,
        number: int | None = None,
    ) -> tuple[SaleRecord, ...]:
        """Return the newest sales, at most 200; ``number``: only those with this document number."""
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            found = unit.sales.recent(
                caller.tenant_id,
                caller.store_id,
                limit=min(limit, LIST_MAX),
                register_id=register_id,
                before=before,
                number=number,
            )
            return tuple(_numbered(unit, record) for record in found)

    def of_split(self, caller: Caller, split_id: SplitId) -> tuple[SaleRecord, ...]:
        """Return the shares of a split bill, in their order; none for an id that split nothing."""
        caller.require(Permission.PAYMENTS_READ)
        with self._storage.read() as unit:
            return unit.sales.of_split(caller.tenant_id, caller.store_id, split_id)


def _numbered(unit: UnitOfWork, record: SaleRecord) -> SaleRecord:
    """Return the sale with the document number of each give-back: a refund to a card gets it when it is done."""
    if not record.give_backs:
        return record
    place = (record.sale.tenant_id, record.sale.store_id)
    backs = []
    for back in record.give_backs:
        found = unit.numbers.find(*place, Series.GIVE_BACK, back.id)
        backs.append(back if found is None else replace(back, number=found.number))
    return replace(record, give_backs=tuple(backs))
