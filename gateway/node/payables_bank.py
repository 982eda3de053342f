"""Builds the ways to banks and back: channels, messages, decisions, and in the demo the virtual bank."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from connectors.virtual_bank.bank import VirtualBank
from gateway.adapters.bank_files import BankMessages
from gateway.adapters.bank_folder import BankFolders, FolderChannel
from gateway.adapters.bank_sftp import SftpChannel, SftpPlace
from gateway.adapters.virtual_bank import VirtualBankOfDemo
from gateway.configuration.bank_channel_settings import BankChannelSettings
from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.jobs.bank_lane import BankLane
from gateway.node.bank_setup import make_imports
from gateway.ports.announcer import Announcer
from gateway.ports.bank_channel import BankChannel
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.erp.enqueue_bills import EnqueueBills
from gateway.services.payables.advise_remittance import AdviseRemittance
from gateway.services.payables.decide_payee_check import DecidePayeeCheck
from gateway.services.payables.hand_over_files import HandOverFiles
from gateway.services.payables.read_bank_messages import ReadBankMessages
from gateway.services.payables.read_fates import ReadFates
from gateway.services.payables.reissue_payment import ReissuePayment
from gateway.web.payables.bank_services import BankServices

POLL_S = 15.0
DEMO_POLL_S = 1.0
COLLECTOR = "jobs of the business date"
VIRTUAL_FOLDER = "virtual-bank"


@dataclass(frozen=True, slots=True)
class BankParts:
    """The ways to banks of one node. ``make_lane``: of who starts it, or None where nothing is to be worked.

    ``collect``: fetches what waits at the banks for a business date; None where no bank is reached.
    """

    services: BankServices
    make_lane: Callable[[str], BankLane | None]
    collect: Callable[[date], str] | None


def make_bank(
    settings: Settings, storage: Storage, clock: Clock, announcer: Announcer, bills: EnqueueBills
) -> BankParts:
    """Build the ways to banks. In the demo, accounts without a way of their own are at the virtual bank.

    Args:
        settings: of the node.
        storage: the database.
        clock: the present.
        announcer: tells the outside.
        bills: tells ERPs of payments that a statement shows.
    """
    tenant_id, store_id = TenantId(settings.shop.tenant), StoreId(settings.shop.store)
    channels: dict[str, BankChannel] = {}
    for told in settings.payables.channels:
        channel = _channel(told)
        channels.update(dict.fromkeys(told.accounts, channel))
    virtual = _virtual_bank(settings, clock, channels) if settings.demo.enabled else None
    advise = AdviseRemittance(clock=clock, shop=settings.shop.name, set_up=bool(settings.mail.host))
    files = HandOverFiles(storage=storage, clock=clock, tenant_id=tenant_id, store_id=store_id, channels=channels)
    messages = ReadBankMessages(
        storage=storage,
        clock=clock,
        tenant_id=tenant_id,
        store_id=store_id,
        reader=BankMessages(),
        channels=channels,
        paid=advise.note_in,
        announcer=announcer,
        statements=make_imports(settings, storage, clock),
        bills=bills,
    )
    services = BankServices(
        files=files,
        messages=messages,
        fates=ReadFates(storage=storage, clock=clock),
        payees=DecidePayeeCheck(storage=storage, clock=clock),
        reissue=ReissuePayment(storage=storage, clock=clock, announcer=announcer),
        virtual=virtual,
    )

    def lane(holder: str) -> BankLane | None:
        if not channels:
            return None
        poll_s = POLL_S if virtual is None else DEMO_POLL_S
        work = None if virtual is None else virtual.work
        made = BankLane(files, messages, holder=holder, poll_s=poll_s, before=work)
        if virtual is not None:
            virtual.wake = made.wake
        return made

    def collect(business_date: date) -> str:
        # Beside the lane, which looks all day: this row proves that a business date was not proposed blindly.
        return f"{messages.collect(f'{COLLECTOR} {business_date.isoformat()}')} new messages"

    return BankParts(services, lane, collect if channels else None)


def _channel(told: BankChannelSettings) -> BankChannel:
    if told.kind == "sftp":
        return SftpChannel(
            SftpPlace(
                host=told.host,
                port=told.port,
                user=told.user,
                key_file=told.key_file,
                host_keys=told.host_keys,
                outgoing=told.outgoing,
                incoming=told.incoming,
                aside=told.aside,
                taken=told.taken,
                timeout_s=float(told.timeout_s),
            )
        )
    taken = Path(told.taken) if told.taken else None
    return FolderChannel(BankFolders(Path(told.outgoing), Path(told.incoming), Path(told.aside), taken))


def _virtual_bank(settings: Settings, clock: Clock, channels: dict[str, BankChannel]) -> VirtualBankOfDemo | None:
    alone = [account.id for account in settings.payables.accounts if account.id not in channels]
    if not alone:
        return None
    bank = VirtualBank(settings.server.data_dir / VIRTUAL_FOLDER)
    bank.open()
    folders = BankFolders(bank.outgoing, bank.incoming, bank.aside, bank.taken)
    channels.update(dict.fromkeys(alone, FolderChannel(folders)))
    return VirtualBankOfDemo(bank, clock)
