"""Builds suppliers, orders and receipts: a part of the composition root."""

from gateway.adapters.table_files import TableFiles
from gateway.configuration.settings import Settings
from gateway.domain.money import Currency, Money
from gateway.ports.bank_calendar import BankCalendar
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.payables.approval_digest import void_approvals_in
from gateway.services.payables.change_bank_details import BankRules, ChangeBankDetails
from gateway.services.payables.import_columns import NameColumns
from gateway.services.payables.import_master_data import ImportMasterData
from gateway.services.payables.import_orders import PlanOrders, PlanReceipts
from gateway.services.payables.import_suppliers import PlanSuppliers
from gateway.services.payables.manage_orders import ManageOrders, OrdersChanged
from gateway.services.payables.manage_suppliers import ManageSuppliers
from gateway.web.payables.supplier_services import SupplierServices


def make_supplier_services(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    *,
    calendar: BankCalendar,
    orders_changed: OrdersChanged,
) -> SupplierServices:
    """Return the use cases of suppliers, orders and receipts.

    ``orders_changed``: matches again what waits for them.
    """
    chosen = settings.payables.suppliers
    rules = BankRules(
        zone=settings.shop.zone(),
        cooling_days=chosen.cooling_days,
        calendar=chosen.calendar,
        first_payment_max=Money.from_decimal(
            str(settings.payables.approvals.first_payment_max), Currency.of(settings.shop.currency)
        ),
    )
    accounts = ChangeBankDetails(
        storage=storage, clock=clock, calendar=calendar, rules=rules, void_approvals=void_approvals_in
    )
    orders = ManageOrders(storage=storage, clock=clock, orders_changed=orders_changed)
    shop = settings.shop
    return SupplierServices(
        suppliers=ManageSuppliers(storage=storage, clock=clock, accounts=accounts),
        accounts=accounts,
        orders=orders,
        imports=ImportMasterData(
            storage=storage,
            clock=clock,
            reader=TableFiles(),
            suppliers=PlanSuppliers(accounts, currency=shop.currency, language=shop.language),
            orders=PlanOrders(orders, currency=shop.currency),
            receipts=PlanReceipts(orders),
        ),
        columns=NameColumns(storage=storage, clock=clock, reader=TableFiles()),
    )
