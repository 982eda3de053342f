"""Builds what vouchers, customers on account, bank transfers and pay links stand on: a part of the composition root."""

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.adapters.key_file import KeyFile
from gateway.adapters.transfer_picture import SvgTransferPicture
from gateway.configuration.settings import Settings
from gateway.domain.credit.credit_papers import CreditPapers
from gateway.domain.credit.voucher import VoucherId, VoucherKind
from gateway.domain.credit.voucher_code import CodeMaker
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency
from gateway.domain.sales.tender import GiveBack, TenderKind
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.credit.code_tries import CodeTries
from gateway.services.credit.issue_voucher import IssueVoucher, VoucherTerms
from gateway.services.credit.manage_customers import ManageCustomers
from gateway.services.credit.manage_transfers import ManageTransfers
from gateway.services.credit.manage_vouchers import ManageVouchers
from gateway.services.credit.pay_links import PayLinks
from gateway.services.credit.print_credit import DeliverVoucher, PrintCredit
from gateway.services.credit.tender_way_account import AccountWay
from gateway.services.credit.tender_way_transfer import TransferTerms, TransferWay
from gateway.services.credit.tender_way_voucher import CreditWay
from gateway.services.sales.sell import SaleParts
from gateway.services.sales.tender_ways import TenderWay
from gateway.web.credit.credit_services import CreditServices

KEY_NAME = "voucher-key"
"""The key of the house for codes, in the data folder."""

EXPIRE_EVERY_S = 3600
"""How often what has expired is booked; until then it is shown as worth nothing already."""


class CreditSide:
    """Credit of one store. ``ways``: how its four kinds of tender work."""

    def __init__(
        self, settings: Settings, storage: Storage, clock: Clock, announcer: Announcer, *, printers: Mapping[str, str]
    ) -> None:
        """``printers``: register id -> printer id."""
        self._settings = settings
        self._place = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
        self._storage = storage
        self._clock = clock
        self._announcer = announcer
        self._tries = CodeTries(clock)
        self._printers = printers
        zone = settings.shop.zone()
        self._codes = _codes_of(settings)
        self._issuer = _issuer_of(settings, self._codes)
        creditor, days = settings.transfers.creditor(), settings.transfers.days
        self.ways: dict[TenderKind, TenderWay] = {
            TenderKind.VOUCHER: self._credit_way(VoucherKind.VOUCHER),
            TenderKind.STORE_CREDIT: self._credit_way(VoucherKind.STORE_CREDIT),
            TenderKind.ACCOUNT: AccountWay(storage=storage, within_limit=settings.accounts.within_limit),
            TenderKind.TRANSFER: TransferWay(
                clock=clock, terms=TransferTerms(creditor, days, zone), announcer=announcer
            ),
        }

    def code_of(self, unit: UnitOfWork, back: GiveBack) -> str:
        """Return the code of the store credit that something given back became; empty where a customer holds it."""
        voucher_id = back.detail.get("voucher_id")
        if voucher_id is None:
            return ""
        found = unit.vouchers.load(back.tenant_id, back.store_id, VoucherId(uuid.UUID(voucher_id)))
        return "" if found is None else self._issuer.code_again(unit, found.voucher) or ""

    def services(self, parts: SaleParts) -> CreditServices:
        """Return the use cases, over sales whose ways include :attr:`ways`."""
        tenant_id, store_id = self._place
        return CreditServices(
            vouchers=ManageVouchers(
                storage=self._storage,
                clock=self._clock,
                issuer=self._issuer,
                announcer=self._announcer,
                tries=self._tries,
            ),
            customers=ManageCustomers(
                storage=self._storage, clock=self._clock, currency=Currency.of(self._settings.shop.currency)
            ),
            transfers=ManageTransfers(parts),
            pay_links=PayLinks(parts, tenant_id=tenant_id, store_id=store_id, codes=self._codes, tries=self._tries),
            prints=PrintCredit(
                storage=self._storage,
                clock=self._clock,
                hints=parts.hints,
                papers=_papers_of(self._settings),
                printers=self._printers,
            ),
            picture=SvgTransferPicture(),
            public_url=self._settings.outward.public_url,
        )

    def _credit_way(self, kind: VoucherKind) -> CreditWay:
        return CreditWay(kind, storage=self._storage, clock=self._clock, issuer=self._issuer, tries=self._tries)


def voucher_deliverer(settings: Settings, storage: Storage) -> DeliverVoucher:
    """Return what prints vouchers."""
    issuer = _issuer_of(settings, _codes_of(settings))
    return DeliverVoucher(storage=storage, issuer=issuer, papers=_papers_of(settings))


def expiry_job(settings: Settings, credit: CreditServices) -> tuple[int, str, Callable[[], object]]:
    """Return the recurring work that books expired vouchers: how often (seconds), its name, and what is done."""
    tenant_id, store_id = TenantId(settings.shop.tenant), StoreId(settings.shop.store)
    return EXPIRE_EVERY_S, "expire vouchers", lambda: credit.vouchers.expire_due(tenant_id, store_id)


def _codes_of(settings: Settings) -> Callable[[], CodeMaker]:
    named = settings.vouchers.key_file
    key = KeyFile(Path(named) if named else settings.server.data_dir / KEY_NAME, make=not named)
    return lambda: CodeMaker(key.read())


def _issuer_of(settings: Settings, codes: Callable[[], CodeMaker]) -> IssueVoucher:
    terms = VoucherTerms(
        zone=settings.shop.zone(),
        valid_years=settings.vouchers.valid_years,
        credit_valid_years=settings.vouchers.credit_valid_years,
        amount_minor_max=settings.vouchers.amount_minor_max,
    )
    return IssueVoucher(codes=codes, terms=terms)


def _papers_of(settings: Settings) -> CreditPapers:
    return CreditPapers(settings.shop.language, settings.shop.zone())
