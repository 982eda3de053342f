"""What was learned is kept as a document and comes back as it was."""

from __future__ import annotations

import datetime as dt
import json

from gateway.reconciliation.explanations import Kind
from gateway.reconciliation.fee_terms import FeePaid
from gateway.reconciliation.memory import Confirmation, Memory, PaidSo, Rejection, learn
from gateway.reconciliation.records import PartyId
from gateway.services.bank.engine_records import memory_document, memory_of

DAY = dt.date(2026, 3, 2)


def test_memory_when_kept_as_a_document_then_it_comes_back_as_it_was() -> None:
    memory = Memory()
    for said in (
        Confirmation("Smith, John", PartyId("P1"), DAY),
        Rejection("Stone", PartyId("P2"), DAY, posted=True),
        PaidSo(PartyId("P1"), Kind.FEE, DAY),
        FeePaid("Acme Acquiring", DAY, 120_000, 10, 1930, frozenset({"VISA", "MASTERCARD"})),
    ):
        memory = learn(memory, said)

    assert memory_of(json.loads(json.dumps(memory_document(memory)))) == memory
    assert memory_of({}) == Memory()
