"""The end of a cooling period: what waited because of a new account is looked at as usual, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.ids import PayableId
from gateway.domain.payables.signs import SignKind
from gateway.services.payables.advance_payable import AdvancePayable, NothingIsAsked
from gateway.services.payables.end_cooling import EndCooling
from tests.support.approval_desk import START, ApprovalDesk, HandClock
from tests.support.migrated import migrated_sqlite
from tests.support.payable_rows import HERE


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ApprovalDesk]:
    """A store with a clerk and three approvers."""
    storage = SqlStorage(migrated_sqlite(tmp_path / "desk.sqlite3"), HandClock())
    yield ApprovalDesk(storage)
    storage.close()


def _signs(desk: ApprovalDesk, payable_id: PayableId) -> set[SignKind]:
    with desk.storage.read() as unit:
        found = unit.approvals.found_signs(*HERE, [payable_id])
    return {one.kind for one in found[payable_id].signs}


def test_cooling_when_it_is_over_then_the_sign_is_gone_and_the_second_look_finds_nothing(desk: ApprovalDesk) -> None:
    supplier = desk.supplier()
    today = START.date()
    with desk.storage.write() as unit:
        (account,) = unit.suppliers.effective_accounts(*HERE, [supplier.id]).values()
        new = replace(account, cooling_until=today, version=account.version + 1)
        assert unit.suppliers.update_account(*HERE, new)
    payable = desk.payable(supplier)
    with desk.storage.write() as unit:
        desk.signs.signs_in(unit, desk.load(payable.id), actor="system", at=START)
    assert SignKind.COOLING in _signs(desk, payable.id)
    advance = AdvancePayable(signs=desk.signs, match=NothingIsAsked(), approve=desk.approve)
    job = EndCooling(
        storage=desk.storage,
        clock=desk.clock,
        signs=desk.signs,
        advance=advance,
        tenant_id=HERE[0],
        store_id=HERE[1],
    )

    assert job.run(today) == "0 looked at again, 0 of them approved"
    desk.clock.at += timedelta(days=1)
    tomorrow = today + timedelta(days=1)
    assert job.run(tomorrow) == "1 looked at again, 0 of them approved"
    assert SignKind.COOLING not in _signs(desk, payable.id)
    assert job.run(tomorrow) == "0 looked at again, 0 of them approved"
