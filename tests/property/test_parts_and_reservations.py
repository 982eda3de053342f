"""Any sequence of parts, tips, reservations and refunds: the books have exactly what the cards were charged.

The services run on a real database; the test says what the terminal answers and keeps books of its own.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.accounts import tips
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    AttemptState,
    Evidence,
    PaymentTerms,
    TerminalResult,
    fits,
)
from gateway.domain.cards.reservation import Hold, HoldStep, ReservationState
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId, ReservationId
from gateway.domain.ledger import balances as derived_balances
from gateway.domain.ledger import sales_revenue
from tests.support.lane_rig import EVERYBODY, REGISTER, STORE, TENANT, LaneNode, add_devices, command, render
from tests.support.migrated import migrate
from tests.support.scripted_terminal import ScriptedTerminal

AMOUNTS = st.integers(2, 3000)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), AMOUNTS, st.integers(0, 400), st.integers(1, 3500), st.booleans()),
        st.tuples(st.just("reserve"), AMOUNTS, st.just(0), st.just(0), st.booleans()),
        st.tuples(st.just("complete"), AMOUNTS, st.just(0), st.just(0), st.booleans()),
        st.tuples(st.just("release"), st.just(1), st.just(0), st.just(0), st.booleans()),
        st.tuples(st.just("give"), st.integers(0, 3500), st.just(0), st.just(0), st.booleans()),
    ),
    max_size=14,
)


@dataclass
class World:
    """What must be in the books, kept by the test itself."""

    node: LaneNode
    charged: dict[PaymentId, int] = field(default_factory=dict)
    tip: dict[PaymentId, int] = field(default_factory=dict)
    back: dict[PaymentId, int] = field(default_factory=dict)
    held: dict[ReservationId, int] = field(default_factory=dict)

    def sell(self, asked: int, tip: int, answered: int, *, allowed: bool) -> None:
        """Sell with a tip in the amount; the terminal approves any amount, and calls what is above it a tip or not."""
        terms = PaymentTerms(min(tip, asked - 1), allow_partial=allowed)
        request = command(asked, terms=terms)
        self.node.take.begin(EVERYBODY, request, render)
        named = terms.tip_minor + answered - asked if allowed and answered > asked else None
        result = TerminalResult(amount_minor=answered, tip_minor=named)
        state = self.node.settle(request.payment_id, _says(AttemptEvent.APPROVE, result))
        right = fits(result, request.amount, terms)
        assert state is (AttemptState.APPROVED if right else AttemptState.UNKNOWN)
        if not right:
            # A person has seen the slip: nothing was charged. It settles the doubt for what comes after.
            self.node.resolve.decide(EVERYBODY, request.payment_id, paid=False, reason="The slip says nothing")
            return
        self.charged[request.payment_id] = answered
        self.tip[request.payment_id] = max(0, answered - (asked - terms.tip_minor))

    def reserve(self, minor: int, *, approved: bool) -> None:
        """Have an amount held, or be refused."""
        reservation_id = self.node.reserve(minor)
        self._step(reservation_id, HoldStep.RESERVE, approved=approved)
        if approved:
            self.held[reservation_id] = minor

    def release(self, *, approved: bool) -> None:
        """Let the newest reservation go."""
        if not self.held:
            return
        reservation_id = next(reversed(self.held))
        count = len(self.node.held(reservation_id).releases)
        if count >= 18:
            return
        self.node.release(reservation_id, str(count))
        self._step(reservation_id, HoldStep.RELEASE, approved=approved)
        if approved:
            del self.held[reservation_id]

    def complete(self, minor: int, *, approved: bool) -> None:
        """Charge the newest reservation; what the rules refuse changes nothing."""
        if not self.held:
            return
        reservation_id, most = next(reversed(self.held.items()))
        if minor > most:
            with pytest.raises(RuleError):
                self.node.complete(reservation_id, minor)
            return
        payment_id = self.node.complete(reservation_id, minor)
        event = AttemptEvent.APPROVE if approved else AttemptEvent.DECLINE
        self.node.settle(payment_id, _says(event, TerminalResult(amount_minor=minor if approved else None)))
        if approved:
            del self.held[reservation_id]
            self.charged[payment_id], self.tip[payment_id] = minor, 0
            assert self.node.held(reservation_id).state is ReservationState.COMPLETED

    def give(self, minor: int, *, approved: bool) -> None:
        """Give back of the newest payment: so much, or (zero) all but the tip."""
        if not self.charged:
            return
        payment_id = next(reversed(self.charged))
        left = self.charged[payment_id] - self.back.get(payment_id, 0)
        asked = minor or max(0, left - self.tip[payment_id])
        if not 0 < asked <= left:
            with pytest.raises(RuleError):
                self.node.refund(payment_id, minor or None)
            return
        refund = self.node.read_refunds.get(EVERYBODY, self.node.refund(payment_id, minor or None))
        event = AttemptEvent.APPROVE if approved else AttemptEvent.DECLINE
        self.node.conclude.record(
            refund.refund, refund.attempt, _says(event), epoch=refund.attempt.epoch, actor="terminal-1"
        )
        if approved:
            self.back[payment_id] = self.back.get(payment_id, 0) + asked

    def _step(self, reservation_id: ReservationId, step: HoldStep, *, approved: bool) -> None:
        record = self.node.held(reservation_id)
        event = AttemptEvent.APPROVE if approved else AttemptEvent.DECLINE
        hold = Hold(record.reservation, step)
        attempt = record.last
        self.node.conclude.record(hold, attempt, _says(event), epoch=attempt.epoch, actor="terminal-1")

    def check(self) -> None:
        """Compare the books with what was done."""
        assert self.node.taken() == sum(self.charged.values()) - sum(self.back.values())
        assert self.node.balance_of(tips(REGISTER)) == sum(self.tip.values())
        goods = sum(self.charged.values()) - sum(self.tip.values()) - sum(self.back.values())
        assert self.node.balance_of(sales_revenue(REGISTER)) == goods
        assert self.node.pending() == sum(self.held.values())
        with self.node.inner.read() as unit:
            stored = unit.ledger.balances(TENANT, STORE)
            transfers = unit.ledger.transfers(TENANT, STORE, limit=10_000)
        assert {(one.account, one.currency.code): one for one in stored} == derived_balances(transfers)
        for payment_id, charged in self.charged.items():
            found = self.node.read_refunds.of_payment(EVERYBODY, payment_id)
            assert found.left.minor == charged - self.back.get(payment_id, 0) >= 0


def _says(event: AttemptEvent, result: TerminalResult | None = None) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.DIALOGUE, event.value, "As the terminal says.", result or TerminalResult())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with the devices of the shop, to copy."""
    path = tmp_path_factory.mktemp("parts") / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    opened = SqlStorage(f"sqlite:///{path}", SystemClock())
    add_devices(opened)
    opened.close()
    return path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_then_books_and_cards_agree_to_the_cent(
    template: Path, steps: list[tuple[str, int, int, int, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.sqlite3"
        shutil.copyfile(template, path)
        storage = SqlStorage(f"sqlite:///{path}", SystemClock())
        try:
            world = World(LaneNode(storage, ScriptedTerminal()))
            for what, minor, tip, answered, flag in steps:
                does: dict[str, Callable[[], None]] = {
                    "sell": lambda: world.sell(minor, tip, answered, allowed=flag),  # noqa: B023 - called at once
                    "reserve": lambda: world.reserve(minor, approved=flag),  # noqa: B023 - called at once
                    "complete": lambda: world.complete(minor, approved=flag),  # noqa: B023 - called at once
                    "release": lambda: world.release(approved=flag),  # noqa: B023 - called at once
                    "give": lambda: world.give(minor, approved=flag),  # noqa: B023 - called at once
                }
                does[what]()
            world.check()
        finally:
            storage.close()
