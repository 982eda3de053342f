"""The use cases of credit and transfers, as the routes need them."""

from dataclasses import dataclass

from gateway.ports.transfer_picture import TransferPicture
from gateway.services.credit.manage_customers import ManageCustomers
from gateway.services.credit.manage_transfers import ManageTransfers
from gateway.services.credit.manage_vouchers import ManageVouchers
from gateway.services.credit.pay_links import PayLinks
from gateway.services.credit.print_credit import PrintCredit


@dataclass(frozen=True, slots=True)
class CreditServices:
    """``public_url``: where payers reach pay links; empty: the address of the request that makes one."""

    vouchers: ManageVouchers
    customers: ManageCustomers
    transfers: ManageTransfers
    pay_links: PayLinks
    prints: PrintCredit
    picture: TransferPicture
    public_url: str
