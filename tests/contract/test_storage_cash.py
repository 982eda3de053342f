"""The sums of the cash view, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.bank_statement import (
    BankStatement,
    LineFacts,
    LineState,
    StatementId,
    StatementLine,
    StatementLineId,
    StatementState,
)
from gateway.domain.bank.cash_position import FlowKind
from gateway.domain.bank.open_item import ItemSide, ItemSource, StoredItem, item_id_of
from gateway.domain.bank.payout import (
    Payout,
    sums_of,
)
from gateway.domain.credit.customer import EntrySide
from gateway.domain.payables.payable import PayableKind, PayableState
from tests.support import credit_rows
from tests.support.payable_rows import HERE as PAYABLES_HERE
from tests.support.payable_rows import euro, stored_payable, stored_supplier
from tests.support.storage_rows import EUR, NOON, RESULT, Shop, conclusion_of, new_id, payment_of

DAY = date(2026, 3, 2)


def _payout(**changes: object) -> Payout:
    made = Payout(
        id=new_id(),
        acquirer="north",
        batch="7",
        currency=EUR,
        account="NORTH1",
        format="Test",
        contract_version=1,
        first_day=DAY,
        last_day=DAY,
        paid_on=DAY,
        sums=sums_of(()),
        entries=0,
        reported_at=NOON,
        reported_by="anna",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


def test_cash_figures_then_the_database_adds_what_is_expected_and_how_old_it_is(shop: Shop) -> None:
    here = (shop.tenant_id, shop.store_id)
    intent = shop.intent()
    shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), result=replace(RESULT, amount_minor=1_300)))
    customer = credit_rows.customer(shop)
    with shop.storage.write() as unit:
        for minor, side in ((650, EntrySide.DEBIT), (650, EntrySide.DEBIT), (600, EntrySide.CREDIT)):
            entry, transfers = credit_rows.owed(shop, customer, minor, side)
            unit.ledger.add(transfers)
            unit.customers.add_entry(*here, entry)
        unit.settlement.put_payout(*here, _payout(sums=replace(sums_of(()), paid=4_000)))

    with shop.storage.read() as unit:
        flows = unit.cash_figures.flows(*here, today=DAY, card_days={"terminal-1": 2})
        ages = unit.cash_figures.ages(*here, DAY + timedelta(days=61), flows)

    assert [(one.kind, one.day, one.amount.minor, one.count) for one in flows] == [
        (FlowKind.CUSTOMERS, DAY, 700, 2),
        (FlowKind.PAYOUTS, DAY, 4_000, 1),
        (FlowKind.CARD_SALES, DAY + timedelta(days=2), 1_300, 1),
    ]
    assert [(one.side, one.from_days, one.amount.minor) for one in ages] == [("receivable", 60, 700)]


def test_cash_figures_of_payables_then_credit_notes_count_against_invoices(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    due = date(2026, 3, 10)
    invoice = stored_payable(storage, supplier, number="A", state=PayableState.APPROVED, due_on=due)
    credit = stored_payable(
        storage, supplier, number="B", state=PayableState.APPROVED, due_on=due, kind=PayableKind.CREDIT_NOTE
    )
    stored_payable(storage, supplier, number="C", state=PayableState.MATCHED, due_on=due)

    with storage.read() as unit:
        flows = unit.cash_figures.flows(*PAYABLES_HERE, today=DAY, card_days={})
        ages = unit.cash_figures.ages(*PAYABLES_HERE, due + timedelta(days=31), flows)

    assert invoice.gross == credit.gross
    assert [(one.kind, one.count) for one in flows] == []
    assert [(one.side, one.from_days, one.amount, one.count) for one in ages] == [("payable", 30, -invoice.gross, 3)]


def test_cash_figures_of_statements_then_last_closing_and_later_lines_count_once(storage: SqlStorage) -> None:
    statement = _statement()
    older = replace(statement, id=StatementId(new_id()), closing=euro(777), last_day=DAY - timedelta(days=1))
    held = replace(
        statement,
        id=StatementId(new_id()),
        closing=euro(99),
        last_day=DAY + timedelta(days=9),
        state=StatementState.HELD,
    )
    later = replace(statement, id=StatementId(new_id()), opening=None, closing=None, last_day=None)
    item, owed = _handed_in()

    with storage.write() as unit:
        for one in (statement, older, held, later):
            assert unit.bank_statements.add(*PAYABLES_HERE, one)
        unit.bank_statements.add_lines(
            *PAYABLES_HERE,
            [
                _line(statement, DAY, 10_000, LineState.MATCHED),
                _line(later, DAY + timedelta(days=1), 500, LineState.OPEN),
                _line(later, DAY + timedelta(days=1), -200, LineState.OPEN, 2),
                _line(held, DAY + timedelta(days=1), 4_000, LineState.WAITING),
            ],
        )
        unit.open_items.put(*PAYABLES_HERE, [item, owed])

    with storage.read() as unit:
        (position,) = unit.cash_figures.positions(*PAYABLES_HERE)
        lines = unit.cash_figures.open_lines(*PAYABLES_HERE)
        flows = unit.cash_figures.flows(*PAYABLES_HERE, today=DAY, card_days={})
        ages = unit.cash_figures.ages(*PAYABLES_HERE, DAY, flows)

    assert (position.account, position.statement, position.statement_on) == ("main", euro(10_300), DAY)
    assert position.difference == euro(-10_300)
    assert [(one.reason, one.count, one.incoming, one.outgoing) for one in lines] == [
        ("open", 2, euro(500), euro(-200))
    ]
    assert [(one.day, one.amount) for one in flows] == [(DAY - timedelta(days=40), euro(900)), (DAY, euro(-50))]
    assert [(one.side, one.from_days, one.amount) for one in ages] == [
        ("payable", 0, euro(-50)),
        ("receivable", 30, euro(900)),
    ]


def _line(statement: BankStatement, day: date, minor: int, state: LineState, number: int = 1) -> StatementLine:
    return StatementLine(
        id=StatementLineId(new_id()),
        statement_id=statement.id,
        account=statement.account,
        number=number,
        facts=LineFacts(booked_on=day, value_on=day, amount=euro(minor)),
        key=None,
        parent=None,
        state=state,
        version=1,
    )


def _statement() -> BankStatement:
    return BankStatement(
        id=StatementId(new_id()),
        account_key="DE02",
        bank_account_id="main",
        currency=EUR,
        format="camt",
        bank_id="1",
        opening=euro(0),
        closing=euro(10_000),
        first_day=DAY,
        last_day=DAY,
        state=StatementState.POSTED,
        difference=None,
        defects=(),
        file_name="a",
        file_sha256="a" * 64,
        lines=1,
        repeated=0,
        imported_at=NOON,
        imported_by="anna",
    )


def _handed_in() -> tuple[StoredItem, StoredItem]:
    item = StoredItem(
        item_id_of(ItemSource.HANDED_IN, "E-1"),
        ItemSource.HANDED_IN,
        "E-1",
        ItemSide.RECEIVABLE,
        euro(900),
        euro(900),
        "receivable/x",
        DAY,
        DAY - timedelta(days=40),
    )
    owed = replace(
        item,
        id=item_id_of(ItemSource.HANDED_IN, "E-2"),
        source_id="E-2",
        side=ItemSide.PAYABLE,
        amount=euro(-50),
        remaining=euro(-50),
        due=None,
    )
    return item, owed
