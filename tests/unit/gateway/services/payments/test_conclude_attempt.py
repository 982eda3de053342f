"""The second commit of a sale: one winner, one transfer, one set of receipts, whoever else tries at the same time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    EftLine,
    EftReceipt,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.errors import GatewayError, RuleError
from gateway.domain.ids import PaymentId
from gateway.domain.ledger import TransferKind
from tests.support.lane_rig import EVERYBODY, PRINTER, REGISTER, STORE, TENANT, LaneNode, approval
from tests.support.scripted_terminal import ScriptedTerminal

Build = Callable[..., LaneNode]
DECLINE = AttemptOutcome(AttemptEvent.DECLINE, Evidence.DIALOGUE, "declined_05", "Declined.")
LOST = AttemptOutcome(AttemptEvent.LOSE_ANSWER, Evidence.DIALOGUE, "line_lost", "Lost.", terminal_heard=False)


@pytest.fixture
def shop(node: Build) -> LaneNode:
    return node(ScriptedTerminal(), printers={REGISTER: PRINTER})


def _kinds(shop: LaneNode, payment_id: PaymentId) -> list[TransferKind]:
    with shop.inner.read() as unit:
        return [row.kind for row in unit.ledger.transfers(TENANT, STORE, cause_id=shop.attempt(payment_id).id)]


@pytest.mark.parametrize("rounds", range(3))
def test_two_outcomes_at_once_then_one_wins_with_one_transfer(shop: LaneNode, rounds: int) -> None:
    payment_id = shop.begin(500 + rounds)
    record = shop.load(payment_id)
    attempt = record.attempts[-1]
    outcomes = [approval(500 + rounds), DECLINE] * 4
    together = Barrier(len(outcomes))

    def conclude(outcome: AttemptOutcome) -> AttemptState | None:
        together.wait(20)
        return shop.conclude.record(record.payment, attempt, outcome, epoch=attempt.epoch, actor="terminal-1")

    with ThreadPoolExecutor(len(outcomes)) as pool:
        found = [state for state in pool.map(conclude, outcomes) if state is not None]

    assert found == [shop.attempt(payment_id).state]
    paid = found == [AttemptState.APPROVED]
    assert _kinds(shop, payment_id) == [TransferKind.PENDING, TransferKind.POST if paid else TransferKind.VOID]
    assert len(shop.load(payment_id).deliveries) == (2 if paid else 0)
    assert [event.kind for event in shop.load(payment_id).events] == ["sent", str(found[0])]
    assert shop.pending() == 0


def test_manager_and_terminal_at_once_then_one_wins(shop: LaneNode) -> None:
    payment_id = shop.begin(500)
    shop.settle(payment_id, LOST)
    record = shop.load(payment_id)
    together = Barrier(2)

    def manager() -> str:
        together.wait(20)
        try:
            shop.resolve.decide(EVERYBODY, payment_id, paid=False, reason="no paper anywhere")
        except GatewayError as error:
            return error.code
        return "decided"

    def terminal() -> str:
        together.wait(20)
        attempt = record.attempts[-1]
        state = shop.conclude.record(record.payment, attempt, approval(500), epoch=attempt.epoch, actor="t")
        return "refused" if state is None else "recorded"

    with ThreadPoolExecutor(2) as pool:
        said = {pool.submit(manager), pool.submit(terminal)}
        answers = sorted(one.result() for one in said)

    assert answers in (["decided", "refused"], ["outcome_known", "recorded"])
    assert len(_kinds(shop, payment_id)) == 2


def test_older_epoch_then_nothing_is_stored(shop: LaneNode) -> None:
    payment_id = shop.begin(500)
    record = shop.load(payment_id)
    attempt = record.attempts[-1]

    state = shop.conclude.record(record.payment, attempt, approval(500), epoch=attempt.epoch - 1, actor="old")

    assert state is None
    assert shop.attempt(payment_id).state is AttemptState.SENT
    assert (shop.posted(), shop.pending()) == (0, 500)


def test_unknown_then_the_amount_stays_reserved_and_nothing_is_printed(shop: LaneNode) -> None:
    payment_id = shop.begin(500)

    shop.settle(payment_id, LOST)

    assert (shop.posted(), shop.pending()) == (0, 500)
    assert shop.load(payment_id).deliveries == ()
    assert shop.attempt(payment_id).blocks_terminal


def test_approval_of_another_amount_then_unknown_with_the_evidence(shop: LaneNode) -> None:
    payment_id = shop.begin(500)

    shop.settle(payment_id, approval(5000))

    attempt = shop.attempt(payment_id)
    assert (attempt.state, attempt.reason_code) == (AttemptState.UNKNOWN, "amount_differs")
    assert attempt.result is not None
    assert attempt.result.amount_minor == 5000
    assert "50.00" in (attempt.reason or "")
    assert not attempt.blocks_terminal
    assert (shop.posted(), shop.pending()) == (0, 500)


@pytest.mark.parametrize("state", [AttemptState.APPROVED, AttemptState.DECLINED])
def test_outcome_of_an_ended_attempt_then_illegal_and_nothing_changes(shop: LaneNode, state: AttemptState) -> None:
    payment_id = shop.begin(500)
    shop.settle(payment_id, approval(500) if state is AttemptState.APPROVED else DECLINE)
    before = shop.load(payment_id)

    with pytest.raises(RuleError) as refusal:
        shop.settle(payment_id, DECLINE)

    assert refusal.value.code == "illegal_transition"
    assert shop.load(payment_id) == before


@pytest.mark.parametrize(("with_paper", "copies"), [(True, ["customer"]), (False, [])])
def test_decline_prints_only_what_the_terminal_made_for_the_customer(
    shop: LaneNode, copies: list[str], *, with_paper: bool
) -> None:
    paper = (EftReceipt("customer", (EftLine("declined"),)),) if with_paper else ()
    declined = AttemptOutcome(
        AttemptEvent.DECLINE, Evidence.DIALOGUE, "declined_05", "Declined.", TerminalResult(receipts=paper)
    )
    payment_id = shop.begin(500)

    shop.settle(payment_id, declined)

    assert [message.payload["copy"] for message in shop.load(payment_id).deliveries] == copies


def test_register_without_printer_then_no_receipt_is_queued(node: Build) -> None:
    shop = node(ScriptedTerminal(), printers={"register-2": PRINTER})

    payment_id = shop.paid()

    assert shop.load(payment_id).deliveries == ()


def test_numbers_of_the_terminal_become_the_next_baseline(shop: LaneNode) -> None:
    shop.paid(500)

    assert shop.attempt(shop.begin(600)).baseline == TransactionNumbers(41, 541, None)


@pytest.mark.parametrize(
    ("stored", "late", "kept"),
    [
        (approval(500), approval(500), False),
        (approval(500, 41), approval(500, 42), True),
        (DECLINE, approval(500), True),
        (approval(500), LOST, False),
        (approval(500), AttemptOutcome(AttemptEvent.DECLINE, Evidence.DIALOGUE, "d", "D."), False),
    ],
    ids=["same", "another transaction", "contradiction", "no word of the terminal", "decline without a number"],
)
def test_late_word_is_kept_unless_the_same_is_stored(
    shop: LaneNode, stored: AttemptOutcome, late: AttemptOutcome, *, kept: bool
) -> None:
    payment_id = shop.begin(500)
    record = shop.load(payment_id)
    shop.settle(payment_id, stored)

    assert shop.conclude.keep_late(record.payment, record.attempts[-1], late) is kept

    assert len(shop.orphans()) == kept
