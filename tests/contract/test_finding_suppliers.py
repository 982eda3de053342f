"""Which supplier an invoice is of, and what is made of an unknown one, on both databases."""

from __future__ import annotations

from dataclasses import replace

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.payables.supplier import AccountState, Supplier
from gateway.services.payables.find_supplier import supplier_for_in
from tests.support.storage_rows import NOON
from tests.support.supplier_rows import CLERK, HERE, IBAN, MANAGER, OTHER_IBAN, a_supplier, an_account, stored


def _found(storage: SqlStorage, *, vat_id: str = "", iban: str = "", name: str = "") -> Supplier:
    with storage.write() as unit:
        return supplier_for_in(unit, *HERE, vat_id=vat_id, iban=iban, name=name, actor="anna", actor_id=CLERK, at=NOON)


def test_invoice_of_nobody_known_then_a_supplier_is_made_once_and_its_account_only_asked_for(
    storage: SqlStorage,
) -> None:
    first = _found(storage, vat_id="DE123456788", iban="DE02 1203 0000 0000 2020 51", name="Hafen GmbH")
    again = _found(storage, vat_id="DE123456788", iban=OTHER_IBAN, name="Hafen GmbH")

    assert again == first
    with storage.read() as unit:
        (account,) = unit.suppliers.accounts(*HERE, first.id)
        assert (account.state, account.iban, account.requested_by) == (AccountState.REQUESTED, IBAN, CLERK)
        assert unit.suppliers.effective_accounts(*HERE, [first.id]) == {}
        assert [event.kind for event in unit.suppliers.events(*HERE, first.id)] == [
            "made_from_invoice",
            "account_requested",
        ]
        assert IBAN not in repr(unit.suppliers.events(*HERE, first.id))


def test_invoice_when_its_vat_id_differs_then_the_name_alone_makes_it_no_known_supplier(storage: SqlStorage) -> None:
    one = a_supplier(group="")
    stored(storage, one)

    assert _found(storage, name="Hafen Kaffee") == one
    assert _found(storage, vat_id="DE123456788", name="Something else") == one
    assert _found(storage, vat_id="DE987654328", name="Hafen Kaffee") != one


def test_invoice_when_several_share_the_vat_id_then_account_and_name_tell_them_apart(storage: SqlStorage) -> None:
    north, south = a_supplier("1", group=""), replace(a_supplier("2", group=""), name="Hafen Süd", other_names=())
    stored(storage, north, south)
    paid = an_account(south, state=AccountState.EFFECTIVE, decided_by=MANAGER, decided_at=NOON)
    with storage.write() as unit:
        unit.suppliers.add_account(*HERE, paid)

    assert _found(storage, vat_id="DE123456788", iban=IBAN, name="?") == south
    assert _found(storage, vat_id="DE123456788", name="Hafen Süd GmbH") == south
    assert _found(storage, vat_id="DE123456788", name="?") == north


def test_invoice_when_what_is_printed_is_no_account_then_none_is_asked_for(storage: SqlStorage) -> None:
    made = _found(storage, iban="DE00 1234", name="Broken GmbH")
    with storage.read() as unit:
        assert unit.suppliers.accounts(*HERE, made.id) == ()
