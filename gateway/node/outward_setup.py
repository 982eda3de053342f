"""Builds what leaves the shop: the announcer, the use cases of the screens and the API, and the lane that delivers."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from gateway.adapters.http_sender import SenderLimits, StandardHttpSender
from gateway.adapters.key_file import KeyFile
from gateway.adapters.mail_sender import MailServer, SmtpMailSender
from gateway.adapters.qr_picture import SvgQrPicture
from gateway.adapters.receipt_pdf import PdfReceiptFile
from gateway.adapters.remittance_pdf import PdfAdvice
from gateway.configuration.settings import Settings
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.sales.sale_receipt import SaleReceipts
from gateway.domain.telling.outward import KINDS, MAIL, WEBHOOK, OutwardSystem, Patience
from gateway.jobs.outward_lane import Deliverer, OutwardLane, OutwardParts
from gateway.node.erp_setup import ErpSide
from gateway.node.shop_plan import ShopPlan
from gateway.ports.clock import Clock
from gateway.ports.events import DeviceHints
from gateway.ports.http_sender import HttpSender
from gateway.ports.mail_sender import MailSender
from gateway.ports.printer import ReceiptRenderer
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.erp.take_record import TakeRecord
from gateway.services.outward.announce import Announce, ListeningEndpoints
from gateway.services.outward.change_feed import ChangeFeed
from gateway.services.outward.deliver_webhooks import DeliverWebhook
from gateway.services.outward.mail_receipts import DeliverMail, MailReceipts, without_address
from gateway.services.outward.manage_webhooks import ManageWebhooks, disable_endpoint
from gateway.services.outward.outward_state import OutwardState
from gateway.services.outward.receipt_links import CustomerReceipts, ReceiptLinks
from gateway.services.outward.signing_key import SigningKey
from gateway.services.paper.print_receipt import ReceiptWriter
from gateway.services.payables.advise_remittance import REMITTANCE, DeliverRemittance, LettersBySubject
from gateway.services.payables.mail_people import TASK, DeliverTask
from gateway.services.payments.offline_rule import OfflineRule
from gateway.web.outward.outward_services import OutwardServices

KEY_NAME = "webhook-key"
REFRESH_S = 2.0
"""How soon another node's change of the endpoints is known here."""
POLL_LEAST_S = 1.0
"""Hints tell of what happens here; what other nodes note for a system they do not work can wait for so long."""
SWEEP_S = 3600.0
LEASE_SPARE_S = 30
"""A lease outlives the slowest try by this: resolving a name and storing the end take time, too."""


class WakeableLane(Protocol):
    """What hints wake."""

    def wake(self) -> None:
        """Something was committed for a system outside."""


class OutwardHints(DeviceHints, Protocol):
    """Hints that also reach the lane of what leaves the shop."""

    def add_outward(self, lane: WakeableLane) -> None:
        """The lane of this node."""


class Holder(Protocol):
    """Who holds leases. ``former``: the process that ran here before and is known to be dead, None at first."""

    @property
    def holder(self) -> str:
        """This start of this process."""

    @property
    def former(self) -> str | None:
        """The one before."""


class OutwardSide:
    """Everything of one node that leaves the shop. Nothing runs before ``start``."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        clock: Clock,
        hints: DeviceHints,
        writer: ReceiptWriter,
        plan: ShopPlan,
        *,
        http: HttpSender | None = None,
        mail: MailSender | None = None,
    ) -> None:
        """``http``, ``mail``: instead of the ones the settings describe."""
        self._settings = settings
        self._tenant = TenantId(settings.shop.tenant)
        self._store = StoreId(settings.shop.store)
        self._storage = storage
        self._clock = clock
        outward = settings.outward
        key_file = Path(outward.key_file) if outward.key_file else settings.server.data_dir / KEY_NAME
        self._key = SigningKey(KeyFile(key_file, make=not outward.key_file))
        self.client_mac = self._key.client_mac
        self._endpoints = ListeningEndpoints(storage, self._tenant, self._store)
        shop = ShopFace(settings.shop.name, settings.shop.address, settings.shop.tax_id or None, settings.shop.language)
        papers = SaleReceipts(shop=shop, registers=plan.register_names, zone=settings.shop.zone())
        self._receipts = CustomerReceipts(storage=storage, writer=writer, papers=papers, shop=shop)
        self._http = http or StandardHttpSender(
            clock, SenderLimits(timeout_s=outward.timeout_s, allowed_hosts=frozenset(outward.allowed_hosts))
        )
        self._mail = mail or (_mail_sender(settings) if settings.mail.host else None)
        self._refreshed_s = self._swept_s = float("-inf")
        self._lane: OutwardLane | None = None
        self._erp = ErpSide(settings, storage, clock)
        self.erps = self._erp.causes
        """Puts what happens on its way into the ERPs."""
        self._changes = ChangeFeed(storage=storage, clock=clock, days=outward.changes_days)
        self.announcer = Announce(self._endpoints, fed=self._erp.any)
        self.services = OutwardServices(
            webhooks=ManageWebhooks(
                storage=storage, clock=clock, hints=hints, key=self._key, endpoints=self._endpoints
            ),
            state=OutwardState(
                storage=storage,
                clock=clock,
                limits={WEBHOOK: outward.webhook.limits(), MAIL: outward.mail.limits()},
            ),
            links=ReceiptLinks(
                storage=storage, clock=clock, receipts=self._receipts, key=self._key, days=outward.receipts_days
            ),
            mail=MailReceipts(
                storage=storage, clock=clock, hints=hints, receipts=self._receipts, set_up=self._mail is not None
            ),
            files=PdfReceiptFile(),
            qr=SvgQrPicture(),
            offline=OfflineRule(
                limits=outward.offline.limits(), number=outward.offline.number, chip_only=outward.offline.chip_only
            ),
            public_url=outward.public_url,
            erps=self._erp.accounts,
            exchanges=self._erp.exchanges,
        )

    def start(self, holder: Holder, hints: OutwardHints, renderer: ReceiptRenderer, poll_s: float) -> None:
        """Give back what a dead process of this node held, read the endpoints, begin to deliver.

        Args:
            holder: this start of this process, and the one before.
            hints: tell of new messages.
            renderer: draws the receipts that are mailed.
            poll_s: seconds between two looks without a hint, > 0.
        """
        system = OutwardSystem(self._tenant, self._store, MAIL, MAIL)

        def prepare(unit: UnitOfWork) -> None:
            if holder.former is not None:
                unit.outward.release(holder.former)
            if self._mail is not None:
                unit.outward.ensure(system)

        self._storage.write_retrying(prepare)
        self._endpoints.refresh()
        self._lane = OutwardLane(self._parts(holder.holder, renderer, max(poll_s, POLL_LEAST_S)))
        hints.add_outward(self._lane)
        self._lane.start()

    def start_erps(self, holder: Holder, take: TakeRecord) -> None:
        """Begin to speak to ERPs. ``take``: stores what they tell."""
        self._erp.start(holder.holder, holder.former, take)

    def stop(self, left_s: Callable[[], float]) -> None:
        """Stop; what is being sent is waited for while ``left_s`` says so."""
        if self._lane is not None:
            self._lane.stop(left_s)
        self._erp.stop(left_s)

    def _parts(self, holder: str, renderer: ReceiptRenderer, poll_s: float) -> OutwardParts:
        settings = self._settings
        deliverers: dict[str, Deliverer] = {
            WEBHOOK: DeliverWebhook(storage=self._storage, clock=self._clock, sender=self._http, key=self._key)
        }
        if self._mail is not None:
            deliverers[MAIL] = LettersBySubject(
                {
                    REMITTANCE: DeliverRemittance(
                        storage=self._storage,
                        clock=self._clock,
                        paper=PdfAdvice(),
                        sender=self._mail,
                        shop=settings.shop.name,
                    ),
                    TASK: DeliverTask(
                        clock=self._clock,
                        sender=self._mail,
                        shop=settings.shop.name,
                        public_url=settings.outward.public_url,
                    ),
                },
                others=DeliverMail(
                    clock=self._clock,
                    receipts=self._receipts,
                    renderer=renderer,
                    files=self.services.files,
                    sender=self._mail,
                ),
            )
        return OutwardParts(
            tenant_id=self._tenant,
            store_id=self._store,
            storage=self._storage,
            clock=self._clock,
            holder=holder,
            lease_s=max(settings.outward.timeout_s, settings.mail.timeout_s * 3) + LEASE_SPARE_S,
            poll_s=poll_s,
            patience=Patience(settings.outward.give_up_after_hours * 3600, settings.outward.disable_after_hours * 3600),
            deliverers=deliverers,
            disabled=self._disabled,
            finished=without_address,
            look_around=self._look_around,
        )

    def _disabled(self, unit: UnitOfWork, system: OutwardSystem, reason: str) -> None:
        disable_endpoint(unit, system, reason)
        self._refreshed_s = float("-inf")

    def _look_around(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._refreshed_s >= REFRESH_S:
            self._endpoints.refresh()
            self._refreshed_s = now_s
        if now_s - self._swept_s >= SWEEP_S:
            self._sweep()
            self._swept_s = now_s

    def _sweep(self) -> None:
        """Delete what has been kept long enough."""
        now = self._clock.now()
        oldest = now - timedelta(days=self._settings.outward.keep_days)
        with self._storage.write() as unit:
            unit.outward.forget(self._tenant, self._store, KINDS, oldest)
            unit.receipt_links.forget(self._tenant, self._store, now)
        self._changes.forget(self._tenant, self._store)


def _mail_sender(settings: Settings) -> SmtpMailSender:
    mail = settings.mail
    return SmtpMailSender(
        MailServer(
            host=mail.host,
            port=mail.port,
            security=mail.security,
            sender=mail.sender,
            sender_name=settings.shop.name,
            user=mail.user,
            password="" if mail.password is None else mail.password.get_secret_value(),
            timeout_s=mail.timeout_s,
        )
    )
