"""Payables and their journals, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import create_engine, text

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.errors import GatewayError, RuleError
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import (
    HoldKind,
    PayableKind,
    PayableLine,
    PayableState,
    PayableStep,
    PaymentHold,
)
from gateway.domain.payables.supplier import DiscountStep
from gateway.ports.payable_store import PayableSort, PayableWish
from gateway.services.payables.payable_steps import step_in, steps_in
from tests.support.payable_rows import (
    ELSEWHERE,
    HERE,
    euro,
    payable_row,
    stored_payable,
    stored_supplier,
    supplier_row,
)
from tests.support.storage_rows import NOON, new_id

LATER = NOON + timedelta(hours=1)


def test_payable_when_stored_then_it_comes_back_whole_and_only_in_its_store(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    line = PayableLine(
        1,
        "Bohnen \x00",
        Decimal("12.50"),
        Decimal("0.0799"),
        euro(100),
        sku="B-1",
        unit="kg",
        tax_percent=Decimal("7.0"),
        order_number="4500001",
        order_line_no=20,
        account_code="3200",
        cost_centre="K1",
        tax_code="V7",
    )
    made = stored_payable(
        storage,
        supplier,
        kind=PayableKind.CREDIT_NOTE,
        lines=(line, replace(line, line_no=2, tax_percent=None, order_line_no=None)),
        discounts=(DiscountStep(10, Decimal("2.00")),),
        order_numbers=("4500001",),
        freight=euro(500),
        rounding=euro(-1),
        printed_iban="DE02120300000000202051",
        reference="RF18539007547034",
        credited_number="RE-1",
        document_invoice_id=new_id(),
        source="erp",
        hold=PaymentHold(HoldKind.DISPUTED, "Waited for", "anna", NOON),
    )

    with storage.read() as unit:
        assert unit.payables.load(*HERE, made.id) == replace(
            made, lines=tuple(replace(one, text="Bohnen \ufffd") for one in made.lines)
        )
        assert unit.payables.load(*ELSEWHERE, made.id) is None
        found = unit.payables.of_invoice(*HERE, made.document_invoice_id)  # type: ignore[arg-type]  # set above
        assert found is not None
        assert found.id == made.id
        assert unit.payables.of_invoice(*ELSEWHERE, made.document_invoice_id) is None  # type: ignore[arg-type]  # as above


def test_payable_when_its_id_or_its_invoice_is_there_then_it_is_refused(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    made = stored_payable(storage, supplier, document_invoice_id=new_id())

    for second in (made, replace(made, id=PayableId(new_id()))):
        with pytest.raises(RuleError) as refused, storage.write() as unit:
            unit.payables.add(second)
        assert refused.value.code == "already_recorded"


def test_payable_when_paid_above_its_amount_then_the_database_refuses(storage: SqlStorage) -> None:
    made = stored_payable(storage, stored_supplier(storage))

    with pytest.raises(GatewayError), storage.write() as unit:
        unit.payables.update(replace(made, paid=euro(11901), version=2))
    with storage.read() as unit:
        assert unit.payables.load(*HERE, made.id) == made


def test_step_when_somebody_was_quicker_then_refused_and_nothing_is_told(storage: SqlStorage) -> None:
    made = stored_payable(storage, stored_supplier(storage))
    with storage.write() as unit:
        now = step_in(unit, made, PayableStep.MATCHED, actor="system", at=LATER, detail={"lines": "1"})

    with pytest.raises(RuleError) as refused, storage.write() as unit:
        step_in(unit, made, PayableStep.MATCH_FAILED, actor="system", at=LATER)

    assert refused.value.code == "payable_changed"
    with storage.read() as unit:
        assert unit.payables.load(*HERE, made.id) == now
        told = unit.payables.events(*HERE, made.id)
    assert now.state is PayableState.MATCHED
    assert [(one.sequence, one.step, one.before, one.after) for one in told] == [
        (1, PayableStep.RECEIVED, PayableState.VALIDATED, PayableState.VALIDATED),
        (2, PayableStep.MATCHED, PayableState.VALIDATED, PayableState.MATCHED),
    ]
    assert told[1].detail == {"lines": "1"}
    assert told[1].at == LATER


def test_steps_when_taken_with_many_then_each_moves_and_is_told_once(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    made = [stored_payable(storage, supplier, f"RE-{number}") for number in range(5)]
    ids = [one.id for one in made]

    with storage.write() as unit:
        held = unit.payables.lock_many(*HERE, [*ids, PayableId(new_id())])
        assert set(held) == set(ids)
        moved = steps_in(unit, [held[one] for one in ids], PayableStep.MATCHED, actor="system", at=LATER)
        changes = {one.id: {"due_on": date(2026, 4, number + 1)} for number, one in enumerate(moved)}
        moved = steps_in(
            unit,
            moved,
            PayableStep.APPROVED,
            actor="bob",
            at=LATER,
            reason="seen",
            details={ids[0]: {"rule": "small"}},
            changes=changes,
        )

    with storage.read() as unit:
        stored = unit.payables.load_many(*HERE, ids)
        assert [stored[one] for one in ids] == list(moved)
        assert {one.version for one in stored.values()} == {3}
        assert [one.due_on.day for one in moved] == [1, 2, 3, 4, 5]
        assert unit.payables.next_sequences(*HERE, ids) == dict.fromkeys(ids, 4)
        assert unit.payables.events(*HERE, ids[0])[-1].detail == {"rule": "small"}
        assert unit.payables.events(*HERE, ids[1])[-1].detail is None


def test_steps_when_one_has_changed_then_none_is_stored(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    made = [stored_payable(storage, supplier, f"RE-{number}") for number in range(3)]
    with storage.write() as unit:
        step_in(unit, made[1], PayableStep.NOTED, actor="anna", at=LATER, reason="looked")

    for changes in (None, {made[0].id: {"due_on": date(2026, 5, 1)}}):
        with pytest.raises(RuleError) as refused, storage.write() as unit:
            steps_in(unit, made, PayableStep.MATCHED, actor="system", at=LATER, changes=changes)
        assert refused.value.code == "payable_changed"

    with storage.read() as unit:
        assert {one.state for one in unit.payables.load_many(*HERE, [one.id for one in made]).values()} == {
            PayableState.VALIDATED
        }


def test_journal_when_changed_then_the_database_refuses(storage: SqlStorage, migrated_url: str) -> None:
    made = stored_payable(storage, stored_supplier(storage))
    address = migrated_url.replace("postgresql://", "postgresql+psycopg://")
    for change in ("UPDATE payable_event SET actor = 'x'", "DELETE FROM payable_event"):
        engine = create_engine(address)
        with pytest.raises(Exception, match="append-only"), engine.begin() as connection:
            connection.execute(text(change))
        engine.dispose()
    with storage.read() as unit:
        assert unit.payables.events(*HERE, made.id)[0].actor == "anna"


def test_list_when_filtered_then_only_what_fits(storage: SqlStorage) -> None:
    coffee, paper = (
        stored_supplier(storage, "1", name="Hafen Kaffee"),
        stored_supplier(storage, "2", name="Papier 100%"),
    )
    first = stored_payable(storage, coffee, "RE-0001", due_on=date(2026, 3, 5))
    hold = PaymentHold(HoldKind.ON_HOLD, "Waited for", "anna", NOON)
    second = stored_payable(storage, paper, "4711", due_on=date(2026, 3, 3), hold=hold, created_at=LATER)
    third = stored_payable(storage, paper, "4712", state=PayableState.APPROVED, created_at=LATER)
    with storage.write() as unit:
        unit.suppliers.add(supplier_row(tenant_id=ELSEWHERE[0], store_id=ELSEWHERE[1]))

    def found(wish: PayableWish) -> list[PayableId]:
        with storage.read() as unit:
            return [one.id for one in unit.payables.list(*HERE, wish, before=None, limit=10)]

    assert found(PayableWish()) == [third.id, second.id, first.id]
    assert found(PayableWish(sort=PayableSort.DUE)) == [second.id, first.id, third.id]
    assert found(PayableWish(states=(PayableState.APPROVED,))) == [third.id]
    assert found(PayableWish(held=True)) == [second.id]
    assert found(PayableWish(held=False)) == [third.id, first.id]
    assert found(PayableWish(text="kaffee")) == [first.id]
    assert found(PayableWish(text="100%")) == [third.id, second.id]
    assert found(PayableWish(text="re-0001")) == [first.id]
    assert found(PayableWish(text="_")) == []
    assert found(PayableWish(supplier_id=paper.id, due_until=date(2026, 3, 5))) == [second.id]
    assert found(PayableWish(states=())) == []
    with storage.read() as unit:
        assert unit.payables.list(*ELSEWHERE, PayableWish(), before=None, limit=10) == ()


@pytest.mark.parametrize("sort", list(PayableSort))
def test_list_when_paged_then_none_is_missing_or_twice(storage: SqlStorage, sort: PayableSort) -> None:
    supplier = stored_supplier(storage)
    made = {stored_payable(storage, supplier, str(one), due_on=date(2026, 3, 1 + one // 2)).id for one in range(5)}
    wish = PayableWish(sort=sort)

    with storage.read() as unit:
        first = unit.payables.list(*HERE, wish, before=None, limit=2)
        second = unit.payables.list(*HERE, wish, before=first[-1].id, limit=2)
        third = unit.payables.list(*HERE, wish, before=second[-1].id, limit=2)
        assert unit.payables.list(*HERE, wish, before=PayableId(new_id()), limit=2) == ()

    shown = [one.id for one in (*first, *second, *third)]
    assert len(shown) == 5
    assert set(shown) == made


def test_what_a_run_chooses_from_when_asked_then_approved_and_part_paid_by_due_date(storage: SqlStorage) -> None:
    one, other = stored_supplier(storage, "1"), stored_supplier(storage, "2")
    late = stored_payable(storage, one, "1", state=PayableState.APPROVED, due_on=date(2026, 4, 2))
    early = stored_payable(storage, other, "2", state=PayableState.PART_PAID, due_on=date(2026, 4, 1), paid=euro(5))
    stored_payable(storage, one, "3", state=PayableState.MATCHED)
    hold = PaymentHold(HoldKind.ON_HOLD, "Waited for", "anna", NOON)
    stored_payable(storage, one, "4", state=PayableState.APPROVED, hold=hold)

    with storage.read() as unit:
        assert unit.payables.payable_now(*HERE) == (early, late)
        assert unit.payables.payable_now(*HERE, supplier_ids=[one.id]) == (late,)
        assert unit.payables.payable_now(*HERE, supplier_ids=[]) == ()


def test_tally_when_asked_then_states_held_and_overdue_are_counted(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    hold = PaymentHold(HoldKind.ON_HOLD, "Waited for", "anna", NOON)
    stored_payable(storage, supplier, "1", due_on=date(2026, 3, 1), hold=hold)
    stored_payable(storage, supplier, "2", due_on=date(2026, 3, 2))
    stored_payable(storage, supplier, "3", due_on=date(2026, 3, 1), kind=PayableKind.CREDIT_NOTE)
    stored_payable(storage, supplier, "4", due_on=date(2026, 3, 1), state=PayableState.SETTLED, hold=hold)

    with storage.read() as unit:
        tally = unit.payables.tally(*HERE, today=date(2026, 3, 2))

    assert tally.states == {PayableState.VALIDATED: 3, PayableState.SETTLED: 1}
    assert (tally.held, tally.overdue) == (1, 1)


def test_candidates_when_number_or_amount_is_equal_then_found_newest_first(storage: SqlStorage) -> None:
    one, other = stored_supplier(storage, "1"), stored_supplier(storage, "2")
    same_number = stored_payable(storage, one, "RE 2026/1", gross=500)
    stored_payable(storage, other, "2026-1", gross=600)
    same_amount = stored_payable(storage, other, "77", created_at=LATER)
    stored_payable(storage, one, "78", state=PayableState.CANCELLED)
    stored_payable(storage, one, "79", issued_on=date(2020, 1, 1))
    mine = payable_row(one.id, "INV-2026-01")

    with storage.read() as unit:
        found = unit.payables.candidates(mine, [one.id], since=date(2025, 1, 1))
        assert [each.id for each in found] == [same_amount.id, same_number.id]
        assert unit.payables.candidates(same_amount, [], since=date(2025, 1, 1)) == ()
        history = unit.payables.history(*HERE, one.id, since=date(2025, 1, 1))

    assert history == ((date(2026, 3, 1), euro(500)),)
