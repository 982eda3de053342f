"""Builds what ERPs call: a part of the composition root."""

from gateway.configuration.settings import Settings
from gateway.node.erp_setup import accounts_of
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.decide_postings import DecidePostings
from gateway.services.erp.hand_out_documents import HandOutDocuments
from gateway.services.erp.known_accounts import KnownAccounts
from gateway.services.erp.seen_nonces import SeenNonces
from gateway.services.erp.take_approval import TakeApproval
from gateway.services.erp.take_record import TakeRecord
from gateway.services.outward.change_feed import ChangeFeed
from gateway.services.payables.approve_payables import ApprovePayables
from gateway.web.erp.door_services import DoorServices
from gateway.web.payables.supplier_services import SupplierServices


def make_door_services(
    settings: Settings, storage: Storage, clock: Clock, *, suppliers: SupplierServices, approve: ApprovePayables
) -> DoorServices:
    """Return the use cases that ERPs call. ``suppliers``: store their records; ``approve``: counts their decisions."""
    known = KnownAccounts(accounts_of(settings))
    records = TakeRecord(
        storage=storage,
        clock=clock,
        known=known,
        orders=suppliers.orders,
        accounts=suppliers.accounts,
        currency=settings.shop.currency,
        language=settings.shop.language,
    )
    return DoorServices(
        records=records,
        documents=HandOutDocuments(storage=storage, clock=clock, known=known),
        approvals=TakeApproval(
            storage=storage, approve=approve, approvers={one.id: one.approver for one in settings.erp}
        ),
        postings=DecidePostings(storage=storage, clock=clock),
        changes=ChangeFeed(storage=storage, clock=clock, days=settings.outward.changes_days),
        nonces=SeenNonces(clock),
    )
