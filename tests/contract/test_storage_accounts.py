"""Customers on account, transfers and pay links as stored, on both databases: limits, journals, pages, races."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.bank.transfer_order import TransferOrderId, TransferState
from gateway.domain.credit.customer import EntrySide, check_on_account
from gateway.domain.credit.pay_link import PayLinkId
from gateway.domain.credit.voucher import CustomerId
from gateway.domain.errors import GatewayError, RuleError
from gateway.domain.ids import PaymentId, StoreId
from gateway.domain.ledger import TransferKind, closing
from gateway.domain.money import Money
from gateway.ports.unit_of_work import UnitOfWork
from tests.support.credit_rows import customer, order, owed, pay_link
from tests.support.storage_rows import EUR, NOON, Shop, new_id

THREADS = 8
SOUTH = StoreId("south")


def test_customer_when_stored_and_changed_then_read_as_written(shop: Shop) -> None:
    who = customer(shop, reference="D-1")
    changed = replace(who, name="Ärger", reference=None, limit=Money(5, EUR), blocked=True)

    with shop.storage.write() as unit:
        unit.customers.replace(changed)
        account = unit.customers.lock(shop.tenant_id, shop.store_id, who.id)
        taken = unit.customers.taken_reference(shop.tenant_id, shop.store_id, "D-1", CustomerId(new_id()))

    assert account is not None
    assert (account.customer, account.open, account.free) == (changed, Money(0, EUR), Money(5, EUR))
    assert taken is False


def test_customers_when_searched_then_whatever_case_and_no_wildcards(shop: Shop) -> None:
    first, second = customer(shop, name="ÄRZTE 100%"), customer(shop, name="Bäcker", reference="R_7")
    place = (shop.tenant_id, shop.store_id)

    with shop.storage.read() as unit:
        for text_, found in (
            ("ärzte", [first]),
            ("%", [first]),
            ("r_", [second]),
            ("_", [second]),
            ("", [second, first]),
        ):
            got = unit.customers.find(*place, text_, limit=9)
            assert {one.customer.id for one in got} == {one.id for one in found}, text_
        page = unit.customers.find(*place, "", limit=1)
        rest = unit.customers.find(*place, "", limit=9, after=page[0].customer.id)
    assert {page[0].customer.id, *(one.customer.id for one in rest)} == {first.id, second.id}


def test_account_then_what_is_owed_follows_from_the_ledger(shop: Shop) -> None:
    who = customer(shop)
    place = (shop.tenant_id, shop.store_id)
    bought, paid, pending, void = (
        owed(shop, who, 700),
        owed(shop, who, 200, EntrySide.CREDIT),
        owed(shop, who, 50),
        owed(shop, who, 9),
    )
    undone = closing(void[1][0], kind=TransferKind.VOID, recorded_at=NOON)

    with shop.storage.write() as unit:
        for entry, transfers in (bought, paid, (pending[0], pending[1][:1]), (void[0], [void[1][0], undone])):
            unit.ledger.add(transfers)
            unit.customers.add_entry(*place, entry)
    with shop.storage.read() as unit:
        account = unit.customers.load(*place, who.id)
        lines = unit.customers.lines(*place, who.id, limit=10)
        of_cause = unit.customers.entry_of(*place, bought[0].cause_id)

    assert account is not None
    assert account.open.minor == 700 - 200 + 50
    assert sorted((one.amount.minor, one.state.value) for one in lines) == [
        (-200, "post"),
        (9, "void"),
        (50, "pending"),
        (700, "post"),
    ]
    assert of_cause == (bought[0],)


def test_limit_when_many_buy_at_once_then_never_exceeded(shop: Shop) -> None:
    who = customer(shop, 1000)

    def buy(_: int) -> str:
        entry, transfers = owed(shop, who, 300)

        def work(unit: UnitOfWork) -> str:
            account = unit.customers.lock(shop.tenant_id, shop.store_id, who.id)
            assert account is not None
            check_on_account(account, Money(300, EUR), beyond_limit=False)
            unit.customers.add_entry(shop.tenant_id, shop.store_id, entry)
            unit.ledger.add(transfers)
            return "bought"

        try:
            return shop.storage.write_retrying(work)
        except GatewayError as error:
            return error.code

    with ThreadPoolExecutor(THREADS) as pool:
        found = Counter(pool.map(buy, range(10)))

    assert found == {"bought": 3, "customer_limit_reached": 7}


def test_transfer_when_stored_and_ended_then_read_as_written_with_its_journal(shop: Shop) -> None:
    asked = order(shop)
    place = (shop.tenant_id, shop.store_id)
    said = replace(
        asked, state=TransferState.ARRIVED, concluded_at=NOON, concluded_by="eva", reason="seen", bank_reference="B1"
    )

    with shop.storage.write() as unit:
        unit.transfer_orders.add(asked, "Asked.")
    with shop.storage.write() as unit:
        held = unit.transfer_orders.lock(*place, asked.id)
        unit.transfer_orders.change(said)
    with shop.storage.read() as unit:
        record = unit.transfer_orders.load(*place, asked.id)
        by_reference = unit.transfer_orders.find_by_reference(*place, asked.reference)
        elsewhere = unit.transfer_orders.find_by_reference(shop.tenant_id, SOUTH, asked.reference)
        nothing = unit.transfer_orders.load(*place, TransferOrderId(new_id()))

    assert held == asked
    assert record is not None
    assert record.order == replace(said, sequence=2) == by_reference
    assert [(one.sequence, one.state, one.words, one.actor) for one in record.lines] == [
        (1, TransferState.OPEN, "Asked.", "anna"),
        (2, TransferState.ARRIVED, "seen", "eva"),
    ]
    assert (elsewhere, nothing) == (None, None)


def test_transfers_when_listed_then_by_state_newest_first_in_pages(shop: Shop) -> None:
    made = [order(shop, created_at=NOON + timedelta(seconds=n // 2)) for n in range(5)]
    place = (shop.tenant_id, shop.store_id)
    with shop.storage.write() as unit:
        for one in made:
            unit.transfer_orders.add(one, "Asked.")

    with shop.storage.read() as unit:
        first = unit.transfer_orders.list(*place, (TransferState.OPEN,), limit=2)
        rest = unit.transfer_orders.list(*place, (TransferState.OPEN,), limit=9, before=first[-1].id)
        none = unit.transfer_orders.list(*place, (TransferState.LATE, TransferState.ARRIVED), limit=9)

    newest = sorted(made, key=lambda one: (one.created_at, one.id), reverse=True)
    assert [one.id for one in (*first, *rest)] == [one.id for one in newest]
    assert none == ()


def test_transfer_when_its_reference_is_taken_then_refused(shop: Shop) -> None:
    first = order(shop)
    with shop.storage.write() as unit:
        unit.transfer_orders.add(first, "Asked.")

    with pytest.raises(RuleError) as refusal, shop.storage.write() as unit:
        unit.transfer_orders.add(order(shop, reference=first.reference), "Asked.")

    assert refusal.value.code == "already_recorded"


def test_link_when_stored_and_changed_then_read_as_written(shop: Shop) -> None:
    link, token = pay_link(shop)
    place = (shop.tenant_id, shop.store_id)
    changed = replace(
        link,
        payment_id=PaymentId(new_id()),
        transfer_id=TransferOrderId(new_id()),
        cancelled_at=NOON,
        cancelled_by="eva",
        round=3,
    )

    with shop.storage.write() as unit:
        unit.pay_links.add(link, token)
    with shop.storage.write() as unit:
        held = unit.pay_links.lock(*place, link.id)
        unit.pay_links.change(changed)
    with shop.storage.read() as unit:
        found = [
            unit.pay_links.load(*place, link.id),
            unit.pay_links.find_by_token(*place, token.hash),
            unit.pay_links.find_by_till_code(*place, link.till_code),
        ]
        elsewhere = unit.pay_links.find_by_token(shop.tenant_id, SOUTH, token.hash)
        kept = unit.pay_links.token_of(*place, link.id)
        nothing = unit.pay_links.load(*place, PayLinkId(new_id()))

    assert held == link
    assert found == [changed] * 3
    assert (elsewhere, nothing, kept) == (None, None, token)


def test_links_when_listed_then_newest_first_in_pages(shop: Shop) -> None:
    made = [pay_link(shop, created_at=NOON + timedelta(seconds=n // 2)) for n in range(4)]
    place = (shop.tenant_id, shop.store_id)
    with shop.storage.write() as unit:
        for link, token in made:
            unit.pay_links.add(link, token)

    with shop.storage.read() as unit:
        first = unit.pay_links.list(*place, limit=2)
        rest = unit.pay_links.list(*place, limit=9, before=first[-1].id)

    newest = sorted((link for link, _ in made), key=lambda one: (one.created_at, one.id), reverse=True)
    assert [one.id for one in (*first, *rest)] == [one.id for one in newest]
