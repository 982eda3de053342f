"""The use cases of what leaves the shop, as the routes need them."""

from dataclasses import dataclass

from gateway.ports.receipt_paper import QrPicture, ReceiptFile
from gateway.services.erp.exchange_log import ExchangeLog
from gateway.services.erp.look_at_accounts import LookAtAccounts
from gateway.services.outward.mail_receipts import MailReceipts
from gateway.services.outward.manage_webhooks import ManageWebhooks
from gateway.services.outward.outward_state import OutwardState
from gateway.services.outward.receipt_links import ReceiptLinks
from gateway.services.payments.offline_rule import OfflineRule


@dataclass(frozen=True, slots=True)
class OutwardServices:
    """``public_url``: where customers reach links to receipts; empty: the address of the request that makes one."""

    webhooks: ManageWebhooks
    state: OutwardState
    links: ReceiptLinks
    mail: MailReceipts
    files: ReceiptFile
    qr: QrPicture
    offline: OfflineRule
    public_url: str
    erps: LookAtAccounts
    exchanges: ExchangeLog
