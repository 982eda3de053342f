"""What was learned over both databases: shown, tried on history, used by consent, and forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.bank.acquirer_contract import AcquirerTerms, ContractFee
from gateway.domain.bank.bank_statement import LineState
from gateway.domain.bank.line_match import LineMatch
from gateway.domain.errors import GatewayError
from gateway.reconciliation.fee_terms import FeePaid
from gateway.reconciliation.memory import Memory, learn
from gateway.reconciliation.records import CardFee
from gateway.services.bank.keep_contracts import ContractWish, KeepContracts
from gateway.services.bank.keep_learned import Outcome
from gateway.services.bank.learned_consents import learned_document
from tests.support.statement_desk import DAY, StatementDesk, euro, paid
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import EUR


@pytest.fixture
def storage(database_url: str) -> Iterator[SqlStorage]:
    with closing(SqlStorage(database_url, MovingClock())) as found:
        yield found


def _best(desk: StatementDesk, amount: str) -> LineMatch:
    return desk.read.view(desk.theo, desk.line(amount).id).matches[0]


def _accept(desk: StatementDesk, *amounts: str) -> None:
    for amount in amounts:
        match = _best(desk, amount)
        desk.decide.accept(desk.theo, match.id, match.version)


def test_habit_when_learned_then_it_acts_only_where_people_consent_and_history_agrees(storage: SqlStorage) -> None:
    """Nord withholds tax twice; the third time no name tells who paid. First somebody decides that line otherwise."""
    desk = StatementDesk(storage)
    for number, amount in (("RE-101", "400.00"), ("RE-102", "500.00"), ("RE-103", "600.00")):
        desk.owed(number, amount)
    desk.take([paid("340.00", "RE-101"), paid("425.00", "RE-102"), paid("510.00", "RE-103", name="")])
    desk.match.run(desk.theo)
    _accept(desk, "340.00", "425.00")

    [habit] = desk.learned.list(desk.theo)
    desk.match.run(desk.theo)
    tried = desk.learned.preview(desk.theo, habit.id)
    assert (habit.key, habit.name, habit.times, habit.consent) == (("nord", "withholding"), "Nord GmbH", 2, None)
    assert not _best(desk, "510.00").certain
    assert (tried.right, tried.wrong, tried.no_longer, tried.waiting) == (0, 0, 0, 1)
    assert [(one.outcome, one.line.id) for one in tried.lines] == [(Outcome.WAITING, desk.line("510.00").id)]

    line = desk.line("510.00")
    asked = desk.write_offs.write_off(desk.theo, line.id, line.version, "6855", "It is of another shop.")
    desk.write_offs.approve(desk.carla, asked.id, asked.version, True, "")
    with pytest.raises(GatewayError) as refused:
        desk.learned.adopt(desk.theo, habit.id)
    assert refused.value.code == "learned_would_err"
    assert desk.learned.preview(desk.theo, habit.id).lines[0].outcome is Outcome.WRONG

    line = desk.line("510.00")
    desk.decide.undo(desk.theo, line.id, line.version, "It was ours after all.")
    used = desk.learned.adopt(desk.theo, habit.id)
    again = desk.learned.adopt(desk.carla, habit.id)
    desk.match.run(desk.theo)
    assert used.consent is not None
    assert (used.consent.by, again.consent, _best(desk, "510.00").certain) == ("theo", used.consent, True)

    desk.learned.drop(desk.theo, habit.id)
    desk.match.run(desk.theo)
    assert (desk.learned.list(desk.theo), _best(desk, "510.00").certain) == ((), False)
    assert desk.line("510.00").state is LineState.SUGGESTED


def test_fee_when_learned_then_consent_is_to_its_terms_and_a_contract_is_never_overruled(storage: SqlStorage) -> None:
    desk = StatementDesk(storage)
    contracts = KeepContracts(storage=storage, clock=desk.clock)
    _learn_payouts(desk, bp=120)
    assert desk.learned.list(desk.theo) == ()
    contracts.put(desk.theo, ContractWish("north", 0, DAY, AcquirerTerms("North Pay", EUR, ())))

    [fee] = desk.learned.list(desk.theo)
    desk.learned.adopt(desk.theo, fee.id)
    [used] = desk.learned.list(desk.theo)
    assert (fee.name, fee.terms, fee.fixed, fee.times) == ("North Pay", CardFee(120, 5), euro("0.05"), 3)
    assert (fee.consent, used.consent is None) == (None, False)

    _learn_payouts(desk, bp=150)
    [other] = desk.learned.list(desk.theo)
    assert (other.terms, other.consent) == (CardFee(150, 5), None)
    with pytest.raises(GatewayError) as gone:
        desk.learned.adopt(desk.theo, fee.id)
    assert gone.value.code == "unknown_learned"

    told = AcquirerTerms("North Pay", EUR, (ContractFee("visa", "", 100, 10),))
    contracts.put(desk.theo, ContractWish("north", 1, DAY, told))
    assert desk.learned.list(desk.theo) == ()


def _learn_payouts(desk: StatementDesk, *, bp: int) -> None:
    """Have three payouts of north confirmed that kept this share and five cents a sale; consents stay."""
    memory = Memory()
    for days, gross, count in ((9, 100_000, 40), (8, 200_000, 5), (7, 300_000, 90)):
        fee = gross * bp // 10_000 + 5 * count
        memory = learn(memory, FeePaid("north", DAY - dt.timedelta(days=days), gross, count, fee, frozenset({"visa"})))
    with desk.storage.read() as unit:
        kept = unit.reconciliation.memory(*desk.place).get("consents", [])
    document = {**learned_document(memory, {}), "consents": kept}
    desk.storage.write_retrying(lambda unit: unit.reconciliation.set_memory(*desk.place, document, desk.clock.now()))
