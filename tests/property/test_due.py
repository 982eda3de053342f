"""What is due on a sale: for any sequence of tenders, tips, doubts, returns and refunds it adds up."""

from __future__ import annotations

from dataclasses import fields

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.domain.errors import RuleError
from gateway.domain.sales import due as bookkeeping
from gateway.domain.sales.due import Due, nothing_paid
from tests.support.bills import eur

AMOUNT = st.integers(1, 10_000)
TIP = st.integers(0, 500)


class Till(RuleBasedStateMachine):
    """Keeps each tender and refund on its own, beside the sums under test."""

    def __init__(self) -> None:
        super().__init__()
        self.due: Due = nothing_paid(eur(0), eur(0))
        self.total = 0
        self.moved: list[int] = []
        self.tenders: dict[str, list[int]] = {"pending": [], "unknown": []}
        self.refunds: dict[str, list[int]] = {"pending": [], "unknown": []}

    @initialize(total=AMOUNT)
    def open_sale(self, total: int) -> None:
        self.due, self.total = nothing_paid(eur(total), eur(0)), total

    @rule(asked=AMOUNT)
    def begin_tender(self, asked: int) -> None:
        allowed = not self._in_doubt() and asked <= self.due.rest.minor
        try:
            self.due = bookkeeping.begin_tender(self.due, eur(asked))
        except RuleError:
            assert not allowed
            return
        assert allowed
        self.tenders["pending"].append(asked)

    @precondition(lambda self: self.tenders["pending"])
    @rule(share=st.integers(0, 100), tip=TIP)
    def approve(self, share: int, tip: int) -> None:
        asked = self.tenders["pending"].pop()
        approved = asked * share // 100
        tip = tip if approved else 0
        self.due = bookkeeping.approve_tender(self.due, eur(asked), eur(approved), eur(tip))
        self._capture(approved, tip)

    @precondition(lambda self: self.tenders["pending"])
    @rule()
    def decline(self) -> None:
        self.due = bookkeeping.end_tender(self.due, eur(self.tenders["pending"].pop()))

    @precondition(lambda self: self.tenders["pending"])
    @rule()
    def lose_answer(self) -> None:
        asked = self.tenders["pending"].pop()
        self.due = bookkeeping.doubt_tender(self.due, eur(asked))
        self.tenders["unknown"].append(asked)

    @precondition(lambda self: self.tenders["unknown"])
    @rule(share=st.sampled_from((0, 40, 100)), tip=TIP)
    def find_evidence(self, share: int, tip: int) -> None:
        asked = self.tenders["unknown"].pop()
        approved = asked * share // 100
        tip = tip if approved else 0
        self.due = bookkeeping.clear_tender(self.due, eur(asked), eur(approved), eur(tip))
        self._capture(approved, tip)

    @rule(asked=AMOUNT)
    def begin_refund(self, asked: int) -> None:
        free = sum(self.moved) - sum(self.refunds["pending"]) - sum(self.refunds["unknown"])
        allowed = not self._in_doubt() and asked <= free
        try:
            self.due = bookkeeping.begin_refund(self.due, eur(asked))
        except RuleError:
            assert not allowed
            return
        assert allowed
        self.refunds["pending"].append(asked)

    @precondition(lambda self: self.refunds["pending"])
    @rule(end=st.sampled_from(("done", "not done", "lost")))
    def end_refund(self, end: str) -> None:
        asked = self.refunds["pending"].pop()
        if end == "done":
            self.due = bookkeeping.finish_refund(self.due, eur(asked))
            self.moved.append(-asked)
        elif end == "lost":
            self.due = bookkeeping.doubt_refund(self.due, eur(asked))
            self.refunds["unknown"].append(asked)
        else:
            self.due = bookkeeping.end_refund(self.due, eur(asked))

    @precondition(lambda self: self.refunds["unknown"])
    @rule(done=st.booleans())
    def find_refund_evidence(self, *, done: bool) -> None:
        asked = self.refunds["unknown"].pop()
        if done:
            self.due = bookkeeping.clear_refund_as_done(self.due, eur(asked))
            self.moved.append(-asked)
        else:
            self.due = bookkeeping.clear_refund_as_not_done(self.due, eur(asked))

    @rule(total=st.integers(0, 12_000))
    def change_total(self, total: int) -> None:
        tip = min(self.due.tip.minor, total)
        try:
            self.due = bookkeeping.change_total(self.due, eur(total), eur(tip))
        except RuleError:
            assert self.tenders["pending"] or self.tenders["unknown"]
            return
        self.total = total

    def _capture(self, approved: int, tip: int) -> None:
        self.moved.append(approved + tip)
        self.total += tip

    def _in_doubt(self) -> bool:
        return bool(self.tenders["unknown"] or self.refunds["unknown"])

    @invariant()
    def sums_are_those_of_the_single_movements(self) -> None:
        due = self.due
        assert due.total.minor == self.total
        assert due.kept.minor == sum(self.moved) >= 0
        assert (due.pending.minor, due.unknown.minor) == tuple(map(sum, self.tenders.values()))
        assert (due.refund_pending.minor, due.refund_unknown.minor) == tuple(map(sum, self.refunds.values()))
        assert due.blocked == self._in_doubt()

    @invariant()
    def nothing_is_ever_below_zero(self) -> None:
        due = self.due
        assert all(getattr(due, field.name).minor >= 0 for field in fields(due))
        assert due.captured.minor >= due.refunded.minor + due.refund_pending.minor + due.refund_unknown.minor
        assert min(due.rest.minor, due.owed_back.minor, due.refundable.minor) >= 0
        assert due.tip.minor <= due.total.minor

    @invariant()
    def what_is_due_adds_up(self) -> None:
        due = self.due
        under_way = due.pending.minor + due.unknown.minor
        assert due.rest.minor == max(0, due.total.minor - due.kept.minor - under_way)
        assert not (due.rest.minor and due.owed_back.minor)
        assert not due.settled or (due.rest.minor == due.owed_back.minor == 0 and not due.blocked)
        # What may still come in never exceeds what is to be paid, unless goods came back meanwhile.
        assert due.owed_back.minor or due.refundable.minor + under_way <= max(due.total.minor, due.kept.minor)


TestTill = Till.TestCase
TestTill.settings = settings(max_examples=60, stateful_step_count=30)
