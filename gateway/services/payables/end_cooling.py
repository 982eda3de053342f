"""Ends the cooling period of suppliers' new accounts: what waited for one more approval is looked at as usual again."""

import logging
from collections.abc import Sequence
from datetime import date

from gateway.domain.ids import PayableId, StoreId, TenantId
from gateway.domain.payables.payable import Payable, PayableState
from gateway.domain.payables.signs import SignKind
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.payable_store import PAYABLES_PAGE_MAX, PayableWish
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.payables.advance_payable import AdvancePayable, LooksForSigns

_log = logging.getLogger(__name__)
_ACTOR = "system"


class EndCooling:
    """The end of cooling periods in one store."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        signs: LooksForSigns,
        advance: AdvancePayable,
        tenant_id: TenantId,
        store_id: StoreId,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._signs = signs
        self._advance = advance
        self._place = (tenant_id, store_id)

    def run(self, business_date: date) -> str:
        """Look again at what waits for approval because of an account that is no longer new; return what was done.

        Safe to run again: what was looked at has its sign no more.

        Args:
            business_date: an account whose period ended before it is as any other.
        """
        with self._storage.read() as unit:
            waiting = self._waiting(unit, business_date)
        approved = sum(self._again(payable_id) for payable_id in waiting)
        log_event(_log, "account.cooling_ended", payables=len(waiting), approved=approved)
        return f"{len(waiting)} looked at again, {approved} of them approved"

    def _waiting(self, unit: UnitOfWork, business_date: date) -> Sequence[PayableId]:
        """Return payables with the sign of a new account, whose account is not new any more."""
        payables = self._matched(unit)
        found = unit.approvals.found_signs(*self._place, [one.id for one in payables])
        signed = [
            one
            for one in payables
            if one.id in found and any(sign.kind is SignKind.COOLING for sign in found[one.id].signs)
        ]
        accounts = unit.suppliers.effective_accounts(*self._place, sorted({one.supplier_id for one in signed}))
        over = {
            supplier_id
            for supplier_id, account in accounts.items()
            if account.cooling_until is None or account.cooling_until < business_date
        }
        return [one.id for one in signed if one.supplier_id in over]

    def _matched(self, unit: UnitOfWork) -> list[Payable]:
        found: list[Payable] = []
        wish = PayableWish(states=(PayableState.MATCHED,))
        while True:
            before = found[-1].id if found else None
            page = unit.payables.list(*self._place, wish, before=before, limit=PAYABLES_PAGE_MAX)
            found += page
            if len(page) < PAYABLES_PAGE_MAX:
                return found

    def _again(self, payable_id: PayableId) -> bool:
        """One payable in each unit: a long list holds nothing for long."""

        def work(unit: UnitOfWork) -> bool:
            held = unit.payables.lock(*self._place, payable_id)
            if held is None or held.state is not PayableState.MATCHED:
                return False
            at = self._clock.now()
            signed = self._signs.signs_in(unit, held, actor=_ACTOR, at=at)
            return self._advance.advance_in(unit, signed, actor=_ACTOR, at=at).state is PayableState.APPROVED

        return self._storage.write_retrying(work)
