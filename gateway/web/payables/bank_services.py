"""The use cases of the way to the bank and back that the routes need."""

from dataclasses import dataclass

from gateway.ports.virtual_bank import VirtualBankDesk
from gateway.services.payables.decide_payee_check import DecidePayeeCheck
from gateway.services.payables.hand_over_files import HandOverFiles
from gateway.services.payables.read_bank_messages import ReadBankMessages
from gateway.services.payables.read_fates import ReadFates
from gateway.services.payables.reissue_payment import ReissuePayment


@dataclass(frozen=True, slots=True)
class BankServices:
    """One field for each use case; ``virtual``: the bank of the demo, None elsewhere."""

    files: HandOverFiles
    messages: ReadBankMessages
    fates: ReadFates
    payees: DecidePayeeCheck
    reissue: ReissuePayment
    virtual: VirtualBankDesk | None = None
