"""The use cases that ERPs call."""

from dataclasses import dataclass

from gateway.services.erp.decide_postings import DecidePostings
from gateway.services.erp.hand_out_documents import HandOutDocuments
from gateway.services.erp.seen_nonces import SeenNonces
from gateway.services.erp.take_approval import TakeApproval
from gateway.services.erp.take_record import TakeRecord
from gateway.services.outward.change_feed import ChangeFeed


@dataclass(frozen=True, slots=True)
class DoorServices:
    """``records``: what ERPs tell; ``documents``: what they fetch; ``approvals``: what they decide about invoices.

    ``postings``: what people here decide about documents; ``changes``: what happened, in one order.

    ``nonces``: of security headers.
    """

    records: TakeRecord
    documents: HandOutDocuments
    approvals: TakeApproval
    postings: DecidePostings
    changes: ChangeFeed
    nonces: SeenNonces
