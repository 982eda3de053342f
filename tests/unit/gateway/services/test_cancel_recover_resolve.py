"""Cancel, ask, decide: each only where it may be, each leaving the payment in a state that is true."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.errors import InputError, NotFound, NotPermitted, RuleError
from gateway.domain.ids import DeviceId, PaymentId, StoreId
from gateway.ports.terminal import StillUnknown
from gateway.ports.unit_of_work import Lease
from gateway.services.payments.read_payments import PAGE_MAX, ReadPayments
from gateway.services.payments.recover_attempts import Recovery
from tests.support.lane_rig import EVERYBODY, STORE, TENANT, TERMINAL, LaneNode, approval
from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.web_shop import new_id

Build = Callable[..., LaneNode]
LOST = AttemptOutcome(AttemptEvent.LOSE_ANSWER, Evidence.DIALOGUE, "line_lost", "Lost.", terminal_heard=False)
STRANGER = Caller(TENANT, StoreId("store-2"), uuid.UUID(int=5), "stranger", frozenset(Permission))
OTHER_TILL = Caller(
    TENANT, STORE, uuid.UUID(int=6), "till-2", frozenset(Permission), terminals=frozenset({DeviceId("terminal-2")})
)
NOBODY = Caller(TENANT, STORE, uuid.UUID(int=7), "nobody", frozenset())


@pytest.fixture
def shop(node: Build) -> LaneNode:
    return node(ScriptedTerminal())


@pytest.fixture
def lease(shop: LaneNode) -> Lease:
    with shop.inner.write() as unit:
        found = unit.devices.acquire(TENANT, STORE, TERMINAL, "node-1", 60)
    assert found is not None
    return found


def _unknown(shop: LaneNode, minor: int = 500) -> PaymentId:
    payment_id = shop.begin(minor)
    assert shop.settle(payment_id, LOST) is AttemptState.UNKNOWN
    return payment_id


def test_cancel_twice_then_noted_once(shop: LaneNode) -> None:
    payment_id = shop.begin()

    first = shop.cancelling.request(EVERYBODY, payment_id)
    second = shop.cancelling.request(EVERYBODY, payment_id)

    assert first.attempts[-1].cancel_requested_at is not None
    assert second.attempts == first.attempts
    assert [event.kind for event in second.events] == ["sent", "cancel_requested"]


def test_cancel_of_what_has_ended_then_it_is_told_as_it_is(shop: LaneNode) -> None:
    payment_id = shop.paid()

    assert shop.cancelling.request(EVERYBODY, payment_id).attempts[-1].state is AttemptState.APPROVED


def test_cancel_of_an_unknown_outcome_then_refused(shop: LaneNode) -> None:
    payment_id = _unknown(shop)

    with pytest.raises(RuleError) as refusal:
        shop.cancelling.request(EVERYBODY, payment_id)

    assert refusal.value.code == "outcome_unknown"


@pytest.mark.parametrize("who", [STRANGER, OTHER_TILL])
def test_payment_of_another_store_or_terminal_then_it_does_not_exist(shop: LaneNode, who: Caller) -> None:
    payment_id = _unknown(shop)
    reads = ReadPayments(storage=shop.inner)

    acts: tuple[Callable[[], object], ...] = (
        lambda: shop.cancelling.request(who, payment_id),
        lambda: shop.resolve.ask_terminal(who, payment_id),
        lambda: shop.resolve.decide(who, payment_id, paid=True, reason="because I say so"),
        lambda: reads.get(who, payment_id),
    )
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert reads.recent(who, limit=10, before=None) == ()


def test_caller_without_permissions_then_nothing_works(shop: LaneNode) -> None:
    payment_id = _unknown(shop)
    reads = ReadPayments(storage=shop.inner)

    acts: tuple[Callable[[], object], ...] = (
        lambda: shop.cancelling.request(NOBODY, payment_id),
        lambda: shop.resolve.ask_terminal(NOBODY, payment_id),
        lambda: shop.resolve.decide(NOBODY, payment_id, paid=True, reason="because I say so"),
        lambda: reads.get(NOBODY, payment_id),
        lambda: reads.recent(NOBODY, limit=10, before=None),
    )
    for act in acts:
        with pytest.raises(NotPermitted):
            act()


def test_recent_then_newest_first_in_bounded_pages(shop: LaneNode) -> None:
    made = [shop.paid(100 + number) for number in range(4)]
    reads = ReadPayments(storage=shop.inner)

    page = reads.recent(EVERYBODY, limit=2, before=None)
    rest = reads.recent(EVERYBODY, limit=PAGE_MAX * 10, before=page[-1].payment.id)

    assert [record.payment.id for record in (*page, *rest)] == made[::-1]


@pytest.mark.parametrize("reason", ["", "    ", "hm  ", "x" * 501])
def test_decision_without_a_reason_then_refused(shop: LaneNode, reason: str) -> None:
    payment_id = _unknown(shop)

    with pytest.raises(InputError) as refusal:
        shop.resolve.decide(EVERYBODY, payment_id, paid=True, reason=reason)

    assert refusal.value.code == "reason_needed"
    assert shop.attempt(payment_id).state is AttemptState.UNKNOWN


@pytest.mark.parametrize(("paid", "state"), [(True, AttemptState.APPROVED), (False, AttemptState.NOT_CHARGED)])
def test_decision_then_ledger_and_journal_follow_and_it_stands(
    shop: LaneNode, state: AttemptState, *, paid: bool
) -> None:
    payment_id = _unknown(shop)

    record = shop.resolve.decide(EVERYBODY, payment_id, paid=paid, reason="The terminal's paper says so.")

    attempt = record.attempts[-1]
    assert (attempt.state, attempt.evidence, attempt.decided_by) == (state, Evidence.PERSON, "anna")
    assert not attempt.blocks_terminal
    assert (shop.posted(), shop.pending()) == (500 if paid else 0, 0)
    with pytest.raises(RuleError) as refusal:
        shop.resolve.decide(EVERYBODY, payment_id, paid=not paid, reason="changed my mind")
    assert refusal.value.code == "outcome_known"
    with pytest.raises(RuleError):
        shop.resolve.ask_terminal(EVERYBODY, payment_id)


def test_decision_while_running_then_refused(shop: LaneNode) -> None:
    payment_id = shop.begin()

    with pytest.raises(RuleError) as refusal:
        shop.resolve.decide(EVERYBODY, payment_id, paid=True, reason="I saw the paper")

    assert refusal.value.code == "outcome_known"


def test_decision_that_it_was_paid_then_a_result_of_another_amount_is_not_taken_as_its_own(shop: LaneNode) -> None:
    payment_id = shop.begin(500)
    shop.settle(payment_id, approval(5000))

    record = shop.resolve.decide(EVERYBODY, payment_id, paid=True, reason="The terminal's paper says 5.00.")

    assert record.attempts[-1].state is AttemptState.APPROVED
    assert shop.posted() == 500


class _Says(ScriptedTerminal):
    """Answers the question for an outcome with what the test gives it."""

    def __init__(self, found: AttemptOutcome | StillUnknown) -> None:
        super().__init__()
        self._found = found

    def ask_outcome(self, order: object, on_step: object) -> AttemptOutcome | StillUnknown:
        del order, on_step
        return self._found


def _ask(shop: LaneNode, payment_id: PaymentId, lease: Lease, found: AttemptOutcome | StillUnknown) -> Recovery:
    record = shop.load(payment_id)
    return shop.recover.ask(_Says(found), record.payment, record.attempts[-1], lease, lambda _code, _words: None)


@pytest.mark.parametrize("from_unknown", [True, False])
@pytest.mark.parametrize(
    ("found", "state", "recovery", "blocks"),
    [
        (approval(500), AttemptState.APPROVED, Recovery.SETTLED, False),
        (
            AttemptOutcome(AttemptEvent.PROVE_NOT_CHARGED, Evidence.LAST_RESULT, "not_charged", "No."),
            AttemptState.NOT_CHARGED,
            Recovery.SETTLED,
            False,
        ),
        (StillUnknown(False, "silent", "No answer.", TerminalResult()), AttemptState.UNKNOWN, Recovery.SILENT, True),
        (
            StillUnknown(True, "no_decision", "Other amount.", TerminalResult(amount_minor=7)),
            AttemptState.UNKNOWN,
            Recovery.OPEN_FOR_PERSON,
            False,
        ),
        (approval(700), AttemptState.UNKNOWN, Recovery.OPEN_FOR_PERSON, False),
    ],
    ids=["approved", "not charged", "silent", "undecided", "approval of another amount"],
)
def test_answer_of_the_terminal_then_only_what_it_proves_is_stored(
    shop: LaneNode,
    lease: Lease,
    found: AttemptOutcome | StillUnknown,
    state: AttemptState,
    recovery: Recovery,
    *,
    blocks: bool,
    from_unknown: bool,
) -> None:
    payment_id = _unknown(shop) if from_unknown else shop.begin(500)

    assert _ask(shop, payment_id, lease, found) is recovery

    attempt = shop.attempt(payment_id)
    assert (attempt.state, attempt.blocks_terminal) == (state, blocks)
    assert shop.posted() == (500 if state is AttemptState.APPROVED else 0)


def test_answer_for_a_lost_lease_then_it_is_kept_beside(shop: LaneNode, lease: Lease) -> None:
    payment_id = _unknown(shop)
    with shop.inner.write() as unit:
        unit.devices.release("node-1")
        assert unit.devices.acquire(TENANT, STORE, TERMINAL, "node-2", 60) is not None

    _ask(shop, payment_id, lease, approval(500))

    assert shop.attempt(payment_id).state is AttemptState.UNKNOWN
    assert [result.numbers for result, _ in shop.orphans()] == [TransactionNumbers(41, 541, None)]


def test_unknown_payment_then_not_found(shop: LaneNode) -> None:
    with pytest.raises(NotFound) as refusal:
        shop.cancelling.request(EVERYBODY, PaymentId(new_id()))

    assert refusal.value.code == "payment_not_found"
