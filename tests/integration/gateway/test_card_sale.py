"""A whole sale through the real parts: services, database, lanes, ZVT over an in-process line, printer."""

import uuid
from pathlib import Path

import pytest

from gateway.domain.cards.card_receipt import ReceiptCopy
from gateway.domain.cards.payment import AttemptState, Evidence
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import AttemptId
from gateway.domain.ledger import imbalance
from gateway.domain.outbox import OutboxState
from tests.support.running_node import (
    CASHIER,
    MANAGER,
    PRINTER,
    STORE,
    TENANT,
    TERMINAL,
    RunningNode,
    running_node,
)


def _posted(shop: RunningNode) -> int:
    """Return the minor units posted to the ledger; the books must balance and hold no other pending amount."""
    with shop.node.storage.read() as unit:
        balances = unit.ledger.balances(TENANT, STORE)
    assert not any(imbalance(balances).values())
    return sum(balance.debits_posted for balance in balances)


def _pending(shop: RunningNode) -> int:
    with shop.node.storage.read() as unit:
        return sum(balance.debits_pending for balance in unit.ledger.balances(TENANT, STORE))


def test_sale_when_approved_then_ledger_and_paper_hold_it(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = shop.begin("23.40")
        shop.pay_at_terminal()

        record = shop.until_state(payment_id, AttemptState.APPROVED)

        assert record.attempts[0].result is not None
        assert record.attempts[0].result.amount_minor == 2340
        assert [event.kind for event in record.events] == ["sent", "approved"]
        assert (_posted(shop), _pending(shop)) == (2340, 0)
        shop.until_receipts(payment_id, OutboxState.DONE, OutboxState.DONE)
        papers = shop.shop.papers(PRINTER)
        assert len(papers) == 2
        assert all("EUR 23.40" in paper.text and "COPY" not in paper.text for paper in papers)


def test_sale_when_declined_then_nothing_is_posted(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        shop.shop.choose_scenario(TERMINAL, "decline")
        payment_id = shop.begin("99.00")
        shop.pay_at_terminal()

        record = shop.until_state(payment_id, AttemptState.DECLINED)

        assert record.attempts[0].reason
        assert (_posted(shop), _pending(shop)) == (0, 0)


def test_sale_when_cashier_cancels_then_nothing_is_charged(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = shop.begin("5.00")
        shop.until_awaiting("card")

        shop.services.cancel_payment.request(CASHIER, payment_id)

        shop.until_state(payment_id, AttemptState.CANCELLED)
        assert (_posted(shop), _pending(shop)) == (0, 0)


def test_second_payment_while_terminal_works_then_terminal_busy(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        first = shop.begin("5.00")
        shop.until_awaiting("card")

        with pytest.raises(RuleError) as refusal:
            shop.begin("6.00")

        assert refusal.value.code == "terminal_busy"
        shop.pay_at_terminal()
        shop.until_state(first, AttemptState.APPROVED)


def test_further_attempt_after_decline_then_same_payment_is_paid_once(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        shop.shop.choose_scenario(TERMINAL, "decline")
        payment_id = shop.begin("7.50")
        shop.pay_at_terminal()
        shop.until_state(payment_id, AttemptState.DECLINED)
        shop.shop.choose_scenario(TERMINAL, "approve")
        attempt_id = AttemptId(uuid.uuid4())

        shop.services.take_payment.try_again(CASHIER, payment_id, attempt_id)
        shop.services.take_payment.try_again(CASHIER, payment_id, attempt_id)
        shop.pay_at_terminal()

        record = shop.until_state(payment_id, AttemptState.APPROVED)
        assert [attempt.state for attempt in record.attempts] == [AttemptState.DECLINED, AttemptState.APPROVED]
        assert _posted(shop) == 750
        with pytest.raises(RuleError):
            shop.services.take_payment.try_again(CASHIER, payment_id, AttemptId(uuid.uuid4()))


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("line_lost_before_status", AttemptState.APPROVED),
        ("line_lost_before_completion", AttemptState.APPROVED),
    ],
)
def test_line_lost_then_terminal_is_asked_and_sale_stands(
    database_url: str, tmp_path: Path, scenario: str, expected: AttemptState
) -> None:
    """Given a terminal that books and then loses its line, the gateway says unknown, asks, and books it once."""
    with running_node(tmp_path, database_url) as shop:
        shop.shop.choose_scenario(TERMINAL, scenario)
        payment_id = shop.begin("12.34")
        shop.pay_at_terminal()
        record = shop.until_state(payment_id, AttemptState.UNKNOWN)
        assert _pending(shop) == 1234
        assert record.attempts[0].blocks_terminal
        with pytest.raises(RuleError) as refusal:
            shop.begin("1.00")
        assert refusal.value.code in {"terminal_busy", "terminal_unresolved"}

        shop.shop.press(TERMINAL, "restore_line")

        record = shop.until_state(payment_id, expected)
        assert record.attempts[0].evidence is Evidence.LAST_RESULT
        assert (_posted(shop), _pending(shop)) == (1234, 0)


def test_restart_in_the_middle_then_terminal_decides(database_url: str, tmp_path: Path) -> None:
    """Given a gateway that stops while the card is awaited, the next start asks the terminal: nothing was charged."""
    with running_node(tmp_path, database_url) as shop:
        payment_id = shop.begin("8.00")
        shop.until_awaiting("card")

    with running_node(tmp_path, database_url) as shop:
        record = shop.until_state(payment_id, AttemptState.NOT_CHARGED)

        assert record.attempts[0].evidence is Evidence.LAST_RESULT
        assert (_posted(shop), _pending(shop)) == (0, 0)


def test_unknown_when_manager_decides_then_ledger_follows(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        shop.shop.choose_scenario(TERMINAL, "line_lost_before_status")
        payment_id = shop.begin("12.34")
        shop.pay_at_terminal()
        shop.until_state(payment_id, AttemptState.UNKNOWN)

        with pytest.raises(InputError):
            shop.services.resolve_payment.decide(MANAGER, payment_id, paid=True, reason="")
        record = shop.services.resolve_payment.decide(
            MANAGER, payment_id, paid=True, reason="The terminal's own journal shows receipt 1."
        )

        assert record.attempts[0].state is AttemptState.APPROVED
        assert record.attempts[0].decided_by == "manager"
        assert _posted(shop) == 1234
        with pytest.raises(RuleError):
            shop.services.resolve_payment.decide(MANAGER, payment_id, paid=False, reason="changed my mind")


def test_dead_printer_never_undoes_a_payment(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        shop.shop.choose_fault(PRINTER, "out_of_paper")
        payment_id = shop.begin("23.40")
        shop.pay_at_terminal()
        shop.until_state(payment_id, AttemptState.APPROVED)
        shop.until(lambda: any(one.note for one in shop.load(payment_id).deliveries), "a reason why nothing is printed")
        assert _posted(shop) == 2340

        shop.shop.choose_fault(PRINTER, "none")

        shop.until_receipts(payment_id, OutboxState.DONE, OutboxState.DONE)
        assert len(shop.shop.papers(PRINTER)) == 2


def test_copy_on_request_is_marked_and_made_once(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        payment_id = shop.begin("23.40")
        shop.pay_at_terminal()
        shop.until_receipts(payment_id, OutboxState.DONE, OutboxState.DONE)
        request_id = uuid.uuid4()

        for _ in range(2):
            shop.services.print_receipt.request_copy(CASHIER, payment_id, ReceiptCopy.CUSTOMER, request_id)

        shop.until_receipts(payment_id, *[OutboxState.DONE] * 3)
        papers = shop.shop.papers(PRINTER)
        assert len(papers) == 3
        assert "COPY" in papers[0].text
