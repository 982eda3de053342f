"""Receipts of sales on request: a look at one, or a marked copy on paper."""

import uuid
from collections.abc import Mapping
from typing import Protocol

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotFound, RuleError
from gateway.domain.ids import GiveBackId, RegisterId, SaleId
from gateway.domain.outbox import OutboxMessage
from gateway.domain.printing.paper import Paper
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.unit_of_work import Storage
from gateway.services.paper.print_paper import paper_message
from gateway.services.sales.read_sales import ReadSales
from gateway.services.sales.settle_sale import SalePapers


class CopiedPapers(SalePapers, Protocol):
    """Writes the receipts of sales, and knows the word that marks a copy."""

    @property
    def copy_mark(self) -> str:
        """The word, such as ``COPY``."""


class PrintSale:
    """Receipts of sales and of what went back for them."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        papers: CopiedPapers,
        printers: Mapping[str, str],
    ) -> None:
        """``printers``: register id -> printer id."""
        self._storage = storage
        self._clock = clock
        self._hints = hints
        self._papers = papers
        self._printers = printers
        self._read = ReadSales(storage=storage)

    def paper(self, caller: Caller, sale_id: SaleId, give_back_id: GiveBackId | None = None) -> Paper:
        """Return the receipt of a sale, or of something that went back for it, as it was or would be printed.

        Raises:
            NotFound: ``sale_not_found``, ``give_back_not_found``.
        """
        record = self._read.get(caller, sale_id)
        if give_back_id is None:
            return self._papers.sale(record)
        back = next((one for one in record.give_backs if one.id == give_back_id), None)
        if back is None:
            raise NotFound("give_back_not_found", "Nothing was given back with this id.", "Check the id.")
        return self._papers.give_back(record, back)

    def request_copy(
        self,
        caller: Caller,
        sale_id: SaleId,
        request_id: uuid.UUID,
        *,
        register_id: RegisterId | None = None,
        give_back_id: GiveBackId | None = None,
    ) -> OutboxMessage:
        """Have a copy printed, marked as one; the same ``request_id`` again is the same copy.

        ``register_id``: at whose printer; None where the sale was made.

        Raises:
            NotFound: ``sale_not_found``, ``give_back_not_found``.
            RuleError: ``no_printer`` for a register without printer.
        """
        caller.require(Permission.RECEIPTS_PRINT)
        record = self._read.get(caller, sale_id)
        printer = self._printers.get(register_id or record.sale.register_id)
        if printer is None:
            raise RuleError("no_printer", "This register has no printer.", "Show the receipt on the screen instead.")
        paper = self.paper(caller, sale_id, give_back_id).as_copy(self._papers.copy_mark)
        message = paper_message(
            paper,
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            printer_id=printer,
            subject_id=sale_id,
            name=f"copy {request_id}",
            created_at=self._clock.now(),
        )
        with self._storage.write() as unit:
            unit.outbox.add(message)
        self._hints.outbox_filled(printer)
        return message
