"""Gives documents their gap-free numbers, inside the unit of work that makes them final."""

import uuid
from datetime import datetime

from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.shifts.document_number import DocumentNumber, Series
from gateway.ports.unit_of_work import UnitOfWork


class NumberDocuments:
    """Numbers of one store."""

    def __init__(self, *, tenant_id: TenantId, store_id: StoreId) -> None:
        self._tenant_id = tenant_id
        self._store_id = store_id

    def number(
        self, unit: UnitOfWork, register_id: RegisterId, series: Series, document_id: uuid.UUID, at: datetime
    ) -> int:
        """Return the document's number; a document without one gets the next of its register and series.

        Effects: holds the register's series until the unit ends, so two documents are numbered one after the other.
        Call it late in the unit. The same document always gets the same answer.
        """
        return unit.numbers.give(self._tenant_id, self._store_id, register_id, series, document_id, at)

    def find(self, unit: UnitOfWork, series: Series, document_id: uuid.UUID) -> DocumentNumber | None:
        """Return the number a document has, or None."""
        return unit.numbers.find(self._tenant_id, self._store_id, series, document_id)
