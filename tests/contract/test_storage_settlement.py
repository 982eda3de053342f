"""Contracts, payouts and chargebacks, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.db.engine import database_url
from gateway.domain.bank.acquirer_contract import (
    AcquirerContract,
    AcquirerTerms,
    ContractFee,
    DeadlineRule,
    ReasonFamily,
)
from gateway.domain.bank.chargeback import (
    Chargeback,
    ChargebackEvent,
    ChargebackEvidence,
    ChargebackState,
    ChargebackStep,
    step_of,
)
from gateway.domain.bank.payout import (
    EntryKind,
    FindingKind,
    Payout,
    ReportedEntry,
    SettlementTask,
    kept_entry,
    sums_of,
)
from gateway.domain.errors import RuleError
from gateway.domain.money import Currency, Money
from gateway.ports.settlement_store import AcquirerReport, BookingWish
from tests.support.payable_rows import HERE as PAYABLES_HERE
from tests.support.payable_rows import euro
from tests.support.storage_rows import EUR, NOON, RESULT, Shop, conclusion_of, new_id, payment_of

TERMS = AcquirerTerms(
    name="Nord \x00",
    currency=EUR,
    fees=(ContractFee("visa", "debit", 25, 5), ContractFee("", "", 190, 0)),
    rents=(990,),
    refund_fee=10,
    chargeback_fee=1500,
    payout_days=3,
    reserve_bp=500,
    statement_names=("NORTH PAY",),
    terminals=("terminal-1",),
    report_accounts=("NORTH1",),
    deadlines=(DeadlineRule("visa", "fraud", 18),),
    respond_days=10,
)
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


def _chargeback(**changes: object) -> Chargeback:
    made = Chargeback(
        id=new_id(),
        acquirer="north",
        reference="D-1",
        amount=euro(5_000),
        scheme="visa",
        reason_code="10.4",
        family=ReasonFamily.FRAUD,
        state=ChargebackState.OPENED,
        opened_on=DAY,
        respond_by=DAY + timedelta(days=18),
        opened_at=NOON,
        opened_by="report",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


def test_contract_and_report_when_stored_then_come_back_whole_once_and_never_change(
    shop: Shop, migrated_url: str
) -> None:
    here = (shop.tenant_id, shop.store_id)
    first = AcquirerContract("north", 1, DAY, TERMS, "anna", NOON)
    second = replace(first, version=2, terms=replace(TERMS, rents=(), fees=()))
    report = AcquirerReport(new_id(), "north", "r-ä.csv", "a" * 64, b"\x00\xff", 3, 2, NOON, "anna")

    with shop.storage.write() as unit:
        assert unit.settlement.add_contract(*here, first)
        assert unit.settlement.add_contract(*here, second)
        assert not unit.settlement.add_contract(*here, replace(second, made_by="ben"))
        unit.settlement.add_report(*here, report)

    with shop.storage.read() as unit:
        stored = replace(TERMS, name="Nord \ufffd")
        assert unit.settlement.contracts(*here) == (
            replace(second, terms=replace(second.terms, name=stored.name)),
            replace(first, terms=stored),
        )
        assert unit.settlement.report(*here, "north", "a" * 64) == replace(report, content=b"")
        assert unit.settlement.report(*here, "south", "a" * 64) is None
        assert unit.settlement.contracts(*PAYABLES_HERE) == ()
    engine = create_engine(database_url(migrated_url))
    for statement in ("UPDATE acquirer_contract SET version = 9", "DELETE FROM acquirer_report"):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(statement))
    engine.dispose()


def test_payout_with_its_records_then_bookings_are_taken_once_and_changes_meet_the_version(shop: Shop) -> None:
    here = (shop.tenant_id, shop.store_id)
    intents = [shop.intent(), shop.intent(terminal_id=shop.other_terminal_id)]
    for intent in intents:
        shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), result=RESULT))
    wish = BookingWish(("terminal-1", "terminal-2"), NOON - timedelta(days=1), NOON + timedelta(days=1))
    payout = _payout()
    told = ReportedEntry(
        EntryKind.SALE, euro(1_200), "line 2", DAY, euro(1_250), euro(-50), Money(999, Currency.of("USD"))
    )
    entry = kept_entry(new_id(), payout.id, 1, replace(told, references=("PSP-1", "ä\x00"), brand="girocard"))
    paid = kept_entry(new_id(), payout.id, 2, ReportedEntry(EntryKind.PAYOUT, euro(-1_200), "line 3", None))

    with shop.storage.write() as unit:
        found = sorted(unit.settlement.bookings(*here, wish), key=lambda one: one.terminal_id)
        assert [(one.amount, one.terminal_id, one.last4, one.brand) for one in found] == [
            (euro(1_250), "terminal-1", "1234", "girocard"),
            (euro(1_250), "terminal-2", "1234", "girocard"),
        ]
        assert {str(found[0].payment_id), "Tisch 7"} <= set(found[0].references)
        unit.settlement.put_payout(*here, payout)
        unit.settlement.add_entries(*here, [entry, paid])
        assigned = replace(
            entry, attempt_id=found[0].attempt_id, payment_id=found[0].payment_id, terminal_id="terminal-1",
            matched_by="reference",
        )  # fmt: skip
        assert unit.settlement.assign_entry(*here, assigned)
        assert not unit.settlement.assign_entry(*here, replace(assigned, attempt_id=found[1].attempt_id))

    with shop.storage.read() as unit:
        assert [one.terminal_id for one in unit.settlement.bookings(*here, wish)] == ["terminal-2"]
        assert unit.settlement.bookings(*here, replace(wish, terminals=())) == ()
        stored = unit.settlement.entries(*here, payout.id)
        assert stored == (replace(assigned, references=("PSP-1", "ä\ufffd")), paid)
        assert unit.settlement.entry(*here, paid.id) == paid
        assert unit.settlement.known_entries(*here, [entry.id, new_id()]) == frozenset({entry.id})
        assert unit.chargebacks.payment_of_references(*here, "north", ["PSP-1"]) == found[0].payment_id
        assert unit.chargebacks.payment_of_references(*here, "south", ["PSP-1"]) is None

    changed = replace(payout, version=2, sums=sums_of([entry, paid]), entries=2)
    with shop.storage.write() as unit:
        unit.settlement.put_payout(*here, changed)
    with pytest.raises(RuleError) as refused, shop.storage.write() as unit:
        unit.settlement.put_payout(*here, changed)
    assert refused.value.code == "changed_meanwhile"
    with shop.storage.read() as unit:
        assert unit.settlement.payout(*here, payout.id) == changed
        assert unit.settlement.in_transit(*here) == (changed,)


def test_payouts_and_tasks_then_are_listed_in_pages_and_a_task_is_closed_once(shop: Shop) -> None:
    here = (shop.tenant_id, shop.store_id)
    payouts = [_payout(reported_at=NOON + timedelta(minutes=number // 2)) for number in range(5)]
    task = SettlementTask(new_id(), FindingKind.FEE_DIFFERS, "north", {"brand": "visa"}, NOON, payout_id=payouts[0].id)
    other = replace(task, id=new_id(), payout_id=None, opened_at=NOON + timedelta(hours=1))

    with shop.storage.write() as unit:
        for payout in payouts:
            unit.settlement.put_payout(*here, payout)
        unit.settlement.add_tasks(*here, [task, other])
        unit.settlement.add_tasks(*here, [replace(task, figures={})])

    with shop.storage.write() as unit:
        newest = unit.settlement.payouts(*here, limit=2)
        rest = unit.settlement.payouts(*here, before=newest[-1].id)
        assert {one.id for one in (*newest, *rest)} == {one.id for one in payouts}
        assert (len(newest), len(rest)) == (2, 3)
        assert unit.settlement.tasks(*here) == (other, task)
        closed = unit.settlement.close_task(*here, task.id, by="ben", note="asked them", at=NOON)
        assert closed == replace(task, closed_at=NOON, closed_by="ben", note="asked them")
        assert unit.settlement.close_task(*here, task.id, by="ben", note="again", at=NOON) is None
        assert unit.settlement.tasks(*here) == (other,)
        assert unit.settlement.tasks(*here, payout_id=payouts[0].id) == (closed,)


def test_chargeback_then_is_stored_once_by_reference_with_journal_and_evidence(shop: Shop) -> None:
    here = (shop.tenant_id, shop.store_id)
    found = _chargeback()
    later = _chargeback(reference="D-2", respond_by=DAY)
    proof = ChargebackEvidence(new_id(), found.id, "slip.pdf", "b" * 64, 3, b"%P\x00", "anna", NOON)

    with shop.storage.write() as unit:
        assert unit.chargebacks.add(*here, found)
        assert not unit.chargebacks.add(*here, _chargeback())
        assert unit.chargebacks.add(*here, later)
        for note in ("one", "two"):
            event = ChargebackEvent(found.id, 0, "", ChargebackState.OPENED, "anna", note, NOON)
            unit.chargebacks.note(*here, event)
        assert unit.chargebacks.add_evidence(*here, proof)
        assert not unit.chargebacks.add_evidence(*here, proof)

    accepted = step_of(later, ChargebackStep.ACCEPT)
    with shop.storage.write() as unit:
        assert unit.chargebacks.get(*here, later.id, lock=True) == later
        unit.chargebacks.update(*here, accepted)
    with pytest.raises(RuleError), shop.storage.write() as unit:
        unit.chargebacks.update(*here, accepted)

    with shop.storage.read() as unit:
        assert unit.chargebacks.list(*here, open_only=True) == (found,)
        assert {one.id for one in unit.chargebacks.list(*here, open_only=False)} == {found.id, later.id}
        assert unit.chargebacks.by_references(*here, "north", ["D-1", "x"]) == (found,)
        assert unit.chargebacks.by_references(*here, "north", []) == ()
        assert [(one.sequence, one.note) for one in unit.chargebacks.events(*here, found.id)] == [
            (1, "one"),
            (2, "two"),
        ]
        assert unit.chargebacks.evidence(*here, found.id) == (replace(proof, content=b""),)
        assert unit.chargebacks.evidence_content(*here, proof.id) == proof
        assert unit.chargebacks.get(*PAYABLES_HERE, found.id) is None
