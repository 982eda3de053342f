"""Refunds through the real parts: services, database, lanes, the protocols over an in-process line, printer."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.cards.payment import AttemptState, Evidence
from gateway.domain.cards.refund import RefundWay
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId, RefundId
from gateway.domain.ledger import card_receivable, imbalance
from gateway.domain.outbox import OutboxState
from gateway.ports.unit_of_work import RefundRecord
from terminal_driver.protocols import ProtocolName
from tests.support.running_node import MANAGER, PRINTER, STORE, TENANT, TERMINAL, RunningNode, running_node

OTHERS = tuple(name for name in ProtocolName if name is not ProtocolName.ZVT)
KEYS = {"card": "present_card", "pin": "enter_pin"}


def _taken(shop: RunningNode) -> tuple[int, int]:
    """Return what the books say the terminal took less what it gave back: certain, and reserved."""
    with shop.node.storage.read() as unit:
        balances = unit.ledger.balances(TENANT, STORE)
    assert not any(imbalance(balances).values())
    found = [one for one in balances if one.account == card_receivable(TERMINAL)]
    certain = sum(one.debits_posted - one.credits_posted for one in found)
    return certain, sum(one.debits_pending - one.credits_pending for one in found)


def _paid(shop: RunningNode, amount: str) -> PaymentId:
    payment_id = shop.begin(amount)
    shop.pay_at_terminal()
    shop.until_state(payment_id, AttemptState.APPROVED)
    shop.until_awaiting("idle")
    return payment_id


def _ended(shop: RunningNode, refund_id: RefundId) -> RefundRecord:
    """Press what the terminal waits for (a credit wants a card, a reversal none) until the refund is not running."""

    def ended() -> bool:
        key = KEYS.get(shop.shop.terminals()[0].awaiting)
        if key is not None:
            shop.shop.press(TERMINAL, key)
        return shop.load_refund(refund_id).attempt.state is not AttemptState.SENT

    shop.until(ended, "an outcome of the refund")
    return shop.load_refund(refund_id)


def test_whole_amount_on_the_same_day_then_the_sale_is_undone(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = _paid(shop, "23.40")
        shop.until_receipts(payment_id, OutboxState.DONE, OutboxState.DONE)

        record = _ended(shop, shop.refund(payment_id))

        assert (record.refund.way, record.attempt.state) == (RefundWay.REVERSAL, AttemptState.APPROVED)
        assert [event.kind for event in record.events] == ["sent", "approved"]
        assert _taken(shop) == (0, 0)
        wanted = [OutboxState.DONE] * 2
        refund_id = record.refund.id
        shop.until(lambda: [one.state for one in shop.load_refund(refund_id).deliveries] == wanted, "its receipts")
        papers = shop.shop.papers(PRINTER)
        assert len(papers) == 4
        number = payment_id.hex[-8:].upper()
        assert all("REFUND" in paper.text and f"For receipt {number}" in paper.text for paper in papers[:2])
        assert all("REFUND" not in paper.text for paper in papers[2:])


def test_parts_then_each_is_credited_and_no_more_than_was_paid(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = _paid(shop, "10.00")

        first = _ended(shop, shop.refund(payment_id, "3.00"))
        with pytest.raises(RuleError) as refusal:
            shop.refund(payment_id, "7.01")
        second = _ended(shop, shop.refund(payment_id))

        assert refusal.value.code == "refund_exceeds_payment"
        assert [one.refund.way for one in (first, second)] == [RefundWay.CREDIT, RefundWay.CREDIT]
        assert [one.attempt.state for one in (first, second)] == [AttemptState.APPROVED] * 2
        assert second.refund.amount.to_decimal() == "7.00"
        assert _taken(shop) == (0, 0)
        with pytest.raises(RuleError) as nothing:
            shop.refund(payment_id, "0.01")
        assert nothing.value.code == "nothing_to_refund"


def test_refund_when_declined_then_nothing_is_given_back_and_all_is_left(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = _paid(shop, "10.00")
        shop.shop.choose_scenario(TERMINAL, "decline")

        record = _ended(shop, shop.refund(payment_id, "4.00"))

        assert record.attempt.state is AttemptState.DECLINED
        assert _taken(shop) == (1000, 0)
        assert shop.services.read_refunds.of_payment(MANAGER, payment_id).left.minor == 1000


def test_refund_when_cancelled_then_nothing_is_given_back(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = _paid(shop, "10.00")
        refund_id = shop.refund(payment_id, "4.00")
        shop.until_awaiting("card")

        shop.services.settle_refund.cancel(MANAGER, refund_id)

        shop.until_refund(refund_id, AttemptState.CANCELLED)
        assert _taken(shop) == (1000, 0)


@pytest.mark.parametrize("amount", [None, "4.00"], ids=["reversal", "credit"])
@pytest.mark.parametrize("scenario", ["line_lost_before_status", "line_lost_before_completion"])
def test_line_lost_after_the_booking_then_the_terminal_is_asked(
    database_url: str, tmp_path: Path, scenario: str, amount: str | None
) -> None:
    """The till is told that nobody knows, the terminal takes no sale meanwhile, and its own memory settles it."""
    with running_node(tmp_path, database_url) as shop:
        payment_id = _paid(shop, "10.00")
        shop.shop.choose_scenario(TERMINAL, scenario)
        refund_id = shop.refund(payment_id, amount)
        record = _ended(shop, refund_id)
        assert record.attempt.state is AttemptState.UNKNOWN
        assert record.attempt.blocks_terminal
        with pytest.raises(RuleError) as busy:
            shop.begin("1.00")
        assert busy.value.code == "terminal_busy"

        shop.shop.press(TERMINAL, "restore_line")

        record = shop.until_refund(refund_id, AttemptState.APPROVED)
        assert record.attempt.evidence is Evidence.LAST_RESULT
        assert _taken(shop) == (1000 - record.refund.amount.minor, 0)


def test_restart_in_the_middle_then_the_terminal_decides(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = _paid(shop, "8.00")
        refund_id = shop.refund(payment_id, "3.00")
        shop.until_awaiting("card")

    with running_node(tmp_path, database_url) as shop:
        record = shop.until_refund(refund_id, AttemptState.NOT_CHARGED)

        assert record.attempt.evidence is Evidence.LAST_RESULT
        assert _taken(shop) == (800, 0)


def test_terminal_undoes_another_sale_then_a_person_has_to_decide(database_url: str, tmp_path: Path) -> None:
    """Another customer's payment may be undone: nothing is said to be given back before somebody has looked."""
    with running_node(tmp_path, database_url) as shop:
        payment_id = _paid(shop, "10.00")
        _paid(shop, "5.00")
        shop.shop.choose_scenario(TERMINAL, "wrong_reversal")

        record = _ended(shop, shop.refund(payment_id))

        assert record.attempt.state is AttemptState.UNKNOWN
        assert _taken(shop) == (1500, -1000)
        shop.until(lambda: not shop.load_refund(record.refund.id).attempt.blocks_terminal, "the terminal to be heard")
        assert shop.load_refund(record.refund.id).attempt.state is AttemptState.UNKNOWN
        decided = shop.services.settle_refund.decide(
            MANAGER, record.refund.id, given_back=False, reason="The terminal's receipt shows 5.00 undone."
        )
        assert decided.attempt.state is AttemptState.NOT_CHARGED
        assert _taken(shop) == (1500, 0)


@pytest.mark.parametrize("protocol", OTHERS)
def test_refund_in_every_protocol_then_so_in_the_books(tmp_path: Path, protocol: ProtocolName) -> None:
    """Only where the terminal can be told which sale to undo is it undone; else the amount is credited."""
    options = {"terminals.terminal-1.transport": f"virtual:memory?protocol={protocol}"}
    with running_node(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}", None, **options) as shop:
        whole = _ended(shop, shop.refund(_paid(shop, "10.00")))
        part = _ended(shop, shop.refund(_paid(shop, "6.00"), "2.50"))

        undone = RefundWay.REVERSAL if protocol is ProtocolName.NEXO else RefundWay.CREDIT
        assert (whole.refund.way, part.refund.way) == (undone, RefundWay.CREDIT)
        assert (whole.attempt.state, part.attempt.state) == (AttemptState.APPROVED, AttemptState.APPROVED)
        assert _taken(shop) == (350, 0)
