"""Puts a document on its way into an ERP, in the same unit of work as what caused it."""

from datetime import datetime

from gateway.domain.erp.canonical import AnyDocument, as_json
from gateway.domain.erp.posting import Posting
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import UnitOfWork

RUNNER = "runner"
"""Who acts in a journal where no person does."""


def enqueue_in(
    unit: UnitOfWork, place: Place, account: str, document: AnyDocument, *, trace_id: str, now: datetime
) -> bool:
    """Store a document that waits for its account; False, and nothing stored, when its key is there.

    Its files are kept by their SHA-256: they have to be among the documents of the store.
    """
    posting = Posting(account, document.key, document.kind, as_json(document), trace_id, now, now, now)
    return unit.erp.add(place, posting, RUNNER)
