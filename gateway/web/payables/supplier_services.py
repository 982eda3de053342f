"""The use cases of suppliers, orders and receipts, as the routes need them."""

from dataclasses import dataclass

from gateway.services.payables.change_bank_details import ChangeBankDetails
from gateway.services.payables.import_columns import NameColumns
from gateway.services.payables.import_master_data import ImportMasterData
from gateway.services.payables.manage_orders import ManageOrders
from gateway.services.payables.manage_suppliers import ManageSuppliers


@dataclass(frozen=True, slots=True)
class SupplierServices:
    """One field for each use case."""

    suppliers: ManageSuppliers
    accounts: ChangeBankDetails
    orders: ManageOrders
    imports: ImportMasterData
    columns: NameColumns
