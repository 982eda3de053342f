"""Contract of the storage of till sales, on both databases: what is stored comes back, and the limits hold.

The limits are tried without the services' own checks: whoever writes otherwise meets them too.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.db.engine import database_url
from gateway.domain.accounts import booked, cash
from gateway.domain.cards.payment import TerminalResult
from gateway.domain.errors import RuleError
from gateway.domain.ids import GiveBackId, RegisterId, SaleId, SplitId, StoreId, TenderId
from gateway.domain.ledger import sales_revenue
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState
from gateway.domain.sales.till_sale import SaleRecord, Settlement, TillSale, due_of
from gateway.ports.payment_store import Intent, StoredAnswer
from gateway.ports.sale_store import TenderEnd
from tests.support.refund_rows import refund_intent
from tests.support.sale_rows import euro, give_back_of, tender_of, till_sale
from tests.support.storage_rows import NOON, NORTH, REGISTER, TENANT, Shop, conclusion_of, new_id, payment_of


def stored(shop: Shop, sale: TillSale | None = None, *tenders: Tender) -> TillSale:
    """Store a sale with tenders."""
    sale = sale or till_sale()
    with shop.storage.write() as unit:
        unit.sales.add(sale)
        for tender in tenders:
            unit.sales.add_tender(tender)
    return sale


def take(shop: Shop, tender: Tender) -> None:
    with shop.storage.write() as unit:
        unit.sales.add_tender(tender)


def give(shop: Shop, back: GiveBack) -> None:
    with shop.storage.write() as unit:
        unit.sales.add_give_back(back)


def load(shop: Shop, sale_id: SaleId) -> SaleRecord:
    with shop.storage.read() as unit:
        record = unit.sales.load(TENANT, NORTH, sale_id)
    assert record is not None
    return record


def card(shop: Shop, sale: TillSale, minor: int, *, other_terminal: bool = False) -> Intent:
    """An intent of a card payment that is a part of a sale."""
    terminal = shop.other_terminal_id if other_terminal else shop.terminal_id
    intent = shop.intent(minor=minor, sale_id=sale.id, terminal_id=terminal)
    assert intent.sale is not None
    return replace(intent, sale=replace(intent.sale, lines=()))


def charged(shop: Shop, sale: TillSale, minor: int, taken: int | None = None) -> Intent:
    """A card that was charged for a part of a sale; ``taken``: what the terminal says."""
    intent = card(shop, sale, minor)
    result = None if taken is None else TerminalResult(amount_minor=taken)
    assert shop.conclude(conclusion_of(payment_of(intent), shop.begin(intent), result=result)) == 2
    return intent


def test_sale_when_stored_then_comes_back_as_it_was(shop: Shop) -> None:
    sale = stored(shop, till_sale(1999, tip=150))

    assert load(shop, sale.id) == SaleRecord(sale)


def test_sale_when_its_id_is_taken_then_refused(shop: Shop) -> None:
    sale = stored(shop)
    of_card = shop.intent()
    shop.begin(of_card)
    assert of_card.sale is not None

    for taken in (sale.id, of_card.sale.id):
        with pytest.raises(RuleError) as refused:
            stored(shop, till_sale(id=taken))
        assert refused.value.code == "sale_exists"


def test_lock_when_the_sale_is_of_a_card_alone_or_not_stored_then_false(shop: Shop) -> None:
    sale, of_card = stored(shop), shop.intent()
    shop.begin(of_card)
    assert of_card.sale is not None

    with shop.storage.write() as unit:
        found = [unit.sales.lock(TENANT, NORTH, one) for one in (sale.id, of_card.sale.id, SaleId(new_id()))]

    assert found == [True, False, False]


def test_parts_when_stored_then_come_back_with_the_sale(shop: Shop) -> None:
    sale = stored(shop)
    taken, asked = tender_of(sale, 300), tender_of(sale, 200, TenderState.OPEN, given=None, kind=TenderKind.TRANSFER)
    take(shop, taken)
    take(shop, asked)
    intent = charged(shop, sale, 400)
    back = give_back_of(sale, 100, tender_id=taken.id)
    give(shop, back)

    record = load(shop, sale.id)

    assert record.tenders == (taken, asked)
    assert record.give_backs == (back,)
    assert [one.payment for one in record.payments] == [intent.payment]
    assert (due_of(record).kept.minor, due_of(record).pending.minor) == (600, 200)
    assert record.kept_of(taken) == euro(200)


def test_recent_when_filtered_then_newest_first_of_that_register_number_and_page(shop: Shop) -> None:
    sales = [stored(shop), stored(shop, till_sale(register_id=RegisterId("till-2"))), stored(shop)]
    with shop.storage.write() as unit:
        unit.sales.settle(TENANT, NORTH, sales[0].id, Settlement(7, NOON))

    def ids(**filters: object) -> list[SaleId]:
        with shop.storage.read() as unit:
            found = unit.sales.recent(TENANT, NORTH, limit=10, **filters)  # type: ignore[arg-type]  # one filter each
        return [record.sale.id for record in found]

    assert ids() == [sale.id for sale in reversed(sales)]
    assert ids(register_id=REGISTER) == [sales[2].id, sales[0].id]
    assert ids(before=sales[2].id) == [sales[1].id, sales[0].id]
    assert ids(number=7) == [sales[0].id]
    with shop.storage.read() as unit:
        assert unit.sales.recent(TENANT, StoreId("south"), limit=10) == ()
        assert len(unit.sales.recent(TENANT, NORTH, limit=2)) == 2


def test_split_when_stored_then_its_shares_in_their_order(shop: Shop) -> None:
    split_id = SplitId(new_id())
    shares = [till_sale(split_of=split_id) for _ in range(3)]
    with shop.storage.write() as unit:
        for number, sale in zip((2, 0, 1), shares, strict=True):
            unit.sales.add_share(sale, number)

    with shop.storage.read() as unit:
        found = unit.sales.of_split(TENANT, NORTH, split_id)

    assert [record.sale for record in found] == [shares[1], shares[2], shares[0]]


def test_tender_when_ended_then_once_and_with_its_detail(shop: Shop) -> None:
    sale = till_sale()
    asked = tender_of(sale, 400, TenderState.OPEN)
    stored(shop, sale, asked)
    end = TenderEnd(TenderState.TAKEN, {"arrived": "yes"}, NOON + timedelta(hours=1), "bert", "Seen on the statement.")

    with shop.storage.write() as unit:
        first = unit.sales.end_tender(TENANT, NORTH, asked.id, end)
    with shop.storage.write() as unit:
        second = unit.sales.end_tender(TENANT, NORTH, asked.id, replace(end, state=TenderState.CANCELLED))

    after = load(shop, sale.id).tenders[0]
    assert (first, second) == (True, False)
    assert (after.state, after.detail, after.ended_at) == (TenderState.TAKEN, {"arrived": "yes"}, end.at)


def test_kept_tender_then_what_it_brought_less_what_went_back_for_it(shop: Shop) -> None:
    sale = till_sale()
    taken, asked = tender_of(sale, 600), tender_of(sale, 400, TenderState.OPEN)
    stored(shop, sale, taken, asked)
    give(shop, give_back_of(sale, 150, tender_id=taken.id))
    give(shop, give_back_of(sale, 100))

    with shop.storage.read() as unit:
        kept = [unit.sales.kept_tender(TENANT, NORTH, one) for one in (taken.id, asked.id, TenderId(new_id()))]

    assert [None if one is None else one.kept.minor for one in kept] == [450, 0, None]


def test_tender_when_its_id_is_taken_then_refused(shop: Shop) -> None:
    sale = till_sale()
    tender = tender_of(sale, 100)
    stored(shop, sale, tender)

    with pytest.raises(RuleError) as refused:
        take(shop, tender)

    assert refused.value.code == "tender_exists"


@pytest.mark.parametrize("state", [TenderState.OPEN, TenderState.TAKEN])
def test_tender_when_all_together_exceed_the_sale_then_the_database_refuses(shop: Shop, state: TenderState) -> None:
    sale = till_sale(1000)
    stored(shop, sale, tender_of(sale, 300, state))
    charged(shop, sale, 400)
    shop.begin(card(shop, sale, 200))

    with pytest.raises(RuleError) as refused:
        take(shop, tender_of(sale, 101))

    assert refused.value.code == "more_than_due"
    take(shop, tender_of(sale, 100))


def test_tender_when_a_card_approved_a_part_then_the_rest_is_free(shop: Shop) -> None:
    sale = stored(shop)
    charged(shop, sale, 1000, taken=250)

    take(shop, tender_of(sale, 750))

    with pytest.raises(RuleError):
        take(shop, tender_of(sale, 1))


def test_tender_when_the_sale_is_settled_then_none_more_even_after_a_give_back(shop: Shop) -> None:
    sale = till_sale()
    stored(shop, sale, tender_of(sale, 1000))
    with shop.storage.write() as unit:
        assert unit.sales.settle(TENANT, NORTH, sale.id, Settlement(1, NOON))
        assert not unit.sales.settle(TENANT, NORTH, sale.id, Settlement(2, NOON))
    give(shop, give_back_of(sale, 500))

    with pytest.raises(RuleError) as refused:
        take(shop, tender_of(sale, 1))
    with pytest.raises(RuleError) as of_card:
        shop.begin(card(shop, sale, 1))

    assert (refused.value.code, of_card.value.code) == ("more_than_due", "more_than_due")
    assert load(shop, sale.id).settlement == Settlement(1, NOON)


def test_card_when_it_pays_a_part_then_the_next_only_the_rest(shop: Shop) -> None:
    sale = till_sale(1000)
    stored(shop, sale, tender_of(sale, 300))
    shop.begin(card(shop, sale, 400))

    with pytest.raises(RuleError) as refused:
        shop.begin(card(shop, sale, 301, other_terminal=True))

    assert refused.value.code == "more_than_due"
    shop.begin(card(shop, sale, 300, other_terminal=True))


def test_card_when_it_brings_lines_to_a_stored_sale_then_refused(shop: Shop) -> None:
    sale = stored(shop)

    with pytest.raises(RuleError) as refused:
        shop.begin(shop.intent(minor=1000, sale_id=sale.id))

    assert refused.value.code == "sale_exists"


def test_give_back_when_more_than_came_in_then_the_database_refuses(shop: Shop) -> None:
    sale = till_sale()
    stored(shop, sale, tender_of(sale, 400), tender_of(sale, 300, TenderState.OPEN))
    charged(shop, sale, 300)
    give(shop, give_back_of(sale, 650))

    with pytest.raises(RuleError) as refused:
        give(shop, give_back_of(sale, 51))

    assert refused.value.code == "refund_above_captured"
    give(shop, give_back_of(sale, 50))


def test_give_back_when_a_tip_was_added_at_the_terminal_then_it_can_go_back_too(shop: Shop) -> None:
    sale = stored(shop)
    charged(shop, sale, 1000, taken=1077)

    with pytest.raises(RuleError) as refused:
        give(shop, give_back_of(sale, 1078))

    assert refused.value.code == "refund_above_captured"
    give(shop, give_back_of(sale, 1077))


def test_give_back_when_more_than_its_tender_brought_then_the_database_refuses(shop: Shop) -> None:
    sale = till_sale()
    small, other = tender_of(sale, 100), tender_of(sale, 900)
    stored(shop, sale, small, other)

    with pytest.raises(RuleError) as refused:
        give(shop, give_back_of(sale, 101, tender_id=small.id))

    assert refused.value.code == "refund_above_captured"


def test_give_back_when_its_id_is_taken_then_refused(shop: Shop) -> None:
    sale = till_sale()
    stored(shop, sale, tender_of(sale, 1000))
    back = give_back_of(sale, 1)
    give(shop, back)

    with pytest.raises(RuleError) as refused:
        give(shop, back)

    assert refused.value.code == "give_back_exists"


def test_refund_when_cash_went_back_for_the_card_before_then_the_database_refuses_the_rest(shop: Shop) -> None:
    sale = stored(shop)
    payment = payment_of(charged(shop, sale, 1000))
    give(shop, give_back_of(sale, 600))

    with pytest.raises(RuleError) as refused, shop.storage.write() as unit:
        unit.refunds.record_intent(refund_intent(payment, 401))

    assert refused.value.code == "refund_above_captured"
    with shop.storage.write() as unit:
        unit.refunds.record_intent(refund_intent(payment, 400))
    record = load(shop, sale.id)
    assert [one.refund.amount.minor for one in record.refunds] == [400]
    assert due_of(record).refund_pending.minor == 400


def test_give_back_to_card_when_stored_then_counts_by_its_refund_alone(shop: Shop) -> None:
    sale = stored(shop)
    charged(shop, sale, 1000)

    give(shop, give_back_of(sale, 1000, kind=TenderKind.CARD, id=GiveBackId(new_id())))
    give(shop, give_back_of(sale, 1000))

    assert due_of(load(shop, sale.id)).refunded.minor == 1000


def test_answer_when_kept_then_found_and_not_twice(shop: Shop) -> None:
    answer = StoredAnswer("k-1", "b" * 64, 201, b"{}", "/v1/sales/1")
    with shop.storage.write() as unit:
        unit.sales.keep_answer(TENANT, NORTH, answer, NOON)

    with pytest.raises(RuleError) as refused, shop.storage.write() as unit:
        unit.sales.keep_answer(TENANT, NORTH, answer, NOON)

    assert refused.value.code == "answer_exists"
    with shop.storage.read() as unit:
        assert unit.payments.find_answer(TENANT, NORTH, "k-1") == answer


def test_transfers_when_added_then_they_are_in_the_ledger_once(shop: Shop) -> None:
    tender = tender_of(till_sale(), 100)
    entries = booked(tender.cause(), "sale", debit=cash(REGISTER), credit=sales_revenue(REGISTER), amount=tender.amount)
    with shop.storage.write() as unit:
        unit.ledger.add(entries)

    with pytest.raises(RuleError) as refused, shop.storage.write() as unit:
        unit.ledger.add(entries)

    assert refused.value.code == "already_recorded"
    with shop.storage.read() as unit:
        assert unit.ledger.transfers(TENANT, NORTH, cause_id=tender.id) == entries


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE till_sale SET tip_minor = 1",
        "DELETE FROM till_sale",
        "UPDATE give_back SET amount_minor = 1",
        "DELETE FROM tender",
        "UPDATE tender SET amount_minor = 1",
        "UPDATE tender SET state = 'cancelled'",
        "DELETE FROM sale_settlement",
        "UPDATE tender_event SET words = ''",
    ],
)
def test_facts_when_somebody_changes_them_then_the_database_refuses(shop: Shop, statement: str) -> None:
    sale = till_sale()
    stored(shop, sale, tender_of(sale, 1000))
    give(shop, give_back_of(sale, 500))
    with shop.storage.write() as unit:
        unit.sales.settle(TENANT, NORTH, sale.id, Settlement(1, NOON))
    before = load(shop, sale.id)
    engine = create_engine(database_url(str(shop.storage.url.render_as_string(hide_password=False))))

    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))

    engine.dispose()
    assert load(shop, sale.id) == before
