"""Takes what ERPs tell: suppliers, orders and deliveries by the ERP's own id, each version once, an older one never.

The ERP is right about what it says; what it leaves out stays as people here made it. Bank details are asked for only:
a second person confirms them as always. The same rules hold for what an ERP sends and for what is fetched from it.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal

from gateway.domain.access import Caller, Permission
from gateway.domain.erp.binding import Binding, MasterKind, RecordVersion, is_known
from gateway.domain.errors import GatewayError, InputError, OperationalError, RuleError
from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, SupplierId, derived_id
from gateway.domain.money import Money
from gateway.domain.payables.order_wish import LineWish, OrderWish
from gateway.domain.payables.purchase import ReceiptLine
from gateway.domain.payables.supplier import PaymentTerms, PostalAddress, Supplier
from gateway.domain.payables.supplier_checks import BankDetails, checked_details
from gateway.domain.payables.supplier_wish import SupplierWish, checked_wish, wish_of
from gateway.ports.clock import Clock
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.erp.known_accounts import KnownAccounts
from gateway.services.payables.account_requests import AccountRequest
from gateway.services.payables.change_bank_details import ChangeBankDetails
from gateway.services.payables.manage_orders import ManageOrders, ReceiptWish
from gateway.services.payables.manage_suppliers import put_in
from gateway.services.payables.supplier_journal import tell_in

BATCH_MAX = 500
"""Records of one call: each is a commit of its own."""
BLOCKED_IN_ERP = "Blocked in the ERP."
_PARENT = uuid.UUID("6f0c5c1e-6a0b-5c0e-9d8d-0e9d6f6b7a11")
"""Of ids of what the ERP made: two calls at once make the same one."""


@dataclass(frozen=True, slots=True)
class VendorTold:
    """A supplier as an ERP tells it; None: not said, stays as it is. ``ibans``: asked for, never logged."""

    erp_id: str
    number: str
    name: str
    currency: str | None = None
    address: PostalAddress | None = None
    other_names: tuple[str, ...] | None = None
    vat_ids: tuple[str, ...] | None = None
    registration_id: str | None = None
    language: str | None = None
    remittance_email: str | None = None
    terms: PaymentTerms | None = None
    blocked: bool | None = None
    ibans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderTold:
    """An order with all its lines. ``vendor_erp_id``: of a supplier told before; the rest as in ``OrderWish``."""

    erp_id: str
    number: str
    vendor_erp_id: str
    ordered_on: date
    currency: str
    lines: tuple[LineWish, ...]
    freight: Money | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class ReceivedTold:
    """What arrived of one order line; ``quantity`` below zero when goods went back."""

    order_erp_id: str
    line_no: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """A delivery of orders told before."""

    erp_id: str
    number: str
    received_on: date
    lines: tuple[ReceivedTold, ...]


RecordTold = VendorTold | OrderTold | ReceiptTold


class TakeRecord:
    """Records of ERPs for the caller's store. ``currency``, ``language``: of a supplier whose ERP does not say."""

    def __init__(
        self,
        *,
        storage: Storage,
        clock: Clock,
        known: KnownAccounts,
        orders: ManageOrders,
        accounts: ChangeBankDetails,
        currency: str,
        language: str,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._known = known
        self._orders = orders
        self._accounts = accounts
        self._new = SupplierWish(number="", name="", currency=currency, language=language)

    def take(self, caller: Caller, account: str, told: RecordTold, version: RecordVersion) -> Binding:
        """Store what an ERP tells; a version that came before changes nothing and has the same answer.

        Raises:
            NotPermitted: without ``erp:master``.
            NotFound: ``unknown_erp_account``.
            StaleRecord: ``record_stale``.
            InputError: ``unknown_erp_record``, or what is wrong with it.
            RuleError: ``record_version_reused``, ``record_bound_twice``, ``receipt_not_changed``, or why it may not be.
        """
        caller.require(Permission.ERP_MASTER)
        self._known.require(account)
        return self._storage.write_retrying(lambda unit: self.take_in(unit, caller, account, told, version))

    def take_all(
        self, caller: Caller, account: str, records: Sequence[tuple[RecordTold, RecordVersion] | GatewayError]
    ) -> tuple[Binding | GatewayError, ...]:
        """As :meth:`take` for each in turn: what is wrong with one, or was before, is told in its place.

        Raises:
            NotPermitted: without ``erp:master``.
            NotFound: ``unknown_erp_account``.
            OperationalError: the database; those before are stored, and all may be sent again.
        """
        caller.require(Permission.ERP_MASTER)
        self._known.require(account)
        results: list[Binding | GatewayError] = []
        for record in records:
            if isinstance(record, GatewayError):
                results.append(record)
                continue
            try:
                results.append(self.take(caller, account, *record))
            except OperationalError:
                raise
            except GatewayError as error:
                results.append(error)
        return tuple(results)

    def take_in(
        self, unit: UnitOfWork, caller: Caller, account: str, told: RecordTold, version: RecordVersion
    ) -> Binding:
        """As :meth:`take`, in a unit of work and for any caller."""
        place = (caller.tenant_id, caller.store_id)
        kind, digest = kind_of(told), _digest(told)
        stored = unit.erp_bindings.hold(place, account, kind, told.erp_id)
        if stored is not None and is_known(stored, version, digest):
            return stored
        wanted = _made_id(place, account, kind, told.erp_id) if stored is None else stored.our_id
        our_id = self._kept(unit, caller, account, told, wanted, known=stored is not None)
        binding = Binding(account, kind, told.erp_id, our_id, version, digest, self._clock.now())
        unit.erp_bindings.bind(place, binding)
        return binding

    def _kept(
        self, unit: UnitOfWork, caller: Caller, account: str, told: RecordTold, wanted: uuid.UUID, *, known: bool
    ) -> uuid.UUID:
        """Store a record under the id it has here; ``wanted``: of one that is not ``known`` and has no number here."""
        match told:
            case VendorTold():
                return self._vendor(unit, caller, account, told, wanted, known=known)
            case OrderTold():
                return self._order(unit, caller, account, told, wanted, known=known)
            case ReceiptTold():
                return self._receipt(unit, caller, account, told, wanted)

    def _vendor(
        self, unit: UnitOfWork, caller: Caller, account: str, told: VendorTold, wanted: uuid.UUID, *, known: bool
    ) -> SupplierId:
        here, now = (caller.tenant_id, caller.store_id), self._clock.now()
        if known:
            before = unit.suppliers.load(*here, SupplierId(wanted))
        else:
            before = unit.suppliers.by_number(*here, told.number.strip())
        wish = checked_wish(_wish(told, self._new if before is None else wish_of(before)))
        supplier_id = SupplierId(wanted) if before is None else before.id
        version = None if before is None else before.version
        after = put_in(unit, caller, supplier_id, wish, version=version, actor=caller.name, at=now)
        self._block(unit, caller, after, told, now)
        held = {one.iban for one in unit.suppliers.accounts(*here, supplier_id)}
        for iban in told.ibans:
            details = checked_details(BankDetails(holder=wish.name, iban=iban))
            if details.iban not in held:
                request_id = derived_id(supplier_id, f"account {details.iban} {account}")
                words = f"Told by the ERP account {account}."
                request = AccountRequest(request_id, supplier_id, details, words, f"erp {account}")
                self._accounts.request_in(unit, caller, request)
                held.add(details.iban)
        return supplier_id

    def _block(self, unit: UnitOfWork, caller: Caller, supplier: Supplier, told: VendorTold, now: datetime) -> None:
        """Block as the ERP does; lift only a block that came from there."""
        if told.blocked is None or told.blocked == bool(supplier.blocked):
            return
        if not told.blocked and supplier.blocked != BLOCKED_IN_ERP:
            return
        blocked = BLOCKED_IN_ERP if told.blocked else ""
        after = replace(supplier, blocked=blocked, changed_at=now, version=supplier.version + 1)
        if not unit.suppliers.update(after):
            raise OperationalError("database_conflict", "Another transaction was faster.", "Try again.")
        kind, changes = "blocked" if blocked else "unblocked", {"blocked": (supplier.blocked, blocked)}
        tell_in(unit, after, kind, actor=caller.name, at=now, reason=BLOCKED_IN_ERP, changes=changes)

    def _order(
        self, unit: UnitOfWork, caller: Caller, account: str, told: OrderTold, wanted: uuid.UUID, *, known: bool
    ) -> PurchaseOrderId:
        here = (caller.tenant_id, caller.store_id)
        vendor = _bound(unit, here, account, MasterKind.VENDOR, told.vendor_erp_id, "/vendor_erp_id")
        if known:
            before = unit.purchases.order(*here, PurchaseOrderId(wanted))
        else:
            before = unit.purchases.orders_by_number(*here, [told.number.strip()]).get(told.number.strip())
        wish = OrderWish(
            number=told.number,
            supplier_id=SupplierId(vendor),
            ordered_on=told.ordered_on,
            currency=told.currency,
            lines=told.lines,
            freight=told.freight,
            closed=told.closed,
        )
        order_id = PurchaseOrderId(wanted) if before is None else before.id
        version = None if before is None else before.version
        return self._orders.put_order_in(unit, caller, order_id, wish, version=version).id

    def _receipt(
        self, unit: UnitOfWork, caller: Caller, account: str, told: ReceiptTold, wanted: uuid.UUID
    ) -> GoodsReceiptId:
        here = (caller.tenant_id, caller.store_id)
        lines = []
        for number, line in enumerate(told.lines):
            pointer = f"/lines/{number}/order_erp_id"
            order_id = _bound(unit, here, account, MasterKind.ORDER, line.order_erp_id, pointer)
            lines.append(ReceiptLine(PurchaseOrderId(order_id), line.line_no, line.quantity))
        wish = ReceiptWish(told.number, told.received_on, tuple(lines))
        before = unit.purchases.receipt(*here, GoodsReceiptId(wanted))
        same = before is not None and (before.number, before.received_on) == (wish.number.strip(), wish.received_on)
        if before is not None and not (same and before.lines == wish.lines):
            message = "A delivery is not changed once it is stored."
            raise RuleError("receipt_not_changed", message, "Send goods that went back as another delivery.")
        return self._orders.put_receipt_in(unit, caller, GoodsReceiptId(wanted), wish).id


def kind_of(told: RecordTold) -> MasterKind:
    """Return what a record is."""
    match told:
        case VendorTold():
            return MasterKind.VENDOR
        case OrderTold():
            return MasterKind.ORDER
        case ReceiptTold():
            return MasterKind.RECEIPT


def _wish(told: VendorTold, before: SupplierWish) -> SupplierWish:
    """Return what the ERP says over what is known."""
    names = {one.name for one in fields(SupplierWish)} & {one.name for one in fields(VendorTold)}
    return replace(before, **{name: getattr(told, name) for name in names if getattr(told, name) is not None})


def _bound(unit: UnitOfWork, place: Place, account: str, kind: MasterKind, erp_id: str, pointer: str) -> uuid.UUID:
    found = unit.erp_bindings.find(place, account, kind, erp_id)
    if found is None:
        message = f"The ERP has not told of this {kind.value} yet."
        raise InputError("unknown_erp_record", message, f"Send the {kind.value} first, then this again.", pointer)
    return found.our_id


def _made_id(place: Place, account: str, kind: MasterKind, erp_id: str) -> uuid.UUID:
    return derived_id(_PARENT, json.dumps([*place, account, kind.value, erp_id]))


def _digest(told: RecordTold) -> str:
    """Return the SHA-256 of what is said; ids and dates as text, decimals as they were written."""
    text = json.dumps(asdict(told), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
