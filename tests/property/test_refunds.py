"""Any sequence of sales, refunds and unknown outcomes: never more given back than paid, and the books always balance.

The services run on a real database; a terminal that keeps its own books decides what each order comes to.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.cards.payment import AttemptEvent, AttemptOutcome, Evidence
from gateway.domain.errors import RuleError
from gateway.domain.ids import PaymentId, RefundId
from gateway.domain.ledger import balances as derived_balances
from tests.support.lane_rig import EVERYBODY, STORE, TENANT, LaneNode, add_devices, approval
from tests.support.migrated import migrate
from tests.support.scripted_terminal import ScriptedTerminal

ENDS = (
    AttemptEvent.APPROVE,
    AttemptEvent.DECLINE,
    AttemptEvent.CANCEL,
    AttemptEvent.PROVE_NOT_CHARGED,
    AttemptEvent.LOSE_ANSWER,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("sell"), st.integers(1, 2000), st.sampled_from(ENDS[:2])),
        st.tuples(st.just("give"), st.integers(1, 2500), st.sampled_from(ENDS)),
        st.tuples(st.just("give all"), st.just(0), st.sampled_from(ENDS)),
        st.tuples(st.just("settle"), st.integers(0, 5), st.sampled_from(ENDS[:4])),
    ),
    max_size=14,
)


@dataclass
class World:
    """What must be in the books, kept by the test itself."""

    node: LaneNode
    sold: dict[PaymentId, int] = field(default_factory=dict)
    given: dict[PaymentId, int] = field(default_factory=dict)
    doubtful: dict[RefundId, tuple[PaymentId, int]] = field(default_factory=dict)

    def sell(self, minor: int, event: AttemptEvent) -> None:
        payment_id = self.node.begin(minor)
        paid = event is AttemptEvent.APPROVE
        self.node.settle(payment_id, approval(minor) if paid else _outcome(event))
        if paid:
            self.sold[payment_id] = minor

    def give(self, minor: int | None, event: AttemptEvent) -> None:
        """Give back of the newest payment; what the rules refuse changes nothing."""
        if not self.sold:
            return
        payment_id = next(reversed(self.sold))
        left = self.left(payment_id)
        if left == 0 or (minor or 0) > left:
            with pytest.raises(RuleError) as refusal:
                self.node.refund(payment_id, minor)
            assert refusal.value.code == ("refund_exceeds_payment" if left else "nothing_to_refund")
            return
        refund_id = self.node.refund(payment_id, minor)
        asked = left if minor is None else minor
        self.end(refund_id, event)
        self.note(refund_id, payment_id, asked, event)

    def settle(self, which: int, event: AttemptEvent) -> None:
        """Let one refund in doubt turn out somehow."""
        if not self.doubtful:
            return
        refund_id = list(self.doubtful)[which % len(self.doubtful)]
        payment_id, minor = self.doubtful.pop(refund_id)
        self.end(refund_id, event)
        self.note(refund_id, payment_id, minor, event)

    def end(self, refund_id: RefundId, event: AttemptEvent) -> None:
        record = self.node.read_refunds.get(EVERYBODY, refund_id)
        attempt = record.attempt
        told = self.node.conclude.record(
            record.refund, attempt, _outcome(event), epoch=attempt.epoch, actor="terminal-1"
        )
        assert told is not None

    def note(self, refund_id: RefundId, payment_id: PaymentId, minor: int, event: AttemptEvent) -> None:
        if event is AttemptEvent.APPROVE:
            self.given[payment_id] = self.given.get(payment_id, 0) + minor
        elif event is AttemptEvent.LOSE_ANSWER:
            self.doubtful[refund_id] = (payment_id, minor)

    def left(self, payment_id: PaymentId) -> int:
        in_doubt = sum(minor for paid, minor in self.doubtful.values() if paid == payment_id)
        return self.sold[payment_id] - self.given.get(payment_id, 0) - in_doubt

    def check(self) -> None:
        """Compare the books with what was done."""
        for payment_id in self.sold:
            found = self.node.read_refunds.of_payment(EVERYBODY, payment_id)
            assert found.left.minor == self.left(payment_id) >= 0
        assert self.node.taken() == sum(self.sold.values()) - sum(self.given.values())
        with self.node.inner.read() as unit:
            stored = unit.ledger.balances(TENANT, STORE)
            transfers = unit.ledger.transfers(TENANT, STORE, limit=10_000)
        derived = derived_balances(transfers)
        assert {(one.account, one.currency.code): one for one in stored} == derived
        reserved = sum(one.debits_pending for one in stored)
        assert reserved == sum(minor for _, minor in self.doubtful.values())


def _outcome(event: AttemptEvent) -> AttemptOutcome:
    return AttemptOutcome(event, Evidence.DIALOGUE, event.value, "As the terminal says.", terminal_heard=True)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with the devices of the shop, to copy."""
    path = tmp_path_factory.mktemp("refunds") / "template.sqlite3"
    migrate(f"sqlite:///{path}")
    opened = SqlStorage(f"sqlite:///{path}", SystemClock())
    add_devices(opened)
    opened.close()
    return path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_then_captured_less_refunded_is_never_negative(
    template: Path, steps: list[tuple[str, int, AttemptEvent]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.sqlite3"
        shutil.copyfile(template, path)
        storage = SqlStorage(f"sqlite:///{path}", SystemClock())
        try:
            world = World(LaneNode(storage, ScriptedTerminal()))
            for what, number, event in steps:
                if what == "sell":
                    world.sell(number, event)
                elif what == "settle":
                    world.settle(number, event)
                else:
                    world.give(number or None, event)
            world.check()
        finally:
            storage.close()
