"""Statements over real storage: files written by the test, open items handed in, and two people."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.adapters.acquirer_reports import AcquirerReports
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.statement_files import ReadStatementFiles
from gateway.domain.access import Caller, Permission
from gateway.domain.bank.bank_statement import LineState, StatementLine
from gateway.domain.bank.open_item import ItemSource, OpenItemId, StoredItem, item_id_of
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.ports.statement_store import LineWish
from gateway.services.bank.certain_matches import CertainMatches
from gateway.services.bank.chargeback_records import ChargebackRecords
from gateway.services.bank.decide_matches import DecideMatches
from gateway.services.bank.hand_in_items import HandedItem, HandInItems
from gateway.services.bank.import_statements import ImportResult, ImportStatements, OwnIban
from gateway.services.bank.item_effects import ItemEffects
from gateway.services.bank.keep_learned import KeepLearned
from gateway.services.bank.learn_rules import LearnRules
from gateway.services.bank.match_lines import MatchLines, MatchTerms
from gateway.services.bank.matching_runs import MatchingRuns
from gateway.services.bank.month_close import MonthClose
from gateway.services.bank.read_lines import ReadLines
from gateway.services.bank.settle_payouts import SettlePayouts
from gateway.services.bank.write_offs import WriteOffs
from tests.support.bank_statements import IBAN, camt, camt_entry
from tests.support.hears_all import HearsAll
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import EUR, NORTH, TENANT, Shop

DAY = date(2026, 3, 2)
ACCOUNT = "main"
ALL = frozenset({Permission.STATEMENTS_READ, Permission.STATEMENTS_WORK, Permission.STATEMENTS_APPROVE})


def euro(text: str) -> Money:
    """Return an amount."""
    return Money.from_decimal(text, EUR)


def paid(amount: str, text: str, *, name: str = "Nord GmbH", ref: str = "", day: str = "2026-03-02") -> str:
    """Return one entry of a statement with its payer and text. ``amount``: signed decimal."""
    party = "Cdtr" if amount.startswith("-") else "Dbtr"
    inside = (
        f"<NtryDtls><TxDtls><RltdPties><{party}><Pty><Nm>{name}</Nm></Pty></{party}></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    )
    return camt_entry(amount, ref=ref, inside=inside, day=day)


def _nothing(_unit: object, _tenant: object, _store: object, _orders: object) -> None:
    """No payee is advised here."""


@dataclass
class StatementDesk:
    """A shop with one bank account, and every use case of its statements."""

    storage: SqlStorage
    automatic: bool = False
    place: tuple[TenantId, StoreId] = (TENANT, NORTH)
    clock: MovingClock = field(default_factory=MovingClock)
    heard: HearsAll = field(default_factory=HearsAll)
    woken: list[OutboxMessage] = field(default_factory=list)
    owed_items: dict[str, OpenItemId] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Shop(self.storage, *self.place).open()
        self.theo = Caller(*self.place, uuid.uuid4(), "theo", ALL)
        self.carla = Caller(*self.place, uuid.uuid4(), "carla", ALL)
        parts: dict[str, Any] = {"storage": self.storage, "clock": self.clock}
        payouts = SettlePayouts(reader=AcquirerReports(), chargebacks=ChargebackRecords(self.heard), **parts)
        effects = ItemEffects(payouts, None, self.heard, _nothing, self.woken.extend)
        limit = euro("50.00")
        accounts = [OwnIban(ACCOUNT, IBAN, EUR)]
        self.imports = ImportStatements(files=ReadStatementFiles(), accounts=accounts, **parts)
        self.match = MatchLines(effects=effects, terms=MatchTerms(self.automatic), **parts)
        self.runs = MatchingRuns(match=self.match, tenant_id=self.place[0], store_id=self.place[1], **parts)
        self.decide = DecideMatches(effects=effects, write_off_max=limit, **parts)
        self.write_offs = WriteOffs(effects=effects, write_off_max=limit, **parts)
        self.certain = CertainMatches(storage=self.storage, decide=self.decide, write_off_max=limit)
        self.learn = LearnRules(**parts)
        self.learned = KeepLearned(**parts)
        self.items = HandInItems(**parts)
        self.months = MonthClose(storage=self.storage, currency=EUR)
        self.read = ReadLines(storage=self.storage)

    def take(self, entries: Sequence[str], opening: str = "0.00", closing: str | None = None) -> ImportResult:
        """Import a statement of these entries; the closing balance fits unless it is given."""
        moved = sum(int(one.split('Ccy="EUR">')[1].split("<")[0].replace(".", "")) * _sign(one) for one in entries)
        total = euro(opening).minor + moved
        return self.imports.take(
            self.theo, "march.xml", camt(entries, opening, closing or Money(total, EUR).to_decimal()), {}
        )

    def owed(self, number: str, amount: str, *, party: str = "nord", **more: object) -> OpenItemId:
        """Hand in an invoice to a customer (or, below zero, of a supplier)."""
        item = HandedItem(
            id=number,
            amount=euro(amount),
            issued=date(2026, 2, 1),
            due=date(2026, 3, 1),
            party=party,
            party_name=f"{party.capitalize()} GmbH",
            document=number,
            **more,  # type: ignore[arg-type]  # as the test names them
        )
        self.items.put(self.theo, [item], "erp")
        self.owed_items[number] = item_id_of(ItemSource.HANDED_IN, f"erp {number}")
        return self.owed_items[number]

    def lines(self, *states: LineState) -> list[StatementLine]:
        """Return lines in the order of their amounts."""
        with self.storage.read() as unit:
            found = unit.bank_statements.lines(*self.place, LineWish(states=states, limit=500))
        return sorted(found, key=lambda line: (line.facts.amount.minor, str(line.id)))

    def line(self, amount: str) -> StatementLine:
        """Return the line of this amount."""
        [found] = [one for one in self.lines() if one.facts.amount == euro(amount)]
        return found

    def item(self, item_id: OpenItemId) -> StoredItem:
        """Return an item as it stands."""
        with self.storage.read() as unit:
            return unit.open_items.load(*self.place, (item_id,))[item_id]

    def balances(self) -> dict[str, int]:
        """Return debits less credits by account, those of zero left out."""
        with self.storage.read() as unit:
            found = unit.ledger.balances(*self.place)
        sums = {one.account: one.debits_posted - one.credits_posted for one in found}
        return {account: minor for account, minor in sums.items() if minor}


def _sign(entry: str) -> int:
    return -1 if ">DBIT<" in entry else 1
