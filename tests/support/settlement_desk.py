"""Settlement over real storage: card sales taken at a terminal, reports of an acquirer written by the test."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from gateway.adapters.acquirer_reports import AcquirerReports
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.bank.acquirer_contract import AcquirerTerms, ContractFee, DeadlineRule
from gateway.domain.bank.payout import FindingKind
from gateway.domain.ids import PaymentId
from gateway.services.bank.chargeback_records import ChargebackRecords
from gateway.services.bank.keep_contracts import ContractWish, KeepContracts
from gateway.services.bank.settle_payouts import SettlePayouts
from gateway.services.bank.track_chargebacks import TrackChargebacks
from tests.support.hears_all import HearsAll
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import EUR, NOON, RESULT, Shop, conclusion_of, new_id, payment_of

HEADER = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,"
    "Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,"
    "Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),"
    "Payment Method Variant,Modification Merchant Reference,Batch Number"
)
DAY = NOON.date()
TERMS = AcquirerTerms(
    name="North",
    currency=EUR,
    fees=(ContractFee("visa", "", 100, 10),),
    chargeback_fee=0,
    payout_days=2,
    terminals=("terminal-1",),
    report_accounts=("NorthShop",),
    deadlines=(DeadlineRule("visa", "", 20),),
)


@dataclass
class SettlementDesk:
    """A shop, its acquirer's contract, and the services."""

    storage: SqlStorage
    clock: MovingClock = field(default_factory=MovingClock)
    heard: HearsAll = field(default_factory=HearsAll)

    def __post_init__(self) -> None:
        self.shop = Shop(self.storage).open()
        self.place = (self.shop.tenant_id, self.shop.store_id)
        both = frozenset({Permission.STATEMENTS_READ, Permission.STATEMENTS_WORK})
        self.caller = Caller(*self.place, uuid.uuid4(), "theo", both)
        records = ChargebackRecords(self.heard)
        self.contracts = KeepContracts(storage=self.storage, clock=self.clock)
        self.settle = SettlePayouts(
            storage=self.storage, clock=self.clock, reader=AcquirerReports(), chargebacks=records
        )
        self.chargebacks = TrackChargebacks(storage=self.storage, clock=self.clock, records=records)

    def agree(self, terms: AcquirerTerms = TERMS) -> None:
        """Keep the contract."""
        self.contracts.put(self.caller, ContractWish("north", 0, date(2026, 1, 1), terms))

    def sale(self, minor: int, *, terminal: str = "terminal-1") -> PaymentId:
        """Take a card payment that is approved."""
        intent = self.shop.intent(minor=minor, terminal_id=self.shop.terminal_id)
        if terminal != "terminal-1":
            intent = self.shop.intent(minor=minor, terminal_id=self.shop.other_terminal_id)
        result = replace(RESULT, amount_minor=minor, card_name="VISA")
        self.shop.conclude(conclusion_of(payment_of(intent), self.shop.begin(intent), result=result))
        return payment_of(intent).id

    def balance(self, account: str) -> int:
        """Return debits less credits, minor units."""
        with self.storage.read() as unit:
            found = unit.ledger.balances(*self.place)
        return sum(one.debits_posted - one.credits_posted for one in found if one.account == account)

    def open_tasks(self) -> list[FindingKind]:
        """Return the kinds of open tasks."""
        return sorted(one.kind for one in self.settle.tasks(self.caller))


def report(*rows: str) -> bytes:
    """Return a settlement report."""
    return "\n".join((HEADER, *rows, "")).encode()


def row(
    kind: str,
    gross: int,
    fee: int,
    *,
    merchant: str = "",
    psp: str = "",
    change: str = "",
    batch: int = 7,
    days: int = 1,
    variant: str = "visa",
) -> str:
    """Return one record: amounts in cents, the fee above zero where it is taken; ``days`` after the sale."""
    day = (DAY + timedelta(days=days)).isoformat()
    net = gross - fee
    alone = kind in ("MerchantPayout", "Fee")
    gross_cells = ("", "") if alone else _two(gross)
    cells = (
        "North", "NorthShop", psp, merchant, "visa", f"{day} 10:00:00", "UTC", kind, change, "" if alone else "EUR",
        *gross_cells, "1", "EUR", *_two(net), _dec(fee) if fee else "", "", "", "", "" if alone else variant, "",
        str(batch),
    )  # fmt: skip
    return ",".join(cells)


def _two(minor: int) -> tuple[str, str]:
    return (_dec(-minor), "") if minor < 0 else ("", _dec(minor))


def _dec(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def some_id() -> uuid.UUID:
    """Return a new id."""
    return new_id()
