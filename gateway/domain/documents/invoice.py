"""An invoice captured from a document: its states and the journal from which its current values follow."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.domain.errors import RuleError
from gateway.domain.ids import DocumentId, InvoiceId, StoreId, TenantId, derived_id
from gateway.domain.money import Money


class InvoiceState(StrEnum):
    """Where an invoice stands in the life cycle of payables."""

    CAPTURED = "captured"
    """Nothing is in doubt; a person accepts it."""
    NEEDS_REVIEW = "needs_review"
    VALIDATED = "validated"
    """A person accepted it."""
    REJECTED = "rejected"


class InvoiceStep(StrEnum):
    """What happens to an invoice; also the kinds of its journal."""

    CAPTURED = "captured"
    CAPTURED_AGAIN = "captured_again"
    CORRECTED = "corrected"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """Reading the document again did not find it any more."""


OPEN = frozenset({InvoiceState.CAPTURED, InvoiceState.NEEDS_REVIEW})
"""States in which it may be corrected, accepted and rejected."""
DECIDED = frozenset({InvoiceState.VALIDATED, InvoiceState.REJECTED})


@dataclass(frozen=True, slots=True)
class Change:
    """One correction. ``field``: a field's name, ``lines`` or ``taxes``; ``before``, ``now``: as shown, or JSON rows.

    Equal values confirm what was captured.
    """

    field: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class InvoiceEvent:
    """One line of the journal. ``sequence``: from 1; ``id``: the request's; ``reason``: a person's words, or empty."""

    sequence: int
    id: uuid.UUID
    step: InvoiceStep
    actor: str
    at: datetime
    reason: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceKeys:
    """What duplicates are found by; empty where not known. See :mod:`gateway.domain.documents.duplicates`."""

    vat_id: str = ""
    iban: str = ""
    name: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceSummary:
    """What the queue shows and is sorted by: follows from the current values.

    ``doubts``: places a person has to look at; ``total``: None while amount or currency is not known.
    """

    document_type: str
    supplier: str
    number: str
    issued_on: date | None
    due_on: date | None
    total: Money | None
    doubts: int
    keys: InvoiceKeys


@dataclass(frozen=True, slots=True)
class Invoice:
    """One invoice of a document.

    ``position``: from 0, its place within the document's capture; ``reading_no``: the reading its capture is of;
    ``capture``: JSON object of that invoice (format 1); ``duplicate_of``: the older invoice it repeats;
    ``version``: counts changes, for those who look at an old state.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: InvoiceId
    document_id: DocumentId
    position: int
    reading_no: int
    capture: Mapping[str, Any]
    state: InvoiceState
    summary: InvoiceSummary
    created_at: datetime
    changed_at: datetime
    version: int = 1
    duplicate_of: InvoiceId | None = None


def invoice_id_of(document_id: DocumentId, position: int) -> InvoiceId:
    """Return the id of the invoice at a place of a document: the same at each reading."""
    return InvoiceId(derived_id(document_id, f"invoice {position}"))


def check_open(state: InvoiceState) -> None:
    """Raise unless the invoice may still be changed.

    Raises:
        RuleError: ``invoice_decided``.
    """
    if state not in OPEN:
        hint = "Load it again and look who decided, and why."
        raise RuleError("invoice_decided", f"This invoice is {state}: it is not changed any more.", hint)
