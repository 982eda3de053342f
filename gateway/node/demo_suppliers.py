"""The suppliers of the demo shop: with bank details that two people confirmed, an order, and what has arrived of it.

Made once, dated some weeks back, so that nothing of it is in quarantine any more.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from gateway.adapters.bank_calendar import HolidayCalendar
from gateway.configuration.settings import Settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.ids import GoodsReceiptId, PurchaseOrderId, StoreId, SupplierId, TenantId, derived_id
from gateway.domain.payables.order_wish import LineWish, OrderWish
from gateway.domain.payables.purchase import CostCentre, ReceiptLine, TaxCode
from gateway.domain.payables.supplier import CallBack, DiscountStep, PaymentTerms, PostalAddress
from gateway.domain.payables.supplier_checks import BankDetails
from gateway.domain.payables.supplier_wish import SupplierWish
from gateway.node import demo_documents as samples
from gateway.node.payables_master import make_supplier_services
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Person, Storage
from gateway.services.payables.account_requests import AccountRequest
from gateway.services.payables.manage_orders import OrdersChanged, ReceiptWish
from gateway.web.payables.supplier_services import SupplierServices

_WEEKS_BACK = timedelta(weeks=5)
"""Longer than a supplier counts as new."""
_TERMS = {
    samples.ROASTERY.name: PaymentTerms(14, (DiscountStep(7, Decimal(2)),)),
    samples.PAPER_MILL.name: PaymentTerms(30, ()),
}
_NAMESPACE = samples.NAMESPACE
_CODES = (TaxCode("V7", "Input tax 7 %", Decimal(7), "1571"), TaxCode("V19", "Input tax 19 %", Decimal(19), "1576"))
_CENTRES = (CostCentre("100", "Counter"), CostCentre("200", "Office"))


class _Earlier:
    """The demo's clock, some weeks back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Return the instant some weeks ago."""
        return self._clock.now() - _WEEKS_BACK

    def monotonic_s(self) -> float:
        """Return what the clock returns."""
        return self._clock.monotonic_s()


def seed_demo_suppliers(settings: Settings, storage: Storage, clock: Clock, *, orders_changed: OrdersChanged) -> None:
    """Make the demo's suppliers, orders and receipts when there are none, once its people are there."""
    tenant_id, store_id = TenantId(settings.shop.tenant), StoreId(settings.shop.store)
    with storage.read() as unit:
        known = unit.suppliers.list(tenant_id, store_id, limit=1)
        people = {person.role: person for person in unit.access.people(tenant_id, store_id) if person.demo}
    clerk, manager = people.get(Role.AP_CLERK), people.get(Role.MANAGER)
    if known or clerk is None or manager is None:
        return
    services = make_supplier_services(
        settings, storage, _Earlier(clock), calendar=HolidayCalendar(), orders_changed=orders_changed
    )
    for number, one in (("70001", samples.ROASTERY), ("70002", samples.PAPER_MILL)):
        _supplier(services, _caller(clerk), _caller(manager), number, one, clock.now() - _WEEKS_BACK)
    _order(services, _caller(clerk), clock.now())


def _supplier(
    services: SupplierServices, clerk: Caller, manager: Caller, number: str, one: samples.Supplier, at: datetime
) -> None:
    supplier_id = _id_of(number)
    street, _, building = one.street.rpartition(" ")
    wish = SupplierWish(
        number=number,
        name=one.name,
        currency="EUR",
        address=PostalAddress(street, building, one.postcode, one.town, "DE"),
        vat_ids=(one.vat_id,),
        language="de",
        remittance_email=one.mail,
        terms=_TERMS[one.name],
    )
    services.suppliers.put(clerk, supplier_id, wish)
    note = CallBack(clerk.name, at, one.name, "the first delivery, " + one.phone, clerk.id)
    details = BankDetails(one.name, iban=one.iban)
    request = AccountRequest(derived_id(supplier_id, "account"), supplier_id, details, "First delivery", "hand", note)
    account = services.accounts.request(clerk, request)
    services.accounts.confirm(manager, account.id)


def _order(services: SupplierServices, clerk: Caller, now: datetime) -> None:
    for code in _CODES:
        services.orders.put_tax_code(clerk, code)
    for centre in _CENTRES:
        services.orders.put_cost_centre(clerk, centre)
    today = now.date()
    lines = tuple(
        LineWish(number, line.text, Decimal(line.quantity), line.price, tax_code="V7", cost_centre="100")
        for number, line in enumerate(samples.BEANS, start=1)
    )
    order_id = PurchaseOrderId(derived_id(_NAMESPACE, "order"))
    ordered_on = today - timedelta(days=10)
    wish = OrderWish(samples.ORDER_NUMBER, _id_of("70001"), ordered_on, "EUR", lines)
    services.orders.put_order(clerk, order_id, wish)
    arrived = tuple(ReceiptLine(order_id, line.line_no, line.quantity) for line in lines)
    receipt = ReceiptWish("LS-2201", today - timedelta(days=4), arrived)
    services.orders.put_receipt(clerk, GoodsReceiptId(derived_id(_NAMESPACE, "receipt")), receipt)


def _id_of(number: str) -> SupplierId:
    return SupplierId(derived_id(_NAMESPACE, f"supplier {number}"))


def _caller(person: Person) -> Caller:
    permissions = ROLE_PERMISSIONS[person.role]
    return Caller(person.tenant_id, person.store_id, person.id, person.login, permissions)
