"""Vouchers as stored, on both databases: balances, journals, pages, races."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from gateway.adapters.db import engine as engines
from gateway.domain.credit.voucher import CustomerId, MovementKind, VoucherId, VoucherKind
from gateway.domain.credit.voucher_code import code_hash
from gateway.domain.errors import GatewayError, RuleError
from gateway.domain.ids import SaleId, StoreId
from gateway.domain.money import Currency
from gateway.ports.credit_store import VoucherFilter
from gateway.ports.unit_of_work import UnitOfWork
from tests.support.credit_rows import CODES, customer, move, stored, voucher
from tests.support.storage_rows import EUR, NOON, Shop, new_id

THREADS = 8
SOUTH = StoreId("south")


def test_voucher_when_stored_then_read_as_written_with_its_journal(shop: Shop) -> None:
    made = stored(shop, expires_at=NOON + timedelta(days=1), sale_id=SaleId(new_id()))

    with shop.storage.read() as unit:
        record = unit.vouchers.load(shop.tenant_id, shop.store_id, made.id)
        elsewhere = unit.vouchers.load(shop.tenant_id, SOUTH, made.id)

    assert record is not None
    assert (record.voucher, record.left) == (made, made.amount)
    assert [(one.sequence, one.kind, one.amount.minor) for one in record.movements] == [(1, MovementKind.ISSUED, 5000)]
    assert elsewhere is None


def test_voucher_then_found_by_its_code_in_its_own_store_only(shop: Shop) -> None:
    made = stored(shop)
    digest = code_hash(CODES.voucher(made.id.bytes, b"salt"))

    with shop.storage.read() as unit:
        assert unit.vouchers.find_by_code(shop.tenant_id, shop.store_id, digest) == made.id
        assert unit.vouchers.find_by_code(shop.tenant_id, SOUTH, digest) is None
        assert unit.vouchers.find_by_code(shop.tenant_id, shop.store_id, "0" * 64) is None
        found = unit.vouchers.code_of(shop.tenant_id, shop.store_id, made.id)
        assert found is not None
        assert (found.hash, found.salt) == (digest, b"salt")


def test_movement_below_zero_then_refused_and_nothing_stored(shop: Shop) -> None:
    made = stored(shop)

    with pytest.raises(RuleError) as refusal, shop.storage.write() as unit:
        unit.vouchers.move(made, move(MovementKind.REDEEMED, -5001))

    assert refusal.value.code == "voucher_too_small"
    with shop.storage.read() as unit:
        record = unit.vouchers.load(shop.tenant_id, shop.store_id, made.id)
    assert record is not None
    assert (record.left.minor, len(record.movements)) == (5000, 1)


def test_movement_of_the_same_cause_then_refused(shop: Shop) -> None:
    made, once = stored(shop), move(MovementKind.REDEEMED, -100)
    with shop.storage.write() as unit:
        unit.vouchers.move(made, once)

    with pytest.raises(RuleError) as refusal, shop.storage.write() as unit:
        unit.vouchers.move(made, once)

    assert refusal.value.code == "already_recorded"
    with shop.storage.read() as unit:
        moved = unit.vouchers.moved_by(shop.tenant_id, shop.store_id, once.cause_id, MovementKind.REDEEMED)
    assert [(one.voucher_id, one.amount.minor) for one in moved] == [(made.id, -100)]


@pytest.mark.parametrize(
    ("kind", "minor"), [(MovementKind.REDEEMED, 5), (MovementKind.ISSUED, -5), (MovementKind.TOLD, 1)]
)
def test_movement_with_the_wrong_sign_then_refused(shop: Shop, kind: MovementKind, minor: int) -> None:
    made = stored(shop)

    with pytest.raises(RuleError) as refusal, shop.storage.write() as unit:
        unit.vouchers.move(made, move(kind, minor))

    assert refusal.value.code == "voucher_movement_wrong"


def test_voucher_when_many_spend_it_at_once_then_never_below_zero(shop: Shop) -> None:
    made = stored(shop, 1000)

    def spend(_: int) -> str:
        def work(unit: UnitOfWork) -> str:
            held = unit.vouchers.lock(shop.tenant_id, shop.store_id, made.id)
            assert held is not None
            unit.vouchers.move(held.voucher, move(MovementKind.REDEEMED, -300))
            return "spent"

        try:
            return shop.storage.write_retrying(work)
        except GatewayError as error:
            return error.code

    with ThreadPoolExecutor(THREADS) as pool:
        found = Counter(pool.map(spend, range(12)))

    assert found == {"spent": 3, "voucher_too_small": 9}
    with shop.storage.read() as unit:
        record = unit.vouchers.load(shop.tenant_id, shop.store_id, made.id)
    assert record is not None
    assert record.left.minor == 100
    assert [one.sequence for one in record.movements] == [1, 2, 3, 4]


def test_database_then_holds_the_balance_whoever_writes(shop: Shop) -> None:
    """Past the store, straight into the table: the trigger refuses what the store would."""
    made = stored(shop, 1000)
    engine = create_engine(engines.database_url(str(shop.storage.url.render_as_string(hide_password=False))))
    row = {
        "tenant": shop.tenant_id,
        "store": shop.store_id,
        "voucher": made.id.hex if engine.dialect.name == "sqlite" else made.id,
        "cause": new_id().hex if engine.dialect.name == "sqlite" else new_id(),
        "at": 0 if engine.dialect.name == "sqlite" else NOON,
    }
    insert = text(
        "INSERT INTO voucher_movement (tenant_id, store_id, voucher_id, sequence, kind, amount_minor, currency,"
        " cause_id, words, actor, recorded_at) VALUES (:tenant, :store, :voucher, 2, 'redeemed', :minor, :money,"
        " :cause, '', '', :at)"
    )
    change = text("UPDATE voucher_movement SET amount_minor = 9999")

    errors = []
    for statement, values in (
        (insert, row | {"minor": -1001, "money": "EUR"}),
        (insert, row | {"minor": -1, "money": "CHF"}),
        (change, {}),
    ):
        with pytest.raises(Exception, match=r"voucher_not_below_zero|append-only") as error, engine.begin() as raw:
            raw.execute(statement, values)
        errors.append(error.value)
    engine.dispose()

    assert len(errors) == 3


def test_vouchers_when_listed_then_newest_first_in_pages_and_by_filters(shop: Shop) -> None:
    sale_id = SaleId(new_id())
    made = [stored(shop, created_at=NOON + timedelta(seconds=n // 2), code_end=f"AB{n}D") for n in range(5)]
    sold = stored(shop, sale_id=sale_id, created_at=NOON - timedelta(days=1))

    with shop.storage.read() as unit:
        first = unit.vouchers.list(shop.tenant_id, shop.store_id, VoucherFilter(), limit=3)
        rest = unit.vouchers.list(shop.tenant_id, shop.store_id, VoucherFilter(before=first[-1].voucher.id), limit=9)
        ended = unit.vouchers.list(shop.tenant_id, shop.store_id, VoucherFilter(code_end="AB3D"), limit=9)
        of_sale = unit.vouchers.list(shop.tenant_id, shop.store_id, VoucherFilter(sale_id=sale_id), limit=9)

    newest = sorted([*made, sold], key=lambda one: (one.created_at, one.id), reverse=True)
    assert [one.voucher.id for one in (*first, *rest)] == [one.id for one in newest]
    assert [one.voucher.id for one in ended] == [made[3].id]
    assert [one.voucher.id for one in of_sale] == [sold.id]


def test_vouchers_when_their_day_has_passed_then_found_while_something_is_left(shop: Shop) -> None:
    past, future = stored(shop, expires_at=NOON), stored(shop, expires_at=NOON + timedelta(seconds=1))
    spent = stored(shop, 100, expires_at=NOON)
    with shop.storage.write() as unit:
        unit.vouchers.move(spent, move(MovementKind.REDEEMED, -100))

    with shop.storage.read() as unit:
        found = unit.vouchers.expired(shop.tenant_id, shop.store_id, now=NOON, limit=10)

    assert found == (past.id,)
    assert future.id not in found


def test_voucher_when_blocked_then_told_so(shop: Shop) -> None:
    made = stored(shop)
    with shop.storage.write() as unit:
        unit.vouchers.set_blocked(shop.tenant_id, shop.store_id, made.id, blocked=True)

    with shop.storage.write() as unit:
        held = unit.vouchers.lock(shop.tenant_id, shop.store_id, made.id)
        nothing = unit.vouchers.lock(shop.tenant_id, shop.store_id, VoucherId(new_id()))

    assert held is not None
    assert held.voucher.blocked is True
    assert nothing is None


def test_voucher_when_id_or_code_is_taken_then_refused(shop: Shop) -> None:
    made = stored(shop)

    with pytest.raises(RuleError) as refusal, shop.storage.write() as unit:
        unit.vouchers.add(made, unit.vouchers.code_of(made.tenant_id, made.store_id, made.id))

    assert refusal.value.code == "already_recorded"


def test_store_credit_then_found_by_customer_and_currency(shop: Shop) -> None:
    who = customer(shop)
    made = stored(shop, kind=VoucherKind.STORE_CREDIT, customer_id=who.id, code_end="")

    with shop.storage.read() as unit:
        place = (shop.tenant_id, shop.store_id)
        assert unit.vouchers.credit_of(*place, who.id, EUR) == made.id
        assert unit.vouchers.credit_of(*place, who.id, Currency.of("CHF")) is None
        assert unit.vouchers.credit_of(*place, CustomerId(new_id()), EUR) is None


def test_voucher_of_nobody_then_refused(shop: Shop) -> None:
    """It has neither a code nor a customer: nobody could ever spend it."""
    with pytest.raises(RuleError), shop.storage.write() as unit:
        unit.vouchers.add(voucher(shop), None)
