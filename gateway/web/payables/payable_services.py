"""The use cases of payables that the routes need."""

from dataclasses import dataclass

from gateway.services.payables.advance_payable import AdvancePayable
from gateway.services.payables.hold_payable import HoldPayable
from gateway.services.payables.pay_outside import PayOutside
from gateway.services.payables.read_payables import ReadPayables
from gateway.services.payables.receive_payable import ReceivePayable
from gateway.web.erp.door_services import DoorServices
from gateway.web.payables.approval_services import ApprovalServices
from gateway.web.payables.bank_services import BankServices
from gateway.web.payables.match_services import MatchServices
from gateway.web.payables.run_services import RunServices
from gateway.web.payables.supplier_services import SupplierServices


@dataclass(frozen=True, slots=True)
class PayableCore:
    """The life of payables."""

    read: ReadPayables
    receive: ReceivePayable
    hold: HoldPayable
    advance: AdvancePayable
    outside: PayOutside


@dataclass(frozen=True, slots=True)
class PayableServices:
    """One field for each use case."""

    core: PayableCore
    suppliers: SupplierServices
    approvals: ApprovalServices
    matching: MatchServices
    runs: RunServices
    bank: BankServices
    doors: DoorServices
