"""Where an accepted supplier invoice goes on: becoming something the shop owes, in the unit of its acceptance."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.documents.invoice import Invoice
from gateway.ports.unit_of_work import UnitOfWork
from invoice_capture.model import CapturedInvoice


@dataclass(frozen=True, slots=True)
class AcceptedInvoice:
    """What was accepted. ``values``: as they are now, with every correction; ``actor_id``: of the person or key."""

    invoice: Invoice
    values: CapturedInvoice
    actor: str
    actor_id: uuid.UUID
    at: datetime


class PayableIntake(Protocol):
    """Takes accepted invoices."""

    def take_in(self, unit: UnitOfWork, accepted: AcceptedInvoice) -> None:
        """Make what is owed of it, once; a document that claims nothing makes nothing."""


class NobodyTakes:
    """For a shop that only captures, and for tests of capturing."""

    def take_in(self, unit: UnitOfWork, accepted: AcceptedInvoice) -> None:
        """Do nothing."""
        del unit, accepted
