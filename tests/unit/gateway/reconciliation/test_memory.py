from __future__ import annotations

import datetime as dt

from gateway.reconciliation.memory import Confirmation, Memory, Rejection, learn
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import PartyId
from tests.unit.gateway.reconciliation.reconciliation_cases import DAY, invoice, line

PARTY = PartyId("P1")


def test_name_when_confirmed_twice_then_it_leads_to_the_party() -> None:
    memory = Memory()
    asked = [line("L1", 11900, name="Smith, John")]
    items = [invoice("471101", 11900)]

    assert Reconciler(items, memory=memory).explain(asked)[0].applied == ()
    for _ in range(2):
        memory = learn(memory, Confirmation("SMITH,  John", PARTY, DAY))

    assert Reconciler(items, memory=memory).explain(asked)[0].applied != ()


def test_name_when_rejected_then_it_is_not_posted_and_the_weight_decays() -> None:
    memory = learn(Memory(), Rejection("HARBOUR BAKERY LTD", PARTY, DAY, posted=True))

    [answer] = Reconciler([invoice("471101", 11900)], memory=memory).explain([line("L1", 11900)])

    assert not answer.certain
    late = DAY + dt.timedelta(days=360)
    assert memory.rejection_weight("Harbour Bakery Ltd", PARTY, late) < memory.rejection_weight(
        "Harbour Bakery Ltd", PARTY, DAY
    )


def test_bar_when_wrong_postings_are_rejected_then_it_only_rises() -> None:
    memory = Memory()
    bars = []
    for at in range(12):
        memory = learn(memory, Rejection(f"Name {at}", PARTY, DAY, posted=True))
        memory = learn(memory, Confirmation("Other name", PARTY, DAY))
        bars.append(memory.raised)

    assert bars == sorted(bars)
    assert bars[0] > 0


def test_name_when_confirmed_and_then_rejected_then_it_counts_no_more() -> None:
    memory = Memory()
    for _ in range(3):
        memory = learn(memory, Confirmation("J Smith", PARTY, DAY))

    memory = learn(memory, Rejection("J. Smith", PARTY, DAY))

    assert memory.aliases() == {}
