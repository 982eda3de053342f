"""Approvals that are taken back: what becomes of their bills in the sandbox ERP, and for one that fetches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.erp.binding import Binding, MasterKind, RecordVersion
from gateway.domain.erp.posting import Posting, PostingState
from gateway.domain.errors import RuleError
from gateway.domain.payables.payable import Payable, PayableLine, PayableState
from gateway.services.erp.decide_postings import DecidePostings
from gateway.services.erp.enqueue_bills import EnqueueBills
from gateway.services.erp.hand_out_documents import HandOutDocuments
from gateway.services.erp.known_accounts import KnownAccounts
from gateway.services.erp.run_postings import RunPostings
from gateway.services.erp.take_back_bills import TAKEN_BACK, TAKEN_BACK_THERE
from tests.support.approval_desk import ApprovalDesk, HandClock
from tests.support.erp_rig import SandboxRig, rest_rig
from tests.support.payable_rows import HERE, euro
from tests.support.storage_rows import new_id

ACCOUNT = "books"
BILLS = EnqueueBills((ACCOUNT,))


@dataclass
class Books:
    """A store whose people approve, and the ERP its bills go to."""

    desk: ApprovalDesk
    rig: SandboxRig

    def approved(self) -> Payable:
        """Return a payable of a supplier that the ERP has told of, approved."""
        supplier = self.desk.supplier()
        told = Binding(ACCOUNT, MasterKind.VENDOR, "V1", supplier.id, RecordVersion("1", 1), "", self.desk.clock.now())
        with self.desk.storage.write() as unit:
            unit.erp_bindings.hold(HERE, ACCOUNT, MasterKind.VENDOR, "V1")
            unit.erp_bindings.bind(HERE, told)
        waiting = self.desk.payable(supplier, lines=(_line(),))
        return self.desk.vote("paul", waiting.id).payable

    def run(self) -> None:
        """Bring what waits into the ERP."""
        runner = RunPostings(
            storage=self.desk.storage,
            clock=self.desk.clock,
            place=HERE,
            account=ACCOUNT,
            connector=self.rig.connector(),
            holder="node",
            unwanted=BILLS.unwanted_in,
        )
        runner.run(10)

    def postings(self) -> tuple[Posting, ...]:
        with self.desk.storage.read() as unit:
            return unit.erp.page(HERE, ACCOUNT, None, 0, 10)

    def told(self) -> list[tuple[PostingState, str]]:
        return [(one.state, one.detail) for one in self.postings()]


def _line(text: str = "Beans") -> PayableLine:
    coded: dict[str, Any] = {"account_code": "supplies", "tax_code": "19", "tax_percent": Decimal(19)}
    return PayableLine(1, text, Decimal(10), Decimal(10), euro(10_000), unit="kg", **coded)


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    with closing(SqlStorage(database_url, HandClock())) as storage, rest_rig() as rig:
        yield Books(ApprovalDesk(storage, bills=BILLS), rig)


def test_approval_when_taken_back_before_the_bill_went_then_only_the_next_one_goes(books: Books) -> None:
    payable = books.approved()
    books.desk.change(payable.id, lines=(_line("Beans, roasted"),))
    given_up = books.told()
    again = books.desk.vote("petra", payable.id).payable
    books.run()

    assert given_up == [(PostingState.GIVEN_UP, TAKEN_BACK)]
    assert again.state is PayableState.APPROVED
    assert [one.state for one in books.postings()] == [PostingState.GIVEN_UP, PostingState.POSTED]
    assert [one.key for one in books.rig.all_booked()] == [books.postings()[1].key]


def test_approval_when_changed_after_the_bill_was_posted_then_a_person_is_told_and_nothing_is_booked_twice(
    books: Books,
) -> None:
    payable = books.approved()
    books.run()
    books.desk.change(payable.id, lines=(_line("Beans, roasted"),))
    there = books.told()
    books.desk.vote("petra", payable.id)
    books.run()
    differs = [one.state for one in books.postings()]
    books.desk.change(payable.id, lines=(_line(),))
    books.desk.vote("pia", payable.id)
    books.run()

    assert there == [(PostingState.POSTED, TAKEN_BACK_THERE)]
    assert differs == [PostingState.POSTED, PostingState.REFUSED]
    assert books.told() == [(PostingState.POSTED, ""), (PostingState.GIVEN_UP, TAKEN_BACK)]
    assert len(books.rig.all_booked()) == 1


def test_document_when_given_up_after_an_erp_fetched_it_then_its_acknowledgement_tells_so(books: Books) -> None:
    """What is approved next is held back for a person; tried again, it comes behind every cursor."""
    door = HandOutDocuments(storage=books.desk.storage, clock=books.desk.clock, known=KnownAccounts((ACCOUNT,)))
    erp = Caller(*HERE, new_id(), "erp", frozenset({Permission.ERP_DOCUMENTS}))
    payable = books.approved()
    [fetched] = door.page(erp, ACCOUNT)
    books.desk.change(payable.id, lines=(_line("Beans, roasted"),))

    with pytest.raises(RuleError) as refused:
        door.acknowledge(erp, ACCOUNT, fetched.key, erp_id="77", number="RE-77")
    books.desk.vote("petra", payable.id)
    told = books.postings()
    handed_out = door.page(erp, ACCOUNT)
    clerk = Caller(*HERE, new_id(), "anna", frozenset({Permission.STATEMENTS_WORK}))
    DecidePostings(storage=books.desk.storage, clock=books.desk.clock).retry(clerk, ACCOUNT, told[1].key)

    assert refused.value.code == "document_given_up"
    assert handed_out == ()
    assert [one.state for one in told] == [PostingState.GIVEN_UP, PostingState.REFUSED]
    assert [one.key for one in door.page(erp, ACCOUNT, after=told[1].sequence)] == [told[1].key]
