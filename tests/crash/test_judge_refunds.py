"""The judge has to see each kind of damage a refund can take: lost, given twice, said to be given and not."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace

import pytest

from bench.crash_evidence import Judgement
from bench.crash_judge import judge
from bench.crash_till import GiveBack
from gateway.domain.cards.payment import AttemptState, OriginalTransaction, TransactionNumbers
from gateway.domain.cards.refund import Refund, RefundWay
from gateway.domain.ids import AttemptId, RefundId
from gateway.domain.ledger import Transfer, TransferKind, card_receivable, card_refund_reservation, closing
from gateway.domain.money import Money
from gateway.ports.unit_of_work import RefundRecord
from terminal_driver.virtual.journal import JournalEntry
from tests.crash.test_judge import NOW, REGISTER, STORE, TENANT, TERMINAL, Shop

MINOR = 400


@dataclass
class RefundShop:
    """A shop with one payment, of which a part was given back; everything is right, to be spoiled by a test."""

    sold: Shop = field(default_factory=Shop)
    refunds: dict[uuid.UUID, RefundRecord] = field(default_factory=dict)

    def give_back(self, state: AttemptState = AttemptState.APPROVED) -> RefundId:
        record = self.sold.sell(1_000)
        refund_id = RefundId(uuid.uuid5(record.payment.id, "refund"))
        refund = Refund(
            tenant_id=TENANT,
            store_id=STORE,
            id=refund_id,
            payment_id=record.payment.id,
            register_id=REGISTER,
            terminal_id=TERMINAL,
            amount=Money(MINOR, record.payment.amount.currency),
            way=RefundWay.CREDIT,
            original=OriginalTransaction(),
            reason="came back",
            created_at=NOW,
            created_by="till",
            trace_id=record.payment.trace_id,
        )
        number = len(self.sold.bookings) + 1
        sale = record.attempts[0]
        assert sale.result is not None
        result = replace(sale.result, amount_minor=MINOR, numbers=TransactionNumbers(number, number, number))
        attempt = replace(sale, id=AttemptId(uuid.uuid5(refund_id, "attempt")), state=state, result=result)
        self.refunds[refund_id] = RefundRecord(refund, attempt)
        pending = card_refund_reservation(refund, attempt.id, NOW)
        done = state is AttemptState.APPROVED
        kind = TransferKind.POST if done else TransferKind.VOID
        self.sold.transfers[attempt.id] = [pending, closing(pending, kind=kind, recorded_at=NOW)]
        told = "approved" if done else "declined"
        self.sold.charges[-1].refund = GiveBack(refund_id, MINOR, b"{}", ["sent", told])
        if done:
            self.book("refund", MINOR)
        return refund_id

    def book(self, kind: str, minor: int) -> None:
        number = len(self.sold.bookings) + 1
        self.sold.bookings.append(JournalEntry(number, number, number, minor, "978", NOW, kind, "1234", "girocard", 5))

    def judged(self) -> Judgement:
        """Judge; receipts of refunds are left out here, the payments' own are right."""
        posted = sum(_moved(one) for many in self.sold.transfers.values() for one in many)
        evidence = replace(self.sold.evidence(), refunds=self.refunds, receivables={card_receivable(TERMINAL): posted})
        found = judge(evidence)
        found.problems = [words for words in found.problems if "its receipts are []" not in words]
        return found


def _moved(transfer: Transfer) -> int:
    if transfer.kind is not TransferKind.POST:
        return 0
    return transfer.amount.minor if transfer.debit_account == card_receivable(TERMINAL) else -transfer.amount.minor


@pytest.fixture
def shop() -> RefundShop:
    shop = RefundShop()
    shop.give_back()
    return shop


def test_judge_when_all_is_right_then_no_problem(shop: RefundShop) -> None:
    shop.give_back(AttemptState.DECLINED)

    found = shop.judged()

    assert found.problems == []
    assert (found.refunds, found.refunded, found.approved) == (2, 1, 2)


def test_judge_when_a_refund_is_not_stored_then_lost(shop: RefundShop) -> None:
    shop.refunds.clear()

    assert shop.judged().lost > 0


def test_judge_when_given_back_again_then_twice(shop: RefundShop) -> None:
    shop.book("refund", MINOR)

    found = shop.judged()

    assert (found.lost, found.charged_twice) == (0, 1)


def test_judge_when_given_back_and_failed_here_then_lost() -> None:
    shop = RefundShop()
    shop.give_back(AttemptState.DECLINED)
    shop.book("reversal", MINOR)

    assert shop.judged().lost == 1


def test_judge_when_approved_without_a_booking_then_phantom(shop: RefundShop) -> None:
    del shop.sold.bookings[-1]

    assert shop.judged().phantom == 1


def test_judge_when_a_sale_has_the_number_of_a_refund_then_it_does_not_stand_for_it(shop: RefundShop) -> None:
    shop.sold.bookings[-1] = replace(shop.sold.bookings[-1], kind="sale")

    found = shop.judged()

    assert (found.phantom, found.problems != []) == (1, True)


def test_judge_when_posted_twice_or_told_otherwise_then_problem(shop: RefundShop) -> None:
    ((_, record),) = shop.refunds.items()
    shop.sold.transfers[record.attempt.id].append(shop.sold.transfers[record.attempt.id][-1])
    refund = shop.sold.charges[0].refund
    assert refund is not None
    refund.told = ["sent", "declined"]

    found = shop.judged()

    assert found.posted_twice == 1
    assert any("was told" in words for words in found.problems)


def test_judge_when_a_refund_is_unknown_then_counted(shop: RefundShop) -> None:
    ((refund_id, record),) = shop.refunds.items()
    shop.refunds[refund_id] = replace(record, attempt=replace(record.attempt, state=AttemptState.UNKNOWN))

    assert shop.judged().unknown == 1
