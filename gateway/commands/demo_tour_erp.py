"""The last part of the tour: the shift is closed, and what it sold stands in the books of the sandbox ERP."""

import hashlib
import time
import uuid

from gateway.bootstrap import Node
from gateway.commands.demo_tour_failures import TourFailed
from gateway.configuration.settings import Settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.accounts import cash
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState
from gateway.domain.ids import RegisterId, ShiftId, StoreId, TenantId, uuid7
from gateway.domain.money import Currency, Money
from gateway.domain.shifts.shift import FactKind
from gateway.node.demo_erp import DEMO_ERP
from gateway.services.shifts.manage_shifts import AskedStep, OpenShift, ShiftStep

POSTED_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1


def open_shift(node: Node, settings: Settings) -> ShiftId | None:
    """Begin a shift at the first register, before anything is sold; None without a register."""
    register = next(iter(settings.registers), None)
    if register is None:
        return None
    shift_id = ShiftId(uuid7(0))
    asked, nothing = _asked(shift_id, shift_id), Money(0, Currency.of(settings.shop.currency))
    command = OpenShift(shift_id, RegisterId(register.id), nothing, {}, asked)
    node.container.till.shifts.manage.open(_manager(settings), command, lambda _view: b"{}")
    return shift_id


def tell_erp(node: Node, settings: Settings, shift_id: ShiftId) -> bool:
    """Close the shift and tell what reached the ERP; False, and nothing told, without the sandbox ERP.

    Args:
        node: running.
        settings: of the tour.
        shift_id: open since before the first sale.

    Raises:
        TourFailed: when it does not get there.
    """
    _close(node, settings, shift_id)
    place = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    with node.storage.read() as unit:
        found = unit.erp.page(place, DEMO_ERP, DocumentKind.SALES_DAY, 0, 1)
    if not found:
        return False
    posting = _posted(node, place, found[0])
    document, currency = posting.document, Currency.of(settings.shop.currency)
    taken = Money(sum(one["amount_minor"] for one in document["tenders"]), currency)
    print(f"\nThe shift is closed: {document['number']}, {currency.code} {taken.to_decimal()} taken.")
    print(
        f"   erp        In the books of the sandbox ERP as {posting.number or posting.erp_id}, trace {posting.trace_id}"
    )
    return True


def tell_posted(node: Node, settings: Settings, kind: DocumentKind, trace_id: str, what: str) -> None:
    """Wait until a document with this trace stands in the ERP, and tell as what.

    Raises:
        TourFailed: when it does not get there.
    """
    place = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    with node.storage.read() as unit:
        found = [one for one in unit.erp.page(place, DEMO_ERP, kind, 0, 500) if one.trace_id == trace_id]
    if not found:
        raise TourFailed(f"{what} was not told to the ERP")
    posting = _posted(node, place, found[-1])
    print(f"   in the ERP {what} as {posting.number or posting.erp_id}, trace {posting.trace_id}")


def _close(node: Node, settings: Settings, shift_id: ShiftId) -> None:
    """Count what the books say lies in the drawer, and leave it there."""
    caller, register = _manager(settings), RegisterId(settings.registers[0].id)
    currency = Currency.of(settings.shop.currency)
    with node.storage.read() as unit:
        drawer = unit.shifts.balance(caller.tenant_id, caller.store_id, cash(register), currency)
    for kind in (FactKind.COUNTED, FactKind.CLOSED):
        fact_id = uuid7(0)
        step = ShiftStep(shift_id, fact_id, kind, drawer, "", {}, _asked(shift_id, fact_id))
        node.container.till.shifts.manage.step(caller, step, lambda _view: b"{}")


def _manager(settings: Settings) -> Caller:
    place = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    return Caller(*place, uuid7(0), "tour", ROLE_PERMISSIONS[Role.MANAGER])


def _asked(shift_id: ShiftId, key: uuid.UUID) -> AskedStep:
    return AskedStep(str(key), hashlib.sha256(key.bytes).hexdigest(), f"/v1/shifts/{shift_id}")


def _posted(node: Node, place: tuple[TenantId, StoreId], posting: Posting) -> Posting:
    """Wait until the lane has brought it there."""
    end = time.monotonic() + POSTED_WITHIN_S
    while posting.state is not PostingState.POSTED:
        if time.monotonic() > end or posting.state is PostingState.REFUSED:
            raise TourFailed(f"the ERP did not get it: {posting.state}, {posting.code} {posting.detail}")
        time.sleep(LOOK_EVERY_S)
        with node.storage.read() as unit:
            posting = unit.erp.load(place, DEMO_ERP, posting.key) or posting
    return posting
