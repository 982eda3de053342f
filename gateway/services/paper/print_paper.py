"""Papers on their way to a printer: which message is delivered by whom, and papers that travel whole in theirs."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import DeviceId, OutboxId, StoreId, TenantId, derived_id
from gateway.domain.outbox import Delivery, DeliveryVerdict, OutboxMessage
from gateway.domain.printing.paper import Paper, paper_from_text, paper_to_text
from gateway.ports.printer import PrinterDevice, PrintReport, PrintVerdict

PRINT_PAPER = "print_paper"
"""Kind of a message that carries its paper with it."""

_VERDICTS = {
    PrintVerdict.PRINTED: DeliveryVerdict.DONE,
    PrintVerdict.NOT_PRINTED: DeliveryVerdict.NOT_DONE,
    PrintVerdict.UNSURE: DeliveryVerdict.UNSURE,
}


class Deliverer(Protocol):
    """Has one kind of message printed; called by the thread that owns the printer."""

    def deliver(self, message: OutboxMessage, printer: PrinterDevice) -> Delivery:
        """Print what the message names; never raises for what a printer can do."""


class DeliverPapers:
    """Sends each message to the one that knows its kind."""

    def __init__(self, by_kind: Mapping[str, Deliverer]) -> None:
        self._by_kind = by_kind

    def deliver(self, message: OutboxMessage, printer: PrinterDevice) -> Delivery:
        """Print what the message names; one of a kind nobody here knows is a dead letter."""
        found = self._by_kind.get(message.kind)
        if found is None:
            return Delivery(
                DeliveryVerdict.IMPOSSIBLE, f"This gateway does not know papers of the kind {message.kind}."
            )
        return found.deliver(message, printer)


class DeliverStoredPaper:
    """Prints the paper that a message carries."""

    def deliver(self, message: OutboxMessage, printer: PrinterDevice) -> Delivery:
        """Print the paper; never raises for what a printer can do."""
        try:
            paper = paper_from_text(message.payload["paper"])
        except (KeyError, ValueError):
            return Delivery(DeliveryVerdict.IMPOSSIBLE, "The text of this paper cannot be read any more.")
        return delivery_of(printer.print_paper(paper))


def delivery_of(report: PrintReport) -> Delivery:
    """Return what a printer's report means for the message."""
    return Delivery(_VERDICTS[report.verdict], report.reason)


def paper_message(
    paper: Paper,
    *,
    tenant_id: TenantId,
    store_id: StoreId,
    printer_id: DeviceId | str,
    subject_id: uuid.UUID,
    name: str,
    created_at: datetime,
) -> OutboxMessage:
    """Return the message that has a paper printed once.

    Args:
        paper: what it says, as it is now.
        tenant_id: of the store.
        store_id: where the printer stands.
        printer_id: the printer.
        subject_id: what the paper is about (a shift, a voucher): the same subject and name is the same paper.
        name: which paper of that subject, such as ``z-report`` or ``copy`` with the id of the wish.
        created_at: now.
    """
    return OutboxMessage(
        tenant_id=tenant_id,
        store_id=store_id,
        id=OutboxId(derived_id(subject_id, f"paper {name}")),
        kind=PRINT_PAPER,
        target=str(printer_id),
        payload={
            "paper": paper_to_text(paper),
            "title": paper.title,
            "subject_id": str(subject_id),
            "duplicate": "yes" if paper.copy_mark else "",
        },
        created_at=created_at,
    )
