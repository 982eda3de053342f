"""What customers owe by the word of an ERP becomes open items here, and ends with it; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest

from connectors.sandbox_erp.faults import Fault
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.open_item import ItemSide, ItemSource, StoredItem
from gateway.domain.erp.records import RecordKind
from gateway.domain.money import Currency, Money
from gateway.ports.erp_store import Place
from gateway.services.erp.fetch_open_items import FetchOpenItems
from tests.support.erp_rig import SandboxRig, rest_rig
from tests.support.statement_desk import StatementDesk, paid
from tests.support.still_parts import MovingClock
from tests.support.web_shop import STORE, TENANT

ACCOUNT = "books"
PLACE: Place = (TENANT, STORE)
EVERY_S = 900
EUR = Currency.of("EUR")


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def storage(database_url: str, clock: MovingClock) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, clock)) as opened:
        yield opened


@pytest.fixture
def rig() -> Iterator[SandboxRig]:
    with rest_rig() as made:
        yield made


@pytest.fixture
def fetch(storage: SqlStorage, rig: SandboxRig, clock: MovingClock) -> FetchOpenItems:
    return FetchOpenItems(
        storage=storage, clock=clock, place=PLACE, account=ACCOUNT, connector=rig.connector(), every_s=EVERY_S
    )


def _owes(rig: SandboxRig, number: str, remaining: str, *, side: str = "receivable", amount: str = "50.00") -> None:
    item = {"id": number, "side": side, "party": "C1", "number": number, "due_on": "2026-12-01", "currency": "EUR"}
    with rig.erp.books.transaction():
        rig.erp.books.keep("open_item", {**item, "amount": amount, "remaining": remaining})


def _open(storage: SqlStorage) -> list[StoredItem]:
    """Return what a bank line may settle."""
    with storage.read() as unit:
        return list(unit.open_items.open_items(*PLACE, 100))


def _again(fetch: FetchOpenItems, clock: MovingClock) -> int:
    clock.move(EVERY_S)
    return fetch.run()


def test_run_when_customers_owe_then_items_with_their_names_and_payables_are_left_out(
    storage: SqlStorage, rig: SandboxRig, fetch: FetchOpenItems, clock: MovingClock
) -> None:
    _owes(rig, "AR-1", "20.00")
    _owes(rig, "AR-2", "-5.00", amount="-5.00")
    _owes(rig, "AP-1", "9.00", side="payable")

    first, early, second = fetch.run(), fetch.run(), _again(fetch, clock)

    assert (first, early, second) == (2, 0, 2)
    found = {one.document: one for one in _open(storage)}
    claim, credit = found["AR-1"], found["AR-2"]
    assert (claim.amount, claim.remaining, claim.side) == (Money(2_000, EUR), Money(2_000, EUR), ItemSide.RECEIVABLE)
    assert (claim.party_name, claim.customer, claim.due) == ("Corner Café", "C1", date(2026, 12, 1))
    assert (credit.amount, credit.side, credit.credit_note) == (Money(-500, EUR), ItemSide.RECEIVABLE, True)
    assert set(found) == {"AR-1", "AR-2"}
    with storage.read() as unit:
        assert unit.erp_cursors.details(PLACE, ACCOUNT) == {RecordKind.OPEN_ITEM: ""}


def test_run_when_an_item_is_cleared_changed_or_open_again_then_here_as_well(
    storage: SqlStorage, rig: SandboxRig, fetch: FetchOpenItems, clock: MovingClock
) -> None:
    _owes(rig, "AR-1", "20.00")
    fetch.run()
    seen = []
    for remaining in ("12.00", "0.00", "12.00"):
        _owes(rig, "AR-1", remaining)
        _again(fetch, clock)
        seen.append([one.remaining.minor for one in _open(storage)])

    assert seen == [[1_200], [], [1_200]]


def test_run_when_a_bank_line_took_a_part_then_it_goes_on_though_the_erp_hears_later(
    storage: SqlStorage, rig: SandboxRig, fetch: FetchOpenItems, clock: MovingClock
) -> None:
    _owes(rig, "AR-1", "20.00")
    fetch.run()
    (item,) = _open(storage)
    with storage.write() as unit:
        assert unit.open_items.consume(*PLACE, item.id, Money(1_500, EUR))

    left = []
    for remaining in ("20.00", "5.00", "0.00"):
        _owes(rig, "AR-1", remaining)
        _again(fetch, clock)
        left.append([(one.id, one.remaining.minor) for one in _open(storage)])

    # What a bank line has begun is ended by a bank line or a person.
    assert left == [[(item.id, 500)]] * 3


def test_run_when_a_bank_line_pays_an_item_then_it_is_settled_before_the_erp_hears_of_it(
    storage: SqlStorage, rig: SandboxRig, fetch: FetchOpenItems, clock: MovingClock
) -> None:
    desk = StatementDesk(storage, automatic=True, place=PLACE)
    _owes(rig, "AR-10077", "20.00")
    fetch.run()
    desk.take([paid("20.00", "Invoice AR-10077", name="Corner Café")])

    run = desk.match.run(desk.theo, None, lambda _at: None)
    _again(fetch, clock)

    assert (run.matched, _open(storage)) == (1, [])
    assert desk.balances() == {"bank/main": 2_000, "receivable/C1": -2_000}


def test_run_when_the_erp_breaks_off_then_nothing_ends_and_it_looks_again_a_minute_later(
    storage: SqlStorage, rig: SandboxRig, fetch: FetchOpenItems, clock: MovingClock
) -> None:
    _owes(rig, "AR-1", "20.00")
    fetch.run()
    rig.fault(Fault.MALFORMED, "list_open_items")
    broken = _again(fetch, clock)
    with storage.read() as unit:
        words = unit.erp_cursors.details(PLACE, ACCOUNT)[RecordKind.OPEN_ITEM]
    clock.move(60)

    assert (broken, fetch.run()) == (0, 1)
    assert words.startswith("answer_not_understood")
    assert len(_open(storage)) == 1


def test_run_when_another_system_handed_items_in_then_they_stay(
    storage: SqlStorage, rig: SandboxRig, fetch: FetchOpenItems, clock: MovingClock
) -> None:
    _owes(rig, "AR-1", "20.00")
    other = FetchOpenItems(
        storage=storage, clock=clock, place=PLACE, account="other", connector=rig.connector(), every_s=EVERY_S
    )
    other.run()
    _owes(rig, "AR-1", "0.00")

    fetch.run()

    assert [one.source for one in _open(storage)] == [ItemSource.HANDED_IN]
