"""Reports become payouts to the cent; what differs waits as a task; chargebacks move money once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.acquirer_contract import ContractFee
from gateway.domain.bank.chargeback import ChargebackState, ChargebackStep
from gateway.domain.bank.open_item import ItemSide, ItemSource, StoredItem, item_id_of
from gateway.domain.bank.payout import FindingKind, PayoutState
from gateway.domain.bank.settle_entries import OwnBooking
from gateway.domain.errors import InputError, NotPermitted, RuleError
from gateway.domain.ledger import imbalance
from gateway.domain.money import Money
from gateway.ports.settlement_store import BookingWish
from gateway.services.bank.cash_view import LookAtCash
from gateway.services.bank.keep_contracts import ContractWish
from gateway.services.bank.track_chargebacks import ChargebackWish
from tests.support.migrated import migrated_sqlite
from tests.support.settlement_desk import DAY, TERMS, SettlementDesk, report, row, some_id
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import EUR, NOON


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SettlementDesk]:
    clock = MovingClock()
    storage = SqlStorage(migrated_sqlite(tmp_path / "test.sqlite3"), clock)
    yield SettlementDesk(storage, clock)
    storage.close()


def test_report_that_fits_then_every_cent_has_its_account_and_nothing_waits(desk: SettlementDesk) -> None:
    desk.agree()
    sales = [desk.sale(10_000), desk.sale(2_500)]
    told = [
        row("Settled", 10_000, 110, merchant=str(sales[0]), psp="PSP0000001"),
        row("Settled", 2_500, 35, merchant=str(sales[1]), psp="PSP0000002"),
    ]
    content = report(*told, row("MerchantPayout", -12_355, 0))

    taken = desk.settle.take(desk.caller, "north.csv", content)
    again = desk.settle.take(desk.caller, "again.csv", content)
    overlap = desk.settle.take(desk.caller, "overlap.csv", report(told[1], row("MerchantPayout", -12_355, 0)))

    (payout,) = taken.payouts
    assert (again.repeated, overlap.report.new_entries, taken.report.new_entries) == (True, 0, 3)
    assert (payout.sums.sales, payout.sums.fees, payout.sums.paid, payout.sums.difference) == (12_500, -145, 12_355, 0)
    assert payout.state is PayoutState.IN_TRANSIT
    assert desk.open_tasks() == []
    assert desk.balance("card_receivable/terminal-1") == 0
    assert desk.balance("card_fees/north") == 145
    assert desk.balance("acquirer_balance/north") == 0
    assert desk.balance("payout_in_transit/north") == 12_355
    with desk.storage.read() as unit:
        assert not any(imbalance(unit.ledger.balances(*desk.place)).values())


DESCRIBED = """
kind = "acquirer"
header = ["day", "type", "reference", "gross", "fee", "payout"]
decimal = "."
dates = ["%d-%m-%Y"]
currency = "EUR"
[columns]
booked = "day"
kind = "type"
reference = "reference"
gross = "gross"
fee = "fee"
payout = "payout"
[kinds]
payment = ["sale"]
payout = ["transfer"]
"""


def test_report_of_a_further_acquirer_when_described_then_settled_and_before_refused(desk: SettlementDesk) -> None:
    desk.agree()
    sale = desk.sale(10_000)
    content = (
        "day,type,reference,gross,fee,payout\n"
        f"02-03-2026,sale,{sale},100.00,1.10,P1\n"
        "03-03-2026,transfer,,-98.90,0.00,P1\n"
    ).encode()

    with pytest.raises(InputError):
        desk.settle.take(desk.caller, "further.csv", content, "north")
    with pytest.raises(InputError) as wrong:
        desk.settle.describe(desk.caller, "north", "header = ['day']")
    desk.settle.describe(desk.caller, "north", DESCRIBED)
    taken = desk.settle.take(desk.caller, "further.csv", content, "north")

    (payout,) = taken.payouts
    assert wrong.value.code == "invalid_report_description"
    assert (payout.sums.sales, payout.sums.fees, payout.sums.paid, payout.sums.difference) == (10_000, -110, 9_890, 0)
    assert desk.balance("payout_in_transit/north") == 9_890


def test_report_that_differs_then_each_difference_waits_with_figures_and_goes_when_it_is_solved(
    desk: SettlementDesk,
) -> None:
    desk.agree(replace(TERMS, fees=(ContractFee("visa", "", 100, 10),)))
    forgotten, sale, other = desk.sale(900), desk.sale(10_000), desk.sale(10_000)
    content = report(
        row("Settled", 10_000, 120, merchant=str(sale), psp="PSP0000001"),
        row("Settled", 5_000, 60, psp="PSP0000009", days=2),
        row("MerchantPayout", -14_821, 0),
    )

    (payout,) = desk.settle.take(desk.caller, "north.csv", content).payouts

    told = {one.kind: one.figures for one in desk.settle.tasks(desk.caller)}
    assert told[FindingKind.FEE_DIFFERS]["difference"] == "0.10 EUR"
    assert told[FindingKind.PAYOUT_DIFFERS] == {
        "explained": "148.20 EUR",
        "paid": "148.21 EUR",
        "difference": "0.01 EUR",
    }
    assert (told[FindingKind.THEIRS_UNKNOWN]["sum"], told[FindingKind.OURS_MISSING]["sum"]) == (
        "50.00 EUR",
        "109.00 EUR",
    )
    assert str(forgotten) in told[FindingKind.OURS_MISSING]["payments"]
    assert len(told) == 4
    assert desk.balance("acquirer_unknown/north") == -5_000

    late = desk.sale(5_000)
    view = desk.settle.payout(desk.caller, payout.id)
    unknown = next(one for one in view.entries if one.net.minor == 4_940)
    found = desk.settle.candidates(desk.caller, unknown.id)
    assert found[0].payment_id == late
    assigned = desk.settle.assign(desk.caller, unknown.id, found[0].attempt_id)

    assert desk.settle.assign(desk.caller, unknown.id, found[0].attempt_id) == replace(assigned, matched_by="theo")
    assert desk.balance("acquirer_unknown/north") == 0
    assert FindingKind.THEIRS_UNKNOWN not in desk.open_tasks()
    with pytest.raises(RuleError):
        desk.settle.assign(desk.caller, unknown.id, found[1].attempt_id)
    desk.settle.close_task(desk.caller, desk.settle.tasks(desk.caller)[0].id, "they will correct it")
    assert len(desk.open_tasks()) == 2
    assert other not in {one.payment_id for one in view.entries}


def test_bank_line_then_the_payout_has_arrived_or_differs_and_may_leave_again(desk: SettlementDesk) -> None:
    desk.agree()
    sale = desk.sale(10_000)
    content = report(row("Settled", 10_000, 110, merchant=str(sale)), row("MerchantPayout", -9_890, 0))
    (payout,) = desk.settle.take(desk.caller, "north.csv", content).payouts
    line, on = some_id(), DAY + timedelta(days=3)

    assert desk.settle.look_for_late(*desk.place, DAY + timedelta(days=6)) == 0
    assert desk.settle.look_for_late(*desk.place, DAY + timedelta(days=7)) == 1
    assert desk.open_tasks() == [FindingKind.NOT_ARRIVED]
    with desk.storage.write() as unit:
        short = desk.settle.arrived_in(unit, desk.place, payout.id, line_id=line, amount=Money(9_880, EUR), on=on)
    assert short.state is PayoutState.ARRIVED_OTHERWISE
    assert desk.open_tasks() == [FindingKind.BANK_DIFFERS]

    with pytest.raises(RuleError), desk.storage.write() as unit:
        desk.settle.arrived_in(unit, desk.place, payout.id, line_id=some_id(), amount=Money(1, EUR), on=on)
    with desk.storage.write() as unit:
        desk.settle.left_in(unit, desk.place, payout.id, line_id=line)
    with desk.storage.write() as unit:
        arrived = desk.settle.arrived_in(unit, desk.place, payout.id, line_id=line, amount=Money(9_890, EUR), on=on)
    assert arrived.state is PayoutState.ARRIVED
    assert desk.open_tasks() == []


def test_report_of_sales_that_a_bank_line_settled_before_then_it_is_compared_and_books_nothing(
    desk: SettlementDesk,
) -> None:
    desk.agree()
    sale, other = desk.sale(10_000), desk.sale(3_000)
    with desk.storage.write() as unit:
        wish = BookingWish(("terminal-1",), NOON - timedelta(days=1), NOON + timedelta(days=1))
        items = {one.amount.minor: _item(one) for one in unit.settlement.bookings(*desk.place, wish)}
        unit.open_items.put(*desk.place, list(items.values()))
        assert unit.open_items.consume(*desk.place, items[10_000].id, Money(10_000, EUR))
    told = row("Settled", 10_000, 110, merchant=str(sale))

    (payout,) = desk.settle.take(desk.caller, "1.csv", report(told, row("MerchantPayout", -9_890, 0))).payouts
    later = report(row("Settled", 3_000, 40, merchant=str(other), batch=8), row("MerchantPayout", -2_960, 0, batch=8))
    desk.settle.take(desk.caller, "2.csv", later)

    assert payout.state is PayoutState.COMPARED
    assert desk.open_tasks() == [FindingKind.SETTLED_BY_BANK]
    assert (desk.balance("payout_in_transit/north"), desk.balance("card_receivable/terminal-1")) == (2_960, 10_000)
    with desk.storage.read() as unit:
        assert unit.open_items.open_items(*desk.place, 10) == ()


def test_report_without_a_contract_or_by_another_format_then_it_says_so(desk: SettlementDesk) -> None:
    content = report(row("Settled", 10_000, 110), row("MerchantPayout", -9_890, 0))
    reader = replace(desk.caller, permissions=frozenset())

    with pytest.raises(NotPermitted):
        desk.settle.take(reader, "a.csv", content)
    for name, wrong in (("report_empty", b""), ("not_an_acquirer_report", b"Buchungstag;Betrag\n")):
        with pytest.raises(InputError) as refused:
            desk.settle.take(desk.caller, "a.csv", wrong)
        assert refused.value.code in {name, "not_a_statement", "table_not_described"}
    (payout,) = desk.settle.take(desk.caller, "a.csv", content).payouts

    assert payout.acquirer == "adyen"
    assert desk.open_tasks() == [FindingKind.NO_CONTRACT, FindingKind.THEIRS_UNKNOWN]


def test_chargeback_in_a_report_then_deadline_loss_and_return_each_book_once(desk: SettlementDesk) -> None:
    desk.agree()
    sale = desk.sale(10_000)
    told = row("Settled", 10_000, 110, merchant=str(sale), psp="PSP0000001")
    desk.settle.take(desk.caller, "1.csv", report(told, row("MerchantPayout", -9_890, 0)))
    taken = row("Chargeback", -10_000, 0, psp="PSP0000001", change="DISPUTE001", batch=8, days=4)
    desk.settle.take(desk.caller, "2.csv", report(taken))

    (found,) = desk.chargebacks.list(desk.caller, open_only=True)
    assert (found.payment_id, found.amount, found.reference) == (sale, Money(10_000, EUR), "DISPUTE001")
    assert found.respond_by == DAY + timedelta(days=24)
    assert desk.balance("chargebacks/north") == 10_000
    assert desk.chargebacks.look_at_deadlines(*desk.place, DAY + timedelta(days=19)) == (1, 0)
    assert desk.chargebacks.look_at_deadlines(*desk.place, DAY + timedelta(days=20)) == (0, 0)
    assert FindingKind.CHARGEBACK_DUE in desk.open_tasks()
    assert desk.chargebacks.look_at_deadlines(*desk.place, DAY + timedelta(days=25)) == (0, 1)
    assert desk.chargebacks.look_at_deadlines(*desk.place, DAY + timedelta(days=26)) == (0, 0)
    assert (desk.balance("chargebacks/north"), desk.balance("chargeback_losses/north")) == (0, 10_000)

    back = row("ChargebackReversed", 10_000, 0, psp="PSP0000001", change="DISPUTE001", batch=9, days=30)
    for name in ("3.csv", "4.csv"):
        desk.settle.take(desk.caller, name, report(back) + (b"\n" if name == "4.csv" else b""))

    (won,) = desk.chargebacks.list(desk.caller, open_only=False)
    assert won.state is ChargebackState.WON
    assert (desk.balance("chargebacks/north"), desk.balance("chargeback_losses/north")) == (0, 0)
    assert [one.kind for one in desk.heard.heard] == [
        "chargeback.opened",
        "chargeback.due",
        "chargeback.expired",
        "chargeback.won",
    ]
    assert [one.state for one in desk.chargebacks.one(desk.caller, won.id).events][-1] is ChargebackState.WON


def test_chargeback_by_hand_then_money_moves_only_with_the_report(desk: SettlementDesk) -> None:
    desk.agree()
    wish = ChargebackWish(
        some_id(), "north", "DISPUTE002", Money(4_000, EUR), "visa", "10.4", DAY, None, None, "by letter"
    )

    opened = desk.chargebacks.open(desk.caller, wish)
    assert desk.chargebacks.open(desk.caller, wish) == opened
    with pytest.raises(RuleError):
        desk.chargebacks.open(desk.caller, replace(wish, id=uuid.uuid4()))
    proof = some_id()
    desk.chargebacks.add_evidence(desk.caller, opened.id, proof, "slip.pdf", b"%PDF")
    desk.chargebacks.add_note(desk.caller, opened.id, "called them")
    accepted = desk.chargebacks.decide(desk.caller, opened.id, ChargebackStep.ACCEPT, version=1, note="too small")
    assert (accepted.state, desk.balance("chargeback_losses/north")) == (ChargebackState.ACCEPTED, 0)
    with pytest.raises(RuleError):
        desk.chargebacks.decide(desk.caller, opened.id, ChargebackStep.ANSWER, version=2, note="")
    with pytest.raises(RuleError):
        desk.chargebacks.decide(desk.caller, opened.id, ChargebackStep.REVERSED, version=2, note="")

    desk.settle.take(desk.caller, "2.csv", report(row("Chargeback", -4_100, 0, psp="P", change="DISPUTE002", batch=8)))

    view = desk.chargebacks.one(desk.caller, opened.id)
    assert view.chargeback.taken_entry_id is not None
    assert [one.name for one in view.evidence] == ["slip.pdf"]
    assert desk.chargebacks.evidence(desk.caller, opened.id, proof).content == b"%PDF"
    assert (desk.balance("chargebacks/north"), desk.balance("chargeback_losses/north")) == (0, 4_100)
    assert FindingKind.AMOUNT_DIFFERS in desk.open_tasks()


def test_contract_when_changed_then_old_payouts_keep_theirs(desk: SettlementDesk) -> None:
    desk.agree()
    content = report(row("Settled", 10_000, 110), row("MerchantPayout", -9_890, 0))
    (payout,) = desk.settle.take(desk.caller, "north.csv", content).payouts
    wish = ContractWish("north", 1, DAY, replace(TERMS, fees=()))

    second = desk.contracts.put(desk.caller, wish)

    assert desk.contracts.put(desk.caller, wish) == second
    with pytest.raises(RuleError):
        desk.contracts.put(desk.caller, replace(wish, terms=TERMS))
    assert desk.settle.payout(desk.caller, payout.id).contract is not None
    assert [one.version for one in desk.contracts.get(desk.caller, "north")] == [2, 1]
    assert desk.settle.payout(desk.caller, payout.id).payout.contract_version == 1


def test_cash_view_then_card_sales_are_expected_by_the_contract_until_their_report(desk: SettlementDesk) -> None:
    desk.agree()
    sale = desk.sale(10_000)
    cash = LookAtCash(storage=desk.storage, clock=desk.clock, zone=UTC)

    before = cash.look(desk.caller)
    desk.settle.take(
        desk.caller, "n.csv", report(row("Settled", 10_000, 110, merchant=str(sale)), row("MerchantPayout", -9_890, 0))
    )
    after = cash.look(desk.caller)

    assert [(one.kind, one.amount.minor) for one in before.forecasts[0].flows] == [("card_sales", 10_000)]
    assert [(one.kind, one.amount.minor, one.day) for one in after.forecasts[0].flows] == [
        ("payouts", 9_890, DAY + timedelta(days=2))
    ]
    assert after.forecasts[0].days[2].balance.minor == 9_890


def _item(booking: OwnBooking) -> StoredItem:
    source_id = str(booking.attempt_id)
    return StoredItem(
        item_id_of(ItemSource.CARD, source_id),
        ItemSource.CARD,
        source_id,
        ItemSide.CARD,
        booking.amount,
        booking.amount,
        f"card_receivable/{booking.terminal_id}",
        booking.day,
    )
