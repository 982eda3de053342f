"""Devices and their leases, on both databases."""

from __future__ import annotations

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import AttemptEvent, AttemptState, TransactionNumbers
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, StoreId
from gateway.ports.device_store import DeviceRow, Lease
from tests.support.storage_rows import Shop, conclusion_of, payment_of


def _acquire(shop: Shop, holder: str, *, lease_s: int = 60) -> Lease | None:
    with shop.storage.write() as unit:
        return unit.devices.acquire(shop.tenant_id, shop.store_id, shop.terminal_id, holder, lease_s)


def _taken(shop: Shop, holder: str, *, lease_s: int = 60) -> Lease:
    lease = _acquire(shop, holder, lease_s=lease_s)
    assert lease is not None
    return lease


def _devices(shop: Shop) -> dict[DeviceId, DeviceRow]:
    with shop.storage.read() as unit:
        return {row.id: row for row in unit.devices.list(shop.tenant_id, shop.store_id)}


def test_devices_then_listed_by_id_and_only_of_the_store(shop: Shop) -> None:
    Shop(shop.storage, store_id=StoreId("south")).open()

    assert list(_devices(shop)) == ["printer-1", "terminal-1", "terminal-2"]


def test_ensure_when_device_is_known_then_numbers_stay(shop: Shop) -> None:
    renamed = DeviceRow(shop.tenant_id, shop.store_id, shop.terminal_id, "terminal", "Front")

    with shop.storage.write() as unit:
        unit.devices.ensure(renamed)

    row = _devices(shop)[shop.terminal_id]
    assert (row.name, row.numbers) == ("Front", shop.numbers)


def test_heard_when_numbers_are_told_then_stored_else_kept(shop: Shop) -> None:
    with shop.storage.write() as unit:
        unit.devices.heard(shop.tenant_id, shop.store_id, shop.terminal_id, None, ready=True, words="Ready\x00.")
        numbers = TransactionNumbers(1, None, 3)
        unit.devices.heard(shop.tenant_id, shop.store_id, shop.printer_id, numbers, ready=False, words="No paper.")

    rows = _devices(shop)
    terminal, printer = rows[shop.terminal_id], rows[shop.printer_id]
    assert (terminal.numbers, terminal.ready, terminal.state_words) == (shop.numbers, True, "Ready\ufffd.")
    assert (printer.numbers, printer.ready, printer.state_words) == (numbers, False, "No paper.")


def test_lease_when_free_then_taken_with_a_new_epoch_and_held_against_others(shop: Shop) -> None:
    first = _taken(shop, "node-1")

    assert _acquire(shop, "node-2") is None
    again = _taken(shop, "node-1")

    assert again == first
    assert first.holder == "node-1"


def test_lease_when_expired_then_another_takes_it_with_a_higher_epoch(shop: Shop) -> None:
    first = _taken(shop, "node-1", lease_s=0)

    second = _taken(shop, "node-2")

    assert second.epoch > first.epoch
    with shop.storage.write() as unit:
        assert unit.devices.renew("node-1", 60) == ()
        assert unit.devices.renew("node-2", 60) == (second,)


def test_lease_when_ours_but_expired_then_taken_anew(shop: Shop) -> None:
    first = _taken(shop, "node-1", lease_s=0)

    assert _taken(shop, "node-1").epoch > first.epoch


def test_lease_when_released_then_free_at_once(shop: Shop) -> None:
    first = _taken(shop, "node-1")

    with shop.storage.write() as unit:
        unit.devices.release("node-1")

    assert _taken(shop, "node-2").epoch > first.epoch


def test_lease_when_device_unknown_then_refused(storage: SqlStorage) -> None:
    with pytest.raises(InputError) as error:
        _acquire(Shop(storage), "node-1")

    assert error.value.code == "unknown_device"


def test_lease_when_taken_over_then_open_attempts_move_and_the_old_holder_is_fenced_off(shop: Shop) -> None:
    _taken(shop, "node-1", lease_s=0)
    intent = shop.intent()
    stored = shop.begin(intent)
    old = conclusion_of(payment_of(intent), stored)

    lease = _taken(shop, "node-2")

    assert shop.conclude(old) is None
    moved = shop.load(stored.payment_id).attempts[0]
    assert (moved.epoch, moved.state) == (lease.epoch, AttemptState.SENT)
    assert shop.conclude(conclusion_of(payment_of(intent), moved)) == 2


def test_lease_when_ours_already_then_attempts_of_older_epochs_move_too(shop: Shop) -> None:
    stored = shop.begin(shop.intent())
    lease = _taken(shop, "node-1")

    assert stored.epoch < lease.epoch
    assert shop.load(stored.payment_id).attempts[0].epoch == lease.epoch


def test_lease_when_taken_over_then_concluded_attempts_keep_their_epoch(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    shop.conclude(conclusion_of(payment_of(intent), stored, AttemptEvent.DECLINE))

    _taken(shop, "node-1")

    assert shop.load(stored.payment_id).attempts[0].epoch == stored.epoch


def _retire(shop: Shop) -> bool:
    with shop.storage.write() as unit:
        return unit.devices.retire(shop.tenant_id, shop.store_id, shop.terminal_id)


def test_retire_then_gone_from_the_list_and_nothing_is_stored_for_it_but_its_name_stays(shop: Shop) -> None:
    intent = shop.intent()
    stored = shop.begin(intent)
    shop.conclude(conclusion_of(payment_of(intent), stored, AttemptEvent.DECLINE))

    assert _retire(shop)

    assert shop.terminal_id not in _devices(shop)
    assert _acquire(shop, "node-1") is None
    with pytest.raises(InputError) as refusal:
        shop.begin(shop.intent())
    assert refusal.value.code == "unknown_terminal"
    with shop.storage.read() as unit:
        assert unit.devices.names(shop.tenant_id, shop.store_id)[shop.terminal_id]


def test_retire_when_an_attempt_has_no_outcome_then_refused_and_nothing_changes(shop: Shop) -> None:
    shop.begin(shop.intent())

    assert not _retire(shop)

    assert shop.terminal_id in _devices(shop)
    assert _acquire(shop, "node-1") is not None


def test_retire_then_ensure_then_in_use_again(shop: Shop) -> None:
    row = _devices(shop)[shop.terminal_id]
    assert _retire(shop)

    with shop.storage.write() as unit:
        unit.devices.ensure(row)

    assert _devices(shop)[shop.terminal_id] == row
    assert _acquire(shop, "node-1") is not None
