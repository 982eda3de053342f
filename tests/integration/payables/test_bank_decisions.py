"""What people decide about payments at the bank: doubted payees, proofs, and paying again only after proof."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Caller, Permission
from gateway.domain.errors import GatewayError, NotPermitted
from gateway.domain.payables.bank_task import DecisionKind
from gateway.domain.payables.payable import PayableState
from gateway.ports.bank_channel import HandOver, HandOverVerdict
from gateway.services.payables.decide_payee_check import DecidePayeeCheck, PayeeDecision
from gateway.services.payables.hand_over_files import LEASE, HandOverFiles
from gateway.services.payables.reissue_payment import ReissuePayment, ReissueWish, VoidProof
from tests.support.bank_loop import HOLDER, BankLoop, MovableClock, person
from tests.support.run_rows import HERE, account, supplier_id_of
from tests.support.storage_rows import new_id

TREASURER = person(Permission.RUNS_RELEASE, Permission.PAYABLES_READ)
CLERK = person(Permission.PAYABLES_WORK, Permission.PAYABLES_READ, name="anna")


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    opened = SqlStorage(database_url, MovableClock())
    yield opened
    opened.close()


@pytest.fixture
def loop(storage: SqlStorage, tmp_path: Path) -> BankLoop:
    return BankLoop(storage, tmp_path / "bank", payables=2)


def _decide(loop: BankLoop, name: str, *, pay: bool = True, learn: bool = False, caller: Caller = TREASURER) -> str:
    service = DecidePayeeCheck(storage=loop.storage, clock=loop.clock)
    wish = PayeeDecision(new_id(), name, pay, "Called the supplier.", learn)
    first = service.decide(caller, wish)
    assert service.decide(caller, replace(wish, reason="again")) == first
    return first.kind.value


def _void(
    loop: BankLoop,
    caller: Caller = TREASURER,
    *,
    reason: str = "The bank never got the file.",
    reference: str = "ticket 77",
) -> None:
    proof = VoidProof(new_id(), "E1-1", reason, "the bank's desk", reference)
    ReissuePayment(storage=loop.storage, clock=loop.clock).void(caller, proof)


def _reissue(loop: BankLoop, name: str) -> None:
    wish = ReissueWish(new_id(), name, "New account confirmed.")
    service = ReissuePayment(storage=loop.storage, clock=loop.clock)
    assert service.reissue(CLERK, wish) == service.reissue(CLERK, wish)


class SilentChannel:
    """A line that breaks before anything has left, and cannot tell so."""

    def hand_over(self, name: str, content: bytes) -> HandOver:
        del name, content
        return HandOver(HandOverVerdict.UNSURE, "The line broke.")

    def look(self, name: str, content: bytes) -> HandOver:
        return self.hand_over(name, content)

    def messages(self) -> Iterator[tuple[str, bytes]]:
        return iter(())

    def put_aside(self, name: str) -> None:
        del name


def _over(loop: BankLoop, channel: SilentChannel) -> HandOverFiles:
    """The way out of the same store over another line."""
    return HandOverFiles(
        storage=loop.storage, clock=loop.clock, tenant_id=HERE[0], store_id=HERE[1], channels={"main": channel}
    )


def _code(caught: pytest.ExceptionInfo[GatewayError]) -> str:
    return caught.value.code


def test_close_match_when_paid_with_consent_then_the_name_is_known_for_the_account(loop: BankLoop) -> None:
    loop.whole_way("payee-close", days=1)

    assert _decide(loop, "E1-1", learn=True) == DecisionKind.PAY

    with loop.storage.read() as unit:
        (known,) = unit.suppliers.accounts(*HERE, supplier_id_of("Alpha"))
        events = unit.suppliers.events(*HERE, supplier_id_of("Alpha"))
    assert (known.payee_check, known.payee_name, known.iban) == ("CMTC", "Alpha Holding", account().iban)
    assert events[-1].kind == "payee_name_learned"
    assert loop.states()[0] == "awaiting_payee_check", "only the bank moves it"


def test_payee_when_decided_twice_then_the_second_is_refused(loop: BankLoop) -> None:
    loop.whole_way("payee-differs", days=1)
    _decide(loop, "E1-1", pay=False)

    with pytest.raises(GatewayError) as caught:
        _decide(loop, "E1-1")

    assert _code(caught) == "payee_check_decided"


def test_name_of_no_match_then_is_never_learned(loop: BankLoop) -> None:
    loop.whole_way("payee-differs", days=1)

    with pytest.raises(GatewayError) as caught:
        _decide(loop, "E1-1", learn=True)

    assert _code(caught) == "name_not_close"


def test_payee_when_nothing_waits_or_nobody_may_then_it_is_refused(loop: BankLoop) -> None:
    loop.whole_way("accept", days=0)

    with pytest.raises(GatewayError) as caught:
        _decide(loop, "E1-1")
    assert _code(caught) == "no_payee_check_waits"
    with pytest.raises(NotPermitted):
        _decide(loop, "E1-1", caller=CLERK)


def test_payment_when_sent_then_is_not_paid_again_without_proof(loop: BankLoop) -> None:
    loop.hand_over()

    with pytest.raises(GatewayError) as caught:
        _reissue(loop, "E1-1")

    assert _code(caught) == "no_proof_for_reissue"


def test_payment_when_voided_with_proof_then_its_invoice_is_open_again(loop: BankLoop) -> None:
    loop.hand_over()

    _void(loop)

    assert loop.states() == ["cancelled", "sent"]
    assert loop.payable(1).state is PayableState.APPROVED
    assert loop.balances()["payments_in_transit"] == (0, -11_800)
    with loop.storage.read() as unit:
        (decision,) = unit.bank_tasks.decisions(*HERE, loop.orders()[0].id)
    assert (decision.detail or {})["reference"] == "ticket 77"


def test_void_without_all_of_its_proof_then_is_refused(loop: BankLoop) -> None:
    loop.hand_over()

    with pytest.raises(GatewayError) as caught:
        _void(loop, reference=" ")
    assert _code(caught) == "void_proof_missing"
    with pytest.raises(GatewayError) as caught:
        _void(loop, reason=" ")

    assert _code(caught) == "reason_missing"
    assert loop.states() == ["sent", "sent"]


def test_void_by_who_released_the_run_or_after_the_bank_accepted_then_is_refused(loop: BankLoop) -> None:
    loop.hand_over()
    assert loop.run.released_by is not None
    with pytest.raises(GatewayError) as caught:
        _void(loop, replace(TREASURER, id=loop.run.released_by))
    assert _code(caught) == "four_eyes_required"

    loop.turn()
    with pytest.raises(GatewayError) as caught:
        _void(loop)
    assert _code(caught) == "payment_not_voidable"


def _left_unsure(loop: BankLoop) -> None:
    """A hand-over that began and of which nobody knows how it ended; the file did not get there."""
    broken = _over(loop, SilentChannel())
    assert broken.work(HOLDER) == 0
    assert loop.states() == ["sent", "sent"]


def test_void_when_nobody_knows_whether_the_file_got_there_then_it_never_goes_out(loop: BankLoop) -> None:
    _left_unsure(loop)

    _void(loop)

    assert loop.hand_over() == 0
    loop.turn()
    assert loop.states() == ["cancelled", "sent"]
    assert not any(loop.bank.outgoing.iterdir())
    assert {task.kind.value for task in loop.tasks()} == {"hand_over"}
    with pytest.raises(GatewayError) as caught:
        loop.files.file(TREASURER, loop.run.id, 1)
    assert _code(caught) == "bank_file_given_up"


def test_void_when_its_file_is_on_its_way_at_this_moment_then_it_waits(loop: BankLoop) -> None:
    _left_unsure(loop)
    with loop.storage.write() as unit:
        assert unit.bank_tasks.take_lease(*HERE, LEASE, "another node", 60)

    with pytest.raises(GatewayError) as caught:
        _void(loop)

    assert _code(caught) == "hand_over_under_way"
    assert loop.states() == ["sent", "sent"]


def test_void_when_the_statement_shows_it_all_the_same_then_the_books_follow_and_nobody_pays_again(
    loop: BankLoop,
) -> None:
    loop.hand_over()
    _void(loop)

    for days in (0, 1, 1):
        loop.turn(days)

    assert loop.states() == ["returned", "settled"]
    assert loop.balances()["bank/main"] == (-2 * 11_800, 0)
    stopped = loop.payable(1)
    assert stopped.hold is not None
    assert "contradiction" in {task.kind.value for task in loop.tasks()}
    with pytest.raises(GatewayError) as caught:
        _reissue(loop, "E1-1")
    assert _code(caught) == "no_proof_for_reissue"


def test_rejected_payment_when_reissued_then_the_banks_hold_is_gone_and_the_task_closed(loop: BankLoop) -> None:
    loop.whole_way("reject-account", days=0)
    assert loop.payable(1).hold is not None

    _reissue(loop, "E1-1")

    assert loop.payable(1).hold is None
    assert len(loop.tasks()) == 1
    with pytest.raises(GatewayError) as caught:
        _reissue(loop, "E1-1")
    assert _code(caught) == "payment_reissued"


def test_returned_payment_when_reissued_then_its_invoice_is_approved_again(loop: BankLoop) -> None:
    loop.whole_way("return-all", days=4)
    assert loop.payable(1).state is PayableState.RETURNED

    _reissue(loop, "E1-1")

    assert loop.payable(1).state is PayableState.APPROVED
    assert loop.payable(1).paid.minor == 0
