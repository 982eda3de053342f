"""Rows stored in bulk are those that would be stored one by one, on both databases."""

from __future__ import annotations

import copy
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, make_url, select

from gateway.adapters.db.bulk import BULK_FROM
from gateway.adapters.db.bulk_read import read_bulk
from gateway.adapters.db.column_types import JsonDocument, UtcTimestamp, id_of_hex
from gateway.adapters.db.engine import sqlite_writer_engine
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.changed import changed
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PayableId, in_order
from gateway.domain.payables.payable import HoldKind, Payable, PayableEvent, PayableState, PayableStep, PaymentHold
from tests.support.payable_rows import HERE, stored_payable, stored_supplier
from tests.support.run_rows import payable
from tests.support.storage_rows import NOON, new_id

MANY = BULK_FROM + 3


def _events(about: Payable, count: int) -> list[PayableEvent]:
    """Lines of a journal that differ in whatever a driver could take for something else."""
    texts = ("", "100 % :new %(x)s ?", "Grüße \x00", "'; --")
    return [
        PayableEvent(
            sequence=number,
            id=new_id(),
            step=PayableStep.NOTED,
            actor=texts[number % 4],
            at=NOON + timedelta(microseconds=number // 3),
            before=about.state,
            after=about.state,
            reason=texts[(number + 1) % 4],
            detail=None if number % 3 == 0 else {"n": str(number), "words": texts[number % 4]},
        )
        for number in range(2, count + 2)
    ]


def test_bulk_when_rows_are_inserted_then_they_are_as_if_stored_one_by_one(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    one_by_one, at_once = (stored_payable(storage, supplier, name) for name in ("RE-1", "RE-2"))
    events = _events(one_by_one, MANY)

    with storage.write() as unit:
        for event in events:
            unit.payables.tell(one_by_one, event)
        unit.payables.tell_many([(at_once, replace(event, id=new_id())) for event in events])

    with storage.read() as unit:
        singly = unit.payables.events(*HERE, one_by_one.id)
        bulk = unit.payables.events(*HERE, at_once.id)
    nobody = uuid.UUID(int=0)
    assert len(singly) >= MANY
    assert [replace(one, id=nobody) for one in bulk] == [replace(one, id=nobody) for one in singly]


def test_bulk_when_rows_are_changed_then_all_of_them_or_it_is_told(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    made = [stored_payable(storage, supplier, f"RE-{number}") for number in range(MANY)]
    moved = [replace(one, state=PayableState.MATCHED, version=one.version + 1) for one in made]

    with storage.write() as unit:
        assert unit.payables.move_many(moved)
    with storage.read() as unit:
        assert unit.payables.load_many(*HERE, [one.id for one in made]) == {one.id: one for one in moved}

    again = [replace(one, state=PayableState.APPROVED, version=one.version + 1) for one in moved[3:]]
    held = replace(moved[0], state=PayableState.EXCEPTION, version=moved[0].version + 1)
    moved = [held, *moved[1:3], *again]
    with storage.write() as unit:
        assert unit.payables.move_alike([held, *again])
        assert unit.payables.move_alike([])
    with storage.read() as unit:
        assert unit.payables.load_many(*HERE, [one.id for one in made]) == {one.id: one for one in moved}
    with storage.write() as unit:
        assert not unit.payables.move_alike([replace(moved[1], version=3), replace(moved[2], version=4)])
        assert not unit.payables.move_alike([replace(moved[1], version=4)] * 2)

    stale = [replace(one, version=one.version + 1) for one in moved]
    stale[7] = replace(stale[7], version=stale[7].version + 1)
    with storage.write() as unit:
        assert not unit.payables.update_many(stale)


def test_bulk_when_rows_are_read_together_then_they_are_as_if_read_one_by_one(storage: SqlStorage) -> None:
    supplier = stored_supplier(storage)
    made = [stored_payable(storage, supplier, f"RE-{number}") for number in range(5)]
    held = replace(made[0], hold=PaymentHold(HoldKind.ON_HOLD, "Grüße", "ida", NOON), version=made[0].version + 1)

    with storage.write() as unit:
        assert unit.payables.update(held)
    with storage.read() as unit:
        together = unit.payables.load_many(*HERE, [one.id for one in made])
        singly = {one.id: unit.payables.load(*HERE, one.id) for one in made}
        suppliers = unit.suppliers.load_many(*HERE, [supplier.id])
        alone = unit.suppliers.load(*HERE, supplier.id)
        nobody = unit.payables.load_many(*HERE, [PayableId(new_id())])
    assert together == singly
    assert together[held.id].hold == held.hold
    assert suppliers == {supplier.id: alone}
    assert nobody == {}


def test_bulk_when_values_of_rows_are_equal_then_no_two_rows_share_a_document(tmp_path: Path) -> None:
    kept = Table(
        "kept", MetaData(), Column("document", JsonDocument), Column("at", UtcTimestamp), Column("no", Integer)
    )
    engine = sqlite_writer_engine(make_url(f"sqlite:///{tmp_path / 'kept.sqlite3'}"))
    try:
        with engine.begin() as connection:
            kept.metadata.create_all(connection)
            rows = [{"document": {"n": "1"}, "at": NOON, "no": number} for number in range(3)]
            connection.execute(insert(kept), [*rows, {"document": None, "at": None, "no": 3}])
            wanted = select(kept).order_by(kept.c.no)
            plain, together = connection.execute(wanted).all(), read_bulk(connection, wanted, {})
            empty = read_bulk(connection, wanted.where(kept.c.no > 3), {})
    finally:
        engine.dispose()

    assert [tuple(one) for one in together] == [tuple(one) for one in plain]
    assert [(one.at, one.no) for one in together] == [(one.at, one.no) for one in plain]
    assert len({id(one.document) for one in together[:3]}) == 3
    assert empty == ()


def test_bulk_when_a_row_breaks_a_rule_then_the_unit_cannot_be_stored(storage: SqlStorage) -> None:
    about = stored_payable(storage, stored_supplier(storage))
    events = _events(about, MANY)
    events[-1] = replace(events[-1], sequence=events[0].sequence)

    with pytest.raises((GatewayError, RuntimeError)), storage.write() as unit, pytest.raises(GatewayError):
        unit.payables.tell_many([(about, event) for event in events])

    with storage.read() as unit:
        assert not any(event.step is PayableStep.NOTED for event in unit.payables.events(*HERE, about.id))


@given(st.uuids())
def test_id_when_read_from_its_digits_then_it_is_the_same_to_everybody(made: uuid.UUID) -> None:
    read = id_of_hex(made.hex)

    assert read == made
    assert hash(read) == hash(made)
    assert (str(read), read.is_safe) == (str(made), made.is_safe)
    assert copy.deepcopy(read) == made


@given(st.lists(st.uuids()))
def test_ids_when_put_in_order_then_as_python_orders_them(ids: list[uuid.UUID]) -> None:
    assert in_order(ids) == sorted(ids)


@given(st.text(max_size=20), st.integers(min_value=1), st.sampled_from(PayableState))
def test_value_when_changed_then_it_is_what_replacing_gives(number: str, version: int, state: PayableState) -> None:
    of = payable("R-1")

    assert changed(of, {"number": number, "version": version, "state": state}) == replace(
        of, number=number, version=version, state=state
    )
    assert changed(of, {}) == of


def test_value_when_it_has_no_such_field_then_it_is_refused() -> None:
    with pytest.raises(TypeError, match="numbr"):
        changed(payable("R-1"), {"numbr": "R-2"})
