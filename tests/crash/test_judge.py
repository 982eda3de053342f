"""The judge of the crash harness has to see each kind of damage: one that never condemns proves nothing."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.crash_evidence import Evidence, Judgement, Paper, paper_of, read_papers
from bench.crash_judge import judge
from bench.crash_till import Charge
from gateway.domain.cards.payment import Attempt, AttemptState, Payment, TerminalResult, TransactionNumbers
from gateway.domain.ids import AttemptId, DeviceId, OutboxId, PaymentId, RegisterId, SaleId, StoreId, TenantId
from gateway.domain.ledger import Transfer, TransferKind, card_receivable, card_sale_reservation, closing
from gateway.domain.money import Currency, Money
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.sales.sale import Sale
from gateway.ports.unit_of_work import PaymentRecord
from terminal_driver.virtual.journal import JournalEntry

NOW = datetime(2026, 1, 2, 10, 0, tzinfo=UTC)
TENANT, STORE, TERMINAL, REGISTER = TenantId("t"), StoreId("s"), DeviceId("terminal-1"), RegisterId("register-1")


@dataclass
class Shop:
    """Evidence of a shop in which everything is right, to be spoiled by a test."""

    charges: list[Charge] = field(default_factory=list)
    records: dict[uuid.UUID, PaymentRecord] = field(default_factory=dict)
    transfers: dict[uuid.UUID, list[Transfer]] = field(default_factory=dict)
    bookings: list[JournalEntry] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    imbalance: int = 0

    def sell(self, amount_minor: int = 1_000, state: AttemptState = AttemptState.APPROVED) -> PaymentRecord:
        payment_id = PaymentId(uuid.UUID(int=(7 << 76) + len(self.records) + 0xABCD_0000))
        record = _record(payment_id, amount_minor, state, receipt_no=len(self.bookings) + 1)
        attempt = record.attempts[0]
        told = ["sent", str(state)]
        self.charges.append(Charge(payment_id, REGISTER, TERMINAL, amount_minor, b"{}", 1, told))
        self.records[payment_id] = record
        pending = card_sale_reservation(record.payment, attempt.id, NOW)
        kind = TransferKind.POST if state is AttemptState.APPROVED else TransferKind.VOID
        self.transfers[attempt.id] = [pending, closing(pending, kind=kind, recorded_at=NOW)]
        if state is AttemptState.APPROVED:
            self.book(amount_minor)
            self.papers += [_paper(record, message) for message in record.deliveries]
        return record

    def book(self, amount_minor: int) -> None:
        number = len(self.bookings) + 1
        self.bookings.append(
            JournalEntry(number, number, number, amount_minor, "978", NOW, "sale", "1234", "girocard", 5)
        )

    def judged(self) -> Judgement:
        return judge(self.evidence())

    def evidence(self) -> Evidence:
        posted = sum(
            transfer.amount.minor
            for transfers in self.transfers.values()
            for transfer in transfers
            if transfer.kind is TransferKind.POST
        )
        return Evidence(
            charges=self.charges,
            records=self.records,
            transfers=self.transfers,
            bookings={TERMINAL: self.bookings},
            papers=self.papers,
            imbalances={"EUR": self.imbalance},
            receivables={card_receivable(TERMINAL): posted},
            orphans=0,
        )


def _record(payment_id: PaymentId, amount_minor: int, state: AttemptState, *, receipt_no: int) -> PaymentRecord:
    amount = Money(amount_minor, Currency.of("EUR"))
    sale_id = SaleId(uuid.uuid5(payment_id, "sale"))
    payment = Payment(TENANT, STORE, payment_id, sale_id, REGISTER, TERMINAL, amount, None, NOW, "till", payment_id.hex)
    result = TerminalResult(amount_minor, TransactionNumbers(receipt_no, receipt_no, receipt_no), "00")
    attempt = Attempt(
        AttemptId(uuid.uuid5(payment_id, "attempt")),
        payment_id,
        1,
        TERMINAL,
        1,
        state,
        TransactionNumbers(),
        blocks_terminal=False,
        sent_at=NOW,
        concluded_at=NOW,
        result=result if state is AttemptState.APPROVED else None,
    )
    copies = ("customer", "merchant") if state is AttemptState.APPROVED else ()
    deliveries = tuple(
        OutboxMessage(
            TENANT,
            STORE,
            OutboxId(uuid.uuid5(payment_id, copy)),
            "print_receipt",
            "printer-1",
            {"payment_id": str(payment_id), "copy": copy},
            NOW,
            OutboxState.DONE,
        )
        for copy in copies
    )
    sale = Sale(TENANT, STORE, sale_id, REGISTER, amount, (), NOW, "till")
    return PaymentRecord(payment, sale, (attempt,), (), deliveries)


def _paper(record: PaymentRecord, message: OutboxMessage) -> Paper:
    number = record.payment.id.hex[-8:].upper()
    return Paper(number, message.payload["copy"], marked=False, whole=True, trace_id=record.payment.trace_id)


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.sell(1_000)
    shop.sell(1_000)
    shop.sell(2_500, AttemptState.DECLINED)
    return shop


def test_judge_when_all_is_right_then_no_problem(shop: Shop) -> None:
    found = shop.judged()

    assert found.problems == []
    assert (found.payments, found.approved, found.unknown, found.unsure) == (3, 2, 0, 0)


def test_judge_when_payment_is_not_stored_then_lost(shop: Shop) -> None:
    del shop.records[shop.charges[2].id]

    found = shop.judged()

    assert found.lost == 1
    assert found.problems


def test_judge_when_booked_and_failed_here_then_lost(shop: Shop) -> None:
    shop.book(2_500)

    found = shop.judged()

    assert (found.lost, found.charged_twice) == (1, 0)
    assert shop.charges[2].id in found.suspects


def test_judge_when_booked_again_then_charged_twice(shop: Shop) -> None:
    shop.book(1_000)

    found = shop.judged()

    assert (found.lost, found.charged_twice) == (0, 1)


def test_judge_when_approved_without_booking_then_phantom(shop: Shop) -> None:
    del shop.bookings[0]

    found = shop.judged()

    assert found.phantom == 1
    assert any(str(shop.charges[0].id) in words for words in found.problems)


def test_judge_when_two_payments_claim_one_booking_then_problem(shop: Shop) -> None:
    first, second = shop.charges[0].id, shop.charges[1].id
    shop.records[second] = replace(
        shop.records[second],
        attempts=(replace(shop.records[second].attempts[0], result=shop.records[first].attempts[0].result),),
    )

    found = shop.judged()

    assert found.charged_twice == 1
    assert {first, second} <= found.suspects


def test_judge_when_posted_twice_then_counted(shop: Shop) -> None:
    attempt = shop.records[shop.charges[0].id].attempts[0]
    shop.transfers[attempt.id].append(shop.transfers[attempt.id][-1])

    found = shop.judged()

    assert found.posted_twice == 1
    assert found.problems


def test_judge_when_reservation_stays_open_then_problem(shop: Shop) -> None:
    attempt = shop.records[shop.charges[2].id].attempts[0]
    del shop.transfers[attempt.id][-1]

    assert len(shop.judged().problems) == 1


def test_judge_when_books_are_out_of_balance_then_problem(shop: Shop) -> None:
    shop.imbalance = 1

    assert len(shop.judged().problems) == 1


def test_judge_when_till_was_told_otherwise_then_problem(shop: Shop) -> None:
    shop.charges[2].told = ["sent", "approved"]

    assert len(shop.judged().problems) == 1


def test_judge_when_outcome_is_open_at_the_end_then_problem(shop: Shop) -> None:
    shop.sell(700, AttemptState.SENT)

    assert any("has not ended" in words for words in shop.judged().problems)


def test_judge_when_unmarked_receipt_is_twice_on_paper_then_counted(shop: Shop) -> None:
    shop.papers.append(replace(shop.papers[0], whole=False))

    found = shop.judged()

    assert found.duplicate_receipts == 1
    assert found.problems


def test_judge_when_second_paper_is_marked_as_copy_then_right(shop: Shop) -> None:
    shop.papers.append(replace(shop.papers[0], marked=True))

    assert shop.judged().problems == []


def test_judge_when_done_receipt_is_not_on_paper_then_lost(shop: Shop) -> None:
    del shop.papers[0]

    assert shop.judged().lost_receipts == 1


def test_judge_when_done_receipt_was_torn_off_then_lost(shop: Shop) -> None:
    shop.papers[0] = replace(shop.papers[0], whole=False)

    assert shop.judged().lost_receipts == 1


def test_judge_when_receipt_was_never_queued_then_lost(shop: Shop) -> None:
    first = shop.charges[0].id
    shop.records[first] = replace(shop.records[first], deliveries=shop.records[first].deliveries[:1])

    assert shop.judged().lost_receipts == 1


@pytest.mark.parametrize("state", [OutboxState.READY, OutboxState.STARTED, OutboxState.DEAD])
def test_judge_when_receipt_has_not_ended_well_then_problem(shop: Shop, state: OutboxState) -> None:
    first = shop.charges[0].id
    one, other = shop.records[first].deliveries
    shop.records[first] = replace(shop.records[first], deliveries=(replace(one, state=state), other))

    assert shop.judged().problems


def test_judge_when_receipt_is_unsure_then_counted_and_no_problem(shop: Shop) -> None:
    first = shop.charges[0].id
    one, other = shop.records[first].deliveries
    shop.records[first] = replace(shop.records[first], deliveries=(replace(one, state=OutboxState.UNSURE), other))
    del shop.papers[0]

    found = shop.judged()

    assert (found.unsure, found.problems) == (1, [])


def test_paper_when_whole_then_all_is_read() -> None:
    trace_id = "0198" + "a" * 28
    text = f"  Crash Shop\n  Customer copy\nRegister Till 1   Receipt AAAAAAAA\nTOTAL EUR 1.00\n {trace_id}\n"

    assert paper_of(text, cut=True) == Paper("AAAAAAAA", "customer", marked=False, whole=True, trace_id=trace_id)


def test_paper_when_torn_off_then_not_whole() -> None:
    paper = paper_of("  Crash Shop\n  COPY\n Merchant copy\nRegister Till 1   Receipt AAAAAAAA", cut=False)

    assert (paper.copy, paper.marked, paper.whole) == ("merchant", True, False)


def test_papers_when_nothing_was_printed_then_none(tmp_path: Path) -> None:
    assert read_papers(tmp_path / "none.jsonl") == []
