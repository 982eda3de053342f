"""The ledger and the journal: append-only, and balances as the domain derives them, on both databases."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.db.engine import database_url
from gateway.adapters.db.tables import ledger_transfer
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import AttemptEvent
from gateway.domain.errors import RuleError
from gateway.domain.ids import StoreId, TenantId, TransferId
from gateway.domain.ledger import Transfer, TransferKind, balances, closing, imbalance
from gateway.domain.money import Currency, Money
from gateway.services.mark_ledger import MarkLedger
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import NOON, Shop, conclusion_of, new_id, payment_of

TENANT = TenantId("acme")
ACCOUNTS = ("card_receivable/t1", "card_receivable/t2", "sales/r1", "sales/r2")


_INSTANTS = st.integers(0, 5).map(lambda minutes: NOON + timedelta(minutes=minutes))
"""In any order: two nodes need not have the same time."""


@st.composite
def _histories(draw: st.DrawFn) -> list[Transfer]:
    store_id = StoreId(uuid.uuid4().hex)
    rows: list[Transfer] = []
    for _ in range(draw(st.integers(0, 8))):
        debit, credit = draw(st.permutations(ACCOUNTS))[:2]
        currency = Currency.of(draw(st.sampled_from(("EUR", "JPY"))))
        pending = Transfer(
            tenant_id=TENANT,
            store_id=store_id,
            id=TransferId(new_id()),
            kind=TransferKind.PENDING,
            debit_account=debit,
            credit_account=credit,
            amount=Money(draw(st.integers(1, 10**12)), currency),
            pending_id=None,
            cause_id=new_id(),
            trace_id="t",
            recorded_at=draw(_INSTANTS),
        )
        rows.append(pending)
        ending = draw(st.sampled_from((None, TransferKind.POST, TransferKind.VOID)))
        if ending is not None:
            rows.append(closing(pending, kind=ending, recorded_at=draw(_INSTANTS)))
    return rows


def _insert(storage: SqlStorage, rows: list[Transfer]) -> None:
    values = [
        {
            "tenant_id": row.tenant_id,
            "store_id": row.store_id,
            "transfer_id": row.id,
            "kind": row.kind.value,
            "debit_account": row.debit_account,
            "credit_account": row.credit_account,
            "amount_minor": row.amount.minor,
            "currency": row.amount.currency.code,
            "pending_id": row.pending_id,
            "cause_id": row.cause_id,
            "trace_id": row.trace_id,
            "recorded_at": row.recorded_at,
        }
        for row in rows
    ]
    with storage._database.write() as statements:
        for value in values:
            statements.change(insert(ledger_transfer), value)


# One database serves all examples: each has a store of its own.
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_histories())
def test_balances_equal_those_the_domain_derives(storage: SqlStorage, rows: list[Transfer]) -> None:
    _insert(storage, rows)
    store_id = rows[0].store_id if rows else StoreId("empty")

    with storage.read() as unit:
        found = unit.ledger.balances(TENANT, store_id)
        stored = unit.ledger.transfers(TENANT, store_id)

    assert {(balance.account, balance.currency.code): balance for balance in found} == balances(rows)
    assert set(imbalance(found).values()) <= {0}
    assert set(stored) == set(rows)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_histories(), data=st.data())
def test_balances_when_marked_anywhere_then_as_if_never_marked(
    storage: SqlStorage, rows: list[Transfer], data: st.DataObject
) -> None:
    """The mark is made in the middle of a history that goes on behind it, and perhaps before it as well."""
    store_id = rows[0].store_id if rows else StoreId("empty")
    known = data.draw(st.integers(0, len(rows)), "recorded when the mark is made")
    at = data.draw(st.sampled_from([row.recorded_at for row in rows] or [NOON]), "marked at")
    _insert(storage, rows[:known])
    with storage.read() as unit:
        mark = unit.ledger.gather_mark(TENANT, store_id, at, least=0)
    assert mark is not None
    late = data.draw(st.booleans(), "the rest comes before the mark is stored")
    _insert(storage, rows[known:] if late else [])
    with storage.write() as unit:
        kept = unit.ledger.keep_mark(TENANT, store_id, mark)
    _insert(storage, [] if late else rows[known:])

    with storage.read() as unit:
        found = unit.ledger.balances(TENANT, store_id)

    assert {(balance.account, balance.currency.code): balance for balance in found} == balances(rows)
    assert kept is not (late and any(row.recorded_at < at for row in rows[known:]))


def test_mark_when_little_was_recorded_since_the_one_before_then_none_is_made(shop: Shop) -> None:
    shop.begin(shop.intent(minor=7))
    later = NOON + timedelta(days=900)
    with shop.storage.write() as unit:
        first = unit.ledger.gather_mark(shop.tenant_id, shop.store_id, later, least=1)
        assert first is not None
        assert unit.ledger.keep_mark(shop.tenant_id, shop.store_id, first)

    with shop.storage.read() as unit:
        assert unit.ledger.gather_mark(shop.tenant_id, shop.store_id, later, least=1) is None
        assert unit.ledger.gather_mark(shop.tenant_id, shop.store_id, later + timedelta(days=1), least=1) is None


def test_balances_after_sales_then_posted_for_approved_pending_for_open(shop: Shop) -> None:
    for event, minor in ((AttemptEvent.APPROVE, 1000), (AttemptEvent.DECLINE, 30)):
        intent = shop.intent(minor=minor)
        shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), event))
    shop.begin(shop.intent(minor=7))

    with shop.storage.read() as unit:
        found = {balance.account: balance for balance in unit.ledger.balances(shop.tenant_id, shop.store_id)}

    receivable, sales = found["card_receivable/terminal-1"], found["sales/till-1"]
    assert (receivable.debits_posted, receivable.debits_pending) == (1000, 7)
    assert (sales.credits_posted, sales.credits_pending) == (1000, 7)


def test_transfers_then_oldest_first_up_to_the_limit(shop: Shop) -> None:
    intent = shop.intent()
    conclusion = conclusion_of(payment_of(intent), shop.begin(intent))
    shop.conclude(conclusion)

    with shop.storage.read() as unit:
        found = unit.ledger.transfers(shop.tenant_id, shop.store_id, limit=1)
        other = unit.ledger.transfers(shop.tenant_id, shop.store_id, cause_id=new_id())

    assert found == (intent.reservation,)
    assert other == ()


@pytest.mark.parametrize("statement", ["UPDATE {} SET tenant_id = 'x'", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("table", ["ledger_transfer", "payment_event"])
def test_append_only_tables_when_changed_behind_our_back_then_the_database_refuses(
    shop: Shop, statement: str, table: str
) -> None:
    address = shop.storage.url
    if statement.startswith("TRUNCATE") and address.get_backend_name() == "sqlite":
        statement = "DELETE FROM {} WHERE 1 = 1"
    shop.begin(shop.intent())

    engine = create_engine(database_url(address.render_as_string(hide_password=False)))
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement.format(table)))
    engine.dispose()


@pytest.mark.parametrize(
    "broken",
    [
        {"amount_minor": 0},
        {"kind": "gift"},
        {"pending_id": uuid.UUID(int=7)},
        {"credit_account": ACCOUNTS[0]},
        {"kind": "post", "pending_id": uuid.UUID(int=7)},
    ],
    ids=["no amount", "unknown kind", "pending that closes", "same account twice", "closes nothing"],
)
def test_transfer_when_it_breaks_a_rule_then_the_database_refuses(
    storage: SqlStorage, broken: dict[str, object]
) -> None:
    row = {
        "tenant_id": "acme",
        "store_id": "north",
        "transfer_id": new_id(),
        "kind": "pending",
        "debit_account": ACCOUNTS[0],
        "credit_account": ACCOUNTS[1],
        "amount_minor": 1,
        "currency": "EUR",
        "pending_id": None,
        "cause_id": new_id(),
        "trace_id": "t",
        "recorded_at": NOON,
    }
    with pytest.raises(RuleError) as error, storage._database.write() as statements:
        statements.change(insert(ledger_transfer), row | broken)

    assert error.value.code == "already_recorded"
    with storage.read() as unit:
        assert unit.ledger.transfers(TENANT, StoreId("north")) == ()


def test_marking_job_when_run_again_and_again_then_a_mark_is_made_once_and_balances_stay(shop: Shop) -> None:
    for event in (AttemptEvent.APPROVE, AttemptEvent.DECLINE):
        intent = shop.intent(minor=500)
        shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), event))
    with shop.storage.read() as unit:
        before = unit.ledger.balances(shop.tenant_id, shop.store_id)
    clock = MovingClock()
    clock.move((NOON - clock.now()).total_seconds() + 1800)
    job = MarkLedger(storage=shop.storage, clock=clock, tenant_id=shop.tenant_id, store_id=shop.store_id)

    assert not job.run(least=1), "what was recorded just now is left for the next time"
    clock.move(86_400)
    assert [job.run(least=1), job.run(least=1)] == [True, False]
    shop.begin(shop.intent(minor=7))

    with shop.storage.read() as unit:
        after = {one.account: one for one in unit.ledger.balances(shop.tenant_id, shop.store_id)}
    assert {one.account for one in before} == set(after)
    assert after["sales/till-1"].credits_posted == 500
    assert after["sales/till-1"].credits_pending == 7
