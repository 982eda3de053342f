"""The use cases of the shop's day that the routes need beside payments and refunds."""

from dataclasses import dataclass

from gateway.services.paper.open_drawer import OpenDrawer
from gateway.services.paper.route_orders import RouteOrders
from gateway.services.paper.set_up_printers import SetUpPrinters
from gateway.services.sales.manage_catalogue import ManageCatalogue
from gateway.services.sales.pair_display import PairDisplay
from gateway.services.sales.park_sale import ParkSale
from gateway.services.search_journal import SearchJournal
from gateway.web.bank.line_services import LineServices
from gateway.web.bank.settlement_services import SettlementServices
from gateway.web.credit.credit_services import CreditServices
from gateway.web.documents.document_services import DocumentServices
from gateway.web.outward.outward_services import OutwardServices
from gateway.web.payables.payable_services import PayableServices
from gateway.web.sales.sale_services import SaleServices
from gateway.web.shifts.shift_services import ShiftServices
from gateway.web.shifts.terminal_services import TerminalServices


@dataclass(frozen=True, slots=True)
class TillServices:
    """One field for each use case.

    ``tax_rates``: percent, offered for lines that are in no catalogue; ``foreign_currencies``: codes of the cash taken
    beside the shop's own.
    """

    catalogue: ManageCatalogue
    tax_rates: tuple[str, ...]
    foreign_currencies: tuple[str, ...]
    park_sale: ParkSale
    sales: SaleServices
    credit: CreditServices
    displays: PairDisplay
    open_drawer: OpenDrawer
    orders: RouteOrders
    journal: SearchJournal
    printers: SetUpPrinters
    shifts: ShiftServices
    outward: OutwardServices
    terminal: TerminalServices
    documents: DocumentServices
    payables: PayableServices
    settlement: SettlementServices
    lines: LineServices
