"""The judge of killed payment runs finds each kind of damage: what is left of an honest run is tampered with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from bench.crash_payables_judge import PayDamage, PayEvidence, judge_payables
from connectors.virtual_bank.bank_books import HeldPayment
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.money import Money
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.payment_order import FileState, OrderState
from gateway.ports.payable_store import PayableWish
from tests.support.bank_loop import BankLoop
from tests.support.migrated import migrate
from tests.support.run_rows import HERE
from tests.support.still_parts import MovingClock

Tampering = Callable[[PayEvidence], PayEvidence]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PayEvidence]:
    """What is left of a run of four payments, one of which the bank rejected."""
    folder = tmp_path_factory.mktemp("judged")
    url = f"sqlite:///{folder / 'judged.sqlite3'}"
    migrate(url)
    with closing(SqlStorage(url, MovingClock())) as storage:
        loop = BankLoop(storage, folder / "bank")
        loop.whole_way("part")
        yield _evidence(loop)


def _evidence(loop: BankLoop) -> PayEvidence:
    run = loop.run_now()
    with loop.storage.read() as unit:
        orders = unit.payment_runs.orders(*HERE, run.id)
        files = unit.payment_runs.files(*HERE, run.id)
        payables = unit.payables.list(*HERE, PayableWish(), before=None, limit=100)
        transfers = {one.id: unit.ledger.transfers(*HERE, cause_id=one.id) for one in orders}
        balances = unit.ledger.balances(*HERE)
    taken = {path.stem: path.read_bytes() for path in loop.bank.taken.iterdir()}
    return PayEvidence(
        books=loop.bank.books(),
        seen=dict.fromkeys(taken, 1),
        taken=taken,
        runs={run.id: run},
        orders=orders,
        files=files,
        rebuilt={one.message_id: one.content for one in files},
        payables={one.id: one for one in payables},
        transfers=transfers,
        balances=balances,
    )


def _settled(evidence: PayEvidence) -> int:
    """Return where the first settled payment stands among the orders."""
    return next(number for number, one in enumerate(evidence.orders) if one.state is OrderState.SETTLED)


def _with_order(evidence: PayEvidence, state: OrderState) -> PayEvidence:
    place = _settled(evidence)
    orders = list(evidence.orders)
    orders[place] = replace(orders[place], state=state)
    return replace(evidence, orders=orders)


def _with_held(evidence: PayEvidence, changed: Callable[[HeldPayment], HeldPayment]) -> PayEvidence:
    name = evidence.orders[_settled(evidence)].end_to_end_id
    payments = tuple(changed(one) if one.end_to_end_id == name else one for one in evidence.books.payments)
    return replace(evidence, books=replace(evidence.books, payments=payments))


def _taken_twice(evidence: PayEvidence) -> PayEvidence:
    received = evidence.books.received
    return replace(evidence, books=replace(evidence.books, received=(*received, received[0])))


def _other_amount(evidence: PayEvidence) -> PayEvidence:
    (name, minor, currency), *others = evidence.books.received
    return replace(evidence, books=replace(evidence.books, received=((name, minor + 1, currency), *others)))


def _never_ordered(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, books=replace(evidence.books, received=(*evidence.books.received, ("X", 1, "EUR"))))


def _file_came_twice(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, seen=dict.fromkeys(evidence.seen, 2))


def _file_never_came(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, seen={})


def _file_of_nobody(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, seen={**evidence.seen, "FOREIGN": 1})


def _file_not_handed_over(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, files=[replace(one, state=FileState.WRITTEN) for one in evidence.files])


def _other_bytes_at_the_bank(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, taken={name: content + b" " for name, content in evidence.taken.items()})


def _other_bytes_when_written_again(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, rebuilt={name: content + b" " for name, content in evidence.rebuilt.items()})


def _other_hash(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, files=[replace(one, sha256="0" * 64) for one in evidence.files])


def _still_under_way(evidence: PayEvidence) -> PayEvidence:
    return _with_order(evidence, OrderState.SENT)


def _said_to_be_rejected(evidence: PayEvidence) -> PayEvidence:
    return _with_order(evidence, OrderState.REJECTED)


def _gone_at_the_bank(evidence: PayEvidence) -> PayEvidence:
    return _with_held(evidence, lambda one: replace(one, state="returned"))


def _charged(evidence: PayEvidence) -> PayEvidence:
    return _with_held(evidence, lambda one: replace(one, charge_minor=150))


def _with_payable(evidence: PayEvidence, **changes: object) -> PayEvidence:
    [part, *_] = evidence.orders[_settled(evidence)].allocations
    payable = evidence.payables[part.payable_id]
    changed = replace(payable, **changes)  # type: ignore[arg-type]  # as the tampering names them
    return replace(evidence, payables={**evidence.payables, payable.id: changed})


def _paid_above_its_amount(evidence: PayEvidence) -> PayEvidence:
    return _with_payable(evidence, gross=Money(1, evidence.orders[0].amount.currency))


def _not_paid_in_our_books(evidence: PayEvidence) -> PayEvidence:
    return _with_payable(evidence, paid=Money(0, evidence.orders[0].amount.currency))


def _state_without_the_money(evidence: PayEvidence) -> PayEvidence:
    return _with_payable(evidence, state=PayableState.IN_RUN)


def _two_living_payments(evidence: PayEvidence) -> PayEvidence:
    one = evidence.orders[_settled(evidence)]
    return replace(evidence, orders=[*evidence.orders, *(replace(one, state=OrderState.SENT) for _ in range(2))])


def _posted_twice(evidence: PayEvidence) -> PayEvidence:
    order = evidence.orders[_settled(evidence)]
    entries = evidence.transfers[order.id]
    return replace(evidence, transfers={**evidence.transfers, order.id: [*entries, *entries]})


def _never_posted(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, transfers={**evidence.transfers, evidence.orders[_settled(evidence)].id: []})


def _entry_lost(evidence: PayEvidence) -> PayEvidence:
    first, *others = evidence.balances
    return replace(evidence, balances=[replace(first, debits_posted=first.debits_posted + 7), *others])


def _replay_differs(evidence: PayEvidence) -> PayEvidence:
    return replace(evidence, replay=["orders: applying every message again changed them"])


def test_honest_run_then_no_damage(honest: PayEvidence) -> None:
    found = judge_payables(honest)

    assert found.problems == []
    assert found == PayDamage(payments=found.payments, settled=found.settled, came_back=found.came_back)
    assert (found.settled, found.came_back) == (3, 1)


@pytest.mark.parametrize(
    ("tampered", "counted", "words"),
    [
        (_taken_twice, "paid_twice", "was taken 2 times"),
        (_other_amount, "", "was never ordered like that"),
        (_never_ordered, "", "payment X over 1 EUR was never ordered"),
        (_file_came_twice, "handed_over_twice", "came to the bank 2 times"),
        (_file_never_came, "lost", "yet the bank never took it"),
        (_file_of_nobody, "other_files", "file FOREIGN, which is not stored"),
        (_file_not_handed_over, "", "the bank has file"),
        (_other_bytes_at_the_bank, "other_files", "are not the same"),
        (_other_bytes_when_written_again, "other_files", "are not the same"),
        (_other_hash, "other_files", "are not the same"),
        (_still_under_way, "lost", "booked at the bank, here sent"),
        (_said_to_be_rejected, "lost", "booked at the bank, here rejected"),
        (_gone_at_the_bank, "lost", "returned at the bank, here settled"),
        (_charged, "", "charges: the ledger says 0, it should be 150"),
        (_paid_above_its_amount, "paid_twice", "over 1: the bank paid"),
        (_not_paid_in_our_books, "", "here 0 is paid"),
        (_state_without_the_money, "", "is in_run with"),
        (_two_living_payments, "", "is in 2 living payments"),
        (_posted_twice, "posted_twice", "on its way 2, closed 2"),
        (_never_posted, "", "on its way 0, closed 0"),
        (_entry_lost, "", "the ledger does not add up to nothing"),
        (_replay_differs, "", "applying every message again changed them"),
    ],
)
def test_tampered_evidence_then_the_damage_is_named(
    honest: PayEvidence, tampered: Tampering, counted: str, words: str
) -> None:
    found = judge_payables(tampered(honest))

    assert any(words in problem for problem in found.problems), found.problems
    if counted:
        assert getattr(found, counted) > 0
