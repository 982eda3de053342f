"""Till sales as stored: the sale, its tenders, what was given back, and its settlement.

Everything is written under a lock of the sale's row; the database holds the limits as well, for whoever writes
otherwise: no more is claimed than the sale's total, no more goes back than came in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import RegisterId, SaleId, SplitId, StoreId, TenantId, TenderId
from gateway.domain.money import Money
from gateway.domain.sales.tender import GiveBack, Tender, TenderState
from gateway.domain.sales.till_sale import SaleRecord, SaleVoid, Settlement, TillSale
from gateway.ports.payment_store import StoredAnswer


@dataclass(frozen=True, slots=True)
class TenderEnd:
    """How an open tender ended. ``words``: why, for its journal."""

    state: TenderState
    detail: Mapping[str, str]
    at: datetime
    actor: str
    words: str


@dataclass(frozen=True, slots=True)
class KeptTender:
    """A tender and what it brought less what was given back for it."""

    tender: Tender
    kept: Money


class SaleStore(Protocol):
    """Till sales of all stores; every call names tenant and store. Sales of a card alone are not seen here."""

    def add(self, sale: TillSale) -> None:
        """Store a sale.

        Raises:
            RuleError: ``sale_exists`` when the id is taken, also by a sale of a card alone.
        """

    def add_share(self, sale: TillSale, share: int) -> None:
        """Store a sale that is the share of this number (from 0) of a split bill; errors as :meth:`add`."""

    def lock(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId) -> bool:
        """Hold the sale until this unit ends, so that who comes next sees what it stored; False if there is none.

        It comes first in every unit that changes a sale.
        """

    def load(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId) -> SaleRecord | None:
        """Return one sale with all its parts."""

    def recent(
        self,
        tenant_id: TenantId,
        store_id: StoreId,
        *,
        limit: int,
        register_id: RegisterId | None = None,
        before: SaleId | None = None,
        number: int | None = None,
    ) -> tuple[SaleRecord, ...]:
        """Return the newest sales (ids are time-ordered), at most 200; filters narrow them."""

    def of_split(self, tenant_id: TenantId, store_id: StoreId, split_id: SplitId) -> tuple[SaleRecord, ...]:
        """Return the shares of a split bill, in their order."""

    def add_tender(self, tender: Tender) -> None:
        """Store a tender with the first line of its journal.

        Raises:
            RuleError: ``tender_exists``; ``more_than_due`` when all tenders together would exceed the sale.
        """

    def end_tender(self, tenant_id: TenantId, store_id: StoreId, tender_id: TenderId, end: TenderEnd) -> bool:
        """End an open tender with a line in its journal; False when it is not open any more."""

    def kept_tender(self, tenant_id: TenantId, store_id: StoreId, tender_id: TenderId) -> KeptTender | None:
        """Return one tender with what is kept of it."""

    def add_give_back(self, back: GiveBack) -> None:
        """Store what goes back.

        Raises:
            RuleError: ``give_back_exists``; ``refund_above_captured`` when more would go back than came in, for the
                sale or for the tender it is of.
        """

    def settle(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId, settlement: Settlement) -> bool:
        """Note that the sale is covered in full; False when that is noted already."""

    def void(self, tenant_id: TenantId, store_id: StoreId, sale_id: SaleId, given_up: SaleVoid) -> None:
        """Note that the sale was given up: no tender and no payment is taken after it.

        Raises:
            RuleError: ``sale_voided`` when that is noted already; ``sale_claimed`` when something was paid, is being
                paid or is in doubt.
        """

    def keep_answer(self, tenant_id: TenantId, store_id: StoreId, answer: StoredAnswer, at: datetime) -> None:
        """Keep the first answer to a request (found again by ``PaymentStore.find_answer``).

        Raises:
            RuleError: ``answer_exists``.
        """
